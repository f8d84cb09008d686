"""All feeds of reference prices behind their addresses: /binance, /coinbase, /kraken/v2, /ws/rtds and /ws/live."""

import hmac
import math
from collections.abc import Callable, Iterator
from itertools import count

from attrs import frozen
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket

from polyactors.exchange.clob.api_keys import ApiKeys
from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.reference_feeds import binance_rest
from polyactors.exchange.reference_feeds.binance_session import BinanceSession
from polyactors.exchange.reference_feeds.coinbase_session import CoinbaseSession
from polyactors.exchange.reference_feeds.hub import Feed, Hub, Session
from polyactors.exchange.reference_feeds.kraken_session import KrakenSession
from polyactors.exchange.reference_feeds.live_session import LiveSession
from polyactors.exchange.reference_feeds.rtds_session import RtdsSession
from polyactors.exchange.reference_feeds.tape import Tape
from polyactors.exchange.reference_feeds.writing import MICROSECOND_NS, MILLISECOND_NS
from polyactors.exchange.streams.connection import attend
from polyactors.exchange.streams.requests import Login
from polyactors.exchange.streams.settings import StreamSettings

FEED_NAMES = ("binance", "coinbase", "kraken", "rtds", "live")


@frozen
class FeedSettings:
    """`most_waiting` frames may wait for a connection that does not read; with one more it is dropped. The old feed of
    Polymarket closes who says nothing for `rtds_idle_close_s`; the others wait for ever."""

    most_waiting: int = 1_000
    rtds_idle_close_s: float = 600.0


def any_login(login: Login) -> bool:
    """For those who have no keys to compare with."""
    return bool(login.key and login.secret and login.passphrase)


def known_login(keys: ApiKeys) -> Callable[[Login], bool]:
    """Those that the CLOB knows."""

    def is_known(login: Login) -> bool:
        found = keys.find(login.key)
        return found is not None and _same(login.secret, found.secret) and _same(login.passphrase, found.passphrase)

    return is_known


def routes(
    prices: ReferencePrices,
    is_stalled: Callable[[str], bool],
    now_ns: Callable[[], int],
    is_login: Callable[[Login], bool] = any_login,
    settings: FeedSettings | None = None,
) -> list[BaseRoute]:
    """They listen to `prices` from now on. `is_stalled` is asked with one of `FEED_NAMES`; a stalled feed's connections
    stay open and hear nothing of prices, while REST answers. `now_ns` is the venue's clock. Needs trio beneath."""
    tape = Tape(prices)
    found = settings or FeedSettings()
    feeds = {name: Feed(name, tape, is_stalled, now_ns, found.most_waiting) for name in FEED_NAMES}
    prices.listeners.append(Hub(tape, feeds.values()).hear)
    return [
        *binance_rest.routes(tape, now_ns),
        *_binance(feeds["binance"]),
        *_exchanges(feeds["coinbase"], feeds["kraken"]),
        *_polymarket(feeds["rtds"], feeds["live"], is_login, found),
    ]


def _binance(feed: Feed) -> Iterator[BaseRoute]:
    async def raw(websocket: WebSocket) -> None:
        await _attend(websocket, BinanceSession(feed, (), is_combined=False, unit_ns=_unit_ns(websocket)))

    async def raw_named(websocket: WebSocket) -> None:
        names = _names(websocket.path_params["streams"])
        await _attend(websocket, BinanceSession(feed, names, is_combined=False, unit_ns=_unit_ns(websocket)))

    async def combined(websocket: WebSocket) -> None:
        names = _names(websocket.query_params.get("streams", ""))
        await _attend(websocket, BinanceSession(feed, names, is_combined=True, unit_ns=_unit_ns(websocket)))

    yield WebSocketRoute("/binance/ws", raw)
    yield WebSocketRoute("/binance/ws/{streams:path}", raw_named)
    yield WebSocketRoute("/binance/stream", combined)


def _exchanges(coinbase: Feed, kraken: Feed) -> Iterator[BaseRoute]:
    connections = count(1)

    async def to_coinbase(websocket: WebSocket) -> None:
        await _attend(websocket, CoinbaseSession(coinbase))

    async def to_kraken(websocket: WebSocket) -> None:
        await _attend(websocket, KrakenSession(kraken, next(connections)))

    yield WebSocketRoute("/coinbase", to_coinbase)
    yield WebSocketRoute("/kraken/v2", to_kraken)


def _polymarket(
    rtds: Feed, live: Feed, is_login: Callable[[Login], bool], settings: FeedSettings
) -> Iterator[BaseRoute]:
    connections = count(1)

    async def to_rtds(websocket: WebSocket) -> None:
        await _attend(websocket, RtdsSession(rtds, next(connections)), settings.rtds_idle_close_s)

    async def to_live(websocket: WebSocket) -> None:
        await _attend(websocket, LiveSession(live, is_login))

    yield WebSocketRoute("/ws/rtds", to_rtds)
    yield WebSocketRoute("/ws/live", to_live)


async def _attend(websocket: WebSocket, session: Session, idle_close_s: float = math.inf) -> None:
    """Binary frames are heard like texts, and no two events share a frame, as with these venues."""

    async def receive() -> Message:
        message = await websocket.receive()
        if message["type"] == "websocket.receive" and message.get("text") is None:
            plain: bytes = message.get("bytes") or b""
            return {"type": "websocket.receive", "text": plain.decode(errors="replace")}
        return message

    alone = StreamSettings(idle_close_s=idle_close_s, most_together=1)
    await attend(WebSocket(websocket.scope, receive, websocket.send), session, alone)


def _names(streams: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in streams.split("/") if name))


def _unit_ns(websocket: WebSocket) -> int:
    asked = websocket.query_params.get("timeUnit", "")
    return MICROSECOND_NS if asked.upper() == "MICROSECOND" else MILLISECOND_NS


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())
