"""The client gives what it asked for, or says in words what was wrong with whom."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest
import trio

from polyactors.control.client import ControlClient, NoService, RequestRefused, ServiceLost
from polyactors.control.wire import (
    LONGEST_ANSWER,
    Done,
    LinesLost,
    Refused,
    ShowActor,
    ShowTree,
    Suspend,
    Trace,
    TraceBegun,
    Tree,
    encode,
)
from supervision.introspection.trace import TraceLine
from tests.control.control_world import world


@pytest.fixture
def path() -> Iterator[Path]:
    with TemporaryDirectory(prefix="pa-") as folder:
        yield Path(folder) / "control.sock"


@contextmanager
def service_that_says(path: Path, *pieces: bytes) -> Iterator[None]:
    """Answers the first request with `pieces` and closes."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.recv(65_536)
            for piece in pieces:
                connection.sendall(piece)

    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = Thread(target=serve)
        thread.start()
        yield
        thread.join()


async def test_it_speaks_with_a_real_service() -> None:
    async with world() as here:
        await here.connect()

        def converse() -> None:
            with ControlClient(here.socket) as client:
                assert isinstance(client.request(ShowTree()), Tree)
                assert client.request(Suspend("a")) == Done("a is suspended: its messages wait")
                with pytest.raises(RequestRefused, match="nobody is called sais") as refused:
                    client.request(ShowActor("sais"))
                assert refused.value.suggestions == ("says",)
                assert client.request(ShowActor("a")).actor.path == "a"
                events = client.follow(Trace("says"))
                trio.from_thread.run_sync(here.tell, "says", "hello")
                event = next(events)
                assert isinstance(event, TraceLine) and event.message == "'hello'"

        await trio.to_thread.run_sync(converse)


def test_an_answer_in_pages_and_pieces_is_one(path: Path) -> None:
    whole = encode(Tree((), is_last=False)) + encode(Tree(()))
    with service_that_says(path, *(bytes([byte]) for byte in whole)), ControlClient(path) as client:
        assert client.request(ShowTree()) == Tree(())


def test_a_trace_is_its_lines_and_what_was_lost_until_the_service_ends(path: Path) -> None:
    pieces = encode(TraceBegun("a")) + encode(LinesLost(3)) + encode(LinesLost(4))
    with service_that_says(path, pieces), ControlClient(path) as client:
        events = client.follow(Trace("a"))
        assert [next(events), next(events)] == [LinesLost(3), LinesLost(4)]
        with pytest.raises(ServiceLost, match="closed the connection"):
            next(events)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "closed the connection"),
        (b'{"kind":"Tree"', "closed the connection"),
        (b'{"kind":"FromTheFuture"}\n', "another version.*FromTheFuture"),
        (b"hello\n", "another version"),
        (encode(Done("what?")), "Done where Tree was expected"),
        (b"x" * (LONGEST_ANSWER + 100_000), "more than"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_answer_is_said_to_be_none(path: Path, said: bytes, why: str) -> None:
    with service_that_says(path, said), ControlClient(path) as client, pytest.raises(ServiceLost, match=why):
        client.request(ShowTree())
        client.close()


def test_a_trace_that_is_refused_is_an_error_at_once(path: Path) -> None:
    refusal = service_that_says(path, encode(Refused("no")))
    with refusal, ControlClient(path) as client, pytest.raises(RequestRefused, match="no"):
        client.follow(Trace("a"))


def test_a_service_that_says_nothing_is_waited_for_so_long_and_no_longer(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(path))
        listener.listen()
        with ControlClient(path, patience_s=0.05) as client, pytest.raises(ServiceLost, match=r"within 0\.05 s"):
            client.request(ShowTree())


def nothing(path: Path) -> None:
    """No file at all."""


def left_behind(path: Path) -> None:
    """By a process that died."""
    with closing(socket.socket(socket.AF_UNIX)) as dead:
        dead.bind(str(path))


def a_file(path: Path) -> None:
    path.write_text("no socket")


@pytest.mark.parametrize("make", [nothing, left_behind, a_file])
def test_where_nobody_listens(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    with pytest.raises(NoService, match="nobody listens at"):
        ControlClient(path)


@pytest.mark.parametrize("name", ["x" * 200, "a\0b"])
def test_where_nobody_can_listen(name: str) -> None:
    with pytest.raises(NoService):
        ControlClient(Path("/tmp") / name)
