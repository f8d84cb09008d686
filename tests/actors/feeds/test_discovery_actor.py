"""Discovery in a tree with a real journal: who hears what, in which order, and what a death leaves to the next life."""

from collections.abc import Awaitable, Callable
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Never

import pytest
import trio
from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.feeds.discovery import DISCOVERY, Discovery
from actors.feeds.discovery_settings import DiscoverySettings, end_ns, start_ns
from actors.feeds.discovery_words import DiscoveryShown, Stage
from actors.feeds.market_finder import FindFailed, Found, Unfit
from actors.feeds.market_yard import NotNow
from actors.paths import (
    AUDITOR,
    EXECUTOR,
    GATEWAY,
    GOVERNOR,
    JOURNAL,
    LEDGER,
    RECONCILER,
    event_part,
    session_path,
    symbol_path,
)
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.records.journal import Journal
from actors.records.journal_store import JournalStore
from actors.records.record_kinds import message_of
from actors.risk.session import SESSION, TellSession
from messages.identity import MarketId
from messages.markets import Market
from messages.orders import OrderChanged
from messages.periods import Period, PeriodLength, Series, UpOrDown
from messages.portfolio import MarketPortfolio, PortfolioChanged, Wallet
from messages.pricing import AboutPeriod
from messages.reference import Symbol
from messages.sessions import MarketJoined, MarketLeft, SessionIs, SessionState
from messages.units import Cash, Shares
from supervision.actor import Actor
from supervision.mailbox import MailboxSpec
from supervision.runtime import Runtime
from supervision.specs import SECOND, ActorSpec, Backoff, Strategy, SupervisorSpec
from supervision.testing import ORIGIN_NS, Diary, Probe, Tree, run_tree
from tests.actors.feeds.discovery_world import MEAN, market_of, periods_between
from tests.actors.samples import changed, order_of, place

MINUTE = 60 * SECOND
FIVE = Series(Symbol("btcusd"), PeriodLength.FIVE_MINUTES)
SETTINGS = DiscoverySettings(series=(FIVE,), warm_up_ns=45 * SECOND, leave_after_ns=3 * MINUTE)
PRICER = symbol_path(FIVE.symbol)
KEEPERS = (LEDGER.text, GOVERNOR.text, EXECUTOR.text, GATEWAY.text)


@define(eq=False)
class Venue:
    """A `MarketFinder` that lists every period. `answers` are given first; `hangs` never answers; `errors` are raised
    first, which no finder should do."""

    answers: list[Found] = field(factory=list)
    hangs: bool = False
    errors: list[Exception] = field(factory=list)
    is_resolved: bool | None = True
    asked: list[Period] = field(factory=list)
    now_ns: Callable[[], int] = lambda: 0

    async def find(self, period: Period) -> Found:
        self.asked.append(period)
        if self.errors:
            raise self.errors.pop(0)
        if self.hangs:
            await trio.sleep_forever()
        return self.answers.pop(0) if self.answers else market_of(period)

    async def is_over(self, market: Market) -> bool | None:
        if self.errors:
            raise self.errors.pop(0)
        return self.is_resolved


@define(eq=False)
class Yard:
    """A `MarketYard` that takes a tenth of a second for everything."""

    standing: dict[MarketId, Market] = field(factory=dict)
    did: list[tuple[str, str]] = field(factory=list)
    refusals: list[str] = field(factory=list)
    busy: int = 0
    now_ns: Callable[[], int] = lambda: 0
    times_ns: dict[str, int] = field(factory=dict)

    async def join(self, market: Market) -> None:
        await self._work("join", market)
        self.standing[market.market] = market
        self.times_ns.setdefault(market.slug, self.now_ns())

    async def leave(self, market: Market) -> None:
        await self._work("leave", market)
        self.standing.pop(market.market, None)

    def stands(self, market: MarketId) -> bool:
        return market in self.standing

    async def _work(self, what: str, market: Market) -> None:
        assert self.busy == 0, "called by two workers at a time"
        self.busy += 1
        try:
            await trio.sleep(0.1)
        finally:
            self.busy -= 1
        if self.refusals:
            raise NotNow(self.refusals.pop(0))
        self.did.append((what, market.slug))


class LedgerProbe(Probe):
    """Says what is open."""

    def __init__(self, diary: Diary, open_orders: list[OrderChanged]) -> None:
        super().__init__(diary)
        self._open_orders = open_orders

    def receive(self, message: object) -> None:
        if isinstance(message, TellMarketPortfolio):
            portfolio = MarketPortfolio(message.market, 1, (), tuple(self._open_orders), Cash(0), Shares(0), Shares(0))
            self.reply(PortfolioChanged(portfolio, Wallet(Cash(0), Cash(0), Cash(0))))
            return
        super().receive(message)


