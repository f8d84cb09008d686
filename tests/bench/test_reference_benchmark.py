"""The benchmark of reference prices measures ticks that came to a snapshot, and says so where they did not."""

import pytest

from actors.feeds.reference.median import MedianBoard
from actors.feeds.reference.venue_price import Refused
from messages.reference import ReferenceQuote, ReferenceTick
from polyactors.bench import reference_prices as reference_bench
from polyactors.bench.measure import WorkNotDone


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_bench, "SECONDS", 0.1)
    monkeypatch.setattr(reference_bench, "RUNS", 1)


def test_every_tick_is_aggregated_and_comes_to_a_snapshot() -> None:
    figures = reference_bench.reference_prices()
    assert len(figures) == 12
    assert all(figure.least > 0 for figure in figures)
    published = [figure for figure in figures if "published at 50 Hz, p50" in figure.name]
    assert [figure.median < 1000 for figure in published] == [True]


def test_ticks_that_are_not_taken_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: MedianBoard, data: ReferenceTick | ReferenceQuote) -> Refused:
        return Refused.LATE

    monkeypatch.setattr(MedianBoard, "see", refuse)
    with pytest.raises(WorkNotDone, match="ticks aggregated by the actor: expected 1000, found 0"):
        reference_bench.reference_prices()
