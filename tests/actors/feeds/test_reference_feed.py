"""The actor that keeps a venue's reference prices: to each symbol what is of it, and every loss told."""

from collections.abc import Awaitable, Callable

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.feeds.ports import ConnectionLost
from actors.feeds.reference.feed import ReferenceConnectionSettings, ReferenceFeed
from actors.feeds.reference.feed_health import ReferenceFeedView, ReferenceHealth
from actors.feeds.reference.feed_watch import WatchSettings
from actors.feeds.reference.ports import DeliverReference
from actors.paths import symbol_path
from messages.reference import (
    CoinSize,
    ReferenceAverage,
    ReferenceData,
    ReferenceMissed,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from supervision.mailbox import MailboxSpec
from supervision.specs import SECOND, ActorSpec, Backoff, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, ORIGIN_NS, Diary, Probe, Tree, run_tree

BTC, ETH = Symbol("btcusd"), Symbol("ethusd")
SYMBOLS = (BTC, ETH)
FEED_PATH = "reference/binance"
PATHS = {symbol: symbol_path(symbol).text for symbol in SYMBOLS}
SETTINGS = ReferenceConnectionSettings(
    first_reconnect_ns=250 * MILLISECOND,
    last_reconnect_ns=8 * SECOND,
    watch=WatchSettings(stall_limit_ns=10 * SECOND, future_limit_ns=5 * SECOND),
)
Said = ReferenceData | Exception | None
Script = Callable[["Line"], Awaitable[None]]


class ScriptedSource:
    """A venue that says what a test puts in, until it is told to break (an exception) or to end (None)."""

    venue = ReferenceVenue.BINANCE
    symbols = SYMBOLS
    name = "binance"

    def __init__(self) -> None:
        self.connections = 0
        self._say, self._said = trio.open_memory_channel[Said](10_000)

    def say(self, *messages: Said) -> None:
        for each in messages:
            self._say.send_nowait(each)

    async def pump(self, deliver: DeliverReference) -> None:
        self.connections += 1
        while (said := await self._said.receive()) is not None:
            if isinstance(said, Exception):
                raise said
            waiting = deliver(said)
            if waiting is not None:
                await waiting


class Line:
    def __init__(self, tree: Tree, diary: Diary, source: ScriptedSource, health: ReferenceHealth) -> None:
        self.tree = tree
        self.source = source
        self.health = health
        self._diary = diary

    async def say(self, *messages: Said) -> None:
        self.source.say(*messages)
        await self.tree.settle()

    def heard(self, symbol: Symbol = BTC) -> list[ReferenceData]:
        return self._diary.received(PATHS[symbol])

    def missed(self, symbol: Symbol = BTC) -> list[str]:
        return [each.reason for each in self.heard(symbol) if isinstance(each, ReferenceMissed)]

    def numbers(self, symbol: Symbol = BTC) -> list[int | None]:
        return [each.number for each in self.heard(symbol) if isinstance(each, ReferenceTick)]

    def view(self) -> ReferenceFeedView:
        actor = self.tree.cell(FEED_PATH).actor
        assert isinstance(actor, ReferenceFeed)
        return actor.describe()


def run(script: Script, seed: int = 0, capacity: int = 100_000) -> Tree:
    diary, health = Diary(), ReferenceHealth()
    sources: list[ScriptedSource] = []

    def feed() -> ReferenceFeed:
        if not sources:
            sources.append(ScriptedSource())
        return ReferenceFeed(sources[0], SETTINGS, health)

    pricers = [
        ActorSpec(name=symbol, create=lambda: Probe(diary), mailbox=MailboxSpec(capacity=capacity))
        for symbol in SYMBOLS
    ]
    reference = SupervisorSpec(
        name="reference",
        strategy=Strategy.ONE_FOR_ONE,
        intensity=1000,
        backoff=Backoff(initial_ns=0, maximum_ns=0),
        children=(*pricers, ActorSpec(name="binance", create=feed)),
    )
    root = SupervisorSpec(name="root", strategy=Strategy.ONE_FOR_ONE, is_group=True, children=(reference,))

    async def on_the_line(tree: Tree) -> None:
        await tree.settle()
        await script(Line(tree, diary, sources[0], health))

    return run_tree(root, on_the_line, seed)


def tick(number: int | None, symbol: Symbol = BTC, at_ns: int = ORIGIN_NS, ahead_ns: int = 0) -> ReferenceTick:
    return ReferenceTick(
        ReferenceVenue.BINANCE, symbol, ReferencePrice(6 * 10**12), CoinSize(1), None, number, at_ns + ahead_ns, at_ns
    )


def quote(number: int, symbol: Symbol) -> ReferenceQuote:
    bid, ask, size = ReferencePrice(1), ReferencePrice(2), CoinSize(number)
    return ReferenceQuote(ReferenceVenue.BINANCE, symbol, bid, size, ask, size, None, ORIGIN_NS)


class TestMessages:
    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.sampled_from(SYMBOLS), max_size=50))
    def test_go_to_the_actor_of_their_symbol_in_the_order_of_the_wire(self, symbols: list[Symbol]) -> None:
        async def script(line: Line) -> None:
            messages = [quote(number, symbol) for number, symbol in enumerate(symbols)]
            await line.say(*messages)
            for symbol in SYMBOLS:
                assert line.heard(symbol) == [each for each in messages if each.symbol == symbol]

        run(script)

    def test_a_full_mailbox_holds_up_the_source_and_loses_nothing(self) -> None:
        async def script(line: Line) -> None:
            await line.say(*(tick(number) for number in range(500)))
            assert line.numbers() == list(range(500))

        run(script, capacity=1)

    def test_a_gap_is_told_before_the_trade_that_shows_it(self) -> None:
        async def script(line: Line) -> None:
            await line.say(tick(1), tick(5, at_ns=ORIGIN_NS + 1))
            first, missed, second = line.heard()
            assert (first, second) == (tick(1), tick(5, at_ns=ORIGIN_NS + 1))
            assert isinstance(missed, ReferenceMissed) and missed.symbol == BTC
            assert missed.reason == "3 trades before number 5"
            assert line.heard(ETH) == []
            view = line.view().lines[0]
            assert (view.ticks, view.gaps, view.missing) == (2, 1, 3)

        run(script)

    def test_bad_ticks_reach_nobody_and_are_counted_in_the_name_of_the_venue(self) -> None:
        async def script(line: Line) -> None:
            good = tick(1)
            await line.say(good, good, tick(2, ahead_ns=6 * SECOND), tick(7, symbol=Symbol("dogeusd")))
            assert line.heard() == [good]
            counted = {(each.kind, each.source, each.count) for each in line.view().bad}
            assert counted == {
                ("told_twice", "binance", 1),
                ("from_the_future", "binance", 1),
                ("wrong_symbol", "binance", 1),
            }

        tree = run(script)
        assert len(tree.logged("bad input")) == 3

    def test_any_number_of_bad_ticks_is_a_few_lines_of_the_log_and_no_end(self) -> None:
        async def script(line: Line) -> None:
            await line.say(*(tick(number, ahead_ns=7000 * SECOND) for number in range(5000)), tick(5000))
            assert line.numbers() == [5000]
            assert line.view().bad[0].count == 5000

        tree = run(script)
        assert len(tree.logged("bad input")) == 5
        assert tree.cell(FEED_PATH).generation == 1


