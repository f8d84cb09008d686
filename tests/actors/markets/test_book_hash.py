"""The book hash against books whose hash the venue itself computed."""

import json
from hashlib import sha1
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from actors.markets.book import Book, BookSettings, Closed, Open
from actors.markets.trust import HashRule, Verifiability
from messages.identity import EventId, MarketId, Outcome, Side, TokenId
from messages.market_data import BookDelta, Level, Proof, TradePrint, WholeBook
from messages.markets import Market
from messages.units import (
    Shares,
    complement,
    format_price,
    format_shares,
    parse_price,
    parse_shares,
    parse_tick_size,
)

YES, NO = Outcome.YES, Outcome.NO
GOLDEN = "fixtures/hash/ws_price_change_batch_hash_2026-09-11.json"
CAPTURE = "fixtures/polymarket_frames/funkekaiser_ws_market_capture.json"
REST_BOOKS = (
    "fixtures/negrisk/trebuchet_fed-june_clob-books.json",
    "fixtures/negrisk/funkekaiser_clob_book_binary.json",
    "fixtures/negrisk/funkekaiser_clob_book_negrisk_outcome.json",
)


def listing(market: str, yes: str, no: str, tick_size: str, minimum: str = "5", neg_risk: bool = False) -> Market:
    return Market(
        market=MarketId(market),
        event=EventId("event"),
        slug="slug",
        question="?",
        yes_token=TokenId(yes),
        no_token=TokenId(no),
        tick_size=parse_tick_size(tick_size),
        minimum_size=parse_shares(minimum),
        neg_risk=neg_risk,
    )


def level(outcome: Outcome, side: str, price: str, size: str) -> Level:
    """What an order of the token `outcome` is as a bid."""
    at = parse_price(price)
    return (
        Level(outcome, at, parse_shares(size))
        if side == "BUY"
        else Level(outcome.other, complement(at), parse_shares(size))
    )


def book_frame(plain: dict[str, Any], market: Market, outcome: Outcome = YES, **changes: Any) -> WholeBook:
    def pairs(side: str) -> list[tuple[str, str]]:
        return [tuple(each) if isinstance(each, list) else (each["price"], each["size"]) for each in plain[side]]

    frame = WholeBook(
        market=market.market,
        outcome=outcome,
        levels=(
            *(level(outcome, "BUY", *pair) for pair in pairs("bids")),
            *(level(outcome, "SELL", *pair) for pair in pairs("asks")),
        ),
        hash=plain.get("hash"),
        tick_size=parse_tick_size(plain["tick_size"]) if "tick_size" in plain else None,
        minimum_size=plain.get("min_order_size"),
        neg_risk=plain.get("neg_risk"),
        last_trade_price=plain.get("last_trade_price"),
        exchange_ms=int(plain["timestamp"]),
        received_ns=0,
    )
    return evolve(frame, **changes)


def deltas(case: dict[str, Any], market: Market, yes_hash: bool = True) -> list[BookDelta]:
    return [
        BookDelta(
            market=market.market,
            levels=(level(YES, side, price, size),),
            best_bid=parse_price(case["best_bid"]),
            best_ask=parse_price(case["best_ask"]),
            yes_hash=case["hash"] if yes_hash else None,
            no_hash=case.get("no_hash"),
            exchange_ms=int(case["timestamp"]),
            received_ns=0,
        )
        for price, size, side in case["changes"]
    ]


