"""One life of the service: the tree on a venue, from the first actor to an orderly end, in real or virtual time."""

import math
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import TypeVar

import trio

from actors.execution.live.execution import LiveExecution
from actors.execution.live.words import Reconciled, ReconcileNow
from actors.execution.ports import Venue
from actors.paths import AUDITOR, EXECUTOR, GOVERNOR, JOURNAL, LEDGER, RECONCILER
from actors.portfolio.bookkeeper import TellPortfolio
from actors.records.auditor import CompareWithVenue
from actors.records.journal_store import JournalError, JournalStore
from actors.records.record_kinds import row_of
from actors.records.violation import Violation
from actors.records.words import ReadRecords
from messages.control import SessionEnded, SessionStarted, SetMode
from messages.identity import Outcome
from messages.markets import Market
from messages.orders import CancelOrders
from messages.portfolio import PortfolioView
from messages.risk import RiskMode
from messages.units import NANOSECONDS_PER_SECOND
from polyactors import __version__
from polyactors.app import Outside, whole_tree
from polyactors.config import Configuration
from polyactors.endings import End
from polyactors.health import Health
from polyactors.market_tree import MARKET_DATA, MARKETS
from polyactors.tree_yard import TreeYard
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.place import Place
from supervision.address import Path
from supervision.child import ChildFailedToStart
from supervision.clock import Clock, VirtualClock
from supervision.faults.injector import FaultInjector
from supervision.faults.plan import FaultPlan
from supervision.log import Level, LogSink
from supervision.questions import ActorDown
from supervision.runtime import Runtime
from supervision.virtual_time import drive

M = TypeVar("M")

LOOK_WITHIN_NS = NANOSECONDS_PER_SECOND // 2


class NoSuchActor(ValueError):
    """A fault is meant for a path that no actor of this tree has."""

    def __init__(self, globs: tuple[str, ...], paths: tuple[str, ...]) -> None:
        self.globs = globs
        self.paths = paths
        super().__init__(f"no actor fits {', '.join(map(repr, globs))}; there are\n  " + "\n  ".join(paths))


