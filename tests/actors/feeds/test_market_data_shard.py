"""The connection to the market data: messages in order, a loss told to all, and back within the bound."""

from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.feeds.market_data import MarketDataShard, ShardHealth, ShardSettings
from actors.feeds.ports import ConnectionLost, Deliver
from messages.control import Resync
from messages.identity import MarketId
from messages.market_data import FeedLost, MarketData, TradePrint, WholeBook
from messages.units import Price, Shares
from supervision.mailbox import MailboxSpec
from supervision.specs import SECOND
from supervision.testing import MILLISECOND, Diary, Tree, run_tree
from tests.actors.actor_world import (
    BUY,
    MARKET_PATH,
    OTHER_MARKET_PATH,
    SHARD_PATH,
    heard,
    whole,
    world,
)
from tests.actors.samples import GAME, OTHER_GAME, market

FIRST, LAST = 250 * MILLISECOND, 8 * SECOND
SETTINGS = ShardSettings(first_reconnect_ns=FIRST, last_reconnect_ns=LAST)
Script = Callable[["Line"], Awaitable[None]]


def message(number: int, where: MarketId = GAME) -> TradePrint:
    return TradePrint(where, Price(4600), Shares(number), BUY, "0.46", number, number)


class FakeSource:
    """A venue whose connection says what a test puts in, until it is told to break or to end."""

    def __init__(self) -> None:
        self.connections = 0
        self.asked: list[MarketId] = []
        self.books: dict[MarketId, WholeBook] = {GAME: whole()}
        self.book_is_there = trio.Event()
        self.is_broken = False
        self._say, self._said = trio.open_memory_channel[MarketData | Exception | None](10_000)

    def say(self, *messages: MarketData | Exception | None) -> None:
        """An exception breaks the connection, None ends it."""
        for each in messages:
            self._say.send_nowait(each)

    async def pump(self, deliver: Deliver) -> None:
        self.connections += 1
        while True:
            if self.is_broken:
                raise ConnectionLost("no route to the venue")
            said = await self._said.receive()
            if said is None:
                return
            if isinstance(said, Exception):
                raise said
            waiting = deliver(said)
            if waiting is not None:
                await waiting

    async def whole_book(self, market: MarketId) -> WholeBook | None:
        self.asked.append(market)
        await self.book_is_there.wait()
        if self.is_broken:
            raise ConnectionLost("no route to the venue")
        return self.books.get(market)


class Line:
    def __init__(self, tree: Tree, diary: Diary, source: FakeSource, health: ShardHealth, ends: list[int]) -> None:
        self.tree = tree
        self.diary = diary
        self.source = source
        self.health = health
        self.ends = ends

    async def say(self, *messages: MarketData | Exception | None) -> None:
        self.source.say(*messages)
        await self.tree.settle()

    async def lose(self) -> None:
        await self.say(ConnectionLost("reset by peer"))

    def numbers(self, path: str = MARKET_PATH) -> list[int]:
        return [each.size for each in heard(self.diary, path, TradePrint)]

    def losses(self, path: str = MARKET_PATH) -> int:
        return len(heard(self.diary, path, FeedLost))


def run(script: Script, seed: int = 0, mailboxes: dict[str, MailboxSpec] | None = None) -> None:
    diary, health, ends = Diary(), ShardHealth(), list[int]()
    sources: list[FakeSource] = []
    markets = (market(), market(OTHER_GAME))

    def shard() -> MarketDataShard:
        if not sources:
            sources.append(FakeSource())
        return MarketDataShard(sources[0], markets, SETTINGS, health, lambda: ends.append(1))

    async def on_the_line(tree: Tree) -> None:
        await tree.settle()
        await script(Line(tree, diary, sources[0], health, ends))

    run_tree(world(diary, {SHARD_PATH: shard}, mailboxes=mailboxes), on_the_line, seed)


class TestMessages:
    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.sampled_from([GAME, OTHER_GAME]), max_size=50))
    def test_go_to_their_market_in_the_order_of_the_wire(self, markets: list[MarketId]) -> None:
        async def script(line: Line) -> None:
            await line.say(*[message(number, where) for number, where in enumerate(markets)])
            assert line.numbers() == [n for n, where in enumerate(markets) if where == GAME]
            assert line.numbers(OTHER_MARKET_PATH) == [n for n, where in enumerate(markets) if where == OTHER_GAME]

        run(script)

    def test_of_a_market_that_nobody_trades_are_passed_over(self) -> None:
        async def script(line: Line) -> None:
            await line.say(message(1, MarketId("0x" + "c" * 64)), message(2))
            assert line.numbers() == [2]

        run(script)

    def test_for_a_market_without_room_wait_and_none_is_lost_or_overtaken(self) -> None:
        """Back-pressure reaches the socket."""

        async def script(line: Line) -> None:
            await line.say(*[message(number) for number in range(500)])
            assert line.numbers() == list(range(500))
            assert line.tree.runtime.dead_letter_count == 0
            assert line.tree.cell(MARKET_PATH).mailbox.high_water <= 3

        run(script, mailboxes={MARKET_PATH: MailboxSpec(capacity=3)})


