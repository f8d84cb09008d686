"""One market: its book, its phase and its lock.

Makes a `Snapshot` each time the book closes. Awaits nothing: a book that has to be fetched again is asked of the feed
and comes back as a message. The lock on the market is this actor's mailbox.
"""

from collections.abc import Mapping

from attrs import field, frozen
from attrs.validators import ge

from actors.markets.arbiter import Situation, refusal
from actors.markets.book import Awaiting, Book, BookOutcome, BookSettings, Closed, OffGrid, Open, Regridded
from actors.markets.health import MarketHealth
from actors.markets.lease_desk import LeaseDesk, LeaseDue
from actors.markets.ownership_rules import Lock
from actors.markets.phases import next_change_ns, phase_of
from actors.markets.subscription import Published, Subscription
from actors.paths import CLAIMS, EXECUTOR, GATEWAY, GOVERNOR, JOURNAL, shard_path, strategy_path
from messages.construction import quick_constructor
from messages.control import Resync
from messages.identity import StrategyName
from messages.intents import Cancel, Flatten, Gate, IntentRefused, Place
from messages.market_data import (
    BestPrices,
    BookDelta,
    BookOpened,
    FeedLost,
    MarketListed,
    MarketResolution,
    Proof,
    Snapshot,
    TickSizeChange,
    TradePrint,
    TradeSeen,
    WholeBook,
)
from messages.markets import Market as Listing
from messages.markets import Phase
from messages.orders import CancelOrders, OrdersGone
from messages.ownership import Claim, Release
from messages.risk import Authorise, BookClean, BookDirty
from messages.units import NANOSECONDS_PER_MILLISECOND as MILLISECOND
from messages.units import Price, complement
from supervision.actor import Actor, Down
from supervision.address import Address
from supervision.log import Level
from supervision.registry import UnknownActor


@frozen
class StillOpen:
    """Timer: the book has not closed for too long."""


@frozen
class ResyncDue:
    """Timer: the whole book that was asked for has not come."""


@frozen
class ShowHeld:
    """Timer: a subscriber's time without a snapshot is over."""

    subscriber: int


@frozen
class PhaseDue:
    """Timer: the phase may have changed."""


MarketMessage = (
    BookDelta
    | WholeBook
    | TradePrint
    | TickSizeChange
    | BestPrices
    | MarketResolution
    | MarketListed
    | FeedLost
    | Claim
    | Release
    | Place
    | Cancel
    | Flatten
    | OrdersGone
    | Down
    | StillOpen
    | ResyncDue
    | ShowHeld
    | LeaseDue
    | PhaseDue
)


@frozen(kw_only=True)
class MarketSettings:
    """Times in nanoseconds. A book that stays open longer than `open_limit_ns` is dirty; a whole book that was asked
    for and has not come is asked for again after `resync_every_ns`, then ever more seldom."""

    open_limit_ns: int
    resync_every_ns: int = field(validator=ge(MILLISECOND))
    lease_ns: int = field(validator=ge(1000 * MILLISECOND))
    decision_limit_ns: int
    close_window_ns: int
    book: BookSettings


@frozen
class MarketState:
    """What the market shows of itself."""

    phase: Phase
    lock: Lock
    book: str
    dirty_because: str | None
    snapshot: int
    best_bid: Price
    best_ask: Price


LONGEST_RESYNC_DOUBLINGS = 6
"""A book that does not come is asked for more and more seldom, up to 64 times the first pause."""

_new_snapshot = quick_constructor(Snapshot)


