"""The end of a process comes in time, whatever it hangs in: real processes, real signals, real time."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from supervision.isolation import last_words
from supervision.isolation.last_resort import LastResort, Patience
from supervision.isolation.last_words import say

PROGRAM = Path(__file__).with_name("stuck_program.py")
PROJECT = Path(__file__).resolve().parents[2]
WITHIN_MS = 500
LATER_S = 2.0
"""What a busy machine may add."""

LONGEST_S = 60
STUCK = 14


class Program:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.guard = int(process.stdout.readline())
        assert process.stdout.readline() == "ready\n"
        self._since = time.monotonic()

    def tell(self, *numbers: signal.Signals) -> None:
        self._since = time.monotonic()
        for number in numbers:
            self.process.send_signal(number)

    def ended(self) -> tuple[int, float, str, str]:
        """The exit code, the seconds since it was told, and what it said."""
        out, err = self.process.communicate(timeout=LONGEST_S)
        return self.process.returncode, time.monotonic() - self._since, out, err


@contextmanager
def program(how: str, within_ms: int = WITHIN_MS, shell: str = "") -> Iterator[Program]:
    """The stuck program; `shell` is what a shell does before that."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        ["/bin/sh", "-c", f'{shell} exec "$0" "$@"', sys.executable, str(PROGRAM), how, str(within_ms)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            yield Program(process)
        finally:
            process.kill()


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + LONGEST_S
    while is_there(pid):
        assert time.monotonic() < until, "the guard is left behind"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_who_ends_in_good_order_is_let(number: signal.Signals) -> None:
    with program("nothing", 1000 * LONGEST_S) as running:
        running.tell(number)
        code, _, out, err = running.ended()
        assert (code, out, err) == (0, "ended\n", "")
        assert not is_there(running.guard)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize(
    ("how", "blamed"),
    [
        ("loop", ["a handler of top/hangs (life 1) runs, with str in hand", "in loop_for_ever"]),
        ("re", ["a handler of top/hangs (life 1) runs, with str in hand", "in call_that_looks_for_signals"]),
        ("sleep", ["a handler of top/hangs (life 1) runs, with str in hand", "time.sleep(1000)"]),
        ("worker", ["top/hangs stops, with workers stubborn", "task top/hangs stubborn waits", "in _swallow"]),
        ("thread", ["top/hangs stops, with workers stuck", "in _offload", "thread sleep from top/hangs stuck"]),
    ],
)
def test_who_does_not_end_is_ended_in_time_with_a_report(how: str, blamed: list[str], number: signal.Signals) -> None:
    with program(how) as running:
        running.tell(number)
        code, took_s, out, err = running.ended()
        assert code == STUCK, err
        assert WITHIN_MS / 1000 <= took_s < WITHIN_MS / 1000 + LATER_S
        # One call that holds the interpreter may do so before the line is out.
        assert err.startswith(f"{number.name} was received\n") or how == "re"
        for text in blamed:
            assert text in err
        assert "cannot be told" not in err
        assert out == ""
        wait_until_gone(running.guard)


def test_a_call_that_lets_nobody_else_run_is_ended_by_the_guard() -> None:
    """Not even our threads run then: what there is to tell is where the interpreter is."""
    with program("sum") as running:
        running.tell(signal.SIGTERM)
        code, took_s, _, err = running.ended()
        assert code == STUCK, err
        assert took_s < WITHIN_MS / 1000 + LATER_S
        assert "one call holds the interpreter" in err
        assert "in call_that_holds_the_interpreter" in err and "in receive" in err
        wait_until_gone(running.guard)


def test_a_stop_that_no_signal_asked_for_counts_too() -> None:
    with program("asked") as running:
        code, _, _, err = running.ended()
        assert code == STUCK
        assert err.startswith("there is nothing left to do\n")


@pytest.mark.parametrize("how", ["thread", "sum"])
def test_the_time_in_which_it_is_suspended_does_not_count(how: str) -> None:
    with program(how, 1000) as running:
        running.tell(signal.SIGTERM)
        time.sleep(0.3)
        running.tell(signal.SIGSTOP)
        time.sleep(1.5)
        assert running.process.poll() is None
        running.tell(signal.SIGCONT)
        code, took_s, _, _ = running.ended()
        assert code == STUCK
        assert took_s > 0.4


def test_told_again_and_again_it_ends_all_the_same() -> None:
    with program("loop") as running:
        running.tell(*[signal.SIGTERM, signal.SIGINT] * 20)
        code, took_s, _, _ = running.ended()
        assert code == STUCK
        assert took_s < WITHIN_MS / 1000 + LATER_S


@pytest.mark.parametrize("how", ["loop", "sum"])
def test_where_there_is_no_standard_error_it_is_ended_all_the_same(how: str) -> None:
    with program(how, shell="exec 2>&-;") as running:
        running.tell(signal.SIGTERM)
        assert running.ended()[0] == STUCK


def test_killed_outright_it_leaves_no_guard() -> None:
    with program("nothing") as running:
        assert is_there(running.guard)
        running.tell(signal.SIGKILL)
        wait_until_gone(running.guard)


def test_a_report_that_fails_ends_the_process_all_the_same() -> None:
    script = (
        "import trio\n"
        "from supervision.isolation.last_resort import LastResort, Patience\n"
        "async def main():\n"
        "    with LastResort(Patience(1, 14), lambda why: 1 / 0) as last_resort:\n"
        "        last_resort.stop_was_asked('a test')\n"
        "        await trio.sleep_forever()\n"
        "trio.run(main)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert ran.returncode == STUCK
    assert "(a test)" in ran.stderr and "ZeroDivisionError" in ran.stderr


async def test_trio_hears_signals_meanwhile_and_afterwards() -> None:
    patience = Patience(LONGEST_S * 10**9, STUCK)
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        with LastResort(patience, str):
            os.kill(os.getpid(), signal.SIGTERM)
            assert await signals.__anext__() == signal.SIGTERM
        ours = signal.set_wakeup_fd(-1)
        assert ours != -1, "trio's own is back"
        signal.set_wakeup_fd(ours)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await signals.__anext__() == signal.SIGTERM


async def test_trio_wakes_up_for_a_signal_that_another_thread_took() -> None:
    """It sleeps at a socket of its own, into which nothing is written meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with trio.open_signal_receiver(signal.SIGTERM) as signals, LastResort(Patience(LONGEST_S * 10**9, STUCK), str):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            began = time.monotonic()
            with trio.move_on_after(LONGEST_S):
                assert await signals.__anext__() == signal.SIGTERM
            assert time.monotonic() - began < LONGEST_S
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_last_words_wait_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_words, "WITHIN_S", 0.01)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        say("hello\n", ours.fileno())
        assert theirs.recv(100) == b"hello\n"
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                ours.send(b"x" * 1000)
        ours.setblocking(True)
        say("nobody reads this", ours.fileno())
    say("there is nothing", -1)
