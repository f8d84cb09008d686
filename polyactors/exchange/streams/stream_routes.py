"""The two websocket endpoints, /ws/market and /ws/user."""

from collections.abc import Callable

from attrs import frozen
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from polyactors.exchange.books import BookTimes
from polyactors.exchange.clob.api_keys import ApiKeys
from polyactors.exchange.core import Exchange
from polyactors.exchange.streams.connection import attend
from polyactors.exchange.streams.market_hub import MarketHub
from polyactors.exchange.streams.sessions import MarketSession, UserSession
from polyactors.exchange.streams.settings import StreamSettings
from polyactors.exchange.streams.stream_faults import StreamFaults
from polyactors.exchange.streams.user_hub import UserHub


@frozen
class Streams:
    """Both hubs. `advance` sends what a fault held back; without faults there is never anything due."""

    market: MarketHub
    user: UserHub

    def advance(self, now_ns: int) -> None:
        self.market.advance(now_ns)
        self.user.advance(now_ns)

    def next_due_ns(self) -> int | None:
        due = (self.market.next_due_ns(), self.user.next_due_ns())
        return min((each for each in due if each is not None), default=None)


def streams(exchange: Exchange, times: BookTimes, faults: StreamFaults) -> Streams:
    """They listen to the exchange from now on."""
    return Streams(MarketHub(exchange, times, faults), UserHub(exchange, faults))


def routes(of: Streams, keys: ApiKeys, now_ns: Callable[[], int], settings: StreamSettings) -> list[BaseRoute]:
    """`now_ns` is the venue's clock. Needs trio beneath the server."""

    async def market(websocket: WebSocket) -> None:
        await attend(websocket, MarketSession(of.market, settings, now_ns), settings)

    async def user(websocket: WebSocket) -> None:
        await attend(websocket, UserSession(of.user, keys, settings, now_ns), settings)

    return [WebSocketRoute("/ws/market", market), WebSocketRoute("/ws/user", user)]
