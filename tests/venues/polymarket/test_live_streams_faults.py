"""Everything that can go wrong with the frames of the served exchange: the books of the stream become right again."""

import random

import pytest
import trio

from actors.feeds.ports import ConnectionLost
from messages.market_data import BookDelta, FeedLost, Proof, WholeBook
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.exchange.faults.kinds import (
    DropConnections,
    DropFrames,
    DuplicateFrames,
    Fault,
    ReorderFrames,
    Silence,
    WrongHashes,
)
from polyactors.venues.streams.health import StreamState
from tests.venues.polymarket.live_streams_world import EAGER, STEP_NS, Impatient, Reader, Venue, reading, until, venue

LONGEST_FAULT_NS = 500 * NANOSECONDS_PER_MILLISECOND
LATE = ReorderFrames("market", one_in=1, delay_ms=60)


async def follow(at: Venue, reader: Reader, steps: int) -> None:
    """Time passes, and what is said of it has the time to come; books that stay open are asked for."""
    for _ in range(steps):
        at.pass_time()
        for _ in range(5):
            await trio.lowlevel.checkpoint()
        reader.follower.ask_for_what_is_open()


async def until_right(at: Venue, reader: Reader) -> None:
    """Nothing happens on the exchange any more but what was held back: then there is no excuse."""
    at.calm()
    at.pass_time(100 * NANOSECONDS_PER_MILLISECOND)

    def is_right() -> bool:
        reader.follower.ask_for_what_is_open()
        return not reader.follower.differing()

    await until(is_right)


@pytest.mark.parametrize(
    "fault",
    [
        DropFrames("market", one_in=7),
        DuplicateFrames("market", one_in=2),
        ReorderFrames("market", one_in=3),
        LATE,
        WrongHashes(one_in=3),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_frames_that_are_lost_doubled_out_of_order_late_or_lying(fault: Fault) -> None:
    async with venue() as at, reading(at, EAGER, chance=Impatient(3)) as reader:
        await reader.until_live()
        at.arm(fault)
        await follow(at, reader, 150)
        assert len(reader.follower.heard_of(BookDelta)) > 50
        await until_right(at, reader)


@pytest.mark.parametrize("seed", range(4))
async def test_books_are_the_exchanges_after_random_faults(seed: int) -> None:
    chance = random.Random(f"faults {seed}")
    async with venue() as at, reading(at, EAGER, chance=Impatient(3)) as reader:
        await reader.until_live()
        for number in range(30):
            fault = _any_fault(chance, at, lies=seed % 2 == 0)
            at.arm(fault, name=f"fault {number}", for_ns=chance.randrange(STEP_NS, LONGEST_FAULT_NS))
            await follow(at, reader, chance.randrange(1, 20))
        assert reader.health.losses > 0
        await follow(at, reader, LONGEST_FAULT_NS // STEP_NS + 1)
        await until_right(at, reader)
        before = {market: at.levels(market) for market in reader.follower.books}
        while any(at.levels(market) == levels for market, levels in before.items()):
            await follow(at, reader, 1)
        await until_right(at, reader)
        # Each has changed since, and is proven: by its hash, or by best prices where lies have cost hashes our trust.
        assert reader.follower.proofs() <= {Proof.HASH, Proof.BEST_PRICES}
        assert reader.counts.bad.total == 0


def _any_fault(chance: random.Random, at: Venue, *, lies: bool) -> Fault:
    """Hashes that lie cost them our trust, and then a level that is lost deep in the book is found out by nothing: who
    lies loses nothing here."""
    market = chance.choice(at.markets)
    of_frames: tuple[Fault, ...] = (
        DropFrames("market", one_in=chance.randrange(2, 10)),
        ReorderFrames("market", one_in=chance.randrange(1, 4), delay_ms=chance.randrange(1, 200)),
    )
    return chance.choice(
        (
            *((WrongHashes(one_in=chance.randrange(1, 4)),) if lies else of_frames),
            DuplicateFrames("market", one_in=chance.randrange(1, 4)),
            Silence("market", chance.choice((market.yes_token, market.no_token))),
            Silence("market"),
            DropConnections("market"),
        )
    )


class TestASilentAsset:
    async def test_is_found_by_a_witness_and_its_book_withheld_until_it_is_heard_again(self) -> None:
        async with venue() as at, reading(at, EAGER, chance=Impatient(3)) as reader:
            await reader.until_live()
            silent, follower = at.markets[0], reader.follower
            at.arm(Silence("market", silent.yes_token))
            before = at.levels(silent.market)
            while at.levels(silent.market) == before:
                await follow(at, reader, 1)
            await until(lambda: bool(follower.heard_of(FeedLost, silent.market)))
            with pytest.raises(ConnectionLost, match=r"silent about it|the stream is"):
                await reader.source.whole_book(silent.market)
            assert not follower.books[silent.market].is_closed
            heard = len(follower.heard_of(WholeBook, silent.market))
            await until_right(at, reader)
            assert len(follower.heard_of(WholeBook, silent.market)) > heard

    async def test_costs_the_other_markets_one_connection_at_most(self) -> None:
        async with venue() as at, reading(at, EAGER, chance=Impatient(3)) as reader:
            await reader.until_live()
            silent = at.markets[0]
            for token in (silent.yes_token, silent.no_token):
                at.arm(Silence("market", token))
            while reader.health.silences < 12:
                await follow(at, reader, 1)
            assert reader.health.connections == 2
            others = [market.market for market in at.markets[1:]]
            assert all(len(reader.follower.heard_of(FeedLost, market)) == 1 for market in others)
            await until_right(at, reader)


async def test_a_socket_that_answers_ping_and_says_nothing_is_found_out() -> None:
    async with venue() as at, reading(at, EAGER, chance=Impatient(3)) as reader:
        await reader.until_live()
        at.arm(Silence("market"))
        while reader.health.silences == 0:
            await follow(at, reader, 1)
        await until_right(at, reader)


async def test_quiet_assets_are_not_silent_ones() -> None:
    """All of them are witnessed, again and again, and nothing comes of it."""
    async with venue() as at, reading(at, EAGER, chance=Impatient(3)) as reader:
        await reader.until_live()
        await follow(at, reader, 20)
        await until(lambda: not reader.follower.differing())
        await until(lambda: reader.health.witnessed > 6 * len(at.markets))
        assert reader.health.silences == 0
        assert reader.health.state is StreamState.LIVE
        assert reader.follower.heard_of(FeedLost) == []
