"""The exchange's market data in process says the same as its books, and proves it."""

import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.identity import EventId, MarketId, Outcome, Side
from messages.market_data import (
    BookDelta,
    MarketData,
    MarketListed,
    MarketResolution,
    TickSizeChange,
    TradePrint,
    WholeBook,
)
from messages.units import ONE, SHARE_SCALE, Price, Shares, TickSize
from polyactors.exchange.books import token_book
from polyactors.exchange.ports.market_data import CHANNEL, ExchangeSource
from polyactors.exchange.words import OrderType
from polyactors.venues.feed_counts import FeedCounts
from supervision.clock import VirtualClock
from supervision.timers import Timers
from supervision.virtual_time import drive, run_repeatably
from tests.exchange.port_world import Ports, our_order
from tests.exchange.trading_floor import ALICE, BOB, BUY, NO, PLAIN, SECOND_NS, SELL, START_NS, YES, listing, market


class Kept:
    """A book kept by somebody who hears the market data alone."""

    def __init__(self) -> None:
        self.bids: dict[tuple[Outcome, Price], Shares] = {}

    def see(self, message: MarketData) -> None:
        if isinstance(message, WholeBook):
            self.bids = {(level.outcome, level.price): level.size for level in message.levels}
        elif isinstance(message, BookDelta):
            for level in message.levels:
                self.bids[level.outcome, level.price] = level.size
            self.bids = {place: size for place, size in self.bids.items() if size}

    def of(self, outcome: Outcome) -> list[tuple[Price, Shares]]:
        return sorted(((price, size) for (side, price), size in self.bids.items() if side is outcome), reverse=True)


orders = st.lists(
    st.tuples(
        st.sampled_from([YES, NO]),
        st.integers(1, 99),
        st.integers(5, 40),
        st.sampled_from([OrderType.GTC, OrderType.FAK]),
        st.sampled_from([ALICE, BOB]),
        st.booleans(),
    ),
    max_size=40,
)


@given(orders)
@settings(max_examples=60, deadline=None)
def test_who_applies_every_delta_has_the_exchange_s_book_and_its_hash(
    given_orders: list[tuple[Outcome, int, int, OrderType, str, bool]],
) -> None:
    ports, kept = Ports(), Kept()
    for outcome, cents, shares, order_type, wallet, is_taken in given_orders:
        ports.floor.give(wallet, BUY, outcome, cents / 100, shares, order_type=order_type)  # type: ignore[arg-type]
        ports.floor.wait(0.1)
        if not is_taken:
            continue
        for message in ports.market_data():
            kept.see(message)
            if isinstance(message, BookDelta):
                book = token_book(ports.exchange, ports.exchange.listings[PLAIN.market], YES, message.exchange_ms)
                assert message.yes_hash == book.hash
                assert message.best_bid == (book.best_bid or 0)
                assert message.best_ask == (book.best_ask or ONE)
        for each in Outcome:
            assert kept.of(each) == ports.exchange.bids(PLAIN.market, each)


def test_a_match_tells_the_book_first_and_then_the_trade_in_terms_of_yes() -> None:
    ports = Ports()
    ports.floor.placed(ALICE, BUY, NO, 0.40, 10)
    ports.market_data()
    ports.floor.placed(BOB, BUY, YES, 0.65, 5)
    delta, trade = ports.market_data()
    assert isinstance(delta, BookDelta)
    assert isinstance(trade, TradePrint)
    assert (trade.price, trade.size, trade.taker_side) == (6000, 5 * SHARE_SCALE, Side.BUY)


def test_a_taker_who_sells_no_buys_yes() -> None:
    ports = Ports()
    ports.floor.split(BOB, 100)
    ports.floor.placed(ALICE, BUY, NO, 0.40, 10)
    ports.market_data()
    ports.floor.placed(BOB, SELL, NO, 0.40, 5)
    (trade,) = [each for each in ports.market_data() if isinstance(each, TradePrint)]
    assert (trade.price, trade.taker_side) == (6000, Side.BUY)


def test_a_trade_is_printed_once_though_it_settles_in_steps() -> None:
    ports = Ports()
    ports.floor.placed(ALICE, BUY, NO, 0.40, 10)
    ports.floor.placed(BOB, BUY, YES, 0.65, 5)
    ports.market_data()
    ports.floor.wait(60)
    assert ports.market_data() == []


