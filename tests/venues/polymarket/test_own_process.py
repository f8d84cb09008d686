"""What the processes of their own share: lines of bounded length, a closed set of words, and that nothing but the end
of the pipe ends the conversation."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from polyactors.venues.polymarket.own_process.answering import answer_line, answer_lines
from polyactors.venues.polymarket.own_process.answers import RequestNotUnderstood, take_answers
from polyactors.venues.polymarket.own_process.lines import LONGEST_LINE, Lines
from polyactors.venues.polymarket.own_process.process import run
from polyactors.venues.polymarket.own_process.starting import NotStarted, own_process
from polyactors.venues.polymarket.own_process.vocabulary import LONGEST_DETAIL, NotUnderstood, Vocabulary

SECRET = "never to be shown"


class Ask(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: int
    what: str = ""


class Say(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: int
    what: str = ""


WORDS: Vocabulary[Ask, Say] = Vocabulary(msgspec.json.Decoder(Ask), msgspec.json.Decoder(Say))
"""Of a process that says what it is asked."""


def echo(line: bytes) -> Say:
    def answer(request: Ask) -> Say:
        if request.what == "raise":
            raise RuntimeError(SECRET)
        return Say(request.number, request.what)

    return answer_line(
        line,
        WORDS.decode_request,
        answer,
        lambda why: Say(0, f"malformed: {why}"),
        lambda request, kind: Say(request.number, f"unforeseen: {kind}"),
    )


# Lines and words.


@given(st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=8), st.data())
def test_lines_are_the_same_however_they_are_cut(lines: list[bytes], data: st.DataObject) -> None:
    stream, cutter, got = b"".join(line + b"\n" for line in lines), Lines(10), list[bytes]()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        got += cutter.feed(stream[:size])
        stream = stream[size:]
    assert got == [line if len(line) <= 10 else b"" for line in lines]


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    cutter, chunk = Lines(), b"x" * (1 << 20)
    for _ in range(3 * LONGEST_LINE // len(chunk)):
        assert not list(cutter.feed(chunk))
    assert list(cutter.feed(b"\nnext\n")) == [b"", b"next"]


@given(st.integers(1, 2**63), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_said_is_one_line_and_comes_out_as_it_went_in(number: int, what: str) -> None:
    for line in (WORDS.encode(Ask(number, what)), WORDS.encode(Say(number, what))):
        assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert WORDS.decode_request(WORDS.encode(Ask(number, what))[:-1]) == Ask(number, what)
    assert WORDS.decode_answer(WORDS.encode(Say(number, what))[:-1]) == Say(number, what)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type":"Say","number":1}',
        b'{"type":"Ask","number":1,"more":2}',
        b'{"type":"Ask","number":"1"}',
        b'{"type":"Ask","number":0}',
        b'{"type":"Ask","number":-1}',
        json.dumps({"type": "?" * 10_000, "number": 1}).encode(),
    ],
    ids=lambda line: line[:40].decode(errors="replace"),
)
def test_what_is_no_request_is_not_understood_and_why_is_short(line: bytes) -> None:
    with pytest.raises(NotUnderstood) as caught:
        WORDS.decode_request(line)
    assert 0 < len(str(caught.value)) <= LONGEST_DETAIL


# The process's side.


@given(st.binary(max_size=100) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_a_line_that_is_no_request_has_its_own_answer(line: bytes) -> None:
    answer = echo(line)
    assert answer.number == 0 and answer.what.startswith("malformed: ")


def test_an_unforeseen_error_is_answered_by_its_kind_alone() -> None:
    assert echo(WORDS.encode(Ask(7, "raise"))) == Say(7, "unforeseen: RuntimeError")


def talk(said: bytes) -> list[Say]:
    """All that is answered to it, until the process's side is at its end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(said)
        ours.shutdown(socket.SHUT_WR)
        answer_lines(theirs, lambda line: WORDS.encode(echo(line)))
        theirs.shutdown(socket.SHUT_WR)
        heard = b""
        while chunk := ours.recv(65536):
            heard += chunk
    return [WORDS.decode_answer(line) for line in heard.splitlines()]


