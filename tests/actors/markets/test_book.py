"""The book of a market: what closes it, what leaves it open, and what does not disturb it at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.markets.book import Awaiting, Book, Closed, OffGrid, Open, Regridded, Unchanged
from messages.identity import EventId, MarketId, Outcome, Side, TokenId
from messages.market_data import BookDelta, Level, Proof, TickSizeChange, TradePrint, WholeBook
from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND, Price, Shares, TickSize

YES, NO = Outcome.YES, Outcome.NO
LISTING = Market(
    market=MarketId("0x" + "ab" * 32),
    event=EventId("event"),
    slug="market",
    question="?",
    yes_token=TokenId("11"),
    no_token=TokenId("22"),
    tick_size=TickSize(100),
)


def level(outcome: Outcome, price: int, size: int = 10) -> Level:
    return Level(outcome, Price(price), Shares(size))


def delta(*levels: Level, bid: int | None = None, ask: int | None = None, second: int = 0) -> BookDelta:
    return BookDelta(
        market=LISTING.market,
        levels=levels,
        best_bid=None if bid is None else Price(bid),
        best_ask=None if ask is None else Price(ask),
        yes_hash=None,
        no_hash=None,
        exchange_ms=1,
        received_ns=second * NANOSECONDS_PER_SECOND,
    )


def whole(*levels: Level, tick_size: int | None = None, second: int = 0) -> WholeBook:
    return WholeBook(
        market=LISTING.market,
        outcome=YES,
        levels=levels,
        hash=None,
        tick_size=None if tick_size is None else TickSize(tick_size),
        minimum_size=None,
        neg_risk=None,
        last_trade_price=None,
        exchange_ms=1,
        received_ns=second * NANOSECONDS_PER_SECOND,
    )


BASE = whole(level(YES, 4600), level(YES, 4500), level(NO, 5300), level(NO, 5200))


@pytest.fixture
def book() -> Book:
    made = Book(LISTING)
    made.apply(BASE)
    return made


def standing(book: Book) -> tuple[dict[Price, Shares], dict[Price, Shares]]:
    return dict(book.yes_bids().levels()), dict(book.no_bids().levels())


class TestABookWithoutABase:
    def test_ignores_deltas(self) -> None:
        book = Book(LISTING)
        assert isinstance(book.apply(delta(level(YES, 4600))), Awaiting)
        assert standing(book) == ({}, {})
        assert not book.is_closed

    def test_is_closed_by_a_whole_book(self) -> None:
        assert Book(LISTING).apply(BASE) == Closed(Proof.WHOLE)

    def test_comes_of_a_loss_and_of_a_new_tick_size(self, book: Book) -> None:
        assert book.lose("the feed is gone") == Awaiting("the feed is gone")
        assert standing(book) == ({}, {})
        book.apply(BASE)
        assert isinstance(book.tick_size_changed(TickSizeChange(LISTING.market, TickSize(10), 1)), Awaiting)
        assert (book.tick_size, book.step) == (10, 10)
        assert book.proof is None


class TestADelta:
    def test_closes_the_book_when_the_best_prices_are_the_declared_ones(self, book: Book) -> None:
        assert book.apply(delta(level(NO, 5300, 0), bid=4600, ask=4800)) == Closed(Proof.BEST_PRICES)
        assert book.proof is Proof.BEST_PRICES

    def test_leaves_it_open_in_the_middle_of_a_batch(self, book: Book) -> None:
        crossed = book.apply(delta(level(YES, 4700), bid=4500, ask=4700))
        assert isinstance(crossed, Open)
        assert book.is_crossed
        assert book.crossed_instants == 1
        assert isinstance(book.apply(delta(level(YES, 4700, 0), bid=4500, ask=4700)), Open)
        assert book.apply(delta(level(YES, 4600, 0), bid=4500, ask=4700)) == Closed(Proof.BEST_PRICES)
        assert book.crossed_instants == 1

    def test_that_declares_nothing_closes_a_book_that_is_not_crossed(self, book: Book) -> None:
        assert book.apply(delta(level(YES, 4400))) == Closed(Proof.BEST_PRICES)

    def test_that_empties_a_side_closes_at_zero_and_one(self, book: Book) -> None:
        book.apply(delta(level(YES, 4600, 0), level(YES, 4500, 0)))
        assert book.apply(delta(level(NO, 5200, 0), level(NO, 5300, 0), bid=0, ask=10_000)) == Closed(Proof.BEST_PRICES)


class TestAFrameOffTheGrid:
    def test_changes_nothing_and_leaves_the_book_closed(self, book: Book) -> None:
        before = book.yes_bids(), book.no_bids()
        assert book.apply(delta(level(YES, 4400), level(YES, 4410))) == OffGrid(Price(4410))
        assert book.apply(delta(level(YES, 4400), bid=4610)) == OffGrid(Price(4610))
        assert book.apply(whole(level(YES, 4410))) == OffGrid(Price(4410))
        assert (book.yes_bids(), book.no_bids()) == before
        assert book.is_closed
        assert book.off_grid_frames == 3

    def test_five_times_in_a_minute_moves_the_book_to_the_finer_grid(self, book: Book) -> None:
        for second in range(4):
            assert isinstance(book.apply(delta(level(YES, 4410), second=second)), OffGrid)
        assert book.apply(delta(level(NO, 4430), second=4)) == Regridded(TickSize(10))
        assert isinstance(book.state, Awaiting)
        assert (book.tick_size, book.step, book.regrids) == (100, 10, 1)

    def test_and_a_frame_that_repeats_the_old_tick_size_does_not_make_it_coarse_again(self, book: Book) -> None:
        for second in range(5):
            book.apply(delta(level(YES, 4410), second=second))
        assert book.apply(whole(level(YES, 4410), tick_size=100)) == Closed(Proof.WHOLE)
        assert book.tick_size_changed(TickSizeChange(LISTING.market, TickSize(100), 9)) == Unchanged()
        assert (book.tick_size, book.step) == (100, 10)
        assert book.is_closed

    def test_but_one_that_declares_another_tick_size_does(self, book: Book) -> None:
        for second in range(5):
            book.apply(delta(level(YES, 4410), second=second))
        assert book.apply(whole(level(YES, 4450), tick_size=50)) == Closed(Proof.WHOLE)
        assert (book.tick_size, book.step) == (50, 50)

    def test_if_it_is_a_whole_book_and_the_fifth_is_applied_at_once(self, book: Book) -> None:
        for second in range(4):
            book.apply(delta(level(YES, 4410), second=second))
        assert book.apply(whole(level(YES, 4410, 3), second=4)) == Closed(Proof.WHOLE)
        assert standing(book) == ({4410: 3}, {})
        assert book.regrids == 1

    def test_now_and_then_is_never_a_tick_change(self, book: Book) -> None:
        for minute in range(20):
            assert isinstance(book.apply(delta(level(YES, 4410), second=16 * minute)), OffGrid)
        assert book.is_closed


def test_a_book_frame_that_contradicts_its_own_tick_size_is_not_applied(book: Book) -> None:
    book.apply(whole(level(YES, 4410), tick_size=10))
    assert book.apply(whole(level(YES, 4410), tick_size=100)) == OffGrid(Price(4410))
    assert (book.tick_size, book.step) == (10, 10)


def test_a_crossed_whole_book_does_not_close(book: Book) -> None:
    assert isinstance(book.apply(whole(level(YES, 4600), level(NO, 5400))), Open)
    assert book.crossed_instants == 1


def test_a_tick_size_change_said_for_each_token_drops_the_book_once(book: Book) -> None:
    change = TickSizeChange(LISTING.market, TickSize(10), 1)
    book.tick_size_changed(change)
    book.apply(whole(level(YES, 4410)))
    assert book.tick_size_changed(change) == Unchanged()
    assert book.is_closed


def test_a_trade_print_says_nothing_about_the_levels(book: Book) -> None:
    trade = TradePrint(LISTING.market, Price(4600), Shares(5), Side.BUY, "0.46", 1, 1)
    assert book.apply(trade) == Unchanged()
    assert book.is_closed


PRICES = st.integers(1, 99).map(lambda index: index * 100)
CHANGES = st.lists(st.tuples(st.sampled_from((YES, NO)), PRICES, st.sampled_from((0, 1, 2, 10**9))), max_size=4)


@given(st.lists(CHANGES))
def test_the_book_is_a_dictionary_and_is_never_closed_while_crossed(
    batches: list[list[tuple[Outcome, int, int]]],
) -> None:
    book = Book(LISTING)
    book.apply(whole())
    model: dict[tuple[Outcome, int], int] = {}
    kept = []
    for batch in batches:
        outcome = book.apply(delta(*(level(*change) for change in batch)))
        model.update({change[:2]: change[2] for change in batch})
        yes, no = standing(book)
        assert yes == {price: size for (side, price), size in model.items() if side is YES and size}
        assert no == {price: size for (side, price), size in model.items() if side is NO and size}
        crossed = max(yes, default=0) + max(no, default=0) >= 10_000
        assert isinstance(outcome, Open if crossed else Closed)
        depth = book.yes_bids()
        kept.append((depth, dict(depth.levels())))
    for depth, levels in kept:
        assert dict(depth.levels()) == levels
