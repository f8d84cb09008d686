"""Answers of every kind, the venue's real ones and what can become of them: understood rightly, or refused by name."""

import json
import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.identity import MarketId, OrderId, Outcome, Side, TokenId
from messages.intents import TimeInForce
from messages.market_data import Level
from polyactors.venues.polymarket.rest import (
    account_answers,
    cancelling,
    clob_markets,
    data_api,
    endpoints,
    gamma_pages,
    own_orders,
    own_trades,
    posting,
    token_books,
)
from polyactors.venues.polymarket.rest.failures import Failure, leaves_doubt
from polyactors.venues.polymarket.rest.refusals import refusal
from polyactors.venues.polymarket.rest.transport import Answer
from polyactors.venues.polymarket.signing.orders import SignatureType, SignedOrder
from polyactors.venues.refused import Refused
from tests.venues.polymarket.spoiled_json import JUNK, Reading, spoiled_body

ORDER = "0x" + "ab" * 32
PLACED = posting.OrderToPost(
    OrderId(ORDER),
    SignedOrder(1, "0x1", "0x1", TokenId("7"), 10_000_000, 5_000_000, Side.SELL, SignatureType.EOA),
    "key",
    TimeInForce.GTC,
)
NOTIFICATIONS: list[object] = [
    {"id": 7, "owner": "k", "timestamp": 1, "type": 2, "payload": {"order_id": ORDER, "market": "0x1"}},
    {"id": "8", "owner": "k", "timestamp": 1795262708, "type": 99, "payload": None},
]


@frozen
class Kind:
    """Real answers of one kind, how they are read, and whether what was read is what is written."""

    documents: list[object]
    read: Reading
    is_right: Callable[[Any, Any], bool]


def _units(text: str, scale: int = 10**6) -> Decimal:
    return Decimal(text or "0") * scale


def _orders_right(page: Any, plain: Any) -> bool:
    return len(page.rows) == len(plain["data"]) and all(map(_order_right, page.rows, plain["data"]))


def _order_right(order: Any, plain: Any) -> bool:
    return (
        (order.order, order.token, order.side.value) == (plain["id"], plain["asset_id"], plain["side"])
        and (order.price, order.size, order.matched)
        == (_units(plain["price"], 10**4), _units(plain["original_size"]), _units(plain["size_matched"]))
        and order.matched <= order.size
    )


def _trades_right(page: Any, plain: Any) -> bool:
    return len(page.rows) == len(plain["data"]) and all(
        (trade.trade, trade.size, trade.side.value) == (row["id"], _units(row["size"]), row["side"])
        and row["status"].endswith(trade.status.value)
        and trade.price in (None, _units(row["price"], 10**4))
        and [(each.order, each.size, each.price) for each in trade.makers]
        == [
            (each["order_id"], _units(each["matched_amount"]), _units(each["price"], 10**4))
            for each in row["maker_orders"]
        ]
        for trade, row in zip(page.rows, plain["data"], strict=True)
    )


def _book_right(book: Any, plain: Any) -> bool:
    for levels, rows, is_descending in ((book.bids, plain["bids"], True), (book.asks, plain["asks"], False)):
        wanted = [(_units(row["price"], 10**4), _units(row["size"])) for row in rows]
        if list(levels) != sorted(wanted, reverse=is_descending):
            return False
    return True


def _books_right(books: Any, plain: Any) -> bool:
    return len(books) == len(plain) and all(map(_book_right, books, plain))


def _placed_right(outcome: Any, plain: Any) -> bool:
    if not isinstance(outcome, posting.Placed):
        return bool(plain.get("errorMsg")) or not plain["success"] or plain["status"] == "unmatched"
    amounts = [_units(plain.get(name) or "0") for name in ("makingAmount", "takingAmount")]
    return plain["success"] and [outcome.paid, outcome.received] == amounts and plain["orderID"] == ORDER


def _cancelled_right(found: Any, plain: Any) -> bool:
    beginnings = {
        order: reason[: cancelling.LONGEST_REASON] for order, reason in (plain.get("not_canceled") or {}).items()
    }
    return list(found.cancelled) == plain["canceled"] and dict(found.kept) == beginnings