class TestSilence:
    def test_is_told_to_the_symbol_that_it_is_about(self) -> None:
        async def script(line: Line) -> None:
            for number in range(15):
                await line.say(tick(number, ETH, at_ns=line.tree.clock.now_ns()))
                await line.tree.advance(SECOND)
            assert line.missed(BTC) == ["stalled: nothing came for 11 s"]
            assert line.missed(ETH) == []
            btc, eth = line.view().lines
            assert (btc.is_stalled, btc.stalls, eth.is_stalled) == (True, 1, False)
            await line.say(tick(1, BTC, at_ns=line.tree.clock.now_ns()))
            assert not line.view().lines[0].is_stalled

        assert len(run(script).logged("prices have stalled")) == 1

    def test_after_the_end_of_a_recording_is_no_stall(self) -> None:
        async def script(line: Line) -> None:
            await line.say(tick(1), None)
            await line.tree.advance(60 * SECOND)
            assert line.missed() == []
            assert line.source.connections == 1

        run(script)


class TestLosses:
    def test_of_the_source_are_told_to_all_and_counted(self) -> None:
        async def script(line: Line) -> None:
            await line.say(ReferenceMissed(ReferenceVenue.BINANCE, None, "reset by peer", ORIGIN_NS))
            assert line.missed(BTC) == line.missed(ETH) == ["reset by peer"]
            assert (line.view().losses, line.view().last_loss, line.source.connections) == (1, "reset by peer", 1)

        run(script)

    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 2**32))
    def test_that_the_source_leaves_to_us_are_made_good_within_the_bound(self, seed: int) -> None:
        async def script(line: Line) -> None:
            for number in range(4):
                await line.say(ConnectionLost("gone"))
                assert line.missed(BTC).count("gone") == line.missed(ETH).count("gone") == number + 1
                await line.tree.advance(min(8 * SECOND, 250 * MILLISECOND << number) + 1)
                assert line.source.connections == number + 2
            await line.say(tick(1))
            assert line.numbers() == [1]

        run(script, seed)

    def test_of_the_actor_itself_are_told_to_all_and_the_counts_go_on(self) -> None:
        async def script(line: Line) -> None:
            await line.say(tick(1))
            line.tree.kill(FEED_PATH)
            await line.tree.advance(SECOND)
            assert line.missed(BTC) == line.missed(ETH) == ["the feed was started anew"]
            await line.say(tick(3, at_ns=ORIGIN_NS + 1))
            view = line.view()
            assert (view.connections, view.lines[0].ticks, view.lines[0].missing) == (2, 2, 1)

        run(script)


def test_averages_are_a_line_of_their_own() -> None:
    async def script(line: Line) -> None:
        average = ReferenceAverage(ReferenceVenue.CHAINLINK, BTC, ReferencePrice(10**8), 60, ORIGIN_NS, ORIGIN_NS)
        await line.say(average)
        assert line.heard() == [average]
        view = line.view().lines[-1]
        assert (view.venue, view.window_s, view.ticks, view.last_price) == (ReferenceVenue.CHAINLINK, 60, 1, 1.0)

    run(script)


def test_the_skew_of_the_clocks_is_shown() -> None:
    async def script(line: Line) -> None:
        await line.say(*(tick(number, at_ns=ORIGIN_NS + number, ahead_ns=1272 * MILLISECOND) for number in range(20)))
        view = line.view().lines[0]
        assert (view.skew_ms, view.way_ms, view.from_the_future) == (-1272, -1272, 0)

    run(script)