class SessionProbe(Probe):
    """Answers with its state."""

    def __init__(self, diary: Diary, market: MarketId, states: list[SessionState]) -> None:
        super().__init__(diary)
        self._market = market
        self._states = states

    def receive(self, message: object) -> None:
        if isinstance(message, TellSession):
            self.reply(SessionIs(self._market, self._states[-1], 0.0, "", 0))


@define(eq=False)
class World:
    folder: FilePath
    diary: Diary = field(factory=Diary)
    venue: Venue = field(factory=Venue)
    yard: Yard = field(factory=Yard)
    settings: DiscoverySettings = SETTINGS
    fixed: tuple[Market, ...] = ()
    with_pricer: bool = True
    with_reconciler: bool = False
    session_of: Market | None = None
    session_states: list[SessionState] = field(factory=lambda: [SessionState.ACTIVE])
    open_orders: list[OrderChanged] = field(factory=list)

    def run(self, script: Callable[[Tree], Awaitable[None]]) -> Tree:
        def prepare(runtime: Runtime) -> None:
            self.yard.now_ns = self.venue.now_ns = runtime.clock.now_ns

        return run_tree(self._spec(), script, prepare=prepare)

    def records(self) -> list[object]:
        """What the journal tells of markets."""
        with JournalStore.open(self.folder / "journal") as store:
            return [message_of(row) for row in store.read() if row.kind in ("MarketJoined", "MarketLeft")]

    def story(self) -> list[tuple[str, str]]:
        names = {each.market.market: each.market.slug for each in self.records() if isinstance(each, MarketJoined)}
        return [
            ("joined", each.market.slug) if isinstance(each, MarketJoined) else ("left", names[each.market])
            for each in self.records()
            if isinstance(each, MarketJoined | MarketLeft)
        ]

    def markets(self) -> list[Market]:
        """All that ever joined."""
        return [each.market for each in self.records() if isinstance(each, MarketJoined)]

    def told(self, path: str) -> list[str]:
        kinds = (MarketJoined, MarketLeft, AboutPeriod)
        return [type(each).__name__ for each in self.diary.received(path) if isinstance(each, kinds)]

    def _spec(self) -> SupervisorSpec:
        def at(path: str, create: Callable[[], Actor[Never]] | None = None) -> ActorSpec:
            mailbox = MailboxSpec(capacity=10_000)
            return ActorSpec(
                name=path.rpartition("/")[2], create=create or (lambda: Probe(self.diary)), mailbox=mailbox
            )

        def group(name: str, *children: ActorSpec | SupervisorSpec) -> SupervisorSpec:
            return SupervisorSpec(
                name=name,
                strategy=Strategy.ONE_FOR_ONE,
                children=children,
                intensity=1000,
                backoff=Backoff(initial_ns=0, maximum_ns=0),
            )

        execution = [at(GATEWAY.text), at(EXECUTOR.text)]
        execution += [at(RECONCILER.text)] if self.with_reconciler else []
        children: list[ActorSpec | SupervisorSpec] = [
            at(JOURNAL.text, lambda: Journal(lambda: JournalStore.open(self.folder / "journal"))),
            at(LEDGER.text, lambda: LedgerProbe(self.diary, self.open_orders)),
            at(GOVERNOR.text),
            group("execution", *execution),
            group("records", at(AUDITOR.text)),
        ]
        if self.with_pricer:
            children.append(group("reference", at(PRICER.text)))
        if (market := self.session_of) is not None:
            session = at(SESSION, lambda: SessionProbe(self.diary, market.market, self.session_states))
            children.append(group("markets", group(event_part(market.event), group(market.market, session))))
        children.append(Discovery.spec(self.settings, self.venue, self.yard, self.fixed))
        return evolve(group("root", *children), is_group=True)


@pytest.fixture
def world(tmp_path: FilePath) -> World:
    return World(tmp_path)


