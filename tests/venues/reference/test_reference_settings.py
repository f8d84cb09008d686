"""The live sources as they are configured."""

import pytest
from attrs import evolve

from messages.reference import ReferenceVenue, Symbol
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.reference.settings import VENUES, ReferenceFeedSettings
from polyactors.venues.reference.sources import open_prices, reference_sources
from supervision.clock import SteadyClock
from supervision.log import discard

BTC = Symbol("btcusd")
SOMEBODY = StreamCredentials("key", "very-secret", "a-passphrase")


def names(settings: ReferenceFeedSettings, credentials: StreamCredentials | None = None) -> list[str]:
    sources = reference_sources(settings, [BTC], SteadyClock(), FeedCounts(), discard, credentials)
    assert all(source.symbols == (BTC,) for source in sources)
    return [source.name for source in sources]


def test_there_is_a_source_for_each_venue_unless_nobody_wants_a_symbol() -> None:
    settings = ReferenceFeedSettings()
    assert names(settings) == names(settings, SOMEBODY) == ["binance", "coinbase", "kraken", "polymarket-prices"]
    assert reference_sources(settings, [], SteadyClock(), FeedCounts(), discard) == ()
    assert settings.wanted_symbols == ("btcusd", "ethusd", "solusd", "xrpusd")


@pytest.mark.parametrize("venue", VENUES)
def test_one_venue_alone_is_one_source(venue: str) -> None:
    (name,) = names(ReferenceFeedSettings(venues=(venue, venue)))
    assert name == ("polymarket-prices" if venue == "chainlink" else venue)


def test_both_feeds_of_coinbase_are_coinbase() -> None:
    settings = ReferenceFeedSettings(venues=("coinbase",), coinbase_feed="advanced")
    (source,) = reference_sources(settings, [BTC], SteadyClock(), FeedCounts(), discard)
    assert (source.venue, source.name) == (ReferenceVenue.COINBASE, "coinbase")


def test_open_prices_are_asked_for_where_binance_is_listened_to() -> None:
    here = ReferenceFeedSettings(binance_rest_url="http://127.0.0.1:1", binance_data_rest_url="http://127.0.0.1:2")
    assert open_prices(evolve(here, venues=("kraken", "binance"))) is not None
    assert open_prices(evolve(here, venues=("kraken",))) is None


def test_each_venue_has_its_own_patience() -> None:
    settings = ReferenceFeedSettings(kraken_stall_ns=7, chainlink_stall_ns=9)
    assert settings.connection(ReferenceVenue.KRAKEN).watch.stall_limit_ns == 7
    assert settings.connection(ReferenceVenue.CHAINLINK).watch.stall_limit_ns == 9
    assert settings.connection(ReferenceVenue.BINANCE).watch.future_limit_ns == settings.future_limit_ns


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"venues": ("okx",)}, "okx"),
        ({"symbols": ()}, "Length"),
        ({"symbols": ("BTCUSDT",)}, "write a coin and usd"),
        ({"binance_url": "ws://binance.example/ws"}, "write wss"),
        ({"kraken_url": "https://ws.kraken.com"}, "write wss"),
        ({"coinbase_feed": "pro"}, "pro"),
        ({"kraken_stall_ns": 0}, "must be > 0"),
    ],
)
def test_what_cannot_be_is_refused_with_a_word_how_to_mend_it(change: dict[str, object], mistake: str) -> None:
    with pytest.raises(ValueError, match=mistake):
        evolve(ReferenceFeedSettings(), **change)  # type: ignore[arg-type]
