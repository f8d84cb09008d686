"""The trading process's side, against signers that are played by the test: pipelines, deadlines, and ends."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair, wait_all_tasks_blocked

from polyactors.venues.polymarket.own_process.lines import Lines
from polyactors.venues.polymarket.signer.client import SignerClient
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.port import SignerGone, SignerPort, SignerRefused, SignerTimedOut
from polyactors.venues.polymarket.signer.wire import (
    Reason,
    Refused,
    Request,
    SignAuth,
    Signed,
    SignOrder,
    Started,
    decode_request,
    encode,
)
from tests.venues.polymarket.signers import KEY, ORDER, order_giving

Peer = trio.StapledStream[trio.testing.MemorySendStream, trio.testing.MemoryReceiveStream]


@asynccontextmanager
async def talking() -> AsyncIterator[tuple[SignerClient, Peer]]:
    ours, theirs = memory_stream_pair()
    client = SignerClient(ours)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.run)
        yield client, theirs
        nursery.cancel_scope.cancel()


async def heard(peer: Peer, count: int) -> list[Request]:
    lines, requests = Lines(), list[Request]()
    while len(requests) < count:
        requests += [decode_request(line) for line in lines.feed(bytes(await peer.receive_some(65536)))]
    return requests


async def test_requests_do_not_wait_for_one_another_and_answers_find_theirs() -> None:
    got = dict[int, bytes]()

    async def sign(amount: int) -> None:
        got[amount] = (await client.sign_order(order_giving(amount), ExchangeKind.V2)).signature

    async with talking() as (client, peer), trio.open_nursery() as nursery:
        for amount in range(1, 6):
            nursery.start_soon(sign, amount)
        requests = await heard(peer, 5)
        for request in reversed(requests):
            assert isinstance(request, SignOrder)
            await peer.send_all(encode(Signed(request.number, b"%d" % request.order.maker_amount)))
    assert got == {amount: b"%d" % amount for amount in range(1, 6)}


async def test_a_signature_is_asked_for_before_it_is_awaited() -> None:
    """Whoever asked has other things to do meanwhile."""
    ours, theirs = socket.socketpair()
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    client = SignerClient(stream)
    async with stream, trio.open_nursery() as nursery:
        nursery.start_soon(client.run)
        signing = client.sign_order(ORDER, ExchangeKind.V2)
        with theirs:
            [line] = Lines().feed(theirs.recv(65536))
            request = decode_request(line)
            theirs.sendall(encode(Signed(request.number, b"right")))
            await wait_all_tasks_blocked()
            assert (await signing).signature == b"right"
        nursery.cancel_scope.cancel()


async def test_a_socket_that_takes_little_at_a_time_gets_every_request_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system does not take at once waits for its turn, and whoever asks meanwhile waits behind it."""
    ours, theirs = socket.socketpair()
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:100]))
    signatures = dict[int, bytes]()
    peer = trio.SocketStream(trio.socket.from_stdlib_socket(theirs))
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    client = SignerClient(stream)

    async def sign(amount: int) -> None:
        signed = await client.sign_order(order_giving(amount), ExchangeKind.V2, within_s=60)
        signatures[amount] = signed.signature

    async def answer_all() -> None:
        lines = Lines()
        while chunk := await peer.receive_some(700):
            for line in lines.feed(bytes(chunk)):
                request = decode_request(line)
                assert isinstance(request, SignOrder)
                await peer.send_all(encode(Signed(request.number, b"%d" % request.order.maker_amount)))

    with trio.fail_after(60):
        async with stream, peer, trio.open_nursery() as nursery:
            nursery.start_soon(client.run)
            async with trio.open_nursery() as calls:
                for amount in range(1, 101):
                    calls.start_soon(sign, amount)
                await wait_all_tasks_blocked()
                nursery.start_soon(answer_all)
            nursery.cancel_scope.cancel()
    assert signatures == {amount: b"%d" % amount for amount in range(1, 101)}


async def test_a_call_without_an_answer_times_out_and_its_late_answer_is_nobodys(autojump_clock: MockClock) -> None:
    async with talking() as (client, peer):
        with pytest.raises(SignerTimedOut, match=r"within 0\.5 s"):
            await client.sign_order(ORDER, ExchangeKind.V2, within_s=0.5)
        assert trio.current_time() == pytest.approx(0.5)
        (late,) = await heard(peer, 1)
        await peer.send_all(encode(Signed(late.number, b"late")))
        async with trio.open_nursery() as nursery:

            async def answer() -> None:
                (request,) = await heard(peer, 1)
                assert request.number != late.number
                await peer.send_all(encode(Signed(request.number, b"right")))

            nursery.start_soon(answer)
            assert (await client.sign_auth(1795132800)).signature == b"right"


