"""The market channel: every real frame is taken, in YES terms; nothing that arrives raises or is half applied."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.markets.book import Book, Closed
from messages.identity import EventId, MarketId, Outcome, Side, TokenId
from messages.market_data import (
    BadInput,
    BestPrices,
    BookDelta,
    Level,
    MarketData,
    MarketListed,
    MarketResolution,
    Proof,
    TickSizeChange,
    TradePrint,
    WholeBook,
)
from messages.markets import Market
from messages.units import Price, Shares, TickSize
from polyactors.venues.polymarket.market_channel import MarketChannel

YES, NO = Outcome.YES, Outcome.NO
KINDS = {
    "not_json",
    "wrong_type",
    "missing_field",
    "unknown_type",
    "unknown_asset",
    "bad_price",
    "bad_size",
    "bad_timestamp",
    "bad_side",
    "bad_tick_size",
    "contradiction",
    "too_deep",
    "not_utf8",
}


def listing(market: str, yes: str, no: str, tick_size: int = 10) -> Market:
    return Market(
        market=MarketId(market),
        event=EventId("event"),
        slug="slug",
        question="?",
        yes_token=TokenId(yes),
        no_token=TokenId(no),
        tick_size=TickSize(tick_size),
    )


ID = "0x" + "ab" * 32
LISTING = listing(ID, "11", "22")


class Heard:
    """A channel and what it complained of."""

    def __init__(self, *markets: Market) -> None:
        self.bad: list[BadInput] = []
        self.channel = MarketChannel(markets or (LISTING,), self.bad.append)

    def decode(self, frame: object) -> list[MarketData]:
        """A text, bytes, or what is to be sent as JSON."""
        sent = frame if isinstance(frame, str | bytes | msgspec.Raw) else json.dumps(frame)
        return self.channel.decode(sent, 7, "here")

    def kinds(self) -> list[str]:
        return [each.kind for each in self.bad]


def leg(
    token: str, price: str, size: str, side: str, bid: str | None = "0.46", ask: str | None = "0.48"
) -> dict[str, Any]:
    best = {"best_bid": bid, "best_ask": ask}
    return {
        "asset_id": token,
        "price": price,
        "size": size,
        "side": side,
        **{k: v for k, v in best.items() if v is not None},
    }


def change(*legs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "market": ID,
        "price_changes": list(legs),
        "timestamp": "1790491136945",
        "event_type": "price_change",
        **fields,
    }


USUAL = change(leg("11", "0.47", "9.5", "SELL", "0.46", "0.47"), leg("22", "0.53", "9.5", "BUY", "0.53", "0.54"))
BOOK = {
    "event_type": "book",
    "market": ID,
    "asset_id": "22",
    "bids": [{"price": "0.53", "size": "9"}],
    "asks": [{"price": "0.54", "size": "8"}, {"price": "0.6", "size": "7"}],
    "timestamp": "1790491136945",
    "hash": "abc",
    "tick_size": "0.01",
    "last_trade_price": "0.530",
}


class TestAChangeOfALevel:
    @pytest.mark.parametrize(
        ("token", "side", "price", "level"),
        [
            ("11", "BUY", "0.46", Level(YES, Price(4600), Shares(5_000_000))),
            ("11", "SELL", "0.48", Level(NO, Price(5200), Shares(5_000_000))),
            ("22", "BUY", "0.52", Level(NO, Price(5200), Shares(5_000_000))),
            ("22", "SELL", "0.54", Level(YES, Price(4600), Shares(5_000_000))),
        ],
    )
    def test_is_a_bid_of_one_of_the_tokens(self, token: str, side: str, price: str, level: Level) -> None:
        (delta,) = Heard().decode(change(leg(token, price, "5", side, None, None)))
        assert isinstance(delta, BookDelta)
        assert delta.levels == (level,)
        assert (delta.best_bid, delta.best_ask) == (None, None)

    def test_said_once_for_each_token_is_one_level(self) -> None:
        expected = BookDelta(
            market=LISTING.market,
            levels=(Level(NO, Price(5300), Shares(9_500_000)),),
            best_bid=Price(4600),
            best_ask=Price(4700),
            yes_hash=None,
            no_hash=None,
            exchange_ms=1790491136945,
            received_ns=7,
        )
        heard = Heard()
        mirrored = change(*reversed(USUAL["price_changes"]))
        # Twice: the second time all texts are known.
        for frame in (USUAL, mirrored, USUAL, mirrored):
            assert heard.decode(frame) == [expected]
        assert heard.bad == []

    def test_is_two_levels_where_the_legs_do_not_mirror_each_other(self) -> None:
        (delta,) = Heard().decode(change(leg("11", "0.46", "5", "BUY"), leg("22", "0.52", "6", "BUY", "0.52", "0.54")))
        assert isinstance(delta, BookDelta)
        assert delta.levels == (Level(YES, Price(4600), Shares(5_000_000)), Level(NO, Price(5200), Shares(6_000_000)))

    def test_legs_of_two_changes_that_are_not_side_by_side_are_two_levels(self) -> None:
        pairs = [("11", "0.5", "BUY"), ("11", "0.51", "SELL"), ("22", "0.49", "BUY"), ("22", "0.5", "SELL")]
        (delta,) = Heard().decode(change(*(leg(token, price, "1", side, None, None) for token, price, side in pairs)))
        assert isinstance(delta, BookDelta)
        assert [level[:2] for level in delta.levels] == [(YES, 5000), (NO, 4900)]

    def test_has_the_hash_of_each_token(self) -> None:
        first, second = USUAL["price_changes"]
        (delta,) = Heard().decode(change({**first, "hash": "y"}, {**second, "hash": "n"}))
        assert isinstance(delta, BookDelta)
        assert (delta.yes_hash, delta.no_hash) == ("y", "n")

    def test_whose_legs_declare_different_best_prices_is_a_contradiction(self) -> None:
        heard = Heard()
        first, second = USUAL["price_changes"]
        for _ in range(2):
            assert heard.decode(change(first, {**second, "best_bid": "0.52"})) == []
        assert heard.kinds() == ["contradiction", "contradiction"]


def test_a_book_of_no_is_the_book_of_yes_seen_from_the_other_side() -> None:
    assert Heard().decode(BOOK) == [
        WholeBook(
            market=LISTING.market,
            outcome=NO,
            levels=(
                Level(NO, Price(5300), Shares(9_000_000)),
                Level(YES, Price(4600), Shares(8_000_000)),
                Level(YES, Price(4000), Shares(7_000_000)),
            ),
            hash="abc",
            tick_size=TickSize(100),
            minimum_size=None,
            neg_risk=None,
            last_trade_price="0.530",
            exchange_ms=1790491136945,
            received_ns=7,
        )
    ]


TRADE = {
    "event_type": "last_trade_price",
    "market": ID,
    "asset_id": "22",
    "price": "0.53",
    "size": "5",
    "side": "BUY",
    "fee_rate_bps": "0",
    "timestamp": "1790491136945",
}


def test_a_trade_of_no_is_a_trade_of_yes_with_the_taker_on_the_other_side() -> None:
    assert Heard().decode(TRADE) == [
        TradePrint(LISTING.market, Price(4700), Shares(5_000_000), Side.SELL, "0.53", 1790491136945, 7)
    ]


def test_the_rest_of_the_vocabulary() -> None:
    heard = Heard()
    about = {"market": ID, "asset_id": "22", "timestamp": "1"}
    assert heard.decode({"event_type": "best_bid_ask", **about, "best_bid": "0.52", "best_ask": "1"}) == [
        BestPrices(LISTING.market, Price(0), Price(4800), 1, 7)
    ]
    assert heard.decode({"event_type": "tick_size_change", **about, "new_tick_size": "0.001"}) == [
        TickSizeChange(LISTING.market, TickSize(10), 7)
    ]
    assert heard.decode({"event_type": "market_resolved", "market": ID, "winning_asset_id": "22"}) == [
        MarketResolution(LISTING.market, NO, 7)
    ]
    assert heard.decode({"event_type": "market_resolved", "market": ID}) == [MarketResolution(LISTING.market, None, 7)]
    assert heard.decode({"event_type": "market_resolved", "market": "0x99", "winning_asset_id": "5"}) == []
    assert heard.decode({"event_type": "new_market", "market": "0x99", "slug": "s", "assets_ids": ["5", "6"]}) == [
        MarketListed(MarketId("0x99"), "s", (TokenId("5"), TokenId("6")), 7)
    ]
    assert heard.bad == []


@pytest.mark.parametrize("text", ["PONG", "PING", "[]", b"PONG", b" []\n"])
def test_a_keep_alive_says_nothing(text: str | bytes) -> None:
    heard = Heard()
    assert heard.decode(text) == []
    assert heard.bad == []


def test_an_array_with_a_bad_element_yields_the_others() -> None:
    heard = Heard()
    assert len(heard.decode([BOOK, {"event_type": "weather"}, USUAL, 5, [USUAL]])) == 2
    assert heard.kinds() == ["unknown_type", "wrong_type", "wrong_type"]


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ("INVALID OPERATION", "not_json"),
        ("", "not_json"),
        ("{", "not_json"),
        (b"\xff\xfe", "not_utf8"),
        ("\ud800", "not_utf8"),
        ("[" * 100_000, "too_deep"),
        ('{"a":' * 100_000, "too_deep"),
        ("5", "wrong_type"),
        ("null", "wrong_type"),
        ({"event_type": 5}, "wrong_type"),
        ({**TRADE, "price": 0.53}, "wrong_type"),
        ({"event_type": "weather"}, "unknown_type"),
        ({"wind": "north"}, "unknown_type"),
        ({**BOOK, "bids": None}, "wrong_type"),
        ({key: value for key, value in BOOK.items() if key != "market"}, "missing_field"),
        (change(), "missing_field"),
        ({**TRADE, "asset_id": "33"}, "unknown_asset"),
        ({**TRADE, "market": "0x99"}, "contradiction"),
        ({**TRADE, "price": "-0.5"}, "bad_price"),
        ({**TRADE, "price": "1.01"}, "bad_price"),
        ({**TRADE, "size": "1e3"}, "bad_size"),
        ({**TRADE, "size": ""}, "bad_size"),
        ({**TRADE, "side": "HOLD"}, "bad_side"),
        ({**TRADE, "timestamp": "yesterday"}, "bad_timestamp"),
        ({**TRADE, "timestamp": ""}, "bad_timestamp"),
        ({**BOOK, "tick_size": "0.02"}, "bad_tick_size"),
        ({**BOOK, "asks": [{"price": "1", "size": "5"}]}, "bad_price"),
        (change(leg("11", "0", "5", "BUY")), "bad_price"),
        (change(leg("11", "0.46", "5", "BUY", "x")), "bad_price"),
        (change(leg("11", "0.46", "5", "BUY"), leg("33", "0.54", "5", "SELL")), "unknown_asset"),
        (change(leg("11", "0.46", "5", "BUY", "0.46"), leg("22", "0.54", "5", "buy")), "bad_side"),
    ],
)
def test_what_cannot_be_taken_has_a_name(frame: object, kind: str) -> None:
    heard = Heard()
    assert heard.decode(frame) == []
    ((bad),) = heard.bad
    assert (bad.kind, bad.source) == (kind, "here")
    assert 0 < len(bad.detail) <= 200


class TestOlderShapesWithoutAnEventType:
    def test_are_known_by_their_fields(self) -> None:
        for frame, kind in ((USUAL, BookDelta), (BOOK, WholeBook), (TRADE, TradePrint)):
            bare = {key: value for key, value in frame.items() if key != "event_type"}
            heard = Heard()
            (said,) = heard.decode(bare)
            assert type(said) is kind
            assert [said] == heard.decode(frame)

    def test_a_price_change_of_one_level(self) -> None:
        frame = {
            "market": ID,
            "asset_id": "11",
            "price": "0.46",
            "size": "5",
            "side": "BUY",
            "hash": "h",
            "timestamp": "1",
        }
        for event_type in ({}, {"event_type": "price_change"}):
            (delta,) = Heard().decode({**frame, **event_type})
            assert isinstance(delta, BookDelta)
            assert delta.levels == (Level(YES, Price(4600), Shares(5_000_000)),)
            assert delta.yes_hash == "h"


def real_frames(shared: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every market frame of the fixtures, with the file it is in."""
    folder = shared / "fixtures/polymarket_frames"
    found = []
    for file in sorted(folder.rglob("*.json")):
        if "ws_" not in file.name or "user" in file.name or "order" in file.name or "trades" in file.name:
            continue
        document = json.loads(file.read_text())
        entries = document if isinstance(document, list) else [document]
        if file.name == "ws_market_examples.json":
            entries = [each for each in document.values() if isinstance(each, dict)]
        for entry in entries:
            found += [(file.name, frame) for frame in (entry if isinstance(entry, list) else [entry])]
    assert len(found) >= 20
    return found