@pytest.fixture
def golden(shared: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((shared / GOLDEN).read_text())
    return document


@pytest.fixture
def market(golden: dict[str, Any]) -> Market:
    return listing(golden["market"], golden["yes"], golden["no"], golden["tick_size"])


@pytest.mark.parametrize("file", REST_BOOKS)
def test_every_rest_book_has_the_hash_that_the_venue_says(shared: Path, file: str) -> None:
    document = json.loads((shared / file).read_text())
    for plain in document if isinstance(document, list) else [document]:
        market = listing(plain["market"], plain["asset_id"], "1", plain["tick_size"])
        assert Book(market).apply(book_frame(plain, market)) == Closed(Proof.HASH)


def test_the_mirror_of_a_yes_book_has_the_hash_of_the_no_book(shared: Path) -> None:
    books: dict[str, list[dict[str, Any]]] = {}
    for plain in json.loads((shared / REST_BOOKS[0]).read_text()):
        books.setdefault(plain["market"], []).append(plain)
    pairs = [each for each in books.values() if len(each) == 2]
    assert pairs
    for yes, no in pairs:
        market = listing(yes["market"], yes["asset_id"], no["asset_id"], yes["tick_size"])
        book = Book(market)
        assert book.apply(book_frame(yes, market, hash=None)) == Closed(Proof.WHOLE)
        shown_as_no = book_frame(no, market, NO, levels=book_frame(yes, market).levels)
        assert book.apply(shown_as_no) == Closed(Proof.HASH)


@pytest.mark.parametrize("number", [0, 1])
def test_a_batch_of_several_messages_closes_with_its_hash(golden: dict[str, Any], market: Market, number: int) -> None:
    case = golden["cases"][number]
    book = Book(market)
    assert book.apply(book_frame(case["checkpoint"], market)) == Closed(Proof.HASH)
    outcomes = [book.apply(each) for each in deltas(case, market)]
    assert outcomes[-1] == Closed(Proof.HASH)
    # The first batch says its last change twice.
    assert all(isinstance(outcome, Open) for outcome in outcomes[: 2 if number == 0 else 3])


def test_the_hash_of_no_is_checked_where_there_is_none_of_yes(golden: dict[str, Any], market: Market) -> None:
    case = golden["cases"][1]
    book = Book(market)
    book.apply(book_frame(case["checkpoint"], market))
    *others, last = [book.apply(each) for each in deltas(case, market, yes_hash=False)]
    assert last == Closed(Proof.HASH)
    assert all(isinstance(outcome, Open) for outcome in others)


def before_the_fill(case: dict[str, Any], market: Market) -> WholeBook:
    after = book_frame({**case["book_after"], "timestamp": case["before"]["timestamp"]}, market)
    taken_back = {
        level(YES, "BUY", "0.63", "91")[:2]: Shares(91_000_000),
        level(YES, "SELL", "0.63", "9")[:2]: Shares(0),
    }
    kept = [each for each in after.levels if each[:2] not in taken_back]
    put_back = [Level(*place, size) for place, size in taken_back.items() if size]
    return evolve(after, levels=(*kept, *put_back), hash=case["before"]["hash"])


def test_inside_a_batch_with_a_trade_the_hash_has_the_new_last_trade_price(
    golden: dict[str, Any], market: Market
) -> None:
    case = golden["cases"][2]
    book = Book(market)
    checkpoint = golden["cases"][1]["checkpoint"]
    book.apply(book_frame(checkpoint, market))
    assert book.trust.state is Verifiability.VERIFIABLE
    book.apply(evolve(before_the_fill(case, market), hash=None))
    crossed, closed = [book.apply(each) for each in deltas(case, market)]
    assert isinstance(crossed, Open)
    assert book.crossed_instants == 1
    assert closed == Closed(Proof.HASH)


def test_a_trade_print_gives_the_last_trade_price_of_a_book_that_no_delta_touched(
    golden: dict[str, Any], market: Market
) -> None:
    case = golden["cases"][2]
    after = book_frame({**case["book_after"], "timestamp": case["timestamp"], "hash": case["hash"]}, market)
    book = Book(market)
    assert book.apply(after) == Closed(Proof.WHOLE)
    price = parse_price("0.63")
    book.apply(TradePrint(market.market, price, Shares(100), Side.SELL, "0.63", 1, 1))
    assert book.apply(after) == Closed(Proof.HASH)


class TestTrust:
    def test_a_verifiable_book_with_a_lost_message_stays_open_until_a_whole_book(
        self, golden: dict[str, Any], market: Market
    ) -> None:
        case = golden["cases"][1]
        book = Book(market)
        book.apply(book_frame(case["checkpoint"], market))
        first, _lost, *rest = deltas(case, market)
        assert all(isinstance(book.apply(each), Open) for each in (first, *rest))
        assert book.apply(book_frame(case["checkpoint"], market)) == Closed(Proof.HASH)

    def test_a_verifiable_market_gives_up_after_three_whole_books_that_fail(
        self, golden: dict[str, Any], market: Market
    ) -> None:
        frame = book_frame(golden["cases"][0]["checkpoint"], market)
        book = Book(market)
        book.apply(frame)
        wrong = evolve(frame, hash="0" * 40)
        assert isinstance(book.apply(wrong), Open)
        assert isinstance(book.apply(wrong), Open)
        assert book.apply(wrong) == Closed(Proof.WHOLE)
        assert (book.trust.state, book.trust.given_up) == (Verifiability.UNVERIFIABLE, 1)

    def test_not_in_a_row_is_not_enough(self, golden: dict[str, Any], market: Market) -> None:
        frame = book_frame(golden["cases"][0]["checkpoint"], market)
        book = Book(market)
        for _ in range(4):
            assert book.apply(frame) == Closed(Proof.HASH)
            assert isinstance(book.apply(evolve(frame, hash="0" * 40)), Open)

    def test_a_market_that_never_verified_closes_by_best_prices_and_is_not_hashed_for_ever(
        self, golden: dict[str, Any], market: Market
    ) -> None:
        case = golden["cases"][1]
        book = Book(market, BookSettings(hashes=HashRule(attempts=3)))
        assert book.apply(book_frame(case["checkpoint"], market, hash="1")) == Closed(Proof.WHOLE)
        *_, last = deltas(case, market)
        without = evolve(last, best_bid=None, best_ask=None, no_hash=None)
        assert book.apply(evolve(without, yes_hash="2")) == Closed(Proof.BEST_PRICES)
        assert book.apply(evolve(without, yes_hash="2")) == Closed(Proof.BEST_PRICES)
        assert book.trust.failed == 2
        assert book.apply(evolve(without, yes_hash="3")) == Closed(Proof.BEST_PRICES)
        assert book.trust.state is Verifiability.UNVERIFIABLE
        assert book.apply(book_frame(case["checkpoint"], market)) == Closed(Proof.WHOLE)


def test_every_book_of_the_websocket_capture_verifies_with_one_set_of_what_websockets_omit(shared: Path) -> None:
    verified = 0
    for plain in json.loads((shared / CAPTURE).read_text())[0]:
        fitting = []
        for minimum, neg_risk in product(("5", "1", "10", "15"), (False, True)):
            market = listing(plain["market"], plain["asset_id"], "1", plain["tick_size"], minimum, neg_risk)
            if Book(market).apply(book_frame(plain, market)) == Closed(Proof.HASH):
                fitting.append((minimum, neg_risk))
        assert len(fitting) == 1, plain["asset_id"]
        verified += 1
    assert verified == 3


def naive_hash(book: Book, market: Market, exchange_ms: int, last_trade_price: str) -> str:
    """The recipe word for word, with the whole JSON made anew."""
    bids = [{"price": format_price(price), "size": format_shares(size)} for price, size in book.yes_bids().levels()]
    asks = [
        {"price": format_price(complement(price)), "size": format_shares(size)}
        for price, size in book.no_bids().levels()
    ]
    summary = {
        "market": market.market,
        "asset_id": market.yes_token,
        "timestamp": str(exchange_ms),
        "hash": "",
        "bids": bids[::-1],
        "asks": asks[::-1],
        "min_order_size": "5",
        "tick_size": format_price(market.tick_size),  # type: ignore[arg-type]
        "neg_risk": market.neg_risk,
        "last_trade_price": last_trade_price,
    }
    return sha1(json.dumps(summary, separators=(",", ":")).encode()).hexdigest()


def test_the_kept_texts_are_those_of_a_book_hashed_anew(golden: dict[str, Any], market: Market) -> None:
    """Each of 300 changes is tried out on a book without hashes, whose hash the other book then has to have."""
    frame = book_frame(golden["cases"][0]["checkpoint"], market)
    book, plain_book = Book(market), Book(market)
    book.apply(frame)
    plain_book.apply(evolve(frame, hash=None))
    for number in range(300):
        side, at = (YES, 10 * (1 + 37 * number % 60)) if number % 2 else (NO, 10 * (1 + 53 * number % 36))
        change = Level(side, parse_price(format_price(at)), Shares(number % 3 * 1_230_000))  # type: ignore[arg-type]
        bare = BookDelta(market.market, (change,), None, None, None, None, number, number)
        plain_book.apply(bare)
        # Now and then a frame without a hash comes in between.
        venue_hash = naive_hash(plain_book, market, number, "0.368") if number % 7 else None
        outcome = book.apply(evolve(bare, yes_hash=venue_hash))
        assert outcome == Closed(Proof.HASH if venue_hash else Proof.BEST_PRICES), number
