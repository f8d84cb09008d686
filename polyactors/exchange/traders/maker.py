"""A maker: a ladder of quotes on both sides of what it holds the market to be worth."""

import random
from operator import attrgetter
from typing import NamedTuple

from attrs import define

from messages.identity import OrderId, Outcome, Side
from messages.units import LOT, NANOSECONDS_PER_MILLISECOND, PRICE_SCALE, SHARE_SCALE, Price, Shares, TickSize
from polyactors.exchange.traders.fair_view import FairView
from polyactors.exchange.traders.seat import Seat
from polyactors.exchange.traders.settings import MakerSettings, TraderSettings
from polyactors.exchange.traders.trader import Trader
from polyactors.exchange.words import MakerPart, OrderStatus, Placed

REACTS_WITHIN_NS = 300 * NANOSECONDS_PER_MILLISECOND
OPINION_STAYS = 0.97
MOST_CAUTION = 3.0
CENT = 100
FINE_GRID_WIDTH = 0.4
"""Where prices go by tenths of a cent quotes are closer together."""
ALLOWED_TICKS = 1.5
CAUTION_STAYS = 0.9
"""From one look at the market to the next."""


@define
class _Quote:
    order: OrderId
    price: Price
    left: Shares


class Maker(Trader):
    """Quotes are post-only, said as bids of either token. Inventory is YES shares less NO shares since it began."""

    def __init__(
        self,
        seat: Seat,
        settings: TraderSettings,
        pace: float,
        first_act_ns: int,
        view: FairView,
        maker: MakerSettings,
    ) -> None:
        super().__init__(seat, settings, pace, first_act_ns)
        self._view = view
        self._maker = maker
        self._opinion = 0.0
        self._inventory = 0
        self._caution = 0.0
        self._quotes: dict[Outcome, list[_Quote | None]] = {outcome: [None] * maker.levels for outcome in Outcome}
        self._offsets = {outcome: _offsets(maker, seat.chance) for outcome in Outcome}
        self._tick_size = TickSize(0)
        self._steps: dict[Outcome, list[int]] = {}

    @property
    def usual_pause_ns(self) -> int:
        return self._maker.every_ns

    @property
    def inventory(self) -> Shares:
        return Shares(self._inventory)

    def trade(self, now_ns: int) -> None:
        value = self._value(now_ns)
        tick = self.seat.tick_size
        self._caution *= CAUTION_STAYS
        misplaced: list[_Move] = []
        others: list[_Move] = []
        for outcome, worth in ((Outcome.YES, value), (Outcome.NO, PRICE_SCALE - value)):
            prices = self._prices(outcome, worth, tick)
            for slot, quote in enumerate(self._quotes[outcome]):
                urgency = _urgency(quote, prices[slot], worth, tick, slot)
                (misplaced if urgency else others).append(_Move(urgency, outcome, slot, prices[slot]))
        misplaced.sort(key=_by_urgency, reverse=True)
        urgent = sum(move.urgency >= _URGENT for move in misplaced)
        chosen = misplaced[: max(self._maker.moves, urgent)]
        spare = min(self._maker.moves - len(chosen), len(others))
        if spare > 0:
            chosen += self.seat.chance.sample(others, spare)
        self._move(chosen, tick, now_ns)

    def filled(self, part: MakerPart, at_ns: int) -> None:
        self._inventory += _yes_bought(part)
        self._caution = min(self._caution + self._maker.caution, MOST_CAUTION)
        for side in self._quotes.values():
            for slot, quote in enumerate(side):
                if quote is not None and quote.order == part.order:
                    quote.left = Shares(quote.left - part.size)
                    if quote.left < LOT:
                        side[slot] = None
        if self.next_act_ns > at_ns + REACTS_WITHIN_NS and at_ns < self._stops_ns:
            self.next_act_ns = at_ns + round(self.seat.chance.uniform(0.2, 1.0) * REACTS_WITHIN_NS)

    def reversed(self, part: MakerPart) -> None:
        self._inventory -= _yes_bought(part)

    def gone(self, order: OrderId) -> None:
        for side in self._quotes.values():
            for slot, quote in enumerate(side):
                if quote is not None and quote.order == order:
                    side[slot] = None

    def _value(self, now_ns: int) -> float:
        maker = self._maker
        stray = self.seat.chance.gauss(0.0, maker.opinion * (1 - OPINION_STAYS**2) ** 0.5)
        self._opinion = self._opinion * OPINION_STAYS + stray
        skew = maker.skew * self._inventory / (1000 * SHARE_SCALE)
        most = 2 * maker.half_spread
        return self._view.public(now_ns, maker.lag_ns) + self._opinion - max(-most, min(skew, most))

    def _prices(self, outcome: Outcome, worth: float, tick: TickSize) -> list[Price]:
        """Where each quote of a side should be; 0 for one that has no place on the grid."""
        scale = FINE_GRID_WIDTH if tick < CENT else 1.0
        first = int(worth - scale * self._maker.half_spread * (1 + self._caution)) // tick * tick
        highest = int(self.seat.best_ask(outcome)) - tick
        first = min(first, highest, PRICE_SCALE - tick)
        if tick != self._tick_size:
            self._tick_size = tick
            self._steps = {
                side: [round(scale * offset / tick) * tick for offset in offsets]
                for side, offsets in self._offsets.items()
            }
        return [Price(first - step if first - step >= tick else 0) for step in self._steps[outcome]]

    def _move(self, moves: list["_Move"], tick: TickSize, now_ns: int) -> None:
        seat = self.seat
        old = [quote.order for move in moves if (quote := self._quotes[move.outcome][move.slot]) is not None]
        if not seat.cancel(old, now_ns):
            return
        for move in moves:
            outcome = move.outcome
            self._quotes[outcome][move.slot] = None
            bid = Price(min(move.price, seat.best_ask(outcome) - tick))
            if bid < tick:
                continue
            size = seat.size(self._maker.sizes)
            order, placed = seat.bid(outcome, bid, size, now_ns, post_only=True)
            if isinstance(placed, Placed) and placed.status is OrderStatus.LIVE:
                self._quotes[outcome][move.slot] = _Quote(order, bid, size)


class _Move(NamedTuple):
    """A quote to be renewed, at `price`; 0 for a place that is off the grid."""

    urgency: float
    outcome: Outcome
    slot: int
    price: Price


_URGENT = 1e6
_by_urgency = attrgetter("urgency")


def _urgency(quote: _Quote | None, price: Price, worth: float, tick: TickSize, slot: int) -> float:
    """How badly a quote has to be moved: missing ones first, then those that would lose, the inner ones first.

    0 for one that is where it should be.
    """
    if quote is None:
        return 2 * _URGENT - slot if price else 0.0
    if quote.price > worth:
        return _URGENT + quote.price - worth
    off = abs(quote.price - price)
    return off / (slot + 1) if off > tick * (slot + ALLOWED_TICKS) / 2 else 0.0


def _yes_bought(part: MakerPart) -> int:
    """YES shares, NO shares counting as so many less."""
    return part.size if (part.side is Side.BUY) is (part.outcome is Outcome.YES) else -part.size


def _offsets(maker: MakerSettings, chance: random.Random) -> list[float]:
    offsets = [0.0]
    while len(offsets) < maker.levels:
        offsets.append(offsets[-1] + maker.step * chance.uniform(0.5, 1.5))
    return offsets
