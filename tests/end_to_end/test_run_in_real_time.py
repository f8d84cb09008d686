"""The service on a recording in real time: it ends by itself, in good order when told, and keeps what it wrote."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from messages.control import SessionEnded, SessionStarted
from messages.orders import Order
from tests.end_to_end.live_world import pause
from tests.end_to_end.program import (
    Ran,
    actor,
    check_agrees,
    check_sound,
    command,
    records,
    run_process,
    still_open,
    surroundings,
)
from tests.end_to_end.recordings import LISTINGS, make

STOPS_WITHIN_S = 5.0
LONGEST_S = 60


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About ten seconds of frames."""
    return make(160).write(tmp_path_factory.mktemp("short"))


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About ten minutes of frames: nobody waits for its end."""
    return make(9_000).write(tmp_path_factory.mktemp("long"))


class Running:
    """A service in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", journal: Path) -> None:
        self.process = process
        self.journal = journal

    def wait_for_orders(self) -> None:
        """Until its journal has some."""
        until = time.monotonic() + LONGEST_S
        while time.monotonic() < until:
            with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)) as journal:
                (orders,) = journal.execute("SELECT count(*) FROM records WHERE kind = 'Order'").fetchone()
                if orders > 1:
                    return
            assert self.process.poll() is None, "the service ended before it traded"
            pause(0.02)
        pytest.fail("no order for a minute")

    def ended(self) -> Ran:
        out, err = self.process.communicate(timeout=LONGEST_S)
        return Ran(self.process.returncode, out, err)


@contextmanager
def running(recording: Path, journal: Path, *options: object) -> Iterator[Running]:
    arguments = ("run", "--venue", f"recording:{recording}", "--json", "--journal", journal, "--log-level", "error")
    with subprocess.Popen(
        command(*arguments, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
        cwd=journal.parent,
    ) as process:
        try:
            yield Running(process, journal)
        finally:
            process.kill()


def test_it_ends_by_itself_at_the_end_of_the_recording(short: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    options = ("--speed", 10, "--json", "--journal", journal)
    ran = run_process("run", "--venue", f"recording:{short}", *options, cwd=tmp_path)
    assert ran.code == 0, ran.err[-2000:]
    check_sound(ran.summary)
    assert ran.summary["ended"] == "FEED_OVER"
    assert ran.summary["feed"]["bad_input"] == []
    kept = records(journal)
    check_agrees(ran.summary, kept)
    assert isinstance(kept[0], SessionStarted)
    assert isinstance(kept[-1], SessionEnded)


def test_without_journal_it_is_kept_in_the_data_folder(short: Path, tmp_path: Path) -> None:
    ran = run_process("run", "--venue", f"recording:{short}", "--speed", 10, "--json", cwd=tmp_path)
    assert ran.code == 0
    (journal,) = (tmp_path / "data" / "recordings" / "made-up").iterdir()
    assert ran.summary["journal"] == str(journal.relative_to(tmp_path))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("speed", [1, 10])
def test_told_to_stop_it_leaves_no_order_and_a_closed_journal(
    long: Path, tmp_path: Path, number: signal.Signals, speed: int
) -> None:
    with running(long, tmp_path / "journal", "--speed", speed) as service:
        service.wait_for_orders()
        service.process.send_signal(number)
        told = time.monotonic()
        ran = service.ended()
        took = time.monotonic() - told
    assert ran.code == 0, ran.err[-2000:]
    assert took < STOPS_WITHIN_S
    check_sound(ran.summary)
    assert ran.summary["ended"] == "ASKED"
    assert number.name in ran.summary["why"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "journal"]
    assert list((tmp_path / "data").iterdir()) == [], "the control socket is gone"
    kept = records(service.journal)
    check_agrees(ran.summary, kept)
    assert still_open(kept) == set()
    assert isinstance(kept[-1], SessionEnded)
    assert kept[-1].open_orders == 0


@pytest.mark.parametrize("speed", [0.3, 200])
def test_a_strange_speed_does_not_keep_it_from_stopping_in_time(long: Path, tmp_path: Path, speed: float) -> None:
    """The five seconds are those of whoever waits, not those of the recording."""
    with running(long, tmp_path / "journal", "--speed", speed) as service:
        service.wait_for_orders()
        service.process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        ran = service.ended()
        took = time.monotonic() - told
    assert ran.code == 0, ran.err[-2000:]
    assert took < STOPS_WITHIN_S
    assert ran.summary["account"]["open_orders"] == 0
    assert isinstance(records(service.journal)[-1], SessionEnded)


def test_told_again_and_again_it_stops_all_the_same(long: Path, tmp_path: Path) -> None:
    with running(long, tmp_path / "journal") as service:
        service.wait_for_orders()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGINT):
            service.process.send_signal(number)
        ran = service.ended()
    assert ran.code == 0
    assert still_open(records(service.journal)) == set()


def test_killed_outright_it_leaves_a_journal_of_whole_records(long: Path, tmp_path: Path) -> None:
    with running(long, tmp_path / "journal", "--speed", 10) as service:
        service.wait_for_orders()
        service.process.kill()
        service.process.wait()
    kept = records(service.journal)
    assert isinstance(kept[0], SessionStarted)
    assert not any(isinstance(record, SessionEnded) for record in kept)
    again = run_process("run", "--venue", f"recording:{long}", "--journal", service.journal, cwd=tmp_path)
    assert again.code == 2
    assert "name another file" in again.err


def test_an_actor_killed_in_real_time_comes_back(short: Path, tmp_path: Path) -> None:
    options = ("--kill", "execution/executor@20", "--kill", f"{LISTINGS[0].path}/market@30")
    journal = tmp_path / "journal"
    arguments = ("run", "--venue", f"recording:{short}", "--speed", 5, "--json", "--journal", journal)
    ran = run_process(*arguments, *options, cwd=tmp_path)
    assert ran.code == 0, ran.err[-3000:]
    check_sound(ran.summary)
    assert actor(ran.summary, "execution/executor")["lives"] == 2
    assert actor(ran.summary, f"{LISTINGS[0].path}/market")["lives"] == 2
    assert any(isinstance(record, Order) for record in records(journal))


def test_who_stops_reading_the_log_does_not_stop_the_trading(short: Path, tmp_path: Path) -> None:
    """`polyactors run ... 2>&1 >summary.json | head -1` once ended the run with the first line that nobody took."""
    with running(short, tmp_path / "journal", "--speed", 10, "--log-level", "debug") as service:
        assert service.process.stdout is not None and service.process.stderr is not None
        service.process.stderr.readline()
        service.process.stderr.close()
        out = service.process.stdout.read()
        code = service.process.wait(LONGEST_S)
    assert code == 0
    check_sound(Ran(code, out, "").summary)
