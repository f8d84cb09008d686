"""Where Binance may not be used, its address for market data is; and the venue's ping frames are answered."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

from actors.feeds.ports import ConnectionLost
from polyactors.venues.binance.stream import BinanceProtocol
from polyactors.venues.streams.other_addresses import OtherAddresses
from polyactors.venues.streams.transport import ConnectionForbidden, WireLimits, open_wire
from tests.venues.polymarket.live_streams_world import until
from tests.venues.reference.reference_world import BTC, listening

QUICK = partial(open_wire, limits=WireLimits(close_s=0.2))


class Address:
    """What was asked of one address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked = 0
        self.pongs = 0


@asynccontextmanager
async def address(answer: "Callable[[Address, WebSocketRequest], Awaitable[None]]") -> AsyncIterator[Address]:
    found: list[Address] = []

    async def handle(request: WebSocketRequest) -> None:
        found[0].asked += 1
        with suppress(ConnectionClosed):
            await answer(found[0], request)

    async with trio.open_nursery() as nursery:
        server = await nursery.start(partial(serve_websocket, handle, "127.0.0.1", 0, ssl_context=None))
        found.append(Address(f"ws://127.0.0.1:{server.port}/ws"))
        yield found[0]
        nursery.cancel_scope.cancel()


def refuses(status: int) -> "Callable[[Address, WebSocketRequest], Awaitable[None]]":
    async def answer(at: Address, request: WebSocketRequest) -> None:
        await request.reject(status, body=b"Service unavailable from a restricted location")

    return answer


async def grants(at: Address, request: WebSocketRequest) -> None:
    connection = await request.accept()
    await connection.get_message()
    await connection.send_message('{"result":null,"id":1}')
    await stay(connection)


async def pings(at: Address, request: WebSocketRequest) -> None:
    """Returns from each ping only when it was answered with the same payload."""
    connection = await request.accept()
    await connection.send_message('{"result":null,"id":1}')
    async with trio.open_nursery() as nursery:
        # Who does not read what the client asks does not see its pongs either.
        nursery.start_soon(stay, connection)
        for number in range(3):
            await connection.ping(f"ping {number}".encode())
            at.pongs += 1


async def stay(connection: WebSocketConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await connection.get_message()


async def test_an_address_that_is_unavailable_for_legal_reasons_is_left_for_the_next() -> None:
    async with address(refuses(451)) as first, address(grants) as second:
        addresses = OtherAddresses((first.url, second.url), QUICK)
        async with listening(BinanceProtocol([BTC]), addresses) as listener:
            await until(lambda: listener.health.is_live)
            assert addresses.url == second.url
            assert (first.asked, second.asked, listener.health.losses) == (1, 1, 0)


async def test_what_is_connected_again_does_not_ask_the_refusing_address_again() -> None:
    async def grants_and_leaves(at: Address, request: WebSocketRequest) -> None:
        connection = await request.accept()
        await connection.send_message('{"result":null,"id":1}')
        await connection.aclose()

    async with address(refuses(451)) as first, address(grants_and_leaves) as second:
        addresses = OtherAddresses((first.url, second.url), QUICK)
        async with listening(BinanceProtocol([BTC]), addresses):
            await until(lambda: second.asked == 4)
        assert first.asked == 1


async def test_where_all_refuse_it_is_a_loss_and_all_are_asked_again() -> None:
    async with address(refuses(451)) as first, address(refuses(451)) as second:
        addresses = OtherAddresses((first.url, second.url), QUICK)
        async with listening(BinanceProtocol([BTC]), addresses) as listener:
            await until(lambda: listener.health.losses == 2)
            assert listener.health.last_loss == "no websocket here: status 451"
        assert first.asked >= 2 and second.asked >= 2


@pytest.mark.parametrize("status", [403, 429, 500])
async def test_other_answers_are_no_reason_to_go_elsewhere(status: int) -> None:
    async with address(refuses(status)) as first, address(grants) as second:
        addresses = OtherAddresses((first.url, second.url), QUICK)
        with pytest.raises(ConnectionForbidden) as caught:
            async with addresses():
                pass
        assert caught.value.status == status
        assert (addresses.url, second.asked) == (first.url, 0)


async def test_what_breaks_inside_comes_out_as_it_is() -> None:
    async with address(grants) as only:
        addresses = OtherAddresses((only.url,), QUICK)
        with pytest.raises(ConnectionLost, match="our own reason"):
            async with addresses():
                raise ConnectionLost("our own reason")


async def test_ping_frames_of_the_venue_are_answered() -> None:
    async with address(pings) as only, listening(BinanceProtocol([BTC]), partial(QUICK, only.url)) as listener:
        await until(lambda: only.pongs == 3)
        assert (listener.health.connections, listener.health.losses) == (1, 0)


def test_there_is_an_address() -> None:
    with pytest.raises(ValueError, match="an address"):
        OtherAddresses((), QUICK)