class Market(Actor[MarketMessage]):
    """`strategies` says of each strategy how often it wants to see a snapshot (`Subscription.every_ns`)."""

    def __init__(
        self,
        listing: Listing,
        strategies: Mapping[StrategyName, int],
        shard: int,
        settings: MarketSettings,
        health: MarketHealth,
    ) -> None:
        self._listing = listing
        self._market = listing.market
        self._strategies = strategies
        self._shard = shard
        self._settings = settings
        self._health = health
        self._book = Book(listing, settings.book)
        self._apply_delta = self._book.apply_delta
        self._number = 0
        self._phase = Phase.DISCOVERED
        self._is_waiting = False
        self._dirty: str | None = None
        self._dirty_since_ns = 0
        self._asks_in_vain = 0

    def started(self) -> None:
        self._epoch = self.generation
        self._governor = self.address(GOVERNOR)
        self._executor = self.address(EXECUTOR)
        self._journal = self.address(JOURNAL)
        event = self._listing.event
        self._to_strategies = {
            name: self.address(strategy_path(event, self._market, name)) for name in self._strategies
        }
        self._gateway = self.address(GATEWAY)
        self._subscriptions = tuple(
            Subscription(address, self._strategies[name]) for name, address in self._to_strategies.items()
        )
        self._subscribers: tuple[Address[Published], ...] = (*self._to_strategies.values(), self._gateway)
        for strategy in self._to_strategies.values():
            self.monitor(strategy.path)
        self.monitor(EXECUTOR.text)
        self._desk = LeaseDesk(self, self._market, self._to_strategies, self._settings.lease_ns)
        self._desk.clear_out()
        if self.generation == 1:
            self._wait_for_the_book()
        else:
            self._mark_dirty("the market was restarted")
        self._set_phase_timer()

    def receive(self, message: MarketMessage) -> None:
        if type(message) is BookDelta:
            self._health.deltas += 1
            outcome = self._apply_delta(message)
            if type(outcome) is Closed:
                self._on_closed(outcome.proof, message)
            else:
                self._on_not_closed(outcome)
            return
        match message:
            case WholeBook():
                self._health.whole_books += 1
                outcome = self._book.apply(message)
                if isinstance(outcome, Closed):
                    self._on_closed(outcome.proof, message)
                else:
                    self._on_not_closed(outcome)
            case TradePrint():
                self._on_trade(message)
            case TickSizeChange():
                self._health.others += 1
                self._lost(self._book.tick_size_changed(message))
            case BestPrices() | MarketListed():
                self._health.others += 1
            case MarketResolution():
                self._health.others += 1
                self._health.is_resolved = True
                self._health.winner = message.winner
                self.tell(self._journal, message)
                self._tell_claims(message)
                self._look_at_phase()
            case FeedLost(reason=reason):
                self._lost(self._book.lose(reason))
            case Place():
                self._on_place(message)
            case Cancel() | Flatten():
                self.tell(self._journal, message)
                self.tell(self._executor, message)
            case Claim():
                self._desk.claim(message)
            case Release():
                self._desk.release(message)
            case OrdersGone(strategy=strategy):
                self._desk.orders_gone(strategy)
            case Down(path=path):
                self._on_down(path)
            case StillOpen():
                self._on_still_open()
            case ResyncDue():
                self._ask_for_the_book("the whole book has not come")
            case ShowHeld(number):
                self._show_held(number)
            case LeaseDue():
                self._desk.look()
            case PhaseDue():
                self._look_at_phase()
                self._set_phase_timer()

    def describe(self) -> MarketState:
        book = self._book
        best_ask = complement(book.no_bids().best)
        return MarketState(
            self._phase, self._desk.lock, self._book_text(), self._dirty, self._number, book.yes_bids().best, best_ask
        )

    # The book

    def _on_not_closed(self, outcome: BookOutcome) -> None:
        match outcome:
            case Open():
                self._health.open_instants += 1
                self._health.crossed += self._book.is_crossed
                self._wait_for_the_book()
            case OffGrid():
                self._health.refused["price_off_grid"] += 1
                self.log(Level.WARNING, "price off the grid", price=outcome.price, step=self._book.step)
            case Regridded():
                self._health.refused["price_off_grid"] += 1
                self._health.regrids += 1
                self.log(Level.WARNING, "a tick size change was missed", step=outcome.step)
                self._mark_dirty("a tick size change was missed")
            case Awaiting():
                self._wait_for_the_book()

    def _on_closed(self, proof: Proof, frame: BookDelta | WholeBook) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self.cancel_timer("open")
        if self._dirty is not None:
            self._mark_clean()
        self._number = number = self._number + 1
        if number == 1:
            self._asks_in_vain = 0
            self.cancel_timer("resync")
            self._look_at_phase()
        book, health = self._book, self._health
        snapshot = _new_snapshot(
            self._market,
            self._epoch,
            number,
            book.yes_bids(),
            book.no_bids(),
            book.tick_size,
            self._phase,
            proof,
            frame.exchange_ms,
            frame.received_ns,
        )
        health.closed += 1
        if proof is Proof.HASH:
            health.closed_by_hash += 1
        health.last_snapshot = snapshot
        self.tell(self._gateway, snapshot)
        if self._subscriptions:
            self._show(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        now_ns = self.now_ns
        for number, subscription in enumerate(self._subscriptions):
            was_held = subscription.held is not None
            if subscription.shows(snapshot, now_ns):
                self.tell(subscription.address, snapshot)
            elif subscription.held is not None and not was_held:
                self.after(("show", number), subscription.every_ns, ShowHeld(number))

    def _show_held(self, number: int) -> None:
        subscription = self._subscriptions[number]
        held = subscription.take_held(self.now_ns)
        if held is not None:
            self.tell(subscription.address, held)

    def _on_trade(self, trade: TradePrint) -> None:
        self._health.trades += 1
        self._book.apply(trade)
        self.publish(self._subscribers, TradeSeen(trade))

    def _wait_for_the_book(self) -> None:
        if self._is_waiting or self._dirty is not None:
            return
        self._is_waiting = True
        self.after("open", self._settings.open_limit_ns, StillOpen())

    def _lost(self, outcome: BookOutcome) -> None:
        if isinstance(outcome, Awaiting) and (self._number > 0 or self.generation > 1):
            self._mark_dirty(outcome.reason)

    def _on_still_open(self) -> None:
        """A market that never had a book has none that could be dirty: it only waits for its first."""
        self._is_waiting = False
        if self._number == 0 and self.generation == 1 and self._dirty is None:
            self._ask_for_the_book(self._book_text())
        else:
            self._mark_dirty(self._book_text())

    def _mark_dirty(self, reason: str) -> None:
        """Nobody decides on this book until it has closed again."""
        self._is_waiting = False
        self.cancel_timer("open")
        if self._dirty is None:
            self._dirty_since_ns = self.now_ns
            self._health.dirty_spells += 1
            self.tell(self._governor, BookDirty(self._market, reason, self.now_ns))
            self.publish(self._subscribers, BookOpened(self._market, reason))
            for subscription in self._subscriptions:
                subscription.forget()
            self.log(Level.WARNING, "book dirty", reason=reason)
        self._dirty = reason
        self._ask_for_the_book(reason)

    def _mark_clean(self) -> None:
        self._dirty = None
        self._asks_in_vain = 0
        self._health.dirty_ns += self.now_ns - self._dirty_since_ns
        self.cancel_timer("resync")
        self.tell(self._governor, BookClean(self._market, self.now_ns))
        self.log(Level.INFO, "book clean")

    def _ask_for_the_book(self, reason: str) -> None:
        self._health.resyncs_asked += 1
        self._ask_feed(Resync(self._market, reason))
        doublings = min(self._asks_in_vain, LONGEST_RESYNC_DOUBLINGS)
        self._asks_in_vain += 1
        self.after("resync", self._settings.resync_every_ns << doublings, ResyncDue())

    def _ask_feed(self, wish: Resync) -> None:
        """That of a market which joins a running service comes after it."""
        try:
            feed = self.address(shard_path(self._shard))
        except UnknownActor:
            return
        self.tell(feed, wish)

    def _book_text(self) -> str:
        state = self._book.state
        return "closed" if isinstance(state, Closed) else state.reason

    # The phase

    def _look_at_phase(self) -> None:
        phase = phase_of(
            self._listing,
            has_book=self._number > 0,
            is_resolved=self._health.is_resolved,
            now_ns=self.now_ns,
            close_window_ns=self._settings.close_window_ns,
        )
        if phase is self._phase:
            return
        self.log(Level.INFO, "phase", was=self._phase.value, now=phase.value)
        self._phase = phase
        if phase in (Phase.CLOSED, Phase.RESOLVED):
            self.tell(self._executor, CancelOrders(self._market, None, f"the market is {phase.value}"))

    def _tell_claims(self, resolution: MarketResolution) -> None:
        """Nobody claims where money is not real."""
        try:
            claims = self.address(CLAIMS)
        except UnknownActor:
            return
        self.tell(claims, resolution)

    def _set_phase_timer(self) -> None:
        at_ns = next_change_ns(self._listing, self.now_ns, self._settings.close_window_ns)
        if at_ns is not None:
            self.after("phase", at_ns - self.now_ns, PhaseDue())

    # The arbiter

    def _on_place(self, place: Place) -> None:
        self.tell(self._journal, place)
        situation = Situation(
            self._desk.lock,
            self._phase,
            self.generation,
            self._dirty is None and self._book.is_closed,
            self._book.tick_size,
            self._listing.minimum_size,
            self._settings.decision_limit_ns,
            self.now_ns,
        )
        wrong = refusal(place, situation)
        if wrong is None:
            self.tell(self._governor, Authorise(place, self.now_ns))
            return
        refused = IntentRefused(
            place.intent, place.strategy, place.market, Gate.MARKET, wrong.refusal, wrong.detail, self.now_ns
        )
        self.tell(self._journal, refused)
        strategy = self._to_strategies.get(place.strategy)
        if strategy is not None:
            self.tell(strategy, refused)

    def _on_down(self, path: str) -> None:
        if path == EXECUTOR.text:
            self._desk.execution_down()
        for name, address in self._to_strategies.items():
            if address.path == path:
                self._desk.holder_down(name)