def listings_for(frames: list[dict[str, Any]]) -> tuple[Market, ...]:
    """Markets of the tokens that the frames speak of; the fixtures do not say which token is the other one's."""
    tokens: dict[str, list[str]] = {}
    for frame in frames:
        named = [frame.get("asset_id"), *(each["asset_id"] for each in frame.get("price_changes", ()))]
        known = tokens.setdefault(frame["market"], [])
        known += [each for each in dict.fromkeys(named) if each and each not in known]
    return tuple(listing(market, ids[0], ids[1] if ids[1:] else "1") for market, ids in tokens.items() if ids)


def test_every_real_market_frame_is_taken(shared: Path) -> None:
    frames = real_frames(shared)
    for name, frame in frames:
        heard = Heard(*listings_for([frame]))
        said = heard.decode(frame)
        assert heard.bad == [], name
        assert len(said) == (frame.get("event_type") != "market_resolved"), name


def test_every_frame_of_the_real_capture_closes_the_book_by_its_hash(shared: Path) -> None:
    capture = json.loads((shared / "fixtures/polymarket_frames/funkekaiser_ws_market_capture.json").read_text())
    (known,) = [each for each in listings_for(capture[0]) if each.market == capture[0][0]["market"]]
    heard = Heard(known)
    book = Book(known)
    proven = []
    for entry in capture:
        for message in heard.decode(entry):
            assert isinstance(message, WholeBook | BookDelta)
            assert book.apply(message) == Closed(Proof.HASH)
            proven.append(type(message))
    assert proven == [WholeBook] * 2 + [BookDelta] * 4
    assert heard.kinds() == ["unknown_asset"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["0.5", "11", ID]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_bytes_raise(frame: bytes | str) -> None:
    heard = Heard()
    heard.decode(frame)
    assert set(heard.kinds()) <= KINDS


@given(st.sampled_from([USUAL, BOOK, TRADE]), st.data())
def test_a_mutated_frame_is_taken_whole_or_refused_with_a_name(frame: dict[str, Any], data: st.DataObject) -> None:
    mutated = json.loads(json.dumps(frame))
    places = [mutated, *mutated.get("price_changes", ()), *mutated.get("bids", ())]
    target = data.draw(st.sampled_from(places))
    field = data.draw(st.sampled_from(sorted(target)))
    if data.draw(st.booleans()):
        del target[field]
    else:
        target[field] = data.draw(ANYTHING)
    heard = Heard()
    said = heard.decode(mutated)
    assert set(heard.kinds()) <= KINDS
    resolved_elsewhere = mutated.get("event_type") in ("market_resolved", "new_market")
    assert len(said) + len(heard.bad) == 1 or resolved_elsewhere
    (unharmed,) = heard.decode(frame)
    assert [unharmed] == Heard().decode(frame)


@given(st.sampled_from([USUAL, BOOK, TRADE]), st.integers(0, 2000), st.integers(0, 255))
def test_a_frame_with_another_byte_is_taken_whole_or_refused(frame: dict[str, Any], at: int, byte: int) -> None:
    text = bytearray(json.dumps(frame).encode())
    text[at % len(text)] = byte
    heard = Heard()
    assert len(heard.decode(bytes(text))) + len(heard.bad) == 1
    assert set(heard.kinds()) <= KINDS
