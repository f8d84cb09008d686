"""`polyactors top` as a command: what it says without a service or a terminal, and how it leaves a terminal."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.program import command, run_here
from tests.top.top_world import service

LEAVE_SCREEN = b"\x1b[?1049l"
SHOW_CURSOR = b"\x1b[?25h"
LONGEST_S = 30


@pytest.mark.parametrize("more", [(), ("--json",), ("maker", "--by", "pressure")], ids=" ".join)
def test_without_a_service_it_ends_with_a_message(tmp_path: Path, more: tuple[str, ...]) -> None:
    ran = run_here("top", *more, "--socket", tmp_path / "s")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no service to ask" in ran.err and f"nobody listens at {tmp_path / 's'}" in ran.err


def test_without_a_terminal_it_says_what_to_do() -> None:
    with service() as there:
        ran = run_here("top", "--socket", there.socket)
    assert (ran.code, ran.out) == (2, "")
    assert "there is no terminal" in ran.err and "--json" in ran.err


@pytest.mark.parametrize("arguments", [("**/" * 9,), ("--by", "name"), ("a", "b")])
def test_arguments_that_make_no_sense(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert run_here("top", *arguments, "--socket", tmp_path / "s").code == 2


def test_json_is_one_document_with_everything() -> None:
    with service() as there:
        there.look(lambda here: here.tell("a", "x", "y"))
        ran = run_here("top", "--json", "--select", "operators/control", "--socket", there.socket)
        filtered = run_here("top", "sa", "--json", "--socket", there.socket).summary
        unknown = run_here("top", "--json", "--select", "sais", "--socket", there.socket)
    shown = ran.summary
    assert [line["path"] for line in shown["tree"]] == ["root", "operators", "operators/control", "a", "says"]
    assert {actor["path"] for actor in shown["mailboxes"]["actors"]} == {"operators/control", "a", "says"}
    assert shown["selected"]["actor"]["path"] == "operators/control"
    assert json.loads(shown["state"]["state"])["open_connections"] == 2
    assert shown["dead_letters"]["total"] == 0 and shown["waits"]["waits"] == []
    assert filtered["mailboxes"]["total"] == 1 and filtered["selected"] is None
    assert unknown.code == 2 and "did you mean says?" in unknown.err


def test_no_other_command_pays_for_the_screen() -> None:
    others = ", ".join(f"polyactors.cli.{each}" for each in ("main", "run", "tree", "mailboxes", "actor"))
    code = f"import {others}, sys; print([name for name in sys.modules if name.startswith('textual')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


class Terminal:
    """The far side of a pseudo terminal in which the command runs."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self._descriptor = descriptor
        self.said = b""

    def wait_for(self, text: bytes) -> None:
        while text not in self.said:
            assert self._read(), self.said[-2000:]

    def type(self, keys: bytes) -> None:
        os.write(self._descriptor, keys)

    def _read(self) -> bool:
        """Whether more came before it ended."""
        ready, _, _ = select.select([self._descriptor], [], [], LONGEST_S)
        assert ready, "it says nothing any more"
        try:
            more = os.read(self._descriptor, 65_536)
        except OSError:
            return False
        self.said += more
        return bool(more)


@contextmanager
def terminal(socket: Path) -> Iterator[Terminal]:
    """The settings of the terminal have to be the same afterwards."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 160))
    before = termios.tcgetattr(theirs)
    environment = os.environ | {"TERM": "xterm-256color"}
    process = subprocess.Popen(
        command("top", "--socket", socket), stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
        start_new_session=True,
    )  # fmt: skip
    try:
        seen = Terminal(process, ours)
        seen.wait_for(b"connected")
        yield seen
        assert termios.tcgetattr(theirs) == before
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        os.close(ours)


@pytest.mark.parametrize("how", [b"q", b"\x03", signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_whatever_ends_it_the_terminal_is_as_it_was(how: bytes | signal.Signals) -> None:
    with service() as there, terminal(there.socket) as seen:
        if isinstance(how, bytes):
            seen.type(how)
        else:
            seen.process.send_signal(how)
        seen.wait_for(LEAVE_SCREEN)
        assert seen.process.wait(LONGEST_S) == 0
        seen.wait_for(SHOW_CURSOR)
