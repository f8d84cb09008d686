"""The log's sinks are called by several threads: lines stay whole, and one that hangs does not hang the others."""

import io
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from polyactors import logs
from polyactors.logs import ActorFiles, to_all, to_standard_error
from supervision.log import Level, LogEvent

THREADS, LINES = 4, 200
LONGEST_S = 20.0


def event(actor: str, text: str) -> LogEvent:
    return LogEvent(0, Level.WARNING, actor, 1, 0, text, {})


def in_threads(work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST_S)
        assert not thread.is_alive()


class InPieces(io.StringIO):
    """A stream that lets other threads in before the last character."""

    def write(self, text: str) -> int:
        super().write(text[:-1])
        time.sleep(0)
        return super().write(text[-1:])


def test_lines_of_several_threads_are_whole_and_in_each_one_s_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = InPieces()
    monkeypatch.setattr(sys, "stderr", stream)
    files = ActorFiles(tmp_path)
    sink = to_all(to_standard_error(Level.DEBUG), files)

    def talk(number: int) -> None:
        for line in range(LINES):
            sink(event("a", f"{number} {line}"))

    in_threads(talk)
    files.close()
    assert files.lost == 0
    for text in (stream.getvalue(), (tmp_path / "a.jsonl").read_text()):
        said = [json.loads(line)["event"].split() for line in text.splitlines()]
        assert len(said) == THREADS * LINES
        for number in range(THREADS):
            assert [int(line) for who, line in said if int(who) == number] == list(range(LINES))


def test_more_actors_than_open_files_from_several_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "FILES_OPEN_AT_ONCE", 2)
    files = ActorFiles(tmp_path)

    def talk(_: int) -> None:
        for line in range(LINES):
            files(event(f"a{line % 7}", "x"))

    in_threads(talk)
    files.close()
    assert files.lost == 0
    assert sum(len(path.read_text().splitlines()) for path in tmp_path.iterdir()) == THREADS * LINES


class Stuck(io.StringIO):
    """A pipe that nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.is_stuck = threading.Event()
        self.go_on = threading.Event()

    def write(self, text: str) -> int:
        self.is_stuck.set()
        self.go_on.wait(LONGEST_S)
        return super().write(text)


def test_who_hangs_in_a_write_hangs_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "TURN_WITHIN_S", 0.01)
    stream = Stuck()
    monkeypatch.setattr(sys, "stderr", stream)
    sink = to_standard_error(Level.DEBUG)
    thread = threading.Thread(target=sink, args=(event("a", "first"),))
    thread.start()
    assert stream.is_stuck.wait(LONGEST_S)
    sink(event("a", "second"))
    assert thread.is_alive()
    stream.go_on.set()
    thread.join(LONGEST_S)
    sink(event("a", "third"))
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["first", "third"]


def test_files_that_hang_lose_the_line_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "TURN_WITHIN_S", 0.01)
    files, stream = ActorFiles(tmp_path), Stuck()
    monkeypatch.setattr(files, "_file", lambda _: stream)
    thread = threading.Thread(target=files, args=(event("a", "first"),))
    thread.start()
    assert stream.is_stuck.wait(LONGEST_S)
    files(event("a", "second"))
    files.close()
    assert (files.lost, files.why) == (1, "another line took too long to be written")
    stream.go_on.set()
    thread.join(LONGEST_S)


def test_what_comes_after_the_end_is_lost_and_opens_no_file(tmp_path: Path) -> None:
    files = ActorFiles(tmp_path)
    files(event("a", "x"))
    files.close()
    files(event("b", "y"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]
    assert (files.lost, files.why) == (1, "the log was closed")
