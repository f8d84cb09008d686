"""The tape: whatever is wrong with the file is counted with its place, and all that is whole is passed on."""

import gzip
import json
from pathlib import Path

import pytest

from messages.market_data import BadInput
from polyactors.venues.recording.tape import Tape, TapeFrame

START_MS, END_MS = 1_780_000_000_000, 1_780_000_060_000
HOUR_MS = 3_600_000


def line(number: int, at: object = None) -> bytes:
    envelope = {"at": START_MS + number if at is None else at, "channel": "clob.market", "frame": {"number": number}}
    return json.dumps(envelope).encode() + b"\n"


class Written:
    """A frames.jsonl.gz of some content, and what its tape said."""

    def __init__(self, folder: Path, content: bytes, longest_line: int = 1000) -> None:
        self.path = folder / "frames.jsonl.gz"
        self.path.write_bytes(content)
        self.bad: list[BadInput] = []
        self.tape = Tape(self.path, START_MS, END_MS, self.bad.append, longest_line)

    def numbers(self) -> list[int]:
        return [number(frame) for frame in self.tape]

    def damage(self) -> list[tuple[str, str]]:
        return [(each.kind, each.source) for each in self.bad]


def number(frame: TapeFrame) -> int:
    found: int = json.loads(bytes(frame.frame))["number"]
    return found


def test_frames_come_as_they_were_received(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(b"".join(line(each) for each in range(5000))))
    frames = list(written.tape)
    assert [number(frame) for frame in frames] == list(range(5000))
    assert [frame.at_ms for frame in frames] == [START_MS + each for each in range(5000)]
    assert [frame.line for frame in frames] == list(range(1, 5001))
    assert {frame.channel for frame in frames} == {"clob.market"}
    assert (written.tape.lines, written.tape.frames, written.bad) == (5000, 5000, [])


def test_another_reader_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(b"".join(line(each) for each in range(10))))
    for frame in written.tape:
        if number(frame) == 3:
            break
    assert (written.tape.lines, written.tape.frames) == (4, 4)
    assert written.numbers() == [4, 5, 6, 7, 8, 9]
    assert written.numbers() == []


def test_a_closed_tape_has_no_more_frames(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(0) + line(1)))
    next(written.tape)
    written.tape.close()
    assert written.numbers() == []


def test_a_recorder_that_was_started_again_appends_another_gzip(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(0)) + gzip.compress(line(1)) + b"\0" * 512)
    assert written.numbers() == [0, 1]
    assert written.bad == []


def test_a_truncated_file_gives_all_whole_lines(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(line(each) for each in range(2000)))
    written = Written(tmp_path, whole[: len(whole) // 2])
    numbers = written.numbers()
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 500
    assert [kind for kind, _ in written.damage()] == ["truncated"]


def test_without_its_checksum_it_is_truncated_too(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(0) + line(1))[:-4])
    assert written.numbers() == [0, 1]
    assert written.damage() == [("truncated", "frames.jsonl.gz:2")]


def test_a_corrupt_file_gives_what_comes_before_the_damage(tmp_path: Path) -> None:
    wrong_checksum = bytearray(gzip.compress(b"".join(line(each) for each in range(2000))))
    wrong_checksum[-6] ^= 255
    written = Written(tmp_path, bytes(wrong_checksum))
    assert written.numbers() == list(range(2000))
    assert written.damage() == [("corrupt", "frames.jsonl.gz:2000")]


@pytest.mark.parametrize("content", [b"this is no gzip", b"PK\x03\x04"])
def test_a_file_that_is_no_gzip_is_corrupt(tmp_path: Path, content: bytes) -> None:
    written = Written(tmp_path, content)
    assert written.numbers() == []
    assert [kind for kind, _ in written.damage()] == ["corrupt"]


def test_an_empty_file_has_no_frames(tmp_path: Path) -> None:
    written = Written(tmp_path, b"")
    assert written.numbers() == []


def test_a_file_that_went_away_is_unreadable(tmp_path: Path) -> None:
    written = Written(tmp_path, b"")
    written.path.unlink()
    assert written.numbers() == []
    assert [kind for kind, _ in written.damage()] == ["unreadable"]


@pytest.mark.parametrize(
    ("damaged", "kind"),
    [
        (b"not json\n", "not_json"),
        (b'{"at": 1780000000000, "chan\n', "not_json"),
        (b"\xff\xfe\n", "not_json"),
        (b"[" * 900 + b"\n", "bad_envelope"),
        (b"[]\n", "bad_envelope"),
        (b'{"channel": "c", "frame": {}}\n', "bad_envelope"),
        (b'{"at": "1780000000000", "channel": "c", "frame": {}}\n', "bad_envelope"),
        (b'{"at": 1780000000000.5, "channel": "c", "frame": {}}\n', "bad_envelope"),
        (b'{"at": 1780000000000, "channel": 5, "frame": {}}\n', "bad_envelope"),
        (b'{"at": 1780000000000, "channel": "c"}\n', "bad_envelope"),
        (line(7, START_MS - HOUR_MS - 1), "absurd_time"),
        (line(7, END_MS + HOUR_MS + 1), "absurd_time"),
        (line(7, -1), "absurd_time"),
        (line(7, 10**30), "absurd_time"),
        (b'"' + b"x" * 1000 + b'"\n', "too_long"),
    ],
)
def test_a_bad_line_is_named_and_left_out(tmp_path: Path, damaged: bytes, kind: str) -> None:
    written = Written(tmp_path, gzip.compress(line(0) + damaged + line(1)))
    assert written.numbers() == [0, 1]
    assert written.damage() == [(kind, "frames.jsonl.gz:2")]
    assert len(written.bad[0].detail) <= 200


def test_blank_lines_are_nothing(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(0) + b"\n  \r\n" + line(1).strip()))
    assert written.numbers() == [0, 1]
    assert (written.bad, written.tape.lines) == ([], 4)


