"""Keeps the outcomes of a negRisk event consistent: exactly one of them pays.

Within one market there is nothing to do: its two tokens share a book that never crosses, so YES and NO together never
cost less than a set. Over an event YES of all outcomes pays 1, and NO of all n pays n - 1, which conversion makes cash
of at once (polymarket.md 7).
"""

from collections.abc import Sequence

from attrs import evolve

from messages.identity import MarketId, Outcome
from messages.units import ONE, PRICE_SCALE, SHARE_SCALE, Price, Shares, whole_lots
from polyactors.exchange.traders.seat import Seat
from polyactors.exchange.traders.settings import ArbitrageurSettings, TraderSettings
from polyactors.exchange.traders.trader import Trader
from polyactors.exchange.words import Listing, Refused


class Arbitrageur(Trader):
    """Has one account for all markets of the event: `seats` are its places in those that are not resolved.

    `seat` is the first of them. Once a market of the event paid there is nothing to do any more.
    """

    def __init__(
        self, seat: Seat, settings: TraderSettings, pace: float, first_act_ns: int, about: ArbitrageurSettings
    ) -> None:
        super().__init__(seat, settings, pace, first_act_ns)
        self.seats = [seat]
        self._about = about
        self._resolved = 0
        self._is_over = False

    @property
    def usual_pause_ns(self) -> int:
        return self._about.every_ns

    def join(self, listing: Listing) -> None:
        """The event has one more market."""
        self.seats.append(evolve(self.seat, listing=listing))

    def resolved(self, market: MarketId, yes_payout: Price) -> list[Seat]:
        """The place in that market, which is left: what is there can be redeemed."""
        left = [seat for seat in self.seats if seat.market == market]
        self.seats = [seat for seat in self.seats if seat.market != market]
        if left and self.seats:
            self.seat = self.seats[0]
        self._resolved += len(left)
        self._is_over = self._is_over or yes_payout > 0
        return left

    def trade(self, now_ns: int) -> None:
        seats, exchange = self.seats, self.seat.exchange
        if self._is_over or len(seats) < 2 or not all(exchange.is_accepting(seat.market, now_ns) for seat in seats):
            return
        if self._take_set(seats, Outcome.YES, PRICE_SCALE, now_ns):
            return
        self._take_set(seats, Outcome.NO, PRICE_SCALE * (len(seats) - 1), now_ns)
        # A conversion also gives YES of the markets that are over, which nobody would come to redeem.
        if not self._resolved:
            self._convert(seats, now_ns)

    def withdraw(self, now_ns: int) -> bool:
        """It takes only, so nothing is ever left."""
        return True

    def _take_set(self, seats: Sequence[Seat], outcome: Outcome, pays: int, now_ns: int) -> bool:
        asks = [seat.best_ask(outcome) for seat in seats]
        if any(ask >= ONE for ask in asks):
            return False
        cost = sum(ask + _fee(seat, ask) for seat, ask in zip(seats, asks, strict=True))
        if cost > pays - self._about.margin:
            return False
        offered = min(seat.exchange.bids(seat.market, outcome.other)[0][1] for seat in seats)
        size = whole_lots(Shares(min(offered, self._about.most_shares * SHARE_SCALE)))
        if any(size < seat.least_taken(ask) for seat, ask in zip(seats, asks, strict=True)):
            return False
        for seat, ask in zip(seats, asks, strict=True):
            seat.take(outcome, ask, size, now_ns)
        return True

    def _convert(self, seats: Sequence[Seat], now_ns: int) -> None:
        """Sets of NO of all outcomes become cash."""
        wallet, exchange = self.seat.account.wallet, self.seat.exchange
        owned = whole_lots(Shares(min(seat.free_shares(Outcome.NO) for seat in seats)))
        if owned >= self._about.most_shares * SHARE_SCALE:
            markets = [seat.market for seat in seats]
            refused = exchange.convert(wallet, self.seat.listing.market.event, markets, owned, now_ns)
            if isinstance(refused, Refused):
                self.seat.counts.refusal(self.seat.kind, refused.text)


def _fee(seat: Seat, price: Price) -> float:
    """Of one share, in price units."""
    return seat.listing.market.fees.taker_fee(price, Shares(SHARE_SCALE)) * PRICE_SCALE / SHARE_SCALE
