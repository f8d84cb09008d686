"""A recording of a few frames, written by a test."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

START_MS = 1_780_000_000_000


def write_recording(folder: Path, frames: Iterable[tuple[int, str, dict[str, Any]]]) -> Path:
    """`frames`: milliseconds after the start, channel, content. Without markets."""
    listed = list(frames)
    counts = Counter(channel for _, channel, _ in listed)
    manifest = {"name": "written", "start_ms": START_MS, "end_ms": START_MS + 1000, "frames": counts}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "markets.json").write_text("[]")
    with gzip.open(folder / "frames.jsonl.gz", "wt") as lines:
        for after_ms, channel, frame in listed:
            lines.write(json.dumps({"at": START_MS + after_ms, "channel": channel, "frame": frame}) + "\n")
    return folder