def test_an_hour_of_tolerance_on_either_side(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(0, START_MS - HOUR_MS) + line(1, END_MS + HOUR_MS)))
    assert written.numbers() == [0, 1]


def test_time_that_goes_backwards_is_held_at_the_latest_seen(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(5) + line(3) + line(4) + line(6)))
    assert [frame.at_ms - START_MS for frame in written.tape] == [5, 5, 5, 6]
    assert written.damage() == [("time_backwards", "frames.jsonl.gz:2"), ("time_backwards", "frames.jsonl.gz:3")]


def test_a_line_of_a_hundred_megabytes_is_skipped_without_being_held(tmp_path: Path) -> None:
    content = line(0) + b"x" * 100_000_000 + b"\n" + line(1) + b"y" * 50_000_000
    written = Written(tmp_path, gzip.compress(content, 1), longest_line=16 * 1024 * 1024)
    assert written.numbers() == [0, 1]
    assert written.damage() == [("too_long", "frames.jsonl.gz:2"), ("too_long", "frames.jsonl.gz:4")]


SECOND_MS = 1000


def test_a_lone_frame_far_ahead_is_passed_on_with_the_latest_time_seen(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(5) + line(7, END_MS) + line(6) + line(8)))
    assert [frame.at_ms - START_MS for frame in written.tape] == [5, 5, 6, 8]
    assert written.damage() == [("time_jump", "frames.jsonl.gz:2")]


def test_a_first_frame_far_ahead_is_of_the_start(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(7, END_MS) + line(6) + line(8)))
    assert [frame.at_ms - START_MS for frame in written.tape] == [0, 6, 8]
    assert written.damage() == [("time_jump", "frames.jsonl.gz:1")]


def test_a_last_frame_after_the_end_is_of_the_latest_time_seen(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(5) + line(6, END_MS + HOUR_MS)))
    assert [frame.at_ms - START_MS for frame in written.tape] == [5, 5]
    assert written.damage() == [("time_jump", "frames.jsonl.gz:2")]


def test_every_lone_jump_is_one(tmp_path: Path) -> None:
    lines = [line(1, END_MS), line(2), line(3, END_MS - 5), line(4), b"nonsense\n", line(5, END_MS), b"\n", line(6)]
    written = Written(tmp_path, gzip.compress(b"".join(lines)))
    assert written.numbers() == [1, 2, 3, 4, 5, 6]
    assert [kind for kind, _ in written.damage()] == ["time_jump", "time_jump", "not_json", "time_jump"]


def test_a_gap_in_a_recording_is_no_jump(tmp_path: Path) -> None:
    late = [30 * SECOND_MS, 30 * SECOND_MS + 1, 30 * SECOND_MS, 55 * SECOND_MS, 60 * SECOND_MS]
    written = Written(tmp_path, gzip.compress(line(0) + b"".join(line(each) for each in late)))
    assert [frame.at_ms - START_MS for frame in written.tape] == [0, 30_000, 30_001, 30_001, 55_000, 60_000]
    assert written.damage() == [("time_backwards", "frames.jsonl.gz:4")]


def test_a_clock_that_wavers_by_less_than_a_second_is_held(tmp_path: Path) -> None:
    written = Written(tmp_path, gzip.compress(line(0) + line(900) + line(100) + line(950)))
    assert [frame.at_ms - START_MS for frame in written.tape] == [0, 900, 900, 950]
    assert written.damage() == [("time_backwards", "frames.jsonl.gz:3")]
