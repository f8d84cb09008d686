"""The client of the screen: answers in order, and an end with a reason for whatever is not understood."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyactors.control.client import NoService, RequestRefused, ServiceLost
from polyactors.control.wire import (
    ActorShown,
    AnyRequest,
    Done,
    Kill,
    LinesLost,
    Refused,
    ShowActor,
    ShowTree,
    Trace,
    TraceBegun,
    Tree,
    encode,
)
from polyactors.top import connection as module
from polyactors.top.connection import Connection
from supervision.introspection.trace import TraceLine
from tests.top.top_world import IDLE, Says, made_up, tree_line

LINE = TraceLine(0, "a", "in", "", "'x'", "str", 1, 1, 0, 0, 0, None)


def talk(says: Says, script: Callable[[Connection], Awaitable[None]], patience_s: float = 20) -> None:
    async def play() -> None:
        async with made_up(says) as there:
            connection = await Connection.connect(there.path, patience_s)
            try:
                await script(connection)
            finally:
                await connection.close()

    asyncio.run(play())


def lost(says: Says, why: str, patience_s: float = 20) -> None:
    async def script(connection: Connection) -> None:
        with pytest.raises(ServiceLost, match=why):
            await connection.ask(ShowTree())

    talk(says, script, patience_s)


def test_answers_come_in_the_order_of_the_requests_and_pages_are_put_together() -> None:
    lines = tuple(tree_line(number, str(number)) for number in range(5))

    def says(request: AnyRequest) -> bytes:
        match request:
            case ShowActor(path="nobody"):
                return encode(Refused("no"))
            case ShowActor():
                return encode(ActorShown(7, IDLE))
            case _:
                return b"".join(encode(Tree((line,), is_last=False)) for line in lines) + encode(Tree(()))

    async def script(connection: Connection) -> None:
        answers = await connection.ask_all([ShowActor("a"), ShowActor("nobody"), ShowActor("a")])
        assert answers == [ActorShown(7, IDLE), Refused("no"), ActorShown(7, IDLE)]
        assert (await connection.ask(ShowTree())).lines == lines
        assert await connection.ask_all([]) == []
        with pytest.raises(RequestRefused, match="no"):
            await connection.ask(ShowActor("nobody"))

    talk(says, script)


KNOWN_FIELD = json.loads(encode(Done("x"))) | {"more": 1}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"no JSON\n", "is not understood"),
        (b"\xff\xfe\n", "is not understood"),
        (b"\n", "is not understood"),
        (b"[" * 100_000 + b"\n", "is not understood"),
        (b'{"kind":"Tree","lines":[],"is_last":' + b"9" * 5000 + b"}\n", "is not understood"),
        (json.dumps(KNOWN_FIELD).encode() + b"\n", "is not understood"),
        (b'{"kind":"Kill","path":"a"}\n', "is not understood"),
        (encode(Done("x")), "answered with Done"),
        (encode(LINE), "answered with TraceLine"),
        (None, "closed the connection"),
    ],
)
def test_an_answer_that_is_none_ends_the_conversation_with_a_reason(answer: bytes | None, why: str) -> None:
    lost(lambda _: answer, why)


@settings(max_examples=30, deadline=None)
@given(st.binary().filter(bool))
def test_no_bytes_whatever_are_anything_but_an_answer_or_a_reason(said: bytes) -> None:
    lost(lambda _: said + b"\n", "it ")


def test_neither_endless_lines_nor_endless_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_ANSWER", 100_000)
    monkeypatch.setattr(module, "MOST_BYTES", 100_000)
    lost(lambda _: b"x" * 500_000, "a line of more than")
    page = encode(Tree((tree_line(1, "a"),), is_last=False))
    lost(lambda _: page * (500_000 // len(page)), "an answer of more than")


def test_who_says_nothing_is_not_waited_for() -> None:
    lost(lambda _: b"", "did not answer within", patience_s=0.01)


def test_nobody_there_is_said_so(tmp_path: Path) -> None:
    for path in (tmp_path / "s", tmp_path / ("x" * 200), tmp_path):
        with pytest.raises(NoService, match="nobody answers at"):
            asyncio.run(Connection.connect(path))


def test_a_trace_goes_on_and_says_what_was_lost() -> None:
    def says(request: AnyRequest) -> bytes:
        assert request == Trace("a")
        return encode(TraceBegun("a")) + encode(LINE) + encode(LinesLost(5)) + encode(LINE) + encode(Done("x"))

    async def script(connection: Connection) -> None:
        heard = []
        with pytest.raises(ServiceLost, match="Done within a trace"):
            async for events in connection.follow("a"):
                heard += events
        assert not heard, "one that is not understood makes the rest doubtful"

    talk(says, script)

    async def follow_well(connection: Connection) -> None:
        async for events in connection.follow("a"):
            assert events == [LINE, LinesLost(5), LINE]
            return

    talk(lambda _: encode(TraceBegun("a")) + encode(LINE) + encode(LinesLost(5)) + encode(LINE), follow_well)


def test_a_request_is_sent_as_it_is() -> None:
    asked = []

    def says(request: AnyRequest) -> bytes:
        asked.append(request)
        return encode(Done("done"))

    async def script(connection: Connection) -> None:
        assert await connection.ask(Kill("a")) == Done("done")

    talk(says, script)
    assert asked == [Kill("a")]