async def test_each_call_has_the_time_that_it_was_given_whatever_others_have(autojump_clock: MockClock) -> None:
    ended: dict[float, float] = {}

    async def sign(within_s: float, after_s: float) -> None:
        await trio.sleep(after_s)
        with pytest.raises(SignerTimedOut, match=f"within {within_s:g} s"):
            await client.sign_order(ORDER, ExchangeKind.V2, within_s=within_s)
        ended[within_s] = trio.current_time()

    async with talking() as (client, peer), trio.open_nursery() as nursery:
        nursery.start_soon(heard, peer, 4)
        for within_s, after_s in ((30.0, 0.0), (1.0, 5.0), (0.25, 5.5), (2.0, 20.0)):
            nursery.start_soon(sign, within_s, after_s)
    assert ended == pytest.approx({0.25: 5.75, 1.0: 6.0, 2.0: 22.0, 30.0: 30.0})


async def test_a_signature_that_nobody_came_for_is_forgotten(autojump_clock: MockClock) -> None:
    async with talking() as (client, _):
        client.sign_order(ORDER, ExchangeKind.V2, within_s=1.0).close()
        assert len(client._waiting) == 1
        await trio.sleep(1.5)
        assert client._waiting == {}


async def test_a_call_that_gave_up_before_its_turn_is_never_asked(autojump_clock: MockClock) -> None:
    """The pipe is full: what waits behind it and gives up must not be signed later."""
    ours, theirs = memory_stream_pair()
    pump, unblocked = ours.send_stream.send_all_hook, trio.Event()
    assert pump is not None
    ours.send_stream.send_all_hook = unblocked.wait
    client = SignerClient(ours)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.run)
        for number in range(3):
            with pytest.raises(SignerTimedOut):
                await client.sign_auth(number, within_s=0.1)
        unblocked.set()
        ours.send_stream.send_all_hook = pump
        nursery.start_soon(_sign_until_gone, client)
        first, last = await heard(theirs, 2)
        await theirs.aclose()
    assert isinstance(first, SignAuth)
    assert (first.timestamp_s, isinstance(last, SignOrder)) == (0, True)


async def _sign_until_gone(client: SignerPort) -> None:
    with pytest.raises(SignerGone):
        await client.sign_order(ORDER, ExchangeKind.V2)


async def test_a_signer_that_dies_fails_every_call_once_and_is_asked_nothing_twice() -> None:
    async with talking() as (client, peer), trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(_sign_until_gone, client)
        requests = await heard(peer, 3)
        await peer.send_stream.aclose()
        await wait_all_tasks_blocked()
        with pytest.raises(SignerGone, match="ended"):
            await client.sign_order(ORDER, ExchangeKind.V2)
        assert len({request.number for request in requests}) == 3
        peer.receive_stream.close()


@pytest.mark.parametrize(
    "line",
    [b"garbage\n", encode(Refused(0, Reason.MALFORMED)), encode(Started(1, KEY.address)), b"\xff\xfe\n"],
)
async def test_a_signer_that_is_not_understood_is_gone(line: bytes) -> None:
    async with talking() as (client, peer), trio.open_nursery() as nursery:
        nursery.start_soon(_sign_until_gone, client)
        await heard(peer, 1)
        await peer.send_all(line)


async def test_a_refusal_has_its_reason_and_ends_nothing() -> None:
    async def refuse(why: Reason) -> None:
        (request,) = await heard(peer, 1)
        await peer.send_all(encode(Refused(request.number, why, "because")))

    async with talking() as (client, peer):
        for why in (Reason.BAD_ORDER, Reason.NOT_OUR_KEY):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(refuse, why)
                with pytest.raises(SignerRefused, match=f"{why.value}: because") as caught:
                    await client.sign_order(ORDER, ExchangeKind.V2)
                assert caught.value.reason is why


async def test_a_cancelled_call_leaves_the_conversation_whole() -> None:
    async with talking() as (client, peer):
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(client.sign_order, ORDER, ExchangeKind.V2)
                await heard(peer, 1)
                scope.cancel()
        async with trio.open_nursery() as nursery:

            async def answer() -> None:
                (request,) = await heard(peer, 1)
                await peer.send_all(encode(Signed(request.number, b"right")))

            nursery.start_soon(answer)
            assert (await client.sign_order(ORDER, ExchangeKind.V2)).signature == b"right"