def _market_right(market: Any, plain: Any) -> bool:
    return [market.yes_token, market.no_token] == [each["t"] for each in plain["t"]] and market.tick_size == Decimal(
        str(plain["mts"])
    ) * 10**4


def _balance_right(found: Any, plain: Any) -> bool:
    return found.balance == int(plain["balance"]) and dict(found.allowances) == {
        name: int(value) for name, value in plain["allowances"].items()
    }


def _positions_right(page: Any, plain: Any) -> bool:
    return all(
        abs(position.size - Decimal(str(row["current_size"])) * 10**6) <= Decimal("0.5")
        and position.token == row["token_id"]
        for position, row in zip(page.rows, plain["data"], strict=True)
    )


def _as_many(name: str) -> Callable[[Any, Any], bool]:
    return lambda page, plain: len(page.rows) == len(plain[name])


@pytest.fixture(scope="module")
def kinds(shared: Path) -> dict[str, Kind]:
    fixtures = shared / "fixtures"
    if not fixtures.is_dir():
        pytest.skip(f"no real answers: {fixtures} is missing")

    def load(pattern: str) -> list[Any]:
        found = [json.loads(file.read_text()) for file in sorted(fixtures.glob(pattern))]
        assert found, pattern
        return found

    told = load("polymarket_frames/rest_responses.json")[0]
    frames = "polymarket_frames/nautilus/"
    books = [told["GET /book"], *load(frames + "http_responses__book.json"), *load(frames + "clob_book_response.json")]
    trade = load(frames + "http_trade_report.json")[0]
    short = told["GET /clob-markets/{cid}"]
    many = load("negrisk/trebuchet_fed-june_clob-books.json")[0]
    return {
        "order pages": Kind(
            [told["GET /data/orders"], *load(frames + "http_open_orders_page.json")],
            own_orders.read_order_page,
            _orders_right,
        ),
        "trade pages": Kind(
            [
                told["GET /data/trades"],
                {"data": [trade, trade], "next_cursor": "MTAw"},
                *load(frames + "http_trades_page.json"),
            ],
            own_trades.read_trade_page,
            _trades_right,
        ),
        "books": Kind(
            [*([book] for book in books), many],
            partial(token_books.read_books, tokens={each["asset_id"] for each in [*books, *many]}),
            _books_right,
        ),
        "market": Kind([short], partial(clob_markets.read_market, asked=MarketId(short["c"])), _market_right),
        "placed": Kind(
            [
                told["POST /order live"] | {"orderID": ORDER},
                told["POST /order matched"] | {"orderID": ORDER},
                told["POST /orders element rejected"],
            ],
            partial(posting.read_placed, order=PLACED),
            _placed_right,
        ),
        "cancelled": Kind(
            [told["DELETE /order"], *load(frames + "http_*cancel_response*.json")],
            cancelling.read_cancelled,
            _cancelled_right,
        ),
        "balance": Kind([told["GET /balance-allowance COLLATERAL"]], account_answers.read_balance, _balance_right),
        "positions": Kind(load("data_v2/positions.json"), data_api.read_positions, _positions_right),
        "activity": Kind(load("data_v2/activity.json"), data_api.read_activity, _as_many("data")),
        "value": Kind(load("data_v2/value.json"), data_api.read_value, lambda value, plain: isinstance(value, int)),
        "notifications": Kind(
            [NOTIFICATIONS], account_answers.read_notifications, lambda found, plain: len(found) == len(plain)
        ),
        "markets": Kind(
            [{"markets": [each]} for each in load("gamma/*gamma*_market.json")],
            gamma_pages.read_market_page,
            _as_many("markets"),
        ),
        "events": Kind(
            [{"events": [each], "next_cursor": "x"} for each in load("negrisk/*event*.json")],
            gamma_pages.read_event_page,
            _as_many("events"),
        ),
    }


KINDS = (
    "order pages", "trade pages", "books", "market", "placed", "cancelled", "balance", "positions", "activity", "value",
    "notifications", "markets", "events",
)  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_real_answer_is_understood(name: str, kinds: dict[str, Kind]) -> None:
    kind = kinds[name]
    for plain in kind.documents:
        assert kind.is_right(kind.read(json.dumps(plain).encode()), plain), plain


