"""The small exchange of `trading_floor`, with our own account on it by the ports, and nobody else's time."""

from messages.identity import IntentId, OrderId, Outcome, Side, StrategyName
from messages.intents import SnapshotId, TimeInForce
from messages.market_data import MarketData
from messages.markets import Market
from messages.orders import Order, VenueEvent
from messages.units import SHARE_SCALE, Price, Shares
from polyactors.exchange.core import Exchange
from polyactors.exchange.ports.book_changes import BookChanges
from polyactors.exchange.ports.execution import ExchangeVenue, Latencies
from polyactors.exchange.ports.timetable import Timetable
from supervision.log import LogEvent
from tests.exchange.trading_floor import DELAYED, PLAIN, SECOND_NS, START_NS, WITH_FEES, YES, Floor

LATENCY_NS = SECOND_NS // 20
MARKETS = (PLAIN, WITH_FEES, DELAYED)


class Alone:
    """A `World` of an exchange without traders."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def advance(self, now_ns: int) -> None:
        self.exchange.advance(now_ns)

    def next_due_ns(self) -> int | None:
        return self.exchange.next_due_ns()


class Ports:
    """`told` is what the venue told us, `log` its warnings; `wakes` counts how often it wanted to be asked."""

    def __init__(self, markets: tuple[Market, ...] = MARKETS) -> None:
        self.floor = Floor()
        self.exchange = self.floor.exchange
        self.log: list[LogEvent] = []
        self.told: list[VenueEvent] = []
        self.wakes = 0
        self.timetable = Timetable(Alone(self.exchange), START_NS)
        self.venue = ExchangeVenue(self.timetable, markets, Latencies(LATENCY_NS, LATENCY_NS), self.log.append)
        self.venue.call_when_news(self._wake)
        self.changes = BookChanges(self.exchange, [each.market for each in markets], lambda: None, START_NS)

    @property
    def now_ns(self) -> int:
        return self.floor.now_ns

    def wait(self, seconds: float) -> list[VenueEvent]:
        """What became of our orders meanwhile."""
        self.floor.now_ns += round(seconds * SECOND_NS)
        self.timetable.advance(self.now_ns)
        return self._keep(self.venue.advance(self.now_ns))

    def send(self, order: Order) -> list[VenueEvent]:
        """Until it has arrived."""
        self._keep(self.venue.submit(order, self.now_ns))
        return self.wait(LATENCY_NS / SECOND_NS)

    def withdraw(self, order: Order) -> list[VenueEvent]:
        self._keep(self.venue.withdraw(order.order, self.now_ns))
        return self.wait(LATENCY_NS / SECOND_NS)

    def market_data(self) -> list[MarketData]:
        return self.changes.take(self.now_ns)

    def _keep(self, events: tuple[VenueEvent, ...]) -> list[VenueEvent]:
        self.told.extend(events)
        return list(events)

    def _wake(self) -> None:
        self.wakes += 1


def our_order(
    name: str,
    side: Side,
    price: float,
    shares: float,
    *,
    outcome: Outcome = YES,
    on: Market = PLAIN,
    time_in_force: TimeInForce = TimeInForce.GTC,
    post_only: bool = False,
    lives_s: int = 3600,
) -> Order:
    return Order(
        order=OrderId(name),
        intent=IntentId(f"i-{name}"),
        strategy=StrategyName("maker"),
        market=on.market,
        outcome=outcome,
        side=side,
        price=Price(round(price * 10_000)),
        size=Shares(round(shares * SHARE_SCALE)),
        time_in_force=time_in_force,
        post_only=post_only,
        expires_ns=START_NS + lives_s * SECOND_NS,
        fencing=1,
        snapshot=SnapshotId(1, 1),
        rationale="",
        written_ns=START_NS,
    )
