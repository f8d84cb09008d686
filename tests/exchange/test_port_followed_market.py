"""A market that joins later is followed: its books and prints are the exchange's own, and nothing is moved by it."""

from collections.abc import Awaitable

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.feeds.ports import ConnectionLost
from messages.fills import Liquidity
from messages.identity import MarketId, Outcome
from messages.market_data import BookDelta, MarketData, MarketResolution, TradePrint, WholeBook
from messages.markets import Market
from messages.orders import Executed
from messages.units import ONE
from polyactors.exchange.books import token_book
from polyactors.exchange.ports.followed_market import FollowedMarket
from polyactors.exchange.words import OrderType, Wallet
from polyactors.venues.feed_counts import FeedCounts
from supervision.clock import VirtualClock
from supervision.timers import Timers
from tests.exchange.port_world import LATENCY_NS, Ports, our_order
from tests.exchange.trading_floor import ALICE, BOB, BUY, NO, PLAIN, START_NS, WITH_FEES, YES, listing, market


class Follower:
    """One that follows a market of `ports`, and what it heard."""

    def __init__(self, ports: Ports, name: MarketId) -> None:
        self.ports = ports
        self.clock = VirtualClock(START_NS)
        self.counts = FeedCounts()
        timers = Timers(self.clock)
        self.source = FollowedMarket(ports.timetable, name, self.clock, timers, self.counts, 0)
        self.heard: list[MarketData] = []

    def deliver(self, message: MarketData) -> Awaitable[None] | None:
        self.heard.append(message)
        return None


async def let_run() -> None:
    await trio.testing.wait_all_tasks_blocked()


orders = st.lists(
    st.tuples(
        st.sampled_from([YES, NO]),
        st.integers(1, 99),
        st.integers(5, 40),
        st.sampled_from([OrderType.GTC, OrderType.FAK]),
        st.sampled_from([ALICE, BOB]),
        st.sampled_from([PLAIN, WITH_FEES]),
        st.booleans(),
    ),
    max_size=25,
)


@given(orders)
@settings(max_examples=40, deadline=None)
def test_it_has_the_exchange_s_book_and_its_hash_whatever_happens_there_and_elsewhere(
    given_orders: list[tuple[Outcome, int, int, OrderType, Wallet, Market, bool]],
) -> None:
    async def scene() -> None:
        ports = Ports(markets=())
        follower = Follower(ports, PLAIN.market)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follower.source.pump, follower.deliver)
            await let_run()
            for outcome, cents, shares, order_type, wallet, where, is_heard in given_orders:
                ports.floor.give(
                    wallet,
                    BUY,
                    outcome,
                    cents / 100,
                    shares,
                    order_type=order_type,
                    on=where,
                )
                ports.floor.wait(0.1)
                if is_heard:
                    await let_run()
            await let_run()
            nursery.cancel_scope.cancel()
        assert {message.market for message in follower.heard} == {PLAIN.market}
        bids = {}
        for message in follower.heard:
            if isinstance(message, WholeBook):
                bids = {(level.outcome, level.price): level.size for level in message.levels}
            elif isinstance(message, BookDelta):
                bids |= {(level.outcome, level.price): level.size for level in message.levels}
        for each in Outcome:
            kept = [(price, size) for (side, price), size in bids.items() if side is each and size]
            assert sorted(kept, reverse=True) == list(ports.exchange.bids(PLAIN.market, each))
        deltas = [message for message in follower.heard if isinstance(message, BookDelta)]
        if deltas:
            book = token_book(ports.exchange, ports.exchange.listings[PLAIN.market], YES, deltas[-1].exchange_ms)
            assert deltas[-1].yes_hash == book.hash
        assert follower.counts.frames == len(follower.heard)

    trio.run(scene)


async def test_prints_and_the_resolution_come_after_the_books_and_listings_of_others_do_not() -> None:
    ports = Ports(markets=())
    follower = Follower(ports, PLAIN.market)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(follower.source.pump, follower.deliver)
        await let_run()
        ports.floor.give(ALICE, BUY, YES, 0.6, 10)
        ports.floor.give(BOB, BUY, NO, 0.4, 10)
        ports.exchange.list_market(listing(market(90), 90), ports.now_ns)
        ports.exchange.resolve(PLAIN.market, ONE, ports.now_ns)
        await let_run()
        nursery.cancel_scope.cancel()
    kinds = [type(message) for message in follower.heard]
    assert kinds == [WholeBook, BookDelta, TradePrint, MarketResolution]


async def test_who_does_not_follow_any_more_is_not_told_and_costs_nothing() -> None:
    """Markets come by the hundred a day."""
    ports = Ports(markets=())
    before = list(ports.exchange.listeners)
    follower = Follower(ports, PLAIN.market)
    for lives in (1, 2, 3):
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(follower.source.pump, follower.deliver)
                await let_run()
                scope.cancel()
        assert [type(message) for message in follower.heard] == [WholeBook] * lives
    assert ports.exchange.listeners == before
    with pytest.raises(ConnectionLost):
        await follower.source.whole_book(PLAIN.market)


async def test_a_market_that_is_not_there_is_a_lost_connection() -> None:
    follower = Follower(Ports(markets=()), MarketId("0x" + "9" * 64))
    with pytest.raises(ConnectionLost):
        await follower.source.pump(follower.deliver)


def test_it_moves_nothing() -> None:
    ports = Ports(markets=())
    Follower(ports, PLAIN.market)
    assert not ports.timetable.is_driven
    assert ports.timetable.now_ns == START_NS


def test_our_fills_in_a_market_that_was_listed_later_have_the_middle_of_their_moment() -> None:
    """The middle before the match: bid 0.40, ask 0.60."""
    ports = Ports(markets=())
    ports.floor.give(ALICE, BUY, YES, 0.40, 10)
    ports.floor.give(ALICE, BUY, NO, 0.40, 10)
    ports.venue.list_market(PLAIN)
    ports.venue.list_market(PLAIN)
    ports.send(our_order("a", BUY, 0.60, 10))
    (fill,) = [event.fill for event in ports.told if isinstance(event, Executed)]
    assert (fill.liquidity, fill.middle) == (Liquidity.TAKER, 5000)
    assert ports.timetable.now_ns == START_NS + LATENCY_NS