@pytest.mark.parametrize("name", KINDS)
def test_whatever_comes_is_understood_rightly_or_refused(name: str, kinds: dict[str, Kind]) -> None:
    kind = kinds[name]

    @settings(max_examples=200, deadline=None)
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        chance = random.Random(seed)
        body = spoiled_body(chance.choice(kind.documents), chance)
        try:
            found = kind.read(body)
        except Refused as refused:
            assert refused.kind
            return
        assert kind.is_right(found, json.loads(body)), body[:2_000]

    check()


@given(status=st.integers(100, 599), error=st.sampled_from(JUNK), code=st.sampled_from(JUNK), after=st.text(max_size=8))
def test_whatever_is_refused_is_a_failure_and_doubt_is_left_by_5xx_alone(
    status: int, error: object, code: object, after: str
) -> None:
    if 200 <= status < 300:
        return
    plain = {"error": error, "code": code, "retry_after_seconds": error}
    headers = httpx.Headers([(b"retry-after", after.encode())])
    for body in (json.dumps(plain).encode("utf-8", "surrogatepass"), json.dumps(error).encode(), b"", b"\xff<html>"):
        failure = refusal(endpoints.POST_ORDER, Answer(status, headers, body))
        assert isinstance(failure, Failure)
        assert leaves_doubt(failure) == (status >= 500 or status < 400)


def test_amounts_that_do_not_add_up_are_refused() -> None:
    def read(**changed: object) -> object:
        row = {"success": True, "errorMsg": "", "orderID": ORDER, "status": "matched"}
        return posting.read_placed(json.dumps(row | changed).encode(), PLACED)

    read(makingAmount="10", takingAmount="5")
    for changed in (
        {"makingAmount": "", "takingAmount": "5"},
        {"makingAmount": "10", "takingAmount": ""},
        {"makingAmount": "", "takingAmount": ""},
        {"makingAmount": "10.000001", "takingAmount": "5"},
        {"makingAmount": "10", "takingAmount": "5", "orderID": "0x" + "cd" * 32},
        {"makingAmount": "10", "takingAmount": "5", "status": "perhaps"},
        {"makingAmount": "1e1", "takingAmount": "5"},
        {"makingAmount": 10, "takingAmount": "5"},
    ):
        with pytest.raises(Refused):
            read(**changed)


def test_an_order_of_a_batch_without_an_outcome_is_refused() -> None:
    with pytest.raises(Refused, match="does_not_add_up"):
        posting.read_batch(b"[]", [PLACED])


def test_a_cancel_that_is_not_answered_for_is_refused() -> None:
    other = OrderId("0x" + "cd" * 32)
    answers: tuple[dict[str, object], ...] = (
        {"canceled": []},
        {"canceled": [other]},
        {"canceled": [ORDER, other]},
        {"canceled": [ORDER], "not_canceled": {ORDER: "why"}},
    )
    for body in answers:
        with pytest.raises(Refused, match="does_not_add_up"):
            cancelling.read_cancelled(json.dumps(body).encode(), [OrderId(ORDER)])


def test_of_a_long_reason_not_to_cancel_the_beginning_is_kept() -> None:
    long = "".join(map(str, range(1_000)))
    found = cancelling.read_cancelled(json.dumps({"canceled": [], "not_canceled": {ORDER: long}}).encode())
    ((order, kept),) = found.kept
    assert order == ORDER and long.startswith(kept)
    assert len(kept) == cancelling.LONGEST_REASON


def test_a_book_becomes_bids_of_both_tokens() -> None:
    book = {"market": "0x1", "asset_id": "7", "hash": "", "bids": [{"price": "0.4", "size": "1"}]}
    found = token_books.read_book(json.dumps(book | {"asks": [{"price": "0.7", "size": "2"}]}).encode(), TokenId("7"))
    assert found.whole_book(Outcome.NO, 5).levels == (
        Level(Outcome.NO, 4_000, 1_000_000),  # type: ignore[arg-type]
        Level(Outcome.YES, 3_000, 2_000_000),  # type: ignore[arg-type]
    )