def test_changed_ticks_openings_and_resolutions_are_told() -> None:
    ports = Ports()
    ports.exchange.change_tick_size(PLAIN.market, TickSize(10), ports.now_ns)
    opened = market(77)
    ports.exchange.list_market(listing(opened, 77), ports.now_ns)
    ports.exchange.resolve(PLAIN.market, Price(0), ports.now_ns)
    assert ports.market_data() == [
        TickSizeChange(PLAIN.market, TickSize(10), ports.now_ns),
        MarketListed(opened.market, opened.slug, (opened.yes_token, opened.no_token), ports.now_ns),
        MarketResolution(PLAIN.market, NO, ports.now_ns),
    ]


def test_a_market_that_pays_halves_has_no_winner() -> None:
    ports = Ports()
    ports.exchange.resolve(PLAIN.market, Price(ONE // 2), ports.now_ns)
    (resolution,) = ports.market_data()
    assert resolution == MarketResolution(PLAIN.market, None, ports.now_ns)


def test_nobody_is_told_of_markets_that_he_did_not_ask_for() -> None:
    ports = Ports((market(5, "group", neg_risk=True),))
    ports.floor.placed(ALICE, BUY, YES, 0.40, 10)
    assert ports.market_data() == []
    assert ports.changes.whole_book(PLAIN.market, 0) is None
    assert ports.changes.whole_book(MarketId("0x00"), 0) is None


def pumped(ports: Ports, seconds: float) -> list[MarketData]:
    """What the source delivers in so many seconds of a virtual clock."""
    clock = VirtualClock(START_NS)
    timers = Timers(clock)
    heard: list[MarketData] = []
    counts = FeedCounts()
    source = ExchangeSource(ports.timetable, [PLAIN.market], clock, timers, counts, SECOND_NS // 20, ports.log.append)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(source.pump, heard.append)
            timers.at(START_NS + round(seconds * SECOND_NS), nursery.cancel_scope.cancel)
            await drive(clock, timers, lambda: not nursery.cancel_scope.cancel_called)

    run_repeatably(main, clock, 0)
    assert counts.by_channel[CHANNEL] == counts.frames == len(heard)
    return heard


def test_the_source_begins_with_whole_books_and_moves_the_exchange_on_the_clock() -> None:
    ports = Ports()
    ports.floor.placed(ALICE, BUY, YES, 0.40, 10, order_type=OrderType.GTD, expiration_s=START_NS // SECOND_NS + 90)
    first, gone = pumped(ports, 40)
    assert isinstance(first, WholeBook)
    assert [level.price for level in first.levels] == [4000]
    assert isinstance(gone, BookDelta)
    assert gone.received_ns == START_NS + 30 * SECOND_NS
    assert gone.best_bid == 0


def test_our_own_orders_reach_the_book_that_we_hear_of_at_their_time() -> None:
    ports = Ports()
    ports.venue.submit(our_order("a", BUY, 0.30, 10), ports.now_ns)
    first, ours = pumped(ports, 1)
    assert isinstance(first, WholeBook)
    assert isinstance(ours, BookDelta)
    assert ours.received_ns == START_NS + SECOND_NS // 20
    assert [(level.outcome, level.price, level.size) for level in ours.levels] == [(YES, 3000, 10 * SHARE_SCALE)]


def test_a_market_that_is_forgotten_has_no_whole_book() -> None:
    ports = Ports()
    assert ports.changes.whole_book(PLAIN.market, 0) is not None
    ports.exchange.resolve(PLAIN.market, Price(0), ports.now_ns)
    assert ports.exchange.forget_market(PLAIN.market)
    assert ports.changes.whole_book(PLAIN.market, 0) is None
    assert EventId("plain") not in ports.exchange.events


def test_an_exchange_that_falls_behind_the_clock_is_said_to_be_late_once() -> None:
    """The clock jumps, as it does when the machine stops for a while."""
    ports = Ports()
    for number in range(5):
        seconds = START_NS // SECOND_NS + 60 + 10 + number
        ports.floor.placed(ALICE, BUY, YES, 0.40, 10, order_type=OrderType.GTD, expiration_s=seconds)
    clock = VirtualClock(START_NS)
    timers = Timers(clock)
    heard: list[MarketData] = []
    source = ExchangeSource(ports.timetable, [PLAIN.market], clock, timers, FeedCounts(), 0, ports.log.append)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(source.pump, heard.append)
            await trio.testing.wait_all_tasks_blocked()
            clock.advance_to(START_NS + 60 * SECOND_NS)
            timers.fire_due()
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()

    run_repeatably(main, clock, 0)
    assert [(each.event, each.fields["late_ms"]) for each in ports.log] == [("the exchange is late", 50_000)]
    assert [each.best_bid for each in heard if isinstance(each, BookDelta)] == [4000, 4000, 4000, 4000, 0]
