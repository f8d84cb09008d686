"""PolyActors' own account on the exchange in process: what execution takes for the venue."""

from collections.abc import Callable, Iterable, Mapping

from attrs import frozen

from actors.execution.ports import Events
from messages.identity import MarketId, OrderId, Outcome
from messages.intents import TimeInForce
from messages.market_data import Snapshot, TradePrint
from messages.markets import Market
from messages.orders import CancelRefused, Order, Rejected, VenueEvent, VenueReport
from messages.units import NANOSECONDS_PER_SECOND, Cash, Shares
from polyactors.exchange import admission
from polyactors.exchange.ports.own_account import OwnAccount
from polyactors.exchange.ports.own_orders import OwnOrders
from polyactors.exchange.ports.timetable import Errand, Timetable
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import ApiKey, NewOrder, OrderType, Refused, Wallet
from supervision.log import Level, LogEvent, LogSink

OWN_WALLET = Wallet("0x1000000000000000000000000000000000000001")
OWN_KEY = ApiKey("polyactors")

CANCEL_AGAIN_NS = NANOSECONDS_PER_SECOND
"""While the exchange takes no cancels, as during a restart: the order would rest otherwise, and nobody would know."""

_ORDER_TYPES: Mapping[TimeInForce, OrderType] = {each: OrderType(each.value) for each in TimeInForce}


@frozen
class Latencies:
    """How long an order and a cancel are under way, in nanoseconds."""

    order_ns: int
    cancel_ns: int


class ExchangeVenue:
    """A `Venue`: orders of one wallet, sent over a simulated distance, and what the exchange makes of them.

    What happens to resting orders by itself is kept until `advance` takes it, and whoever asked for it is told that
    there is something.
    """

    def __init__(self, timetable: Timetable, markets: Iterable[Market], latencies: Latencies, log: LogSink) -> None:
        self._timetable = timetable
        self._exchange = timetable.world.exchange
        self._latencies = latencies
        self._log = log
        self._news: list[VenueEvent] = []
        self._wake: Callable[[], None] | None = None
        self.submitted = 0
        self._orders = OwnOrders(self._exchange, OWN_KEY, [market.market for market in markets], self._on_news)
        self._account = OwnAccount(self._exchange, OWN_WALLET, timetable.now_ns, self._warn)

    @property
    def fill_count(self) -> int:
        return len(self._orders.fills)

    @property
    def deposit(self) -> Cash:
        """What the exchange credited to begin with."""
        return self._account.deposit

    @property
    def cash(self) -> Cash:
        """What trading made of the deposit: that of trades that are not settled yet as well."""
        return self._account.cash(self._timetable.now_ns)

    def shares(self, market: MarketId, outcome: Outcome) -> Shares:
        return self._account.shares(market, outcome)

    @property
    def failed_trades(self) -> int:
        """Trades that were reported as fills and that the chain refused in the end."""
        return self._account.failed_trades

    def open_orders(self) -> tuple[OrderId, ...]:
        return tuple(view.order.order for view in self._exchange.open_orders(OWN_KEY))

    def resting(self) -> tuple[NewOrder, ...]:
        """What rests, as it was placed."""
        return tuple(view.order for view in self._exchange.open_orders(OWN_KEY))

    def report(self, since: int, now_ns: int) -> VenueReport:
        return VenueReport(self.open_orders(), self._orders.fills[since:], now_ns, self._orders.reversed)

    def submit(self, order: Order, now_ns: int) -> Events:
        self.submitted += 1
        self._send(now_ns, self._latencies.order_ns, lambda at_ns: self._arrive(order, at_ns))
        return self.advance(now_ns)

    def withdraw(self, order: OrderId, now_ns: int) -> Events:
        self._send(now_ns, self._latencies.cancel_ns, lambda at_ns: self._cancel(order, at_ns))
        return self.advance(now_ns)

    def snapshot(self, snapshot: Snapshot, now_ns: int) -> Events:
        return ()

    def trade(self, trade: TradePrint, now_ns: int) -> Events:
        return ()

    def book_opened(self, market: MarketId) -> Events:
        return ()

    def list_market(self, market: Market) -> None:
        if market.market in self._exchange.listings:
            self._orders.watch(market.market)

    def advance(self, now_ns: int) -> Events:
        """The feed moves the world, in steps that hold up nobody. Without one our orders move it as far as they go."""
        if not self._timetable.is_driven:
            self._timetable.run_errands(now_ns)
        events = tuple(self._news)
        self._news.clear()
        return events

    def next_due_ns(self) -> int | None:
        """Of what is under way from us, while no feed takes it there."""
        return None if self._timetable.is_driven else self._timetable.next_errand_ns()

    def call_when_news(self, wake: Callable[[], None]) -> None:
        self._wake = self._timetable.when_left = wake
        if self._news:
            wake()

    def _send(self, now_ns: int, latency_ns: int, errand: Errand) -> None:
        """By the exchange's own time: while it is late our orders are not later still."""
        self._timetable.plan(self._timetable.present_ns(now_ns) + latency_ns, errand)

    def _arrive(self, order: Order, at_ns: int) -> None:
        self._orders.sent(order)
        answer = self._exchange.submit(as_new_order(order, self._exchange.settings), at_ns)
        if isinstance(answer, Refused):
            self._orders.refused(order.order)
            self._on_news(Rejected(order.order, answer.text, at_ns))

    def _cancel(self, order: OrderId, at_ns: int) -> None:
        if admission.refused_cancel(self._exchange.mode) is not None:
            self._timetable.plan(at_ns + CANCEL_AGAIN_NS, lambda later_ns: self._cancel(order, later_ns))
            return
        outcome = self._exchange.cancel([order], OWN_KEY, at_ns)
        for refused, reason in outcome.not_canceled:
            self._on_news(CancelRefused(refused, reason, at_ns))

    def _on_news(self, event: VenueEvent) -> None:
        self._news.append(event)
        if len(self._news) == 1 and self._wake is not None:
            self._wake()

    def _warn(self, event: str, fields: Mapping[str, str]) -> None:
        self._log(LogEvent(self._timetable.now_ns, Level.ERROR, "execution/exchange", 0, 0, event, dict(fields)))


def as_new_order(order: Order, settings: ExchangeSettings) -> NewOrder:
    """As the exchange takes it. GTD orders end at the last whole second that is not after `expires_ns`: an expiration
    has seconds, and the exchange ends orders some time before it (polymarket.md 3.1)."""
    is_gtd = order.time_in_force is TimeInForce.GTD
    expiration_s = order.expires_ns // NANOSECONDS_PER_SECOND + settings.expires_early_s if is_gtd else 0
    return NewOrder(
        order=order.order,
        wallet=OWN_WALLET,
        owner=OWN_KEY,
        market=order.market,
        outcome=order.outcome,
        side=order.side,
        price=order.price,
        size=order.size,
        order_type=_ORDER_TYPES[order.time_in_force],
        post_only=order.post_only,
        expiration_s=expiration_s,
    )
