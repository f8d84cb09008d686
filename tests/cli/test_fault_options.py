"""Faults that are given on the command line: what cannot be used is told, all of it at once."""

from pathlib import Path

import pytest

from tests.end_to_end.program import Ran, run_here
from tests.end_to_end.recordings import make


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(20).write(tmp_path_factory.mktemp("recording"))


def with_faults(recording: Path, folder: Path, text: str, *options: str) -> Ran:
    path = folder / "faults.toml"
    path.write_text(text)
    ran = run_here("replay", recording, "--faults", path, *options)
    assert ran.code == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    return ran


def test_every_mistake_of_the_file_in_one_message(recording: Path, tmp_path: Path) -> None:
    text = (
        '[[fault]]\nactor = "ledger"\nwhat = "explode"\n[[fault]]\nactor = "ledger"\nwhat = "stall"\nat_message = 1\n'
    )
    ran = with_faults(recording, tmp_path, text)
    assert f"the faults {tmp_path / 'faults.toml'} cannot be used" in ran.err
    assert "fault 1: what: 'explode' is no fault" in ran.err
    assert "fault 1: when?" in ran.err
    assert "fault 2: for_ms: is missing" in ran.err
    assert ran.err.count("polyactors:") == 1


def test_with_those_of_everything_else(recording: Path, tmp_path: Path) -> None:
    ran = with_faults(tmp_path / "nowhere", tmp_path, "= 5", "--kill", "x", "--config", str(tmp_path / "no.toml"))
    for said in ("is no TOML", "'x' is no PATH@N", "does not exist", "cannot be read"):
        assert said in ran.err
    del recording


def test_a_file_that_is_not_there(recording: Path, tmp_path: Path) -> None:
    ran = run_here("replay", recording, "--faults", tmp_path / "nowhere.toml")
    assert ran.code == 2
    assert "cannot be read" in ran.err


def test_faults_that_are_meant_for_nobody_name_everybody_there_is(recording: Path, tmp_path: Path) -> None:
    text = '[[fault]]\nactor = "nobody/*"\nwhat = "drop"\nat_message = 1\n'
    ran = with_faults(recording, tmp_path, text, "--kill", "ledge@1", "--kill", "ledger@1")
    assert "no actor fits 'nobody/*'" in ran.err
    assert "no actor fits 'ledge'" in ran.err
    assert "no actor fits 'ledger'" not in ran.err
    assert "execution/executor" in ran.err


@pytest.mark.parametrize("kill", ["a//b@1", "/@1", "a/@1", "/a@1"])
def test_a_kill_of_what_is_no_path(recording: Path, kill: str) -> None:
    ran = run_here("replay", recording, "--kill", kill)
    assert ran.code == 2
    assert "--kill was not understood" in ran.err
