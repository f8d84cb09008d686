"""What the CLOB tells anybody: in the shapes that the venue's clients read, with its errors for what is wrong."""

import json
from hashlib import sha1
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from messages.units import NANOSECONDS_PER_SECOND, ONE, Price, TickSize
from polyactors.exchange.admission import CANCEL_ONLY, POST_ONLY, RESTARTING
from polyactors.exchange.clob.answering import LARGEST_BODY, read_body
from polyactors.exchange.clob.book_routes import middle_text
from polyactors.exchange.clob.errors import Rejected, refused
from polyactors.exchange.clob.pagination import page
from polyactors.exchange.words import Refused
from tests.exchange.clob_world import REWARDED, ClobWorld, clob_world, reached_by_clients
from tests.exchange.trading_floor import ALICE, BOB, BUY, GROUP, NO, PLAIN, WITH_FEES, YES

NO_BOOK = {"error": "No orderbook exists for the requested token id"}
BY_TOKEN = ("/book", "/midpoint", "/price", "/spread", "/last-trade-price", "/tick-size", "/neg-risk", "/fee-rate")
BATCHES = ("/books", "/midpoints", "/prices", "/spreads", "/last-trades-prices")
OTHERS = ("/markets", "/prices-history", "/rewards/markets/multi", "/rewards/markets/current", "/rebates/current")
PARAMETERS = ("token_id", "side", "market", "interval", "startTs", "endTs", "next_cursor", "page_size", "date", "q")
BY_CONDITION = ("/markets", "/clob-markets", "/markets/live-activity", "/live-activity/events", "/rewards/markets")


def quoted(world: ClobWorld) -> None:
    """A bid at 0.45 and 0.47, asks at 0.50 and 0.53, one of them as a bid for NO."""
    world.floor.placed(ALICE, BUY, YES, 0.47, 10)
    world.floor.placed(ALICE, BUY, YES, 0.45, 20.5)
    world.floor.placed(BOB, BUY, NO, 0.5, 30)
    world.floor.placed(BOB, BUY, NO, 0.47, 40)


def plain_hash(book: dict[str, Any]) -> str:
    """The recipe of polymarket.md 5.6, written down once more."""
    return sha1(json.dumps(book | {"hash": ""}, separators=(",", ":")).encode()).hexdigest()