def test_nothing_but_the_end_of_the_pipe_ends_the_answers_and_they_keep_the_order() -> None:
    said = b"garbage\n" + WORDS.encode(Ask(1, "a")) + b"\n" + WORDS.encode(Ask(2, "raise")) + WORDS.encode(Ask(3, "c"))
    assert [answer.number for answer in talk(said + b"half a line")] == [0, 1, 0, 2, 3]


def test_a_trading_process_that_has_gone_ends_it_without_an_error() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(WORDS.encode(Ask(1)))
        answer_lines(theirs, lambda line: WORDS.encode(echo(line)))


@pytest.mark.parametrize("arguments", [[], ["x"], ["1", "2"], ["-1"]])
def test_nobody_starts_it_by_hand(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    def work(_: socket.socket) -> None:
        raise AssertionError("it began")

    assert run(arguments, work) == 2
    assert "started by the trading process" in capsys.readouterr().err


def test_an_error_that_ends_the_process_is_told_by_its_kind_alone() -> None:
    program = (
        "import sys\n"
        "from polyactors.venues.polymarket.own_process.process import run\n"
        "def work(connection):\n"
        f"    raise ValueError({SECRET!r})\n"
        "sys.exit(run(sys.argv[1:], work))\n"
    )
    ours, theirs = socket.socketpair()
    with ours, theirs:
        descriptor = theirs.fileno()
        command = [sys.executable, "-c", program, str(descriptor)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, pass_fds=(descriptor,))
    assert done.returncode == 1
    assert done.stderr.strip() == "a process with a key ended with ValueError"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these")
def test_the_hardened_process_dumps_nothing_and_keeps_no_other_descriptors() -> None:
    program = (
        "import ctypes, os, resource, socket\n"
        "from polyactors.venues.polymarket.own_process.hardening import harden\n"
        "low, mine, high = os.open('/dev/null', 0), os.open('/dev/null', 0), os.dup2(0, 700)\n"
        "harden(mine)\n"
        "is_open = [os.path.exists(f'/proc/self/fd/{each}') for each in (0, 1, 2, low, mine, high)]\n"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE), is_open)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 (0, 0) [True, True, True, False, True, False]"


# The trading process's side.


async def taken(said: bytes) -> tuple[list[Say], type[Exception] | None]:
    """What was taken of it, and what was raised; the process ends behind it."""
    ours, theirs = (trio.SocketStream(trio.socket.from_stdlib_socket(each)) for each in socket.socketpair())
    took = list[Say]()
    async with ours:
        async with theirs:
            await theirs.send_all(said)
        try:
            await take_answers(ours, WORDS.decode_answer, took.append)
        except NotUnderstood as error:
            return took, type(error)
    return took, None


async def test_answers_are_taken_until_the_process_ends_or_makes_no_sense() -> None:
    first, last = Say(1, "first"), WORDS.encode(Say(2))
    said = WORDS.encode(first)
    assert await taken(said + last) == ([first, Say(2)], None)
    assert await taken(said + b"half") == ([first], None)
    assert await taken(said + b"garbage\n" + last) == ([first], NotUnderstood)
    assert await taken(said + WORDS.encode(Say(0, "malformed")) + last) == ([first], RequestNotUnderstood)


PLAYED = """
import os, socket, sys
with socket.socket(fileno=int(sys.argv[1])) as connection:
    connection.sendall(repr((dict(os.environ), os.getsid(0) == os.getpid(), sys.flags.safe_path)).encode() + b"\\n")
    connection.recv(1)
"""


@pytest.fixture
def played(tmp_path: Path) -> dict[str, str]:
    """An environment in which there is a program `own_process_played`, which tells what it has and waits."""
    (tmp_path / "own_process_played.py").write_text(PLAYED)
    return {"PYTHONPATH": str(tmp_path), "LC_CTYPE": "C.UTF-8"}


async def test_it_has_the_environment_that_it_is_given_and_ends_with_the_block(
    played: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYACTORS_TEST_SECRET", SECRET)
    with trio.fail_after(20):
        async with own_process("own_process_played", lambda: played) as running:
            [line] = Lines().feed(bytes(await running.stream.receive_some(65536)))
            assert line.decode() == repr((played, True, True)), "the environment, a session of its own, and `-P`"
            os.kill(running.process_id, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(running.process_id, 0)


async def test_what_the_system_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, played: dict[str, str]) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(NotStarted, match="No such file"):
        async with own_process("own_process_played", lambda: played):
            raise AssertionError("it was started")
