"""What somebody found who checked from outside: each stays found."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.program import replayed
from tests.end_to_end.recordings import make


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return make(400).write(tmp_path / "recording")


def configured(folder: Path, text: str) -> Path:
    path = folder / "c.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("after", [1, 2, 3])
def test_each_of_several_kills_of_one_actor_counts(recording: Path, after: int) -> None:
    kills = [option for number in range(1, after + 1) for option in ("--kill", f"records/auditor@{number}")]
    summary = replayed(recording, *kills)
    assert next(line for line in summary["actors"] if line["path"] == "records/auditor")["lives"] == after + 1


def test_a_kill_that_never_came_is_told(recording: Path) -> None:
    summary = replayed(recording, "--kill", "ledger@999999")
    assert summary["kills_that_never_came"] == ["ledger@999999"]


def test_the_feed_can_be_killed_in_the_middle(recording: Path) -> None:
    summary = replayed(recording, "--kill", "market-data/shard-0@3")
    assert summary["kills_that_never_came"] == []
    assert summary["feed"]["connections"] == 2


def test_slow_cancels_are_waited_for_at_the_end_of_a_replay(recording: Path, tmp_path: Path) -> None:
    slow = configured(tmp_path, "[paper]\norder_latency_ms = 2000\ncancel_latency_ms = 7000\n")
    assert replayed(recording, "--config", slow)["account"]["open_orders"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "[maker]\nreplace_min_ticks = 0",
        "[market]\nlease_ms = 0",
        '[maker]\nmaximum_inventory = "0"',
        "[maker]\nvolatility_time_constant_ms = 0",
        '[maker]\nquote_size = "33.333333"',
        "[maker]\ntime_to_live_ms = 0",
        "[service]\nstop_within_ms = 1",
    ],
)
def test_what_would_freeze_the_time_or_crash_the_maker_is_a_mistake(recording: Path, tmp_path: Path, text: str) -> None:
    command = [
        sys.executable,
        "-m",
        "polyactors",
        "replay",
        str(recording),
        "--config",
        str(configured(tmp_path, text)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert text.partition("\n")[2].partition(" ")[0] in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_replay_that_is_interrupted_ends_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    long = make(60_000).write(tmp_path / "long")
    command = [sys.executable, "-m", "polyactors", "replay", str(long), "--json", "--log-level", "info"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    summary = json.loads(output)
    assert summary["ended"] == "ASKED"
    assert summary["account"]["open_orders"] == 0
