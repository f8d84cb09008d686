"""Opening a recording: a folder that is none says everything that is wrong with it, at once."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from polyactors.venues.recording.folder import BadRecording, Recording, open_recording

MANIFEST: dict[str, Any] = {
    "name": "tiny",
    "start_ms": 1_780_000_000_000,
    "end_ms": 1_780_000_060_000,
    "frames": {"clob.market": 1},
}
MARKET = {"conditionId": "0xab", "slug": "s", "clobTokenIds": '["11", "22"]', "orderPriceMinTickSize": 0.01}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "markets.json").write_text(json.dumps([MARKET]))
    (tmp_path / "frames.jsonl.gz").write_bytes(
        gzip.compress(b'{"at":1780000000001,"channel":"note","frame":"hello"}\n')
    )
    return tmp_path


def mistakes(folder: Path) -> tuple[str, ...]:
    opened = open_recording(folder)
    assert isinstance(opened, BadRecording)
    return opened.mistakes


def test_a_recording_has_its_manifest_its_markets_and_its_tape(folder: Path) -> None:
    opened = open_recording(folder)
    assert isinstance(opened, Recording)
    assert opened.manifest.frames == {"clob.market": 1}
    assert [market.slug for market in opened.markets] == ["s"]
    assert [frame.channel for frame in opened.tape(lambda bad: pytest.fail(str(bad)))] == ["note"]


@pytest.mark.parametrize("name", ["nhl-20260607", "btc-updown-5m-20260425", "binance-btcusdt-20240808"])
def test_every_real_recording_opens_and_has_the_frames_that_it_declares(shared: Path, name: str) -> None:
    opened = open_recording(shared / "recordings" / name)
    assert isinstance(opened, Recording)
    tape = opened.tape(lambda bad: pytest.fail(str(bad)))
    counted: dict[str, int] = {}
    for frame in tape:
        counted[frame.channel] = counted.get(frame.channel, 0) + 1
    assert counted == opened.manifest.frames


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "does not exist" in mistakes(tmp_path / "nowhere")[0]
    (tmp_path / "file").write_text("")
    assert "is a file" in mistakes(tmp_path / "file")[0]


@pytest.mark.parametrize("name", ["manifest.json", "markets.json", "frames.jsonl.gz"])
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (mistake,) = mistakes(folder)
    assert mistake.startswith(f"{name} is missing: ")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("name", ["manifest.json", "markets.json"])
def test_a_file_that_is_no_json(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    (mistake,) = mistakes(folder)
    assert mistake.startswith(f"{name} is no JSON")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", None, "missing"),
        ("name", 5, "text"),
        ("licence", [], "text"),
        ("start_ms", None, "missing"),
        ("start_ms", "1780000000000", "whole number"),
        ("start_ms", 1_780_000_000_000.0, "whole number"),
        ("start_ms", True, "whole number"),
        ("start_ms", 1_780_000_000, "seconds"),
        ("start_ms", -5, "absurd"),
        ("end_ms", 10**16, "absurd"),
        ("end_ms", 1_779_999_999_999, "before start_ms"),
        ("end_ms", 1_980_000_000_000, "over a year"),
        ("frames", None, "missing"),
        ("frames", [], "object"),
        ("frames", {"clob.market": -1}, "0 or more"),
        ("frames", {"clob.market": "1"}, "whole number"),
    ],
)
def test_a_mistake_in_the_manifest_has_its_place(folder: Path, field: str, value: object, says: str) -> None:
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, field: value}))
    (mistake,) = mistakes(folder)
    assert mistake.startswith(f"manifest.json.{field}")
    assert says in mistake


@pytest.mark.parametrize("plain", [None, [], 5, "manifest"])
def test_a_manifest_that_is_no_object(folder: Path, plain: object) -> None:
    (folder / "manifest.json").write_text(json.dumps(plain))
    (mistake,) = mistakes(folder)
    assert "make it an object" in mistake


def test_everything_is_said_at_once(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, "name": 5, "start_ms": 1, "frames": 5}))
    (folder / "markets.json").write_text(json.dumps([{**MARKET, "slug": 5}, 7]))
    (folder / "frames.jsonl.gz").unlink()
    (folder / "frames.jsonl.gz").mkdir()
    assert [each.split(" ")[0] for each in mistakes(folder)] == [
        "manifest.json.name",
        "manifest.json.start_ms",
        "manifest.json.frames",
        "markets.json:",
        "markets.json:",
        "frames.jsonl.gz",
    ]


def test_markets_that_are_no_list(folder: Path) -> None:
    (folder / "markets.json").write_text("{}")
    assert "make it a list" in mistakes(folder)[0]
