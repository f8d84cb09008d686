"""The paper venue: our orders on other people's market data.

It is synchronous and owns no clock: every call brings the time, which must not go back, and does first what came due
before it. The same calls give the same events. Its parts: what it refuses (`admission`), whom an order meets
(`matching`), the queue at a price (`queue_position`), what we took already (`depth_taken`), which trades were before us
(`trade_reports`), how long things are under way (`latency`), when the venue takes not everything (`restrictions`),
what becomes of an order (`engine`) and of a fill (`settlement`).
"""

from collections.abc import Callable, Iterable
from random import Random

from actors.execution.paper import admission
from actors.execution.paper.engine import Engine
from actors.execution.paper.paper_market import PaperMarket
from actors.execution.paper.restrictions import CANCEL_AGAIN_NS, Restrictions
from actors.execution.paper.schedule import NEVER, Arrival, Expiry, Schedule, Settlement, Withdrawal
from actors.execution.paper.settings import PaperSettings
from messages.fills import Fill
from messages.identity import MarketId, OrderId, Outcome
from messages.market_data import Snapshot, TradePrint
from messages.markets import Market
from messages.orders import Order, OrderState, Rejected, VenueEvent, VenueReport
from messages.units import Cash, Shares

Events = tuple[VenueEvent, ...]


