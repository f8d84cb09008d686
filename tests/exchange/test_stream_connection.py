"""One connection by itself: its bounded outbox, its patience, and how it ends. A clock of the test's own."""

import json

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message
from starlette.websockets import WebSocket

from polyactors.exchange.streams.connection import attend
from polyactors.exchange.streams.outbox import POLICY_VIOLATION, Outbox
from polyactors.exchange.streams.settings import StreamSettings

PATIENT = StreamSettings(idle_close_s=30)


class Echo:
    """Answers what it hears, and remembers when it ended."""

    def __init__(self, most_waiting: int = 10) -> None:
        self.ended = 0
        self.outbox = Outbox(most_waiting, self._end)

    def hear(self, text: str) -> None:
        if text == "leave":
            self.outbox.close(1001)
        self.outbox.put(text)

    def _end(self) -> None:
        self.ended += 1


class Peer:
    """A client on the other side of a websocket that is no socket."""

    def __init__(self) -> None:
        self.says, self._heard_by_server = trio.open_memory_channel[Message](10)
        self.sent: list[Message] = []
        self.says.send_nowait({"type": "websocket.connect"})
        self.reads = trio.Event()
        self.reads.set()

    @property
    def websocket(self) -> WebSocket:
        return WebSocket({"type": "websocket"}, self._heard_by_server.receive, self._send)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if message["type"] == "websocket.send"]

    def say(self, text: str) -> None:
        self.says.send_nowait({"type": "websocket.receive", "text": text})

    async def _send(self, message: Message) -> None:
        await self.reads.wait()
        self.sent.append(message)


async def test_who_says_nothing_for_thirty_seconds_is_closed(autojump_clock: trio.testing.MockClock) -> None:
    peer, session = Peer(), Echo()
    await attend(peer.websocket, session, PATIENT)
    assert trio.current_time() == 30
    assert peer.sent[-1] == {"type": "websocket.close", "code": 1000, "reason": ""}
    assert session.ended == 1


async def test_every_word_of_the_client_begins_the_thirty_seconds_anew(autojump_clock: trio.testing.MockClock) -> None:
    peer, session = Peer(), Echo()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(attend, peer.websocket, session, PATIENT)
        for _ in range(3):
            await trio.sleep(29)
            peer.say("PING")
    assert trio.current_time() == 3 * 29 + 30
    assert peer.texts == ["PING"] * 3


async def test_a_client_that_went_ends_its_session_at_once(autojump_clock: trio.testing.MockClock) -> None:
    peer, session = Peer(), Echo()
    peer.says.send_nowait({"type": "websocket.disconnect", "code": 1006})
    await attend(peer.websocket, session, PATIENT)
    assert (trio.current_time(), session.ended) == (0, 1)
    assert [message["type"] for message in peer.sent] == ["websocket.accept"]


async def test_a_session_that_ends_closes_the_connection_with_its_code() -> None:
    peer, session = Peer(), Echo()
    peer.say("leave")
    await attend(peer.websocket, session, PATIENT)
    assert peer.sent[-1]["code"] == 1001
    assert peer.texts == []


async def test_bytes_are_nonsense() -> None:
    peer, session = Peer(), Echo()
    peer.says.send_nowait({"type": "websocket.receive", "bytes": b"PING"})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(attend, peer.websocket, session, PATIENT)
        await trio.testing.wait_all_tasks_blocked()
        assert peer.texts == ["INVALID OPERATION"]
        session.outbox.close()


async def test_a_client_that_does_not_read_is_dropped_at_once_and_closed_when_it_can_be() -> None:
    peer, session = Peer(), Echo(most_waiting=3)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(attend, peer.websocket, session, PATIENT)
        await trio.testing.wait_all_tasks_blocked()
        peer.reads = trio.Event()
        for number in range(3):
            session.outbox.put(str(number))
        await trio.testing.wait_all_tasks_blocked()
        session.outbox.put("3")
        assert not session.outbox.is_closed
        session.outbox.put("4")
        assert (session.outbox.close_code, session.ended, len(session.outbox)) == (POLICY_VIOLATION, 1, 0)
        peer.reads.set()
    assert peer.texts == ["0"]
    assert peer.sent[-1]["code"] == POLICY_VIOLATION


async def test_frames_leave_in_their_order_whatever_the_pauses() -> None:
    peer, session = Peer(), Echo(most_waiting=1_000)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(attend, peer.websocket, session, PATIENT)
        for number in range(100):
            session.outbox.put(str(number))
            if number % 7 == 0:
                await trio.testing.wait_all_tasks_blocked()
        await trio.testing.wait_all_tasks_blocked()
        session.outbox.close()
    assert peer.texts == [str(number) for number in range(100)]


@pytest.mark.parametrize("most", [1, 5])
def test_what_comes_after_the_end_goes_nowhere(most: int) -> None:
    session = Echo(most)
    session.outbox.put("before")
    session.outbox.close()
    session.outbox.put("after")
    session.outbox.close(1001)
    assert (session.outbox.take(), session.outbox.close_code, session.ended) == (None, 1000, 1)


frames = st.sampled_from(["{}", '{"a":1}', "PONG", "[1,2]", "INVALID OPERATION"])


@given(st.lists(frames, max_size=30), st.integers(1, 5))
def test_frames_taken_together_are_the_same_events_in_the_same_order(texts: list[str], most: int) -> None:
    outbox = Outbox(100, lambda: None)
    for text in texts:
        outbox.put(text)
    taken = []
    while (frame := outbox.take_together(most)) is not None:
        taken.append(frame)
    apart: list[str] = []
    for frame in taken:
        plain = json.loads(frame) if frame[0] in "[{" else frame
        is_together = isinstance(plain, list) and plain != [1, 2]
        assert not is_together or 2 <= len(plain) <= most
        apart += [json.dumps(event, separators=(",", ":")) for event in plain] if is_together else [frame]
    assert apart == texts
