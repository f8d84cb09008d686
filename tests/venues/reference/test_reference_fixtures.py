"""Every recorded frame of Binance, Coinbase and Kraken, and Polymarket's prices: what each says is written here."""

import json
from pathlib import Path

import pytest

from messages.identity import Side
from messages.reference import (
    CoinSize,
    ReferenceData,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from polyactors.venues.binance.stream import BinanceProtocol
from polyactors.venues.coinbase.advanced_stream import AdvancedProtocol
from polyactors.venues.kraken.stream import KrakenProtocol
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.polymarket.live_streams.price_ticks import PriceTick
from polyactors.venues.polymarket.live_streams.realtime_prices import RealtimeChannel, RealtimePrices, RealtimeWanted
from polyactors.venues.polymarket.live_streams.rtds_prices import RtdsPrices, RtdsTopic
from polyactors.venues.polymarket.reference.ticks import OracleTicks
from polyactors.venues.reference.protocol import Reading, ReferenceProtocol
from polyactors.venues.refused import Refused

BTC, BNB = Symbol("btcusd"), Symbol("bnbusd")
NOW_NS = 1_900_000_000_000_000_000
BUY, SELL = Side.BUY, Side.SELL


def tick(
    venue: ReferenceVenue, price: int, size: int, aggressor: Side | None, number: int | None, exchange_ns: int
) -> ReferenceTick:
    return ReferenceTick(venue, BTC, ReferencePrice(price), CoinSize(size), aggressor, number, exchange_ns, NOW_NS)


BINANCE_SAYS: dict[str, tuple[ReferenceData, ...] | str] = {
    "agg_trade_stream.json": (),
    "book_ticker_response.json": "unknown_type",
    "book_ticker_stream.json": (
        ReferenceQuote(
            ReferenceVenue.BINANCE,
            BNB,
            ReferencePrice(2_535_190_000),
            CoinSize(3_121_000_000),
            ReferencePrice(2_536_520_000),
            CoinSize(4_066_000_000),
            1_568_014_460_891_000_000,
            NOW_NS,
        ),
    ),
    "depth_response.json": "unknown_type",
    "kline_stream_closed.json": (),
    "kline_stream_open.json": (),
    "klines_response.json": "wrong_type",
    "server_time_response.json": "unknown_type",
    "ticker_stream.json": (),
    "trade_stream.json": (tick(ReferenceVenue.BINANCE, 100_000, 10_000_000_000, SELL, 5_933_014, 123_456_785_000_000),),
}
"""What is said, or why it is refused. Answers of REST are no frames of the stream."""

COINBASE_SAYS: dict[str, tuple[ReferenceData, ...] | str] = {
    "ws_heartbeats.json": (),
    "ws_l2_data_snapshot.json": (),
    "ws_l2_data_update.json": (),
    "ws_market_trades.json": (
        tick(ReferenceVenue.COINBASE, 6_890_050_000_000, 150_000, SELL, 995_098_700, 1_775_572_202_789_012_000),
        tick(ReferenceVenue.COINBASE, 6_890_000_000_000, 5_000_000, BUY, 995_098_701, 1_775_572_202_800_000_000),
    ),
    "ws_subscriptions.json": (),
    "ws_ticker.json": (),
}
"""Of Advanced Trade. The side is the maker's: who bought from a maker that sold took the price up."""

KRAKEN_SAYS: dict[str, tuple[ReferenceData, ...] | str] = {
    "ws_book_snapshot.json": (),
    "ws_book_update.json": (),
    "ws_ohlc_update.json": (),
    "ws_pong.json": (),
    "ws_subscribe_response.json": (),
    "ws_ticker_snapshot.json": (),
    "ws_trade_update.json": (
        tick(ReferenceVenue.KRAKEN, 10_594_420_000_000, 27_625, BUY, 10_218_208, 1_696_613_755_440_295_000),
        tick(ReferenceVenue.KRAKEN, 10_591_050_000_000, 12_460, SELL, 10_218_209, 1_696_613_756_123_456_000),
    ),
}

SAYS = {"binance": BINANCE_SAYS, "coinbase": COINBASE_SAYS, "kraken": KRAKEN_SAYS}


def protocol(venue: str) -> ReferenceProtocol:
    symbols = (BTC, BNB)
    if venue == "binance":
        return BinanceProtocol(symbols)
    return AdvancedProtocol(symbols) if venue == "coinbase" else KrakenProtocol(symbols)


def said(venue: str, frame: str | bytes) -> tuple[ReferenceData, ...] | str:
    reader = protocol(venue)
    reader.begin()
    try:
        found = reader.read(frame, NOW_NS)
    except Refused as refused:
        return refused.kind
    return found.said if isinstance(found, Reading) else (found,)


@pytest.mark.parametrize("venue", SAYS)
def test_there_is_no_frame_that_is_not_looked_at(shared: Path, venue: str) -> None:
    assert {each.name for each in (shared / "fixtures" / "external" / venue).iterdir()} == set(SAYS[venue])


@pytest.mark.parametrize(("venue", "name"), [(venue, name) for venue, names in SAYS.items() for name in names])
def test_each_frame_says_exactly_this(shared: Path, venue: str, name: str) -> None:
    frame = (shared / "fixtures" / "external" / venue / name).read_bytes()
    assert said(venue, frame) == SAYS[venue][name]
    assert said(venue, frame.decode()) == SAYS[venue][name]


@pytest.mark.parametrize(
    ("name", "stream"), [("trade_stream.json", "btcusdt@trade"), ("book_ticker_stream.json", "bnbusdt@bookTicker")]
)
def test_an_event_says_the_same_in_a_combined_stream(shared: Path, name: str, stream: str) -> None:
    event = json.loads((shared / "fixtures" / "external" / "binance" / name).read_text())
    assert said("binance", json.dumps({"stream": stream, "data": event})) == BINANCE_SAYS[name]


def test_a_quote_of_the_spot_market_has_no_time_and_no_name() -> None:
    frame = '{"u":400900217,"s":"BTCUSDT","b":"61035.85","B":"3.1","a":"61035.86","A":"4.0"}'
    quote = protocol("binance").read(frame, NOW_NS)
    assert isinstance(quote, ReferenceQuote)
    assert (quote.bid, quote.ask, quote.exchange_ns) == (6_103_585_000_000, 6_103_586_000_000, None)


class TestPolymarket:
    def ticks(self, shared: Path, name: str) -> list[PriceTick]:
        frames = RtdsPrices([(RtdsTopic.BINANCE, "btcusdt"), (RtdsTopic.CHAINLINK, "btc/usd")])
        text = (shared / "fixtures" / "polymarket_frames" / "nautilus" / name).read_text()
        return [each for each in frames.read(text, NOW_NS).said if isinstance(each, PriceTick)]

    @pytest.mark.parametrize("name", ["rtds_crypto_prices_subscribe.json", "rtds_crypto_prices_update.json"])
    def test_prices_of_binance_are_not_told_a_second_time(self, shared: Path, name: str) -> None:
        found = self.ticks(shared, name)
        assert found
        oracles = OracleTicks([BTC, Symbol("btcusdt")])
        assert [oracles.read(each) for each in found] == [None] * len(found)

    @pytest.mark.parametrize("name", ["rtds_equity_prices_subscribe.json", "rtds_equity_prices_update.json"])
    def test_equities_are_nobodys_affair(self, shared: Path, name: str) -> None:
        assert self.ticks(shared, name) == []

    def test_the_newer_feed_tells_pyths_price(self, shared: Path) -> None:
        frames = json.loads((shared / "fixtures" / "polymarket_frames" / "polybolt_examples.json").read_text())
        wanted = [RealtimeWanted(RealtimeChannel.SPOT, "btcusd", "pyth")]
        reader = RealtimePrices(StreamCredentials("k", "s", "p"), wanted)
        (found,) = reader.read(json.dumps(frames[2]), NOW_NS).said
        assert isinstance(found, PriceTick)
        said = OracleTicks([BTC]).read(found)
        assert said == tick(ReferenceVenue.PYTH, 6_502_645_781_500, 0, None, None, 1_790_491_135_000_000_000)