class TestALostConnection:
    def test_is_told_to_all_its_markets(self) -> None:
        async def script(line: Line) -> None:
            await line.say(message(1))
            await line.lose()
            for path, where in ((MARKET_PATH, GAME), (OTHER_MARKET_PATH, OTHER_GAME)):
                assert heard(line.diary, path, FeedLost) == [FeedLost(where, "reset by peer")]

        run(script)

    @settings(max_examples=25, deadline=None)
    @given(seed=st.integers(0, 10_000))
    def test_is_made_anew_within_the_first_bound(self, seed: int) -> None:
        async def script(line: Line) -> None:
            await line.lose()
            assert line.source.connections == 1
            await line.tree.advance(FIRST)
            assert line.source.connections == 2
            await line.say(message(7))
            assert line.numbers() == [7]

        run(script, seed)

    @settings(max_examples=15, deadline=None)
    @given(seed=st.integers(0, 10_000))
    def test_again_and_again_is_tried_within_bounds_that_double_up_to_the_last(self, seed: int) -> None:
        async def script(line: Line) -> None:
            line.source.is_broken = True
            await line.lose()
            await line.tree.advance(20 * LAST)
            losses = [each.at_ns for each in line.tree.logged("connection lost")]
            waits = [later - earlier for earlier, later in pairwise(losses)]
            assert len(waits) >= 20
            for attempt, wait_ns in enumerate(waits):
                assert wait_ns <= min(FIRST << attempt, LAST)

        run(script, seed)

    def test_never_waits_longer_than_the_last_bound_however_often_it_was_lost(self) -> None:
        async def script(line: Line) -> None:
            line.source.is_broken = True
            await line.lose()
            await line.tree.advance(100 * LAST)
            assert line.source.connections >= 100
            assert line.health.losses in (line.source.connections, line.source.connections + 1)

        run(script)

    @settings(max_examples=25, deadline=None)
    @given(seed=st.integers(0, 10_000))
    def test_after_a_long_good_time_is_a_first_one_again(self, seed: int) -> None:
        async def script(line: Line) -> None:
            for _ in range(6):
                await line.lose()
                await line.tree.advance(LAST)
            await line.say(message(1))
            await line.tree.advance(3600 * SECOND)
            before = line.source.connections
            await line.lose()
            await line.tree.advance(FIRST)
            assert line.source.connections == before + 1

        run(script, seed)


class TestAResync:
    def test_brings_the_whole_book_to_its_market(self) -> None:
        async def script(line: Line) -> None:
            line.source.book_is_there.set()
            line.tree.tell(SHARD_PATH, Resync(GAME, "dirty"))
            await line.tree.settle()
            assert heard(line.diary, MARKET_PATH, WholeBook) == [whole()]
            assert (line.health.resyncs, line.health.resyncs_empty) == (1, 0)

        run(script)

    def test_is_one_at_a_time_for_a_market_and_does_not_hold_up_another(self) -> None:
        async def script(line: Line) -> None:
            line.tree.tell(SHARD_PATH, *[Resync(GAME, "dirty")] * 3, Resync(OTHER_GAME, "dirty"))
            await line.tree.settle()
            assert line.source.asked == [GAME, OTHER_GAME]
            await line.say(message(1))
            assert line.numbers() == [1]
            line.source.book_is_there.set()
            await line.tree.settle()
            line.tree.tell(SHARD_PATH, Resync(GAME, "dirty again"))
            await line.tree.settle()
            assert line.source.asked == [GAME, OTHER_GAME, GAME]

        run(script)

    @pytest.mark.parametrize("is_broken", [False, True])
    def test_without_an_answer_is_counted_and_can_be_asked_for_again(self, is_broken: bool) -> None:
        async def script(line: Line) -> None:
            line.source.books.clear()
            line.source.book_is_there.set()
            line.tree.tell(SHARD_PATH, Resync(GAME, "dirty"))
            if is_broken:
                line.source.is_broken = True
            await line.tree.settle()
            line.tree.tell(SHARD_PATH, Resync(GAME, "dirty"))
            await line.tree.settle()
            assert line.source.asked == [GAME, GAME]
            assert line.health.resyncs_empty == 2
            assert line.tree.cell(SHARD_PATH).generation == 1

        run(script)

    def test_for_a_market_that_is_not_there_is_ignored(self) -> None:
        async def script(line: Line) -> None:
            line.tree.tell(SHARD_PATH, Resync(MarketId("nowhere"), "dirty"))
            await line.tree.settle()
            assert line.source.asked == []

        run(script)


class TestTheEnd:
    def test_of_what_there_is_calls_on_over_once_and_loses_nothing(self) -> None:
        async def script(line: Line) -> None:
            await line.say(message(1), None)
            await line.tree.advance(60 * SECOND)
            assert line.ends == [1]
            assert line.source.connections == 1
            assert line.losses() == 0
            assert line.numbers() == [1]

        run(script)


class TestANewLife:
    @pytest.mark.parametrize("how", ["killed", "crashed"])
    def test_connects_anew_and_tells_its_markets_that_they_missed_something(self, how: str) -> None:
        """Failure table: while the shard is away its markets are dirty."""

        async def script(line: Line) -> None:
            await line.say(message(1))
            if how == "killed":
                line.tree.kill(SHARD_PATH)
            else:
                line.source.say(RuntimeError("a bug in the adapter"))
            await line.tree.advance(SECOND)
            assert line.source.connections == 2
            assert (line.losses(), line.losses(OTHER_MARKET_PATH)) == (1, 1)
            await line.say(message(2))
            kinds = [type(each) for each in line.diary.received(MARKET_PATH)]
            assert kinds == [TradePrint, FeedLost, TradePrint]

        run(script)

    def test_asks_again_for_what_the_former_one_was_fetching(self) -> None:
        async def script(line: Line) -> None:
            line.tree.tell(SHARD_PATH, Resync(GAME, "dirty"))
            await line.tree.settle()
            line.tree.kill(SHARD_PATH)
            await line.tree.settle()
            line.tree.tell(SHARD_PATH, Resync(GAME, "the whole book has not come"))
            await line.tree.settle()
            assert line.source.asked == [GAME, GAME]

        run(script)
