"""Simulated prices, a feed of them, and a clock that tests move."""

import json
import re
from collections.abc import Callable
from typing import Any

from polyactors.exchange.listings.reference_price import USUAL_MODELS, ReferencePrices
from polyactors.exchange.reference_feeds.binance_session import BinanceSession
from polyactors.exchange.reference_feeds.coinbase_session import CoinbaseSession
from polyactors.exchange.reference_feeds.feed_routes import any_login
from polyactors.exchange.reference_feeds.hub import Feed, Hub, Session
from polyactors.exchange.reference_feeds.kraken_session import KrakenSession
from polyactors.exchange.reference_feeds.live_session import LiveSession
from polyactors.exchange.reference_feeds.rtds_session import RtdsSession
from polyactors.exchange.reference_feeds.tape import Tape

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
START_NS = 1_790_491_135 * SECOND_NS
TWO = {name: USUAL_MODELS[name] for name in ("btcusd", "xrpusd")}

EIGHT_PLACES = re.compile(r"\d+\.\d{8}")
MICROSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")

Frame = dict[str, Any]
MAKERS: dict[str, Callable[[Feed], Session]] = {
    "binance": lambda feed: BinanceSession(feed, (), is_combined=False),
    "coinbase": CoinbaseSession,
    "kraken": lambda feed: KrakenSession(feed, 1),
    "rtds": lambda feed: RtdsSession(feed, 1),
    "live": lambda feed: LiveSession(feed, any_login),
}


class FeedWorld:
    """`lag_ns` is how much later than its trades the feed speaks."""

    def __init__(
        self, seed: int = 7, start_ns: int = START_NS, step_ns: int = SECOND_NS // 2, most_waiting: int = 100_000
    ) -> None:
        self._now_ns = start_ns
        self.lag_ns = 3_000_000
        self.stalled: set[str] = set()
        self.prices = ReferencePrices(seed, start_ns, TWO, step_ns)
        self.tape = Tape(self.prices)
        self.feed = Feed("feed", self.tape, self.stalled.__contains__, self.now_ns, most_waiting)
        self.prices.listeners.append(Hub(self.tape, (self.feed,)).hear)

    def now_ns(self) -> int:
        return self._now_ns + self.lag_ns

    def wait(self, seconds: float) -> None:
        self._now_ns += round(seconds * SECOND_NS)
        self.prices.advance(self._now_ns)

    def stall(self) -> None:
        self.stalled.add("feed")

    def session(self, name: str) -> Session:
        return MAKERS[name](self.feed)


def said(session: Session) -> list[Frame]:
    """Everything since the last time, decoded."""
    found = []
    while (text := session.outbox.take()) is not None:
        found.append(json.loads(text))
    return found


def told(session: Session, *requests: object) -> list[Frame]:
    """What is answered to these at once."""
    for request in requests:
        session.hear(json.dumps(request))
    return said(session)
