"""The whole replay: every actor, both strategies, all markets of a recording."""

import json
import subprocess
import sys
from pathlib import Path

from polyactors.bench.frames import frames_of
from polyactors.bench.measure import Figure, Skipped, spread

RUNS = 3


def whole_replay(recording: Path) -> list[Figure]:
    """In processes of its own, so that the memory is the replay's alone. Raises `Skipped`."""
    frames_of(recording)
    timings = [_one(recording) for _ in range(RUNS)]
    return [
        spread("whole replay", "frames/s", [each["frames_per_second"] for each in timings], aim="15,000 or more"),
        spread("memory of the whole replay", "MB", [each["peak_memory_mb"] for each in timings], aim="under 400"),
    ]


def _one(recording: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "polyactors", "replay", str(recording), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skipped(f"the replay of {recording} ended with {done.returncode}: {done.stderr[-200:]}")
    timing: dict[str, float] = json.loads(done.stdout)["timing"]
    return timing