class Service:
    """What it made is there to be read after it has ended: `health`, `tape`, `violations`, `portfolio`, its journal.

    `is_up` is set when the tree has started, or never will; `on_end` is called with the reason when the end begins.
    """

    def __init__(
        self,
        configuration: Configuration,
        place: Place,
        clock: Clock,
        log: LogSink,
        journal_path: FilePath,
        control_socket: FilePath | None = None,
    ) -> None:
        self.configuration = configuration
        self.place = place
        self.journal_path = journal_path
        self.health = Health()
        self.tape = FeedCounts()
        self.violations: list[Violation] = []
        self.portfolio: PortfolioView | None = None
        self.end: End | None = None
        self.why = ""
        # A journal that goes on has the names of former sessions in it.
        former = _sessions_in(journal_path)
        prefix = f"{former + 1}-" if former else ""
        self.runtime = Runtime(clock, configuration.service.seed, log, id_prefix=prefix)
        self._connection = place.connect(clock, self.runtime.timers, self.tape, log)
        self.venue = self._connection.venue
        self.deposit = self._connection.deposit
        outside = Outside(
            markets=place.markets,
            feeds=self._connection.feeds,
            venue=self.venue,
            deposit=self.deposit,
            open_journal=lambda: JournalStore.open(journal_path),
            alarm=self._alarm,
            feed_is_over=lambda: self.finish(End.FEED_OVER),
            control_socket=control_socket,
            references=self._connection.references,
            finder=self._connection.finder,
            open_prices=self._connection.open_prices,
            bad_inputs=self.tape.bad,
        )
        self.yard = TreeYard(self.runtime, configuration, self.health, self._connection, place.markets)
        self.runtime.describe(whole_tree(configuration, outside, self.health, self.yard))
        self.is_up = trio.Event()
        self.on_end: Callable[[str], None] = lambda _: None
        self._ending = trio.Event()
        self._tree_is_down = trio.Event()
        self._is_stopping = False
        self.faults = FaultInjector(self.runtime, FaultPlan())

    def plan(self, faults: FaultPlan) -> None:
        """Faults that come from the beginning of the run on, also for actors of markets that join later. Raises
        `NoSuchActor`."""
        registry = self.runtime.registry
        may_come = (MARKETS, MARKET_DATA) if self.configuration.discovery.series else ()
        nobody = tuple(
            glob
            for glob in dict.fromkeys(fault.glob for fault in faults.faults)
            if not registry.matching(glob) and glob.partition("/")[0] not in may_come
        )
        if nobody:
            raise NoSuchActor(nobody, tuple(cell.path for cell in registry.cells()))
        self.faults = FaultInjector(self.runtime, faults)

    def finish(self, end: End, why: str = "") -> None:
        """Begin to end; the first reason counts."""
        if self.end is None:
            self.end, self.why = end, why or end.value
            self._ending.set()
            self.on_end(self.why)

    async def run(self) -> None:
        """Run in real time until the feed is over or `finish` is called, then end in good order."""
        async with trio.open_nursery() as nursery:
            self._begin()
            nursery.start_soon(self._run_tree)
            await self._ending.wait()
            # Who asks to end while the tree comes up does not want to wait for that; a feed may be over as early.
            patience_s = self.configuration.service.stop_within_ns / 4e9 if self.end is End.ASKED else math.inf
            with trio.move_on_after(patience_s):
                await self.is_up.wait()
            if self.is_up.is_set():
                await self._wind_down()
            self._stop_tree()
        self._connection.close()
        self._write_the_end()

    async def run_on(self, clock: VirtualClock, look: Callable[[], None]) -> None:
        """The same on a virtual clock; `look` is called at each instant, and must not wait."""

        def keep_going() -> bool:
            look()
            return not self._ending.is_set()

        async with trio.open_nursery() as nursery:
            self._begin()
            # The clock has to move already while the tree comes up: an actor that dies then is waited for.
            nursery.start_soon(self._run_tree)
            await drive(clock, self.runtime.timers, keep_going)
            self.finish(End.FEED_OVER)

            async def wind_down() -> None:
                await self._wind_down()
                self._stop_tree()

            nursery.start_soon(wind_down)
            await drive(clock, self.runtime.timers, lambda: not self._tree_is_down.is_set())
        self._connection.close()
        self._write_the_end()

    @property
    def now_ns(self) -> int:
        return self.runtime.clock.now_ns()

    @property
    def markets(self) -> tuple[Market, ...]:
        """Those of the beginning, and all that ever joined, left ones as well."""
        return (*self.place.markets, *self.yard.joined.values())

    @property
    def submitted(self) -> int:
        """Orders that were sent in this session."""
        return self.venue.counts.submitted if isinstance(self.venue, LiveExecution) else self.venue.submitted

    @property
    def fill_count(self) -> int:
        return self.venue.counts.fills if isinstance(self.venue, LiveExecution) else self.venue.fill_count

    async def portfolio_now(self) -> PortfolioView | None:
        """The account as the ledger has it; None when the ledger has no time to say."""
        within_ns = round(LOOK_WITHIN_NS * self.runtime.clock.speed)
        try:
            view = await self.runtime.ask(self.runtime.registry.address(LEDGER), TellPortfolio(), within_ns)
        except (trio.TooSlowError, ActorDown):
            return None
        return view if isinstance(view, PortfolioView) else None

    async def end_after(self, duration_ns: int) -> None:
        """End in good order when so much time has passed on its clock since the tree was up."""
        await self.is_up.wait()
        await self.runtime.timers.sleep_until(self.now_ns + duration_ns)
        self.finish(End.TIME_OVER)

    def _begin(self) -> None:
        """The journal is told before it lives, so that this is the first that it writes down."""
        self.faults.arm()
        started = SessionStarted(self.place.name, self.configuration.service.seed, __version__, self.now_ns)
        self.runtime.registry.address(JOURNAL).tell(started)

    async def _run_tree(self) -> None:
        try:
            why = str(await self.runtime.run(task_status=_Up(self.is_up)))
        except ChildFailedToStart as error:
            why = f"the tree did not start: {error}"
        finally:
            self.faults.disarm()
            self._tree_is_down.set()
            self.is_up.set()
        if not self._is_stopping:
            self.finish(End.GAVE_UP, why)

    def _stop_tree(self) -> None:
        self._is_stopping = True
        if not self._tree_is_down.is_set():
            self.runtime.stop(self.why)

    def _alarm(self, violation: Violation) -> None:
        """Whatever a service ended for: an invariant that was found broken on the way out counts all the same."""
        self.violations.append(violation)
        if self.end in (End.FEED_OVER, End.TIME_OVER, End.ASKED):
            self.end = None
        self.finish(End.INVARIANT_BROKEN, f"invariant {violation.number}: {violation.text}")

    async def _wind_down(self) -> None:
        """HALT, every order cancelled and seen to be gone, everything on disk and compared with the venue; each step
        within what is left of the time. A step that fails is said aloud, and the others are tried all the same."""
        if self._tree_is_down.is_set():
            return
        runtime = self.runtime
        deadline_ns = self.now_ns + self._stop_within_ns
        if self.runtime.clock.is_virtual:
            # Nobody waits for a replay in real time, and cancels need what the configuration says that they need.
            deadline_ns += self.configuration.paper.there_and_back_ns
        try:
            # Asked and not told: a HALT that got lost would leave the makers quoting.
            half_time_ns = (self.now_ns + deadline_ns) // 2
            await self._ask(GOVERNOR, SetMode(RiskMode.HALT, f"the service ends: {self.why}"), half_time_ns)
        except trio.TooSlowError as error:
            runtime.log_for("root", 1, Level.ERROR, "HALT was not confirmed", error=str(error))
        try:
            everything = CancelOrders(None, None, "the service ends")
            await self._ask(EXECUTOR, everything, deadline_ns)
        except trio.TooSlowError as error:
            runtime.log_for("root", 1, Level.ERROR, "orders may still rest", error=str(error))
        try:
            view = await self._ask(LEDGER, TellPortfolio(), deadline_ns)
            assert isinstance(view, PortfolioView)
            self.portfolio = view
            everything_is_on_disk = ReadRecords((SessionStarted.__name__,))
            await self._ask(JOURNAL, everything_is_on_disk, deadline_ns)
            await self._compare_with_venue(self.venue, deadline_ns)
        except trio.TooSlowError as error:
            runtime.log_for("root", 1, Level.ERROR, "the end could not be checked", error=str(error))

    def _write_the_end(self) -> None:
        """The last record of an orderly end, after the last word of any actor: by now the journal is ours alone."""
        if self.portfolio is None:
            return
        open_orders = sum(len(market.open_orders) for market in self.portfolio.markets)
        ended = SessionEnded(self.why, open_orders, self.now_ns)
        try:
            with JournalStore.open(self.journal_path) as store:
                store.append([row_of(ended, self.now_ns)])
        except JournalError as error:
            self.runtime.log_for("root", 1, Level.ERROR, "the end could not be written down", error=str(error))

    async def _ask(self, path: Path[M], message: M, deadline_ns: int, patience_ns: int | None = None) -> object:
        """Ask, and ask again while there is time: whoever was asked may have died with the question in hand. Raises
        `trio.TooSlowError`."""
        address = self.runtime.registry.address(path)
        patience_ns = self._stop_within_ns // 8 if patience_ns is None else patience_ns
        while True:
            try:
                return await self.runtime.ask(address, message, patience_ns)
            except trio.TooSlowError:
                if self.now_ns >= deadline_ns:
                    raise
            except ActorDown as error:
                if self.now_ns >= deadline_ns:
                    raise trio.TooSlowError(str(error)) from error
                await self.runtime.timers.sleep_until(self.now_ns + self._stop_within_ns // 64)

    @property
    def _stop_within_ns(self) -> int:
        """On the runtime's clock, for what is meant is real time."""
        return round(self.configuration.service.stop_within_ns * self.runtime.clock.speed)

    async def _compare_with_venue(self, venue: Venue | LiveExecution, deadline_ns: int) -> None:
        """Raises `trio.TooSlowError`."""
        if not isinstance(venue, LiveExecution):
            await self._ask(AUDITOR, self._account_at(venue), deadline_ns)
            return
        # Who asks anew is answered by another comparison: all the time that there is goes to one.
        left_ns = max(0, deadline_ns - self.now_ns)
        reconciled = await self._ask(RECONCILER, ReconcileNow("the service ends"), deadline_ns, patience_ns=left_ns)
        assert isinstance(reconciled, Reconciled)
        for difference in reconciled.differences:
            self._alarm(Violation(5, difference, 0))

    def _account_at(self, venue: Venue) -> CompareWithVenue:
        shares = {
            (market.market, outcome): venue.shares(market.market, outcome)
            for market in self.markets
            for outcome in Outcome
        }
        return CompareWithVenue(venue.cash, shares, venue.open_orders())


def _sessions_in(journal: FilePath) -> int:
    """How many sessions the journal has of before."""
    with JournalStore.open(journal) as store:
        return store.count(SessionStarted.__name__)


class _Up:
    """Sets an event when the tree acknowledges its start."""

    def __init__(self, is_up: trio.Event) -> None:
        self._is_up = is_up

    def started(self, value: None = None) -> None:
        self._is_up.set()
