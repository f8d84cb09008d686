"""The benchmarks run, on a short recording; how fast things are is not for tests to say."""

from pathlib import Path

import pytest

from polyactors.bench import decide as decide_bench
from polyactors.bench.ingest import ingest
from polyactors.bench.measure import Ratio, Skipped, beside, percentile, spread
from tests.end_to_end.recordings import make


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return make(400).write(tmp_path / "recording")


def test_ingest_measures_and_compares(recording: Path) -> None:
    figures = ingest(recording)
    assert all(figure.least > 0 for figure in figures)
    yardsticks = [ratio.yardstick for figure in figures for ratio in figure.beside]
    assert yardsticks == [figure.name for figure in figures][:-1]


def test_decide_sees_intents(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide_bench, "SECONDS", 0.3)
    monkeypatch.setattr(decide_bench, "RUNS", 1)
    *_, intents = decide_bench.decide(recording)
    assert intents.median > 0


def test_what_is_missing_is_skipped_and_named(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match="no recording in"):
        ingest(tmp_path / "nowhere")


def test_a_figure_is_the_spread_of_its_runs() -> None:
    figure = spread("x", "us", [3.0, 1.0, 2.0])
    assert (figure.least, figure.median, figure.most, figure.runs) == (1.0, 2.0, 3.0, 3)
    assert beside(figure, spread("y", "us", [4.0])).beside == (Ratio(0.5, "y"),)
    assert [percentile([float(n) for n in range(100)], each) for each in (50, 99)] == [50.0, 99.0]