class PaperVenue:
    """One account on the paper venue. It holds open orders, fills, and the ids of orders that have not expired yet.

    `cash`, `shares`, `open_orders`, `fills_since` and `report` are for reconciliation; they do not look at the clock,
    so `advance` comes before them.

    While a book is open, orders still arrive and are matched against the last closed one: the venue itself always has a
    book, it is only we who cannot see it.
    """

    def __init__(self, settings: PaperSettings, markets: Iterable[Market]) -> None:
        self._settings = settings
        self._markets: dict[MarketId, PaperMarket] = {}
        self._schedule = Schedule()
        self._engine = Engine(settings, self._markets, self._schedule)
        self._order_latency = settings.order_latency()
        self._cancel_latency = settings.cancel_latency()
        self._restrictions = Restrictions(settings.restrictions)
        self._moods = Random(f"{settings.seed}: rejects")
        self._known: set[OrderId] = set()
        self.submitted = 0
        for market in markets:
            self.list_market(market)

    def submit(self, order: Order, now_ns: int) -> Events:
        """Sends an order; it reaches the venue after the order latency."""
        self.submitted += 1
        self._restrictions.begin(now_ns)
        self._schedule.add(now_ns + self._order_latency.next_ns(), Arrival(order))
        return self.advance(now_ns)

    def withdraw(self, order: OrderId, now_ns: int) -> Events:
        """Sends a cancel; it reaches the venue after the cancel latency, and fills in between win the race."""
        self._restrictions.begin(now_ns)
        self._schedule.add(now_ns + self._cancel_latency.next_ns(), Withdrawal(order))
        return self.advance(now_ns)

    def list_market(self, market: Market) -> None:
        """A new market, or a new statement about one that is known, such as that it takes no orders any more."""
        known = self._markets.get(market.market)
        if known is None:
            self._markets[market.market] = PaperMarket(market, self._settings.trade_report_window_ns)
        else:
            known.listing = market

    def snapshot(self, snapshot: Snapshot, now_ns: int) -> Events:
        """A book closed. Raises `KeyError` for a market that was never listed."""
        self._restrictions.begin(now_ns)
        events = self.advance(now_ns) if now_ns >= self._schedule.next_due_ns else ()
        shares = self._markets[snapshot.market].book_closed(snapshot, now_ns)
        return (*events, *self._engine.make(shares, now_ns)) if shares else events

    def trade(self, trade: TradePrint, now_ns: int) -> Events:
        """Somebody traded. Raises `KeyError` for a market that was never listed."""
        self._restrictions.begin(now_ns)
        events = self.advance(now_ns)
        shares = self._markets[trade.market].traded(trade, now_ns)
        return (*events, *self._engine.make(shares, now_ns))

    def book_opened(self, market: MarketId) -> Events:
        """The book is open until the next snapshot. Nothing changes here; why not, says the class."""
        return ()

    def advance(self, now_ns: int) -> Events:
        """Does everything due at `now_ns` or before, in the order of due time, then of the calls that caused it.

        Decreases that become cancels need no step of their own: each queue settles them before it is next looked at,
        with the same result.
        """
        events: list[VenueEvent] = []
        while self._schedule.next_due_ns <= now_ns:
            due_ns, step = self._schedule.pop()
            match step:
                case Arrival(order):
                    events += self._arrive(order, due_ns)
                case Withdrawal(order_id) if self._restrictions.takes_cancels(due_ns):
                    events.append(self._engine.cancel(order_id, due_ns))
                case Withdrawal():
                    self._schedule.add(due_ns + CANCEL_AGAIN_NS, step)
                case Settlement():
                    events.append(self._engine.settlements.end(step, due_ns))
                case Expiry(order_id):
                    self._known.discard(order_id)
                    if live := self._engine.resting.get(order_id):
                        events.append(self._engine.end(live, OrderState.EXPIRED, admission.EXPIRED, due_ns))
        return tuple(events)

    def next_due_ns(self) -> int | None:
        """When `advance` has something to do next, for a timer; None when nothing waits."""
        return None if self._schedule.next_due_ns == NEVER else self._schedule.next_due_ns

    def call_when_news(self, wake: Callable[[], None]) -> None:
        """Nothing becomes of an order here but in a call, or when it is due."""

    @property
    def cash(self) -> Cash:
        return self._engine.account.cash

    def shares(self, market: MarketId, outcome: Outcome) -> Shares:
        return self._engine.account.shares(market, outcome)

    @property
    def fill_count(self) -> int:
        return self._engine.settlements.count

    def open_orders(self) -> tuple[OrderId, ...]:
        """What rests, in the order of arrival; an order on its way is not here yet."""
        return tuple(self._engine.resting)

    def fills_since(self, index: int) -> tuple[Fill, ...]:
        """All fills but the first `index` and those that failed, each as it is now."""
        return self._engine.settlements.fills[index:]

    def report(self, since: int, now_ns: int) -> VenueReport:
        """The truth as of the last `advance`, stamped `now_ns`."""
        return VenueReport(self.open_orders(), self.fills_since(since), now_ns, self._engine.settlements.reversed)

    def queue_ahead(self, order: OrderId, now_ns: int) -> Shares | None:
        """How much is estimated to stand before a resting order; None for one that does not rest."""
        live = self._engine.resting.get(order)
        if live is None:
            return None
        live.queue.settle(now_ns)
        return live.queue.ahead

    def _arrive(self, order: Order, at_ns: int) -> list[VenueEvent]:
        """An id is known until its order expires, whatever became of it; after that its expiry refuses it. What the
        venue did not even look at, it does not know, and it may be sent again."""
        if order.order in self._known:
            return [Rejected(order.order, admission.duplicated(order.order), at_ns)]
        if 0 < order.expires_ns <= at_ns:
            return [Rejected(order.order, admission.INVALID_EXPIRATION, at_ns)]
        reason = self._restrictions.refusal(post_only=order.post_only, at_ns=at_ns) or self._mood()
        if reason is not None:
            return [Rejected(order.order, reason, at_ns)]
        self._known.add(order.order)
        if order.expires_ns:
            self._schedule.add(order.expires_ns, Expiry(order.order))
        return self._engine.arrive(order, at_ns)

    def _mood(self) -> str | None:
        """What the venue says to an order that it refuses by chance."""
        probability = self._settings.reject_probability
        return admission.MARKET_CONDITIONS if probability and self._moods.random() < probability else None
