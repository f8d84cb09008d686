"""`polyactors run --venue exchange` as its users have it: a process, real time, nothing else on the machine."""

import re
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from messages.control import SessionEnded
from tests.end_to_end.program import (
    check_agrees,
    check_sound,
    command,
    records,
    run_here,
    run_process,
    still_open,
    surroundings,
)

DURATION_S = 8
LONGEST_S = 60
STATUS = re.compile(r"(\d+) quotes resting, ([\d,]+) orders sent, ([\d,]+) fills +profit (\S+)")


def test_within_eight_seconds_it_quotes_is_filled_and_shows_a_moving_profit(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    ran = run_process(
        "run", "--venue", "exchange", "--duration", DURATION_S, "--json", "--journal", journal, cwd=tmp_path
    )
    assert ran.code == 0, ran.err[-2000:]
    summary = ran.summary
    check_sound(summary)
    check_agrees(summary, records(journal))
    assert summary["ended"] == "TIME_OVER"
    assert summary["strategies"][0]["activity"]["fills"] > 0
    assert summary["feed"]["books_closed"] > 50
    shown = [match for line in ran.err.splitlines() if (match := STATUS.search(line))]
    assert len(shown) >= DURATION_S // 2
    assert max(int(match[1]) for match in shown) > 5
    assert int(shown[-1][3]) > 0
    assert len({match[4] for match in shown}) > 1, "profit and loss move"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_told_to_stop_it_leaves_no_order_and_says_what_came_of_it(tmp_path: Path, number: signal.Signals) -> None:
    journal = tmp_path / "journal"
    with subprocess.Popen(
        command("run", "--venue", "exchange", "--journal", journal),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
        cwd=tmp_path,
    ) as process:
        too_long = threading.Timer(LONGEST_S, process.kill)
        too_long.start()
        try:
            assert process.stderr is not None
            for line in process.stderr:
                quotes = STATUS.search(line)
                if quotes and int(quotes[1]) > 0:
                    break
            process.send_signal(number)
            out, _ = process.communicate()
        finally:
            too_long.cancel()
    assert process.returncode == 0
    assert number.name in out
    assert "no order resting" in out
    kept = records(journal)
    assert isinstance(kept[-1], SessionEnded)
    assert still_open(kept) == set()


def test_the_default_venue_says_at_once_that_it_is_not_there_and_what_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    nowhere = tmp_path / "nowhere.toml"
    nowhere.write_text('[polymarket]\ngamma_url = "http://127.0.0.1:9"\n')
    for options in ((), ("--json",)):
        ran = run_here("run", "--config", nowhere, *options)
        assert ran.code == 2
        assert ran.out == ""
        assert "polymarket" in ran.err
        assert "--venue exchange" in ran.err
        assert list(tmp_path.iterdir()) == [nowhere], "nothing was begun"


def test_it_opens_no_connection_to_anywhere(tmp_path: Path) -> None:
    """The exchange is in the process: where every internet socket is refused, it trades all the same."""
    (tmp_path / "sitecustomize.py").write_text(NO_INTERNET)
    environment = surroundings()
    environment["PYTHONPATH"] = f"{tmp_path}:{environment['PYTHONPATH']}"
    ran = subprocess.run(
        command("run", "--venue", "exchange", "--duration", 2, "--json"),
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "refused by the test" not in ran.stderr
    assert '"orders"' in ran.stdout


NO_INTERNET = """
import socket

class Refused(socket.socket):
    def connect(self, address):
        if self.family != socket.AF_UNIX:
            raise OSError("refused by the test")
        return super().connect(address)

socket.socket = Refused
"""


@pytest.mark.parametrize("duration", ["0", "-1", "nan", "inf", "1e12", "soon"])
def test_a_duration_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duration: str) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run_here("run", "--venue", "exchange", "--duration", duration)
    assert ran.code == 2
    assert "duration" in ran.err
    assert "Traceback" not in ran.err
