"""What venues should not say: counted in their name, kept, and nothing stops; a bad tick reaches nobody."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.feeds.ports import ConnectionLost
from messages.reference import ReferenceQuote, ReferenceTick, Symbol
from polyactors.venues.binance.stream import BinanceProtocol
from polyactors.venues.coinbase.advanced_stream import AdvancedProtocol
from polyactors.venues.coinbase.exchange_stream import ExchangeProtocol
from polyactors.venues.kraken.stream import KrakenProtocol
from polyactors.venues.reference.protocol import Reading, ReferenceProtocol
from polyactors.venues.refused import Refused

BTC = Symbol("btcusd")
NOW_NS = 1_900_000_000_000_000_000

Fields = dict[str, Any]

BINANCE_TRADE: Fields = {
    "e": "trade",
    "s": "BTCUSDT",
    "t": 7,
    "p": "61035.86",
    "q": "0.5",
    "T": 1_672_515_782_134,
    "m": True,
}
BINANCE_QUOTE: Fields = {"u": 1, "s": "BTCUSDT", "b": "61035.85", "B": "3.1", "a": "61035.86", "A": "4.0"}
COINBASE_MATCH: Fields = {
    "type": "match",
    "trade_id": 10,
    "sequence": 50,
    "time": "2026-11-07T08:19:27.028459Z",
    "product_id": "BTC-USD",
    "size": "5.23512",
    "price": "61000.23",
    "side": "sell",
}
ADVANCED_TRADE: Fields = {
    "trade_id": "995098700",
    "product_id": "BTC-USD",
    "price": "68900.50",
    "size": "0.0015",
    "side": "BUY",
    "time": "2026-04-07T14:30:02.789012Z",
}
KRAKEN_TRADE: Fields = {
    "symbol": "BTC/USD", "side": "buy", "price": 105944.2, "qty": 0.00027625, "ord_type": "limit",
    "trade_id": 10218208, "timestamp": "2023-10-06T17:35:55.440295Z",
}  # fmt: skip


def in_advanced(trade: Fields) -> Fields:
    return {"channel": "market_trades", "sequence_num": 5, "events": [{"type": "update", "trades": [trade]}]}


def in_kraken(trade: Fields) -> Fields:
    return {"channel": "trade", "type": "update", "data": [trade]}


PROTOCOLS: dict[str, ReferenceProtocol] = {
    "binance": BinanceProtocol([BTC]),
    "coinbase": ExchangeProtocol([BTC]),
    "advanced": AdvancedProtocol([BTC]),
    "kraken": KrakenProtocol([BTC]),
}
GOOD: dict[str, tuple[str, Fields]] = {
    "trade of binance": ("binance", BINANCE_TRADE),
    "quote of binance": ("binance", BINANCE_QUOTE),
    "match of coinbase": ("coinbase", COINBASE_MATCH),
    "trade of advanced": ("advanced", in_advanced(ADVANCED_TRADE)),
    "trade of kraken": ("kraken", in_kraken(KRAKEN_TRADE)),
}


def read(name: str, frame: str | bytes | Fields) -> tuple[object, ...]:
    """What is said. Raises `Refused`."""
    text = json.dumps(frame) if isinstance(frame, dict) else frame
    found = PROTOCOLS[name].read(text, NOW_NS)
    return found.said if isinstance(found, Reading) else (found,)


def refusal(name: str, frame: str | bytes | Fields) -> str:
    with pytest.raises(Refused) as caught:
        read(name, frame)
    return caught.value.kind


@pytest.mark.parametrize("case", GOOD)
def test_what_is_spoiled_below_is_a_price_to_begin_with(case: str) -> None:
    (said,) = read(*GOOD[case])
    assert isinstance(said, ReferenceTick | ReferenceQuote)


@pytest.mark.parametrize("case", GOOD)
def test_fields_that_nobody_knows_change_nothing(case: str) -> None:
    name, frame = GOOD[case]
    assert read(name, {**frame, "new": {"field": [1, 2]}, "zz": None}) == read(name, frame)


ABSURD = ["0", "-61035.86", "0.00000000", "1e5", "", "NaN", "1000000000000", "61035.123456789", "six"]


@pytest.mark.parametrize("price", ABSURD)
def test_a_price_that_is_none_is_refused(price: str) -> None:
    assert refusal("binance", {**BINANCE_TRADE, "p": price}) == "bad_price"
    assert refusal("binance", {**BINANCE_QUOTE, "b": price}) == "bad_price"
    assert refusal("binance", {**BINANCE_QUOTE, "a": price}) == "bad_price"
    assert refusal("coinbase", {**COINBASE_MATCH, "price": price}) == "bad_price"
    assert refusal("advanced", in_advanced({**ADVANCED_TRADE, "price": price})) == "bad_price"


@pytest.mark.parametrize("price", ["0", "-105944.2", "1e300", "0.0", "1000000000000", "105944.123456789"])
def test_a_number_that_is_no_price_is_refused(price: str) -> None:
    text = json.dumps(in_kraken(KRAKEN_TRADE)).replace("105944.2", price)
    assert refusal("kraken", text) == "bad_price"


def test_a_trade_of_nothing_is_refused() -> None:
    assert refusal("binance", {**BINANCE_TRADE, "q": "0"}) == "bad_size"
    assert refusal("coinbase", {**COINBASE_MATCH, "size": "0.0"}) == "bad_size"
    assert refusal("advanced", in_advanced({**ADVANCED_TRADE, "size": "-1"})) == "bad_size"
    assert refusal("kraken", in_kraken({**KRAKEN_TRADE, "qty": 0})) == "bad_size"


def test_a_symbol_that_was_not_asked_for_is_refused() -> None:
    assert refusal("binance", {**BINANCE_TRADE, "s": "ETHUSDT"}) == "wrong_symbol"
    assert refusal("binance", {**BINANCE_QUOTE, "s": "btcusdt"}) == "wrong_symbol"
    assert refusal("coinbase", {**COINBASE_MATCH, "product_id": "ETH-USD"}) == "wrong_symbol"
    assert refusal("coinbase", {"type": "heartbeat", "product_id": "ETH-USD", "last_trade_id": 3}) == "wrong_symbol"
    assert refusal("advanced", in_advanced({**ADVANCED_TRADE, "product_id": ""})) == "wrong_symbol"
    assert refusal("kraken", in_kraken({**KRAKEN_TRADE, "symbol": "XBT/USD"})) == "wrong_symbol"


def test_a_side_that_is_none_is_refused() -> None:
    assert refusal("coinbase", {**COINBASE_MATCH, "side": "SELL"}) == "bad_side"
    assert refusal("advanced", in_advanced({**ADVANCED_TRADE, "side": "sell"})) == "bad_side"
    assert refusal("kraken", in_kraken({**KRAKEN_TRADE, "side": ""})) == "bad_side"


def test_a_bid_above_the_ask_is_refused() -> None:
    assert refusal("binance", {**BINANCE_QUOTE, "b": "61035.87"}) == "contradiction"


def test_a_stream_within_a_stream_is_refused() -> None:
    combined = {"stream": "btcusdt@trade", "data": BINANCE_TRADE}
    assert read("binance", combined) == read("binance", BINANCE_TRADE)
    assert refusal("binance", {"stream": "x", "data": combined}) == "unknown_type"


def test_a_time_that_is_none_is_refused() -> None:
    assert refusal("binance", {**BINANCE_TRADE, "T": -5}) == "bad_timestamp"
    assert refusal("binance", {**BINANCE_TRADE, "T": 10**30}) in ("bad_timestamp", "wrong_type")
    assert refusal("coinbase", {**COINBASE_MATCH, "time": "yesterday"}) == "bad_timestamp"
    assert refusal("kraken", in_kraken({**KRAKEN_TRADE, "timestamp": "2023-10-06"})) == "bad_timestamp"


BROKEN: dict[str, str | bytes] = {
    "": "not_json",
    "{": "not_json",
    "[1, 2": "wrong_type",
    "[]": "wrong_type",
    "7": "wrong_type",
    '"text"': "wrong_type",
    "null": "wrong_type",
}


UNREADABLE = ("too_deep", "not_json", "wrong_type", "missing_field", "unknown_type")


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("frame", BROKEN)
def test_a_broken_frame_is_refused(name: str, frame: str) -> None:
    assert refusal(name, frame) == BROKEN[frame]


@pytest.mark.parametrize("name", PROTOCOLS)
def test_bytes_that_are_no_text_and_a_thousand_brackets_are_refused(name: str) -> None:
    key = {"binance": "e", "coinbase": "type"}.get(name, "channel")
    assert refusal(name, b'{"' + key.encode() + b'":"\xff\xfe"}') in ("not_utf8", "not_json")
    assert refusal(name, f'{{"{key}":"\ud800"}}') == "not_utf8"
    assert refusal(name, '{"data":' + "[" * 100_000) in UNREADABLE
    assert refusal(name, '{"stream":"x","data":' * 2_000 + "{}" + "}" * 2_000) in UNREADABLE


@pytest.mark.parametrize("case", GOOD)
@given(data=st.data())
def test_whatever_is_spoiled_is_refused_or_is_still_a_price(case: str, data: st.DataObject) -> None:
    name, frame = GOOD[case]
    text = json.dumps(frame)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 8)))
    spoiled = text[:start] + data.draw(st.text(max_size=6)) + text[end:]
    try:
        for said in read(name, spoiled):
            if isinstance(said, ReferenceTick):
                assert said.symbol == BTC and said.price > 0 and said.size > 0 and said.exchange_ns > 0
    except (Refused, ConnectionLost):
        pass


@pytest.mark.parametrize("case", GOOD)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    ),
    st.data(),
)
def test_fields_of_any_type_are_refused_or_harmless(case: str, value: object, data: st.DataObject) -> None:
    name, frame = GOOD[case]
    plain = json.loads(json.dumps(frame))
    inner = plain
    if name == "advanced":
        inner = data.draw(st.sampled_from([plain, plain["events"][0], plain["events"][0]["trades"][0]]))
    elif name == "kraken":
        inner = data.draw(st.sampled_from([plain, plain["data"][0]]))
    inner[data.draw(st.sampled_from(sorted(inner)))] = value
    try:
        for said in read(name, plain):
            if isinstance(said, ReferenceTick):
                assert said.symbol == BTC and said.price > 0 and said.size > 0 and said.exchange_ns > 0
    except (Refused, ConnectionLost):
        pass
