"""Now and then somebody takes several levels at once."""

from messages.identity import Outcome
from messages.units import PRICE_SCALE, SHARE_SCALE, Price, Shares, whole_lots
from polyactors.exchange.traders.seat import Seat
from polyactors.exchange.traders.settings import SweeperSettings, TraderSettings
from polyactors.exchange.traders.trader import Trader


class Sweeper(Trader):
    def __init__(
        self, seat: Seat, settings: TraderSettings, pace: float, first_act_ns: int, sweeper: SweeperSettings
    ) -> None:
        super().__init__(seat, settings, pace, first_act_ns)
        self._sweeper = sweeper

    @property
    def usual_pause_ns(self) -> int:
        return self._sweeper.every_ns

    def trade(self, now_ns: int) -> None:
        seat = self.seat
        outcome = seat.chance.choice((Outcome.YES, Outcome.NO))
        met = seat.exchange.bids(seat.market, outcome.other)[: seat.chance.randint(*self._sweeper.levels)]
        if met:
            size = min(sum(size for _, size in met), self._sweeper.most_shares * SHARE_SCALE)
            seat.take(outcome, Price(PRICE_SCALE - met[-1][0]), whole_lots(Shares(size)), now_ns)
