"""A recording is a folder: manifest.json, markets.json and frames.jsonl.gz (the shared recordings/README.md)."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from messages.market_data import BadInput
from messages.markets import Market
from messages.serial import BadDocument
from polyactors.venues.polymarket.gamma import read_markets
from polyactors.venues.recording.tape import Tape

MANIFEST = "manifest.json"
MARKETS = "markets.json"
FRAMES = "frames.jsonl.gz"

LONGEST_NAME = 100

EARLIEST_MS = 1_230_768_000_000
LATEST_MS = 4_102_444_800_000
LONGEST_MS = 366 * 24 * 60 * 60 * 1000
"""From 2009 to 2100, and no longer than a year: what is outside is a mistake, mostly seconds for milliseconds."""


@frozen
class Manifest:
    """What a recording says of itself. Times in epoch milliseconds; `frames` counts them a channel."""

    name: str
    start_ms: int
    end_ms: int
    frames: dict[str, int]
    source: str = ""
    licence: str = ""
    made: str = ""


@frozen
class Recording:
    folder: Path
    manifest: Manifest
    markets: tuple[Market, ...]

    def tape(self, on_bad: Callable[[BadInput], None]) -> Tape:
        """Its frames from the beginning."""
        return Tape(self.folder / FRAMES, self.manifest.start_ms, self.manifest.end_ms, on_bad)


@frozen
class BadRecording:
    """A folder that is no recording: every mistake, each with its file, its place and how to mend it."""

    mistakes: tuple[str, ...]


def open_recording(path: Path) -> Recording | BadRecording:
    """The recording in the folder `path`, or all that is wrong with it. The frames themselves are not read yet."""
    try:
        if not path.is_dir():
            what = "is a file" if path.exists() else "does not exist"
            return BadRecording((f"{path} {what}: name the folder that holds {MANIFEST}",))
    except (OSError, ValueError) as error:
        return BadRecording((f"{path} cannot be read ({error}): name the folder that holds {MANIFEST}",))
    mistakes: list[str] = []
    manifest = _manifest(_json(path / MANIFEST, mistakes), mistakes)
    markets = _markets(_json(path / MARKETS, mistakes), mistakes)
    _look_at_frames(path / FRAMES, mistakes)
    if manifest is None or markets is None or mistakes:
        return BadRecording(tuple(mistakes))
    return Recording(path, manifest, markets)


class _Missing:
    """In place of a document that could not be read; its mistake is noted already."""


def _json(path: Path, mistakes: list[str]) -> object:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        mistakes.append(f"{path.name} is missing: a recording needs one")
    except OSError as error:
        mistakes.append(f"{path.name} cannot be read: {error.strerror or error}")
    except (ValueError, RecursionError) as error:
        mistakes.append(f"{path.name} is no JSON ({error}): mend it there, or record anew")
    return _Missing()


def _manifest(plain: object, mistakes: list[str]) -> Manifest | None:
    if isinstance(plain, _Missing):
        return None
    if not isinstance(plain, dict):
        mistakes.append(f"{MANIFEST} is {_shown(plain)}: make it an object")
        return None
    known = len(mistakes)
    texts = {name: plain.get(name, "") for name in ("name", "source", "licence", "made")}
    for name, text in texts.items():
        if not isinstance(text, str) or (name == "name" and not text):
            mistakes.append(f"{MANIFEST}.{name} is {_shown(plain.get(name))}: give it a text")
        elif name == "name" and not _is_file_name(text):
            mistakes.append(
                f"{MANIFEST}.name is {_shown(text)}: files are named after it, so use up to {LONGEST_NAME} letters, "
                "digits, dots, hyphens, underscores and spaces, and no dot first"
            )
    start_ms, end_ms = (_time(plain.get(name), name, mistakes) for name in ("start_ms", "end_ms"))
    if start_ms is not None and end_ms is not None:
        if end_ms < start_ms:
            mistakes.append(f"{MANIFEST}.end_ms is {end_ms}, before start_ms {start_ms}: exchange or correct them")
        elif end_ms - start_ms > LONGEST_MS:
            mistakes.append(
                f"{MANIFEST}.end_ms is {end_ms}, over a year after start_ms {start_ms}: correct one of them"
            )
    frames = plain.get("frames")
    if not isinstance(frames, dict):
        mistakes.append(f"{MANIFEST}.frames is {_shown(frames)}: make it an object of channels and their numbers")
    else:
        mistakes.extend(
            f"{MANIFEST}.frames.{channel} is {_shown(count)}: make it a whole number, 0 or more"
            for channel, count in frames.items()
            if not _is_whole(count) or count < 0
        )
    if len(mistakes) > known or start_ms is None or end_ms is None or not isinstance(frames, dict):
        return None
    return Manifest(start_ms=start_ms, end_ms=end_ms, frames=frames, **texts)


def _is_file_name(name: str) -> bool:
    return re.fullmatch(rf"[\w-][\w. -]{{0,{LONGEST_NAME - 1}}}", name, re.ASCII) is not None


def _time(value: object, name: str, mistakes: list[str]) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        mistakes.append(f"{MANIFEST}.{name} is {_shown(value)}: give it a whole number of epoch milliseconds")
    elif not EARLIEST_MS <= value <= LATEST_MS:
        hint = " (are these seconds?)" if EARLIEST_MS <= value * 1000 <= LATEST_MS else ""
        mistakes.append(f"{MANIFEST}.{name} is {_shown(value)}, an absurd time{hint}: give it in epoch milliseconds")
    else:
        return value
    return None


def _markets(plain: object, mistakes: list[str]) -> tuple[Market, ...] | None:
    if isinstance(plain, _Missing):
        return None
    try:
        return read_markets(plain)
    except BadDocument as error:
        mistakes.extend(f"{MARKETS}: {mistake}" for mistake in error.mistakes)
        return None


def _look_at_frames(path: Path, mistakes: list[str]) -> None:
    if not path.exists():
        mistakes.append(f"{path.name} is missing: a recording needs one")
    elif not path.is_file():
        mistakes.append(f"{path.name} is no file: put the frames there, one JSON object a line, compressed with gzip")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: object) -> str:
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
