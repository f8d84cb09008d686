"""Every hash is the sha1 of the book that it came with, by the documented recipe and by the venue's own client."""

import random

import pytest
from py_clob_client_v2.clob_types import OrderBookSummary, OrderSummary
from py_clob_client_v2.utilities import generate_orderbook_summary_hash

from messages.identity import Outcome
from messages.units import TickSize
from polyactors.exchange.books import BookDocument, BookTimes, book_document, token_book
from tests.exchange.audit_books import hash_of
from tests.exchange.naive_pair import Pair
from tests.exchange.trading_floor import ALICE, BOB, BUY, GROUP, NO, PLAIN, SELL, START_NS, YES, Floor

START_MS = START_NS // 10**6


def hash_by_the_client(document: BookDocument) -> str:
    summary = OrderBookSummary(
        market=document["market"],
        asset_id=document["asset_id"],
        timestamp=document["timestamp"],
        bids=[OrderSummary(**level) for level in document["bids"]],
        asks=[OrderSummary(**level) for level in document["asks"]],
        min_order_size=document["min_order_size"],
        tick_size=document["tick_size"],
        neg_risk=document["neg_risk"],
        last_trade_price=document["last_trade_price"],
        hash="",
    )
    return str(generate_orderbook_summary_hash(summary))


def test_hashes_are_true_after_every_step_of_random_trading() -> None:
    seen = set()
    for seed in range(10):
        pair = Pair(random.Random(f"hashes {seed}"))
        for _ in range(60):
            pair.step()
            for listing in pair.real.listings.values():
                for outcome in Outcome:
                    document = book_document(pair.real, listing.market.token(outcome), pair.now_ns // 10**6)
                    assert document is not None
                    assert document["hash"] == hash_of(dict(document)) == hash_by_the_client(document)
                    seen.add(document["hash"])
    assert len(seen) > 300


def test_an_empty_book_has_a_hash_too() -> None:
    floor = Floor()
    document = book_document(floor.exchange, GROUP[0].yes_token, START_MS)
    assert document is not None and document["bids"] == document["asks"] == [] and document["neg_risk"]
    assert document["hash"] == hash_of(dict(document)) == hash_by_the_client(document)


def test_bids_rise_and_asks_fall_towards_the_middle() -> None:
    floor = Floor()
    for price in (0.30, 0.45, 0.40):
        floor.placed(ALICE, BUY, YES, price, 10)
        floor.placed(ALICE, BUY, NO, price, 5.5)
    document = book_document(floor.exchange, PLAIN.yes_token, START_MS)
    assert document is not None
    assert [(level["price"], level["size"]) for level in document["bids"]] == [
        ("0.3", "10"),
        ("0.4", "10"),
        ("0.45", "10"),
    ]
    assert [(level["price"], level["size"]) for level in document["asks"]] == [
        ("0.7", "5.5"),
        ("0.6", "5.5"),
        ("0.55", "5.5"),
    ]


def test_the_last_price_is_the_takers_and_is_part_of_both_hashes() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, YES, 0.63, 10)
    before = [book_document(floor.exchange, PLAIN.token(outcome), START_MS) for outcome in Outcome]
    floor.placed(BOB, BUY, NO, 0.37, 5)
    after = [book_document(floor.exchange, PLAIN.token(outcome), START_MS) for outcome in Outcome]
    assert [book and book["last_trade_price"] for book in before] == ["", ""]
    assert [book and book["last_trade_price"] for book in after] == ["0.370", "0.370"]
    assert not {book["hash"] for book in before if book} & {book["hash"] for book in after if book}


@pytest.mark.parametrize(("price", "text"), [(0.5, "0.500"), (0.63, "0.630"), (0.635, "0.635"), (0.6351, "0.6351")])
def test_the_last_price_has_three_decimals_or_four_where_it_needs_them(price: float, text: str) -> None:
    floor = Floor()
    floor.exchange.change_tick_size(PLAIN.market, TickSize(1), floor.now_ns)
    floor.placed(ALICE, BUY, YES, price, 10)
    floor.split(BOB, 10)
    floor.placed(BOB, SELL, YES, price, 10)
    assert floor.exchange.last_trade_price(PLAIN.market) == text


def test_a_tick_of_a_quarter_cent_is_written_in_full() -> None:
    floor = Floor()
    floor.exchange.change_tick_size(PLAIN.market, TickSize(25), floor.now_ns)
    floor.placed(ALICE, BUY, YES, 0.5025, 10)
    floor.placed(BOB, BUY, NO, 0.4975, 10)
    document = book_document(floor.exchange, PLAIN.no_token, START_MS)
    assert document is not None
    assert (document["tick_size"], document["last_trade_price"]) == ("0.0025", "0.4975")
    assert document["hash"] == hash_of(dict(document))


def test_the_time_in_the_hash_is_that_of_the_books_last_change() -> None:
    floor = Floor()
    times = BookTimes(floor.exchange, floor.now_ns)
    floor.wait(5)
    floor.placed(ALICE, BUY, YES, 0.40, 10)
    changed_ms = times.changed_ms(PLAIN.market)
    assert changed_ms == START_MS + 5_000
    floor.wait(5)
    floor.refused(BOB, SELL, YES, 0.40, 10)
    assert times.changed_ms(PLAIN.market) == changed_ms
    floor.exchange.change_tick_size(PLAIN.market, TickSize(10), floor.now_ns)
    assert times.changed_ms(PLAIN.market) == START_MS + 10_000
    assert times.changed_ms(GROUP[0].market) == START_MS


def test_the_hash_of_a_book_does_not_change_behind_the_back_of_who_keeps_it() -> None:
    """A kept book is as it was, whatever happens to the market after."""
    floor = Floor()
    floor.placed(ALICE, BUY, YES, 0.40, 10)
    listing, outcome = floor.exchange.listing_of(PLAIN.yes_token) or (None, YES)
    assert listing is not None
    kept = token_book(floor.exchange, listing, outcome, START_MS)
    floor.placed(ALICE, BUY, YES, 0.40, 10)
    assert kept.hash == hash_of(dict(kept.document()))
    assert kept.document()["bids"] == [{"price": "0.4", "size": "10"}]