def present() -> Period:
    return FIVE.period_at(ORIGIN_NS // 1_000_000)


FIRST = present()
NEXT = FIRST.following
"""The runs begin 100 s before the end of the first."""
ABOUT_FIRST = AboutPeriod(UpOrDown(FIRST, MEAN))


def shown(tree: Tree) -> DiscoveryShown:
    actor = tree.cell(DISCOVERY.text).actor
    assert actor is not None
    state = actor.describe()
    assert isinstance(state, DiscoveryShown)
    return state


def until(period_ns: int) -> int:
    return period_ns - ORIGIN_NS


def test_a_market_is_written_down_then_told_of_then_set_up_and_its_end_the_other_way_round(world: World) -> None:
    world.with_reconciler = True

    async def script(tree: Tree) -> None:
        await tree.advance(2 * SECOND)
        assert world.story() == [("joined", FIRST.name)]
        assert world.yard.did == [("join", FIRST.name)]
        for path in (*KEEPERS, RECONCILER.text):
            assert world.told(path) == ["MarketJoined"]
        assert world.diary.received(PRICER.text) == [ABOUT_FIRST]
        assert [each.stage for each in shown(tree).markets] == [Stage.STANDS]
        await tree.advance(until(end_ns(FIRST)) + 10 * SECOND)

    world.run(script)
    assert world.story() == [("joined", FIRST.name), ("joined", NEXT.name), ("left", FIRST.name)]
    assert world.yard.did == [("join", FIRST.name), ("join", NEXT.name), ("leave", FIRST.name)]
    assert world.told(GOVERNOR.text) == ["MarketJoined", "MarketJoined", "MarketLeft"]


def test_the_auditor_hears_it_from_the_journal_alone(world: World) -> None:
    async def script(tree: Tree) -> None:
        await tree.advance(2 * SECOND)

    world.run(script)
    assert world.told(AUDITOR.text) == []
    assert any("MarketJoined" in repr(each) for each in world.diary.received(AUDITOR.text))


def test_every_market_of_an_hour_stands_before_its_period_begins(world: World) -> None:
    async def script(tree: Tree) -> None:
        await tree.advance(3600 * SECOND)

    world.run(script)
    for period in periods_between(FIVE, ORIGIN_NS + 3 * MINUTE, ORIGIN_NS + 55 * MINUTE):
        assert world.story().count(("joined", period.name)) == 1
        assert world.story().count(("left", period.name)) == 1
        assert world.yard.times_ns[period.name] < start_ns(period)
    assert len(world.yard.standing) <= 2


def test_without_a_pricer_and_a_reconciler_markets_join_all_the_same(world: World) -> None:
    world.with_pricer = False

    async def script(tree: Tree) -> None:
        await tree.advance(2 * SECOND)
        assert len(world.yard.standing) == 1

    world.run(script)


def test_a_finder_that_hangs_is_given_up_and_asked_again(world: World) -> None:
    world.venue.hangs = True

    async def script(tree: Tree) -> None:
        await tree.advance(SETTINGS.answer_within_ns + SECOND // 10)
        assert shown(tree).series[0].reason == "no answer in time"
        world.venue.hangs = False
        await tree.advance(3 * SECOND)
        assert len(world.yard.standing) == 1

    world.run(script)


def test_a_finder_that_raises_is_asked_again_and_kills_nobody(world: World) -> None:
    """It once did: discovery crashed at each look, and took the whole tree with it."""
    world.venue.errors += [KeyError("slug"), ValueError("not a date")]
    raised: list[str] = []

    async def script(tree: Tree) -> None:
        await tree.advance(SECOND // 2)
        assert shown(tree).series[0].reason == "the finder raised KeyError: 'slug'"
        await tree.advance(10 * SECOND)
        assert world.story() == [("joined", FIRST.name)]
        await tree.advance(until(end_ns(FIRST)) - SECOND)
        world.venue.errors += [OSError("no answer"), ValueError("not a date")]
        await tree.advance(until(end_ns(FIRST)) + 20 * SECOND)
        assert tree.cell(DISCOVERY.text).generation == 1
        raised.extend(str(each.fields["reason"]) for each in tree.log if each.event == "the finder raised")

    world.run(script)
    assert raised == ["KeyError: 'slug'", "ValueError: not a date", "OSError: no answer", "ValueError: not a date"]
    assert ("left", FIRST.name) in world.story()


def test_failures_are_tried_again_and_what_is_unfit_is_left_out_loudly(world: World) -> None:
    world.venue.answers = [FindFailed("502"), FindFailed("429"), Unfit(None, "an unknown rule")]

    async def script(tree: Tree) -> None:
        await tree.advance(20 * SECOND)
        assert world.yard.standing == {}
        (line,) = tree.logged("a market must not be traded, and its period is left out")
        assert line.fields["reason"] == "an unknown rule"
        assert shown(tree).series[0].reason == "an unknown rule"
        await tree.advance(until(start_ns(NEXT)))
        assert [each.slug for each in world.yard.standing.values()] == [NEXT.name]

    world.run(script)
    assert world.venue.asked.count(FIRST) == 3


def test_a_yard_that_cannot_now_is_asked_until_it_can(world: World) -> None:
    world.yard.refusals = ["the tree is busy", "the tree is busy"]

    async def script(tree: Tree) -> None:
        await tree.advance(10 * SECOND)
        assert world.yard.did == [("join", FIRST.name)]
        assert len(tree.logged("not yet: its actors are set up")) == 2

    world.run(script)


def test_a_market_with_an_open_order_is_not_left(world: World) -> None:
    world.open_orders.append(changed(order_of(place())))

    async def script(tree: Tree) -> None:
        await tree.advance(until(end_ns(FIRST)) + 2 * SETTINGS.leave_after_ns)
        assert market_of(FIRST).market in world.yard.standing
        world.open_orders.clear()
        await tree.advance(40 * SECOND)
        assert market_of(FIRST).market not in world.yard.standing

    world.run(script)


def test_a_market_whose_session_goes_on_is_not_left_before_the_limit(world: World) -> None:
    world.session_of = market_of(FIRST)

    async def script(tree: Tree) -> None:
        await tree.advance(until(end_ns(FIRST)) + MINUTE)
        assert market_of(FIRST).market in world.yard.standing
        world.session_states.append(SessionState.DONE)
        await tree.advance(35 * SECOND)
        assert market_of(FIRST).market not in world.yard.standing

    assert session_path(world.session_of.event, world.session_of.market).text.endswith("/session")
    world.run(script)


def test_fixed_markets_are_told_to_the_pricer_and_never_join_or_leave(world: World) -> None:
    world.fixed = (market_of(FIRST),)

    async def script(tree: Tree) -> None:
        await tree.advance(until(end_ns(FIRST)) + MINUTE)

    world.run(script)
    assert ABOUT_FIRST in world.diary.received(PRICER.text)
    assert world.story() == [("joined", NEXT.name)]


def test_a_pricer_that_died_is_told_again(world: World) -> None:
    async def script(tree: Tree) -> None:
        await tree.advance(2 * SECOND)
        world.diary.forget()
        tree.kill(PRICER.text)
        await tree.advance(2 * SECOND)
        assert world.told(PRICER.text) == ["AboutPeriod"]

    world.run(script)


def test_a_new_process_goes_on_with_what_the_journal_tells(world: World) -> None:
    async def first(tree: Tree) -> None:
        await tree.advance(2 * SECOND)

    world.run(first)
    again = World(world.folder)

    async def second(tree: Tree) -> None:
        await tree.advance(2 * SECOND)
        assert again.yard.did == [("join", FIRST.name)]
        assert again.story() == [("joined", FIRST.name)]
        for path in KEEPERS:
            assert again.told(path) == ["MarketJoined"]
        await tree.advance(until(end_ns(FIRST)) + 10 * SECOND)

    again.run(second)
    assert again.story() == [("joined", FIRST.name), ("joined", NEXT.name), ("left", FIRST.name)]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 120_000), st.booleans()), min_size=1, max_size=12),
    st.integers(0, 3),
    st.integers(0, 2),
)
def test_killed_at_any_time_no_market_joins_twice_and_none_is_forgotten(
    kills: list[tuple[int, bool]], failures: int, refusals: int
) -> None:
    """Pauses in milliseconds, some of them just after the last kill."""
    with TemporaryDirectory() as folder:
        world = World(FilePath(folder))
        world.venue.answers = [FindFailed("502")] * failures
        world.yard.refusals = ["not now"] * refusals

        async def script(tree: Tree) -> None:
            for pause_ms, is_short in kills:
                await tree.advance((pause_ms % 150 if is_short else pause_ms) * 1_000_000)
                tree.kill(DISCOVERY.text)
            since_ns = tree.clock.now_ns()
            await tree.advance(15 * MINUTE)
            story = world.story()
            for period in periods_between(FIVE, since_ns + 3 * MINUTE, since_ns + 14 * MINUTE):
                assert (story.count(("joined", period.name)), story.count(("left", period.name))) == (1, 1)
            for what, name in story:
                assert story.count((what, name)) == 1
            inside = {name for what, name in story if what == "joined"} - {
                name for what, name in story if what == "left"
            }
            assert inside == {market.slug for market in world.yard.standing.values()}

        world.run(script)
