"""Whatever a client sends, or does not read, concerns nobody but itself."""

import os

import pytest
import trio

from polyactors.control.following import MOST_WAITING
from polyactors.control.server import MOST_BAD_LINES, MOST_CONNECTIONS
from polyactors.control.wire import (
    LONGEST_REQUEST,
    ActorShown,
    Done,
    Kill,
    LinesLost,
    Mailboxes,
    Refused,
    ShowActor,
    ShowMailboxes,
    ShowState,
    ShowTree,
    StateShown,
    Trace,
    TraceBegun,
    Tree,
    encode,
)
from supervision.introspection.trace import TraceLine
from tests.control.control_world import CONTROL, Client, World, world


async def handled(here: World, path: str, count: int) -> None:
    """Until the actor has handled so many."""
    while here.runtime.registry.cell(path).handled < count:
        await trio.lowlevel.checkpoint()


async def test_requests_on_one_connection_are_answered_in_their_order() -> None:
    async with world() as here:
        client = await here.connect()
        await client.stream.send_all(encode(ShowTree()) + encode(ShowMailboxes()) + encode(ShowActor("a")))
        assert [type(await client.hear()) for _ in range(3)] == [Tree, Mailboxes, ActorShown]


async def test_a_request_may_come_byte_by_byte_and_end_with_the_connection() -> None:
    async with world() as here:
        client = await here.connect()
        for byte in encode(ShowActor("a")):
            await client.stream.send_all(bytes([byte]))
        await client.stream.send_eof()
        assert isinstance(await client.hear(), ActorShown)
        assert await client.is_closed()


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"hello\n",
        b"\xff\xfe\xfd\n",
        b"[]\n",
        b'{"kind":"Nonsense"}\n',
        b'{"kind":"Kill"}\n',
        b'{"kind":"Kill","path":"a","more":1}\n',
        b"[" * 5000 + b"\n",
        b"x" * (LONGEST_REQUEST + 1) + b"\n",
        b"x" * (20 * LONGEST_REQUEST) + b"\n",
    ],
    ids=lambda line: repr(line[:20]),
)
async def test_a_line_that_is_no_request_is_answered_counted_and_logged_and_the_next_is_served(line: bytes) -> None:
    async with world() as here:
        client = await here.connect()
        assert isinstance(await client.say(line), Refused)
        assert here.health.bad_lines == 1
        (logged,) = here.logged("a control line is no request")
        assert f"process {os.getpid()} " in str(logged.fields["source"])
        assert logged.actor == CONTROL
        assert isinstance(await client.ask(ShowActor("a")), ActorShown)
        assert here.runtime.registry.cell(CONTROL).generation == 1


async def test_a_connection_that_breaks_within_a_line_is_counted_too() -> None:
    async with world() as here:
        client = await here.connect()
        await client.stream.send_all(b'{"kind":')
        await client.stream.send_eof()
        assert isinstance(await client.hear(), Refused)
        assert here.health.bad_lines == 1


async def test_who_sends_nothing_but_nonsense_is_sent_away_and_the_others_are_not() -> None:
    async with world() as here:
        other, client = await here.connect(), await here.connect()
        await client.stream.send_all(b"nonsense\n" * (2 * MOST_BAD_LINES))
        for _ in range(MOST_BAD_LINES + 1):
            assert isinstance(await client.hear(), Refused)
        assert await client.is_closed()
        assert here.health.bad_lines == MOST_BAD_LINES
        assert isinstance(await other.ask(ShowTree()), Tree)


async def test_who_asks_and_does_not_read_holds_up_nobody() -> None:
    async with world() as here:
        deaf, other = await here.connect(), await here.connect()
        with trio.move_on_after(0.3):
            while True:
                await deaf.stream.send_all(encode(ShowTree()))
        here.tell("a", *range(100))
        await handled(here, "a", 100)
        assert isinstance(await other.ask(ShowTree()), Tree)
        # What it did not read was not made either: a request waits until the answer before it is taken.
        served = here.health.requests
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert here.health.requests == served


