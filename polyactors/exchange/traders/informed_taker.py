"""A taker who knows what the market is worth now, while the makers learn of it a little later."""

from messages.identity import Outcome
from messages.units import ONE, PRICE_SCALE, SHARE_SCALE, Price, Shares
from polyactors.exchange.traders.fair_view import FairView
from polyactors.exchange.traders.seat import Seat
from polyactors.exchange.traders.settings import InformedSettings, TraderSettings
from polyactors.exchange.traders.trader import Trader


class InformedTaker(Trader):
    """Holds at most `most_shares` of an outcome: it then waits for the market to come round."""

    def __init__(
        self,
        seat: Seat,
        settings: TraderSettings,
        pace: float,
        first_act_ns: int,
        view: FairView,
        informed: InformedSettings,
    ) -> None:
        super().__init__(seat, settings, pace, first_act_ns)
        self._view = view
        self._informed = informed

    @property
    def usual_pause_ns(self) -> int:
        return self._informed.every_ns

    def trade(self, now_ns: int) -> None:
        seat, informed = self.seat, self._informed
        hidden = self._view.hidden(now_ns)
        for outcome, worth in ((Outcome.YES, hidden), (Outcome.NO, PRICE_SCALE - hidden)):
            ask = seat.best_ask(outcome)
            fee = seat.listing.market.fees.taker_fee(ask, Shares(SHARE_SCALE)) * PRICE_SCALE / SHARE_SCALE
            limit = worth - informed.edge - fee
            held = seat.exchange.shares(seat.account.wallet, seat.market, outcome)
            if ask < ONE and ask <= limit and held < informed.most_shares * SHARE_SCALE:
                seat.take(outcome, Price(int(limit)), seat.size(informed.sizes), now_ns)
                return
