"""All venues of reference prices at an embedded exchange that is served: it speaks for each of them."""

from attrs import evolve

from polyactors.venues.reference.settings import ReferenceFeedSettings


def at_served_exchange(settings: ReferenceFeedSettings, url: str) -> ReferenceFeedSettings:
    """`url` is http://127.0.0.1:PORT."""
    streams = url.replace("http", "ws", 1)
    return evolve(
        settings,
        binance_url=f"{streams}/binance/ws",
        binance_data_url=f"{streams}/binance/ws",
        binance_rest_url=f"{url}/binance",
        binance_data_rest_url=f"{url}/binance",
        coinbase_feed="exchange",
        coinbase_url=f"{streams}/coinbase",
        kraken_url=f"{streams}/kraken/v2",
        rtds_url=f"{streams}/ws/rtds",
        realtime_url=f"{streams}/ws/live",
    )
