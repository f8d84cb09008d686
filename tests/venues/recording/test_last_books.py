"""What GET /book would answer in the middle of a replay."""

from attrs import evolve

from messages.identity import MarketId, Outcome, Side
from messages.market_data import BookDelta, FeedLost, Level, TickSizeChange, TradePrint, WholeBook
from messages.units import Price, Shares, TickSize
from polyactors.venues.recording.last_books import LastBooks

YES, NO = Outcome.YES, Outcome.NO
MARKET = MarketId("0xab")


def level(outcome: Outcome, price: int, size: int = 10) -> Level:
    return Level(outcome, Price(price), Shares(size))


def whole(*levels: Level) -> WholeBook:
    return WholeBook(MARKET, YES, levels, "hash", TickSize(100), "5", False, "0.46", 1, 1)


def delta(*levels: Level, bid: int | None = None, ask: int | None = None) -> BookDelta:
    best_bid, best_ask = None if bid is None else Price(bid), None if ask is None else Price(ask)
    return BookDelta(MARKET, levels, best_bid, best_ask, None, None, 2, 2)


BASE = whole(level(YES, 4600), level(YES, 4500), level(NO, 5300), level(NO, 5200))


def seen(*messages: WholeBook | BookDelta | TradePrint | TickSizeChange | FeedLost) -> WholeBook | None:
    books = LastBooks()
    for message in messages:
        books.see(message)
    return books.whole_book(MARKET, 9)


def test_there_is_no_answer_without_a_base() -> None:
    assert seen() is None
    assert seen(delta(level(YES, 4600))) is None
    assert seen(BASE, FeedLost(MARKET, "gone")) is None


def test_the_answer_is_the_base_with_all_changes_and_no_hash() -> None:
    answer = seen(BASE, delta(level(YES, 4600, 0), level(NO, 5300, 3), bid=4500, ask=4700))
    assert answer == WholeBook(
        market=MARKET,
        outcome=YES,
        levels=(level(YES, 4500), level(NO, 5200), level(NO, 5300, 3)),
        hash=None,
        tick_size=TickSize(100),
        minimum_size="5",
        neg_risk=False,
        last_trade_price="0.46",
        exchange_ms=2,
        received_ns=9,
    )


def test_one_price_off_the_tick_is_a_broken_frame_and_several_are_a_finer_tick() -> None:
    strange = [delta(level(YES, 4500 + n), bid=4600, ask=4700) for n in (1, 2, 3, 4, 5)]
    assert seen(BASE, *strange[:4]) == seen(BASE), "four change nothing"
    answer = seen(BASE, *strange)
    assert answer is not None
    assert {each.price for each in answer.levels if each.outcome is YES} == {4500, 4501, 4502, 4503, 4504, 4505, 4600}


def test_levels_that_a_trade_took_without_a_word_are_pruned() -> None:
    answer = seen(BASE, delta(level(YES, 4400), bid=4500, ask=4800))
    assert answer is not None
    assert answer.levels == (level(YES, 4400), level(YES, 4500), level(NO, 5200))


def test_there_is_no_answer_while_a_declared_level_is_missing() -> None:
    assert seen(BASE, delta(level(YES, 4400), bid=4700, ask=4800)) is None
    assert seen(BASE, delta(level(YES, 5000))) is None
    assert seen(BASE, delta(level(YES, 4400), bid=4700, ask=4800), BASE) is not None


def test_later_frames_that_leave_something_out_do_not_take_it_away() -> None:
    bare = evolve(BASE, tick_size=None, minimum_size=None, neg_risk=None, last_trade_price=None)
    trade = TradePrint(MARKET, Price(4700), Shares(1), Side.BUY, "0.470", 3, 3)
    answer = seen(BASE, bare, trade, TickSizeChange(MARKET, TickSize(10), 3))
    assert answer is not None
    assert (answer.tick_size, answer.minimum_size, answer.neg_risk) == (10, "5", False)
    assert answer.last_trade_price == "0.470"