async def test_connections_are_bounded_and_free_again_when_they_are_closed() -> None:
    async with world() as here:
        clients = [await here.connect() for _ in range(MOST_CONNECTIONS)]
        for client in clients:
            assert isinstance(await client.ask(ShowActor("a")), ActorShown)
        one_more = await here.connect()
        refused = await one_more.hear()
        assert isinstance(refused, Refused) and str(MOST_CONNECTIONS) in refused.why
        await clients[0].stream.aclose()
        while here.health.open_connections >= MOST_CONNECTIONS:
            await trio.lowlevel.checkpoint()
        assert isinstance(await (await here.connect()).ask(ShowTree()), Tree)


async def test_a_state_that_cannot_be_told_is_told_so() -> None:
    async with world() as here:
        client = await here.connect()
        here.tell("says", ZeroDivisionError("no"))
        await handled(here, "says", 1)
        shown = await client.ask(ShowState("says"))
        assert isinstance(shown, StateShown) and shown.error is not None and "ZeroDivisionError: no" in shown.error
        assert here.runtime.registry.cell("says").generation == 1


async def test_a_killed_control_actor_comes_back_at_the_same_place() -> None:
    async with world() as here:
        client = await here.connect()
        assert isinstance(await client.ask(Kill(CONTROL)), Done)
        assert await client.is_closed()
        again = await here.connect()
        shown = await again.ask(ShowActor(CONTROL))
        assert isinstance(shown, ActorShown) and shown.actor.generation == 2


class TestATrace:
    async def begin(self, here: World, path: str = "a") -> Client:
        client = await here.connect()
        assert await client.ask(Trace(path)) == TraceBegun(path)
        return client

    async def test_has_each_message_from_its_beginning_on(self) -> None:
        async with world() as here:
            client = await self.begin(here)
            here.tell("a", "hello", 7)
            lines = [await client.hear() for _ in range(2)]
            assert [line.message for line in lines if isinstance(line, TraceLine)] == ["'hello'", "7"]

    async def test_ends_with_its_connection_and_costs_nothing_afterwards(self) -> None:
        async with world() as here:
            client = await self.begin(here)
            cell = here.runtime.registry.cell("a")
            assert len(cell.interceptors) == 1
            await client.stream.aclose()
            while cell.interceptors:
                await trio.lowlevel.checkpoint()

    async def test_ends_with_its_connection_also_while_messages_come(self) -> None:
        async with world() as here:
            client = await self.begin(here)
            cell = here.runtime.registry.cell("a")
            await client.stream.aclose()
            while cell.interceptors:
                here.tell("a", "x" * 300)
                await trio.lowlevel.checkpoint()

    async def test_that_nobody_reads_loses_lines_and_says_how_many(self) -> None:
        count = 20_000
        async with world() as here:
            client = await self.begin(here)
            for start in range(0, count, 500):
                here.tell("a", *range(start, start + 500))
                await handled(here, "a", start + 500)
            expected, lost = 0, 0
            while expected < count:
                event = await client.hear()
                if isinstance(event, LinesLost):
                    expected += event.count
                    lost += event.count
                else:
                    assert isinstance(event, TraceLine) and event.message == str(expected)
                    expected += 1
            assert 0 < lost < count - MOST_WAITING
            await client.stream.aclose()
            while here.health.open_connections:
                await trio.lowlevel.checkpoint()
            assert here.health.lines_lost == lost

    async def test_of_nobody_is_refused_with_the_nearest_and_the_connection_goes_on(self) -> None:
        async with world() as here:
            client = await here.connect()
            assert await client.ask(Trace("sais")) == Refused("nobody is called sais", ("says",))
            assert isinstance(await client.ask(Trace("operators")), Refused)
            assert await client.ask(Trace("a")) == TraceBegun("a")

    async def test_takes_no_more_requests(self) -> None:
        async with world() as here:
            client = await self.begin(here)
            assert await client.ask(ShowTree()) == Refused("this connection follows a trace")
            assert isinstance(await client.say(b"nonsense\n"), Refused)
            here.tell("a", 1)
            assert isinstance(await client.hear(), TraceLine)
