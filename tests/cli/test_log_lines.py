"""The log: one JSON line an event, whole and in order, on standard error and in a file for each actor."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from polyactors.cli.standard_error import StandardError
from tests.end_to_end.program import run_here
from tests.end_to_end.recordings import LISTINGS, make

FIELDS = ["time", "level", "actor", "generation", "correlation", "event"]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(300, finer_tick_at=100).write(tmp_path_factory.mktemp("recording"))


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_standard_error_is_json_lines_alone(recording: Path) -> None:
    ran = run_here("replay", recording, "--log-level", "debug", "--kill", "governor@50")
    lines = [json.loads(line) for line in ran.err.splitlines()]
    assert len(lines) > 20
    for line in lines:
        assert list(line)[: len(FIELDS)] == FIELDS
        assert line["level"] in ("debug", "info", "warning", "error")
        assert isinstance(line["generation"], int) and isinstance(line["correlation"], int)
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)


def test_a_level_leaves_out_what_is_below(recording: Path) -> None:
    assert {line["level"] for line in run_here("replay", recording, "--log-level", "warning").log} == {"warning"}
    assert run_here("replay", recording, "--log-level", "error").err == ""


def test_one_file_an_actor_with_its_own_events_alone(recording: Path, tmp_path: Path) -> None:
    assert run_here("replay", recording, "--log-dir", tmp_path, "--kill", "governor@50").code == 0
    paths = {path.stem: events(path) for path in tmp_path.glob("*.jsonl")}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{stem}.jsonl" for stem in paths)
    for stem, said in paths.items():
        assert {line["actor"].replace("/", ".") or "root" for line in said} == {stem}
    market = paths[f"{LISTINGS[0].path}/market".replace("/", ".")]
    assert {line["event"] for line in market} >= {"phase", "book dirty", "book clean"}
    assert {line["generation"] for line in paths["governor"]} == {1, 2}


def test_a_disk_that_is_full_costs_the_log_and_nothing_else(recording: Path, tmp_path: Path) -> None:
    """In place of a full disk: a folder where the governor's file would be."""
    (tmp_path / "governor.jsonl").mkdir()
    ran = run_here("replay", recording, "--log-dir", tmp_path, "--json")
    assert ran.code == 0
    assert "log lines were lost" in ran.err
    assert ran.summary["decision_hash"] == run_here("replay", recording, "--json").summary["decision_hash"]


class Broken(io.StringIO):
    """A pipe whose reader has gone."""

    tries = 0

    def write(self, text: str) -> int:
        self.tries += 1
        raise BrokenPipeError(32, "Broken pipe")


def test_standard_error_never_fails() -> None:
    pipe = Broken()
    shielded = StandardError(pipe)
    for _ in range(3):
        print("hello", file=shielded, flush=True)
    assert pipe.tries == 1
    assert not shielded.isatty()


def test_there_may_be_no_standard_error_at_all() -> None:
    shielded = StandardError(None)
    print("hello", file=shielded, flush=True)
    assert (shielded.isatty(), shielded.encoding) == (False, "utf-8")


def test_what_is_written_arrives_while_somebody_reads() -> None:
    stream = io.StringIO()
    print("hello", file=StandardError(stream))
    assert stream.getvalue() == "hello\n"
