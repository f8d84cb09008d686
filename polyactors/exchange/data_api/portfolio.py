"""What a wallet has had: its positions with their cost, what it made of them, and what it traded, hour by hour.

Only what has reached the chain counts. Costs are averages without fees; all money in cash units.
"""

from collections import OrderedDict, deque

from attrs import Factory, define, evolve, frozen

from messages.identity import MarketId, Outcome
from messages.units import NANOSECONDS_PER_SECOND, Cash, Shares
from polyactors.exchange.words import EventListing, Listing, Wallet

POSITIONS_KEPT = 2_000
_HOUR_NS = 3600 * NANOSECONDS_PER_SECOND
_HOURS_KEPT = 24 * 31

PositionKey = tuple[MarketId, Outcome]


@frozen
class Place:
    """A token, with what rows say about it; it outlives the listing of the market."""

    listing: Listing
    event: EventListing | None
    outcome: Outcome


@define
class Position:
    """`cost` is what the present `size` cost, `fees` the entry fees of it; the others are of all times."""

    place: Place
    opened_ns: int
    changed_ns: int
    size: int = 0
    cost: int = 0
    fees: int = 0
    bought: int = 0
    realized: int = 0
    sold_cost: int = 0

    def add(self, shares: int, cost: int, fee: int, at_ns: int) -> None:
        self.size += shares
        self.bought += shares
        self.cost += cost
        self.fees += fee
        self.changed_ns = at_ns

    def remove(self, shares: int, proceeds: int | None, at_ns: int) -> int:
        """Shares leave at their average cost, which is given back. Without proceeds nothing is realized by it."""
        gone = min(shares, self.size)
        cost = self.cost * gone // self.size if self.size else 0
        self.fees -= self.fees * gone // self.size if self.size else 0
        self.size -= gone
        self.cost -= cost
        self.changed_ns = at_ns
        if proceeds is not None:
            self.realized += proceeds - cost
            self.sold_cost += cost
        return cost


@frozen
class PnlPoint:
    """Sums from the beginning to the end of an hour, or to its last change so far."""

    hour: int
    realized: Cash
    volume: Shares
    volume_cash: Cash
    trades: int
    fees: Cash
    deposits: Cash
    rebates: Cash
    rewards: Cash

    @property
    def at_ns(self) -> int:
        return self.hour * _HOUR_NS


_BEGINNING = PnlPoint(0, Cash(0), Shares(0), Cash(0), 0, Cash(0), Cash(0), Cash(0), Cash(0))


@define
class Portfolio:
    """Closed positions that were not touched for longest are forgotten when there are too many."""

    wallet: Wallet
    joined_ns: int
    positions: OrderedDict[PositionKey, Position] = Factory(OrderedDict)
    points: deque[PnlPoint] = Factory(lambda: deque(maxlen=_HOURS_KEPT))
    markets_traded: set[MarketId] = Factory(set)
    biggest_win: int = 0

    @property
    def totals(self) -> PnlPoint:
        return self.points[-1] if self.points else _BEGINNING

    def totals_before(self, hour: int) -> PnlPoint:
        """The sums up to the beginning of an hour since the epoch, as far back as is kept."""
        return next((point for point in reversed(self.points) if point.hour < hour), _BEGINNING)

    def position(self, place: Place, at_ns: int) -> Position:
        key = (place.listing.market.market, place.outcome)
        found = self.positions.get(key)
        if found is None:
            found = self.positions[key] = Position(place, at_ns, at_ns)
            self._forget_oldest()
        else:
            self.positions.move_to_end(key)
        return found

    def count(
        self,
        at_ns: int,
        *,
        realized: int = 0,
        shares: int = 0,
        cash: int = 0,
        trades: int = 0,
        fee: int = 0,
        deposit: int = 0,
        rebate: int = 0,
        reward: int = 0,
    ) -> None:
        """Adds to the sums of the hour."""
        last = self.totals
        point = evolve(
            last,
            hour=at_ns // _HOUR_NS,
            realized=Cash(last.realized + realized),
            volume=Shares(last.volume + shares),
            volume_cash=Cash(last.volume_cash + cash),
            trades=last.trades + trades,
            fees=Cash(last.fees + fee),
            deposits=Cash(last.deposits + deposit),
            rebates=Cash(last.rebates + rebate),
            rewards=Cash(last.rewards + reward),
        )
        if self.points and self.points[-1].hour == point.hour:
            self.points[-1] = point
        else:
            self.points.append(point)

    def traded_in(self, market: MarketId) -> None:
        if len(self.markets_traded) < 100_000:
            self.markets_traded.add(market)

    def _forget_oldest(self) -> None:
        if len(self.positions) > POSITIONS_KEPT:
            closed = next((key for key, position in self.positions.items() if not position.size), None)
            if closed is not None:
                del self.positions[closed]