async def test_a_book_has_its_best_prices_last_and_a_hash_that_proves_it() -> None:
    async with clob_world() as world:
        quoted(world)
        world.floor.wait(3)
        book = await world.get("/book", token_id=PLAIN.yes_token)
        assert book["bids"] == [{"price": "0.45", "size": "20.5"}, {"price": "0.47", "size": "10"}]
        assert book["asks"] == [{"price": "0.53", "size": "40"}, {"price": "0.5", "size": "30"}]
        assert (book["market"], book["asset_id"]) == (PLAIN.market, PLAIN.yes_token)
        assert (book["tick_size"], book["min_order_size"], book["neg_risk"]) == ("0.01", "5", False)
        assert book["timestamp"] == str((world.floor.now_ns - 3 * NANOSECONDS_PER_SECOND) // 1_000_000)
        assert book["hash"] == plain_hash(book)


async def test_the_books_of_both_tokens_mirror_each_other() -> None:
    async with clob_world() as world:
        quoted(world)
        wanted = [{"token_id": PLAIN.no_token}, {"token_id": PLAIN.yes_token}]
        no_book, yes_book = (await world.client.post("/books", json=wanted)).json()
        assert [level["price"] for level in no_book["bids"]] == ["0.47", "0.5"]
        assert [level["size"] for level in no_book["bids"]] == [level["size"] for level in yes_book["asks"]]
        assert no_book["hash"] == plain_hash(no_book)


async def test_prices_of_a_token_follow_from_its_book() -> None:
    async with clob_world() as world:
        quoted(world)
        token = PLAIN.yes_token
        assert await world.get("/midpoint", token_id=token) == {"mid": "0.485"}
        assert await world.get("/spread", token_id=token) == {"spread": "0.03"}
        assert await world.get("/price", token_id=token, side="BUY") == {"price": "0.47"}
        assert await world.get("/price", token_id=token, side="sell") == {"price": "0.5"}
        assert await world.get("/midpoint", token_id=PLAIN.no_token) == {"mid": "0.515"}
        wanted = [{"token_id": token, "side": side} for side in ("BUY", "SELL")]
        prices = (await world.client.post("/prices", json=wanted)).json()
        assert prices == {token: {"BUY": "0.47", "SELL": "0.5"}}
        assert (await world.client.post("/midpoints", json=wanted)).json() == {token: "0.485"}
        assert (await world.client.post("/spreads", json=wanted)).json() == {token: "0.03"}


async def test_an_empty_book_has_prices_too() -> None:
    async with clob_world() as world:
        token = PLAIN.yes_token
        assert await world.get("/midpoint", token_id=token) == {"mid": "0.5"}
        assert await world.get("/spread", token_id=token) == {"spread": "1"}
        assert await world.get("/price", token_id=token, side="BUY") == {"price": "0"}
        assert await world.get("/price", token_id=token, side="SELL") == {"price": "0"}
        assert (await world.get("/book", token_id=token))["last_trade_price"] == ""


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_middle_between_two_ticks_is_exact(bid: int, ask: int) -> None:
    text = middle_text(Price(bid), Price(ask))
    whole, _, fraction = text.partition(".")
    assert int(whole + fraction.ljust(5, "0")) == (bid + ask) * 5
    assert "e" not in text and not (fraction and fraction.endswith("0"))


async def test_a_trade_shows_in_the_terms_of_each_token() -> None:
    async with clob_world() as world:
        nothing = await world.get("/last-trade-price", token_id=PLAIN.yes_token)
        assert nothing == {"price": "0.5", "side": ""}
        quoted(world)
        world.floor.placed(ALICE, BUY, YES, 0.5, 5)
        assert await world.get("/last-trade-price", token_id=PLAIN.yes_token) == {"price": "0.5", "side": "BUY"}
        world.floor.placed(ALICE, BUY, YES, 0.53, 30)
        assert await world.get("/last-trade-price", token_id=PLAIN.no_token) == {"price": "0.47", "side": "SELL"}
        events = await world.get(f"/markets/live-activity/{PLAIN.market}")
        assert [(each["price"], each["size"]) for each in events] == [("0.53", "5"), ("0.5", "25"), ("0.5", "5")]


async def test_tokens_that_never_traded_are_left_out_of_a_list_of_last_trades() -> None:
    async with clob_world() as world:
        quoted(world)
        world.floor.placed(ALICE, BUY, YES, 0.5, 5)
        wanted = [{"token_id": token} for token in (WITH_FEES.yes_token, PLAIN.yes_token)]
        found = (await world.client.post("/last-trades-prices", json=wanted)).json()
        assert found == [{"token_id": PLAIN.yes_token, "price": "0.5", "side": "BUY"}]


async def test_a_batch_leaves_out_what_is_not_listed() -> None:
    async with clob_world() as world:
        wanted = [{"token_id": "12345", "side": "BUY"}, {"token_id": PLAIN.yes_token, "side": "BUY"}]
        for path in BATCHES:
            found = (await world.client.post(path, json=wanted)).json()
            assert len(found) == (0 if path == "/last-trades-prices" else 1), path


async def test_the_constants_of_a_token_and_their_changes() -> None:
    async with clob_world() as world:
        token = REWARDED.yes_token
        assert await world.get("/tick-size", token_id=token) == {"minimum_tick_size": 0.0025}
        world.exchange.change_tick_size(REWARDED.market, TickSize(1), world.floor.now_ns)
        assert (await world.client.get("/tick-size", params={"token_id": token})).text == '{"minimum_tick_size":0.0001}'
        assert await world.get("/neg-risk", token_id=GROUP[0].no_token) == {"neg_risk": True}
        assert await world.get("/fee-rate", token_id=token) == {"base_fee": 1000}
        assert await world.get("/fee-rate", token_id=PLAIN.yes_token) == {"base_fee": 0}
        assert await world.get(f"/markets-by-token/{REWARDED.no_token}") == {
            "condition_id": REWARDED.market,
            "primary_token_id": REWARDED.yes_token,
            "secondary_token_id": REWARDED.no_token,
        }


async def test_a_short_market_has_what_an_order_needs_as_numbers() -> None:
    async with clob_world() as world:
        found = await world.get(f"/clob-markets/{REWARDED.market}")
        assert found["t"] == [{"t": REWARDED.yes_token, "o": "Up"}, {"t": REWARDED.no_token, "o": "Down"}]
        assert (found["mts"], found["mos"], found["nr"]) == (0.0025, 5, False)
        assert found["fd"] == {"r": 0.07, "e": 1, "to": True}
        assert found["r"]["mi"] == 50 and found["r"]["ma"] == 4.5
        assert "fd" not in await world.get(f"/clob-markets/{PLAIN.market}")
        assert await world.get(f"/clob-markets/{REWARDED.market}00") == found


async def test_lists_of_markets_come_in_pages_that_end() -> None:
    async with clob_world() as world:
        for path in ("/markets", "/simplified-markets"):
            found = await world.get(path, next_cursor="MA==")
            assert found["next_cursor"] == "LTE=" and found["count"] == len(found["data"]) == 7
        for path in ("/sampling-markets", "/sampling-simplified-markets"):
            assert [row["condition_id"] for row in (await world.get(path))["data"]] == [REWARDED.market]
        assert (await world.get("/markets", next_cursor="Nw=="))["data"] == []


@given(st.integers(0, 40), st.integers(1, 10))
def test_pages_give_every_row_once_and_end(count: int, limit: int) -> None:
    rows, found, pages = list(range(count)), list[object](), 0
    cursor: str | None = None
    while cursor != "LTE=":
        document = page(rows, cursor, limit, lambda row: row)
        data = document["data"]
        assert isinstance(data, list) and len(data) == document["count"] and len(data) <= limit
        found += data
        pages += 1
        cursor = str(document["next_cursor"])
    assert found == rows and pages == max(1, -(-count // limit))


@pytest.mark.parametrize(
    "refusal, left_s, header, rest",
    [
        (RESTARTING, None, "1", {}),
        (POST_ONLY, 79, "79", {"code": "post_only_mode", "retry_after_seconds": 79}),
        (POST_ONLY, None, "1", {"code": "post_only_mode", "retry_after_seconds": 1}),
        (CANCEL_ONLY, None, None, {}),
    ],
)
def test_restricted_modes_say_when_to_come_back(
    refusal: Refused, left_s: int | None, header: str | None, rest: dict[str, object]
) -> None:
    response = refused(refusal, left_s)
    assert (response.status_code, response.headers.get("retry-after")) == (refusal.http_status, header)
    assert json.loads(bytes(response.body)) == {"error": refusal.text, **rest}


async def test_a_resolved_market_has_a_winner_and_no_book() -> None:
    async with clob_world() as world:
        quoted(world)
        world.exchange.resolve(PLAIN.market, ONE, world.floor.now_ns)
        market = await world.get(f"/markets/{PLAIN.market}")
        assert market["closed"] and not market["accepting_orders"]
        assert [(token["winner"], token["price"]) for token in market["tokens"]] == [(True, 1), (False, 0)]
        answer = await world.client.get("/book", params={"token_id": PLAIN.yes_token})
        assert (answer.status_code, answer.json()) == (404, NO_BOOK)
        assert (await world.client.post("/books", json=[{"token_id": PLAIN.yes_token}])).json() == []


async def test_time_and_version_are_as_the_clients_read_them() -> None:
    async with clob_world() as world:
        assert await world.get("/time") == world.floor.now_ns // NANOSECONDS_PER_SECOND
        assert await world.get("/version") == {"version": 2}
        assert await world.get("/ok") == await world.get("/") == "OK"


async def test_the_history_of_a_price_is_kept_by_the_minute() -> None:
    async with clob_world() as world:
        quoted(world)
        world.floor.wait(120)
        world.floor.placed(ALICE, BUY, YES, 0.49, 10)
        start_s = world.floor.now_ns // NANOSECONDS_PER_SECOND - 200
        found = await world.get("/prices-history", market=PLAIN.yes_token, startTs=start_s, endTs=start_s + 400)
        assert [point["p"] for point in found["history"]] == [0.485, 0.495]
        by_interval = await world.get("/prices-history", market=PLAIN.no_token, interval="1h", fidelity=1)
        assert [point["p"] for point in by_interval["history"]] == [0.515, 0.505]
        answer = await world.client.get("/prices-history", params={"market": PLAIN.yes_token})
        assert answer.status_code == 400 and set(answer.json()) == {"error"}


@pytest.mark.parametrize("path", BY_TOKEN)
async def test_unknown_and_impossible_tokens_are_refused_in_the_venues_words(path: str) -> None:
    async with clob_world() as world:
        answer = await world.client.get(path, params={"token_id": "123", "side": "BUY"})
        assert (answer.status_code, answer.json()) == (404, NO_BOOK)
        for token in ("", "abc", "-1", "1" * 79, "\uff11\uff12", "1 OR 1", "\x00", "9" * 5000):
            answer = await world.client.get(path, params={"token_id": token, "side": "BUY"})
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid token id"}), token
        assert (await world.client.get(path)).status_code == 400
        assert (await world.client.get(path + "?token_id=%ff%fe&token_id")).status_code == 400


async def test_sides_that_are_none_are_refused() -> None:
    async with clob_world() as world:
        for side in ("", "buyy", "0", "\uff22\uff35\uff39"):
            answer = await world.client.get("/price", params={"token_id": PLAIN.yes_token, "side": side})
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid side"})
        wanted = [{"token_id": PLAIN.yes_token, "side": 1}]
        assert (await world.client.post("/prices", json=wanted)).json() == {"error": "Invalid side"}


@pytest.mark.parametrize("path", BY_CONDITION)
async def test_unknown_conditions_are_not_found(path: str) -> None:
    async with clob_world() as world:
        for condition in ("0x00", "0x" + "ab" * 32, "%ff%00", "x" * 3000, "00"):
            answer = await world.client.get(f"{path}/{condition}")
            assert (answer.status_code, answer.json()) == (404, {"error": "market not found"})


@pytest.mark.parametrize("path", BATCHES)
async def test_batches_of_a_wrong_shape_are_refused(path: str) -> None:
    async with clob_world() as world:
        bodies = [
            b"",
            b"{}",
            b"nul",
            b"null",
            b"[1]",
            b"[[]]",
            b"\xff\xfe",
            b"[" * 100_000,
            b'{"a":' * 5000,
            b"1" * 5000,
        ]
        for body in bodies:
            answer = await world.client.post(path, content=body)
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid payload"}), body[:20]
        tokens: tuple[object, ...] = (None, 1, 1e400, [], {}, True)
        for token in tokens:
            answer = await world.client.post(path, content=json.dumps([{"token_id": token}]))
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid token id"}), token
        answer = await world.client.post(path, json=[{"token_id": "1"}] * 501)
        assert (answer.status_code, answer.json()) == (400, {"error": "Payload exceeds the limit"})


async def test_a_body_without_an_end_is_not_read_to_its_end() -> None:
    given = 0

    async def more() -> dict[str, Any]:
        nonlocal given
        given += 100_000
        return {"type": "http.request", "body": b" " * 100_000, "more_body": True}

    with pytest.raises(Rejected, match="Payload exceeds the limit"):
        await read_body(Request({"type": "http", "method": "POST", "path": "/books", "headers": []}, more))
    assert given == LARGEST_BODY + 100_000


async def test_cursors_that_no_page_gave_are_refused() -> None:
    async with clob_world() as world:
        for cursor in ("LTE=", "x", "LTEx", "é", "MA", "MA==" * 50, "LTE5"):
            answer = await world.client.get("/markets", params={"next_cursor": cursor})
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid next_cursor"}), cursor


async def test_paths_and_methods_that_are_not_there_have_the_same_shape_of_error() -> None:
    async with clob_world() as world:
        assert (await world.client.get("/no-such-thing")).json() == {"error": "Not Found"}
        assert (await world.client.post("/book")).json() == {"error": "Method Not Allowed"}


@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from(
        (*BY_TOKEN, *BATCHES, "/markets", "/prices-history", "/rewards/markets/multi", "/rebates/current")
    ),
    method=st.sampled_from(("GET", "POST")),
    query=st.dictionaries(
        st.sampled_from(
            ("token_id", "side", "market", "interval", "startTs", "endTs", "next_cursor", "page_size", "date")
        ),
        st.text(max_size=30) | st.integers().map(str),
    ),
    body=st.binary(max_size=60)
    | st.recursive(st.none() | st.text() | st.floats(), st.lists, max_leaves=5).map(
        lambda plain: json.dumps(plain).encode()
    ),
)
async def test_whatever_is_asked_is_answered(path: str, method: str, query: dict[str, str], body: bytes) -> None:
    async with clob_world() as world:
        quoted(world)
        before = world.exchange.totals()
        answer = await world.client.request(method, path, params=query, content=body)
        assert answer.status_code in (200, 400, 404, 405)
        assert answer.status_code == 200 or set(answer.json()) == {"error"}
        assert world.exchange.totals() == before


def test_the_older_client_reads_all_of_it_and_finds_the_same_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    older = pytest.importorskip("py_clob_client.client")
    kinds = pytest.importorskip("py_clob_client.clob_types")
    world = ClobWorld()
    quoted(world)
    reached_by_clients(monkeypatch, world)
    client = older.ClobClient("http://127.0.0.1:1")
    token = PLAIN.yes_token
    book = client.get_order_book(token)
    assert book.asks[-1].price == "0.5"
    told = book.hash
    assert client.get_order_book_hash(book) == told
    assert client.get_tick_size(token) == "0.01"
    assert client.get_neg_risk(token) is False
    assert client.get_fee_rate_bps(token) == 0
    assert client.get_midpoint(token) == {"mid": "0.485"}
    assert [each.asset_id for each in client.get_order_books([kinds.BookParams(token_id=token)])] == [token]
    assert client.get_prices([kinds.BookParams(token_id=token, side="BUY")]) == {token: {"BUY": "0.47"}}
    assert client.get_markets()["next_cursor"] == "LTE="
    assert client.get_market(PLAIN.market)["market_slug"] == PLAIN.slug
    assert client.get_market_trades_events(PLAIN.market) == []


def test_the_newer_client_reads_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = pytest.importorskip("py_clob_client_v2")
    world = ClobWorld()
    quoted(world)
    reached_by_clients(monkeypatch, world)
    client = newer.ClobClient("http://127.0.0.1:1", 137)
    token = REWARDED.yes_token
    assert client.get_version() == 2
    assert client.get_ok() == "OK"
    assert client.get_tick_size(token) == "0.0025"
    assert client.get_clob_market_info(REWARDED.market)["c"] == REWARDED.market
    assert client.get_fee_exponent(token) == 1
    book = client.get_order_book(PLAIN.yes_token)
    assert client.get_order_book_hash(book) == book["hash"]
    assert client.calculate_market_price(PLAIN.yes_token, "BUY", 10) == 0.5
    assert [row["condition_id"] for row in client.get_current_rewards()] == [REWARDED.market]
    assert client.get_raw_rewards_for_market(REWARDED.market)[0]["rewards_min_size"] == 50
    assert client.get_market_trades_events(PLAIN.market) == []


def test_the_newest_client_reads_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("polymarket")
    transports = pytest.importorskip("polymarket.clients._transport")
    asked = pytest.importorskip("polymarket._internal.actions.clob")
    found = pytest.importorskip("polymarket._internal.actions.orders.market_data")
    rewards = pytest.importorskip("polymarket._internal.actions.rewards")
    world = ClobWorld()
    quoted(world)
    world.floor.placed(ALICE, BUY, YES, 0.5, 5)
    reached_by_clients(monkeypatch, world)
    clob = transports.SyncTransport(base_url="http://127.0.0.1:1")
    token = PLAIN.yes_token

    def get(request: tuple[str, Any]) -> Any:
        return clob.get_json(request[0], params=request[1])

    def post(request: tuple[str, Any]) -> Any:
        return clob.post_json(request[0], json=request[1])

    book = asked.parse_order_book(get(asked.build_order_book_request(token_id=token)))
    assert str(book.asks[-1].price) == "0.5"
    many = [token, WITH_FEES.yes_token]
    assert len(asked.parse_order_books(post(asked.build_order_books_request(token_ids=many)))) == 2
    assert set(asked.parse_midpoints(post(asked.build_midpoints_request(token_ids=many)))) == set(many)
    assert set(asked.parse_spreads(post(asked.build_spreads_request(token_ids=many)))) == set(many)
    assert len(asked.parse_last_trade_prices(post(asked.build_last_trade_prices_request(token_ids=many)))) == 1
    last = get(asked.build_last_trade_price_request(token_id=WITH_FEES.yes_token))
    assert asked.parse_last_trade_price(last) is None
    context = type("Context", (), {"clob": clob})()
    condition = found.resolve_condition_by_token_sync(context, token_id=REWARDED.no_token)
    info = found.fetch_market_info_sync(context, condition_id=condition)
    assert (str(info.tick_size), str(info.fee_info.rate), info.neg_risk) == ("0.0025", "0.07", False)
    discovered = rewards.parse_reward_markets_page(get(rewards.build_list_reward_markets_request(order_by="price")))
    assert [row.condition_id for row in discovered.items] == [REWARDED.market]
    current = rewards.parse_current_rewards_page(get(rewards.build_list_current_rewards_request()))
    assert [str(row.total_daily_rate) for row in current.items] == ["1440"]
