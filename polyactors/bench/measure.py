"""Runs a thing several times and says how it went: least, median, most, and the ratio to yardsticks of those runs."""

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import attrs
from attrs import frozen

T = TypeVar("T")

RUNS = 5


@frozen
class Ratio:
    """The median of a figure over that of a yardstick."""

    value: float
    yardstick: str


@frozen
class Figure:
    """One line of a benchmark."""

    name: str
    unit: str
    least: float
    median: float
    most: float
    runs: int
    aim: str = ""
    beside: tuple[Ratio, ...] = ()


@frozen
class NotMeasured:
    """Stands where a figure would be; `why` says what is missing."""

    name: str
    why: str


Line = Figure | NotMeasured


class Skipped(Exception):
    """The benchmark needs something that is not here; the text says what."""


class WorkNotDone(Exception):
    """What was measured did not do its work, so that its time says nothing."""


@frozen
class Rated:
    """A thing that does `count` things each time it is called, and raises `WorkNotDone` where it did fewer."""

    name: str
    unit: str
    count: int
    run: Callable[[], object]
    aim: str = ""


@frozen
class Timed:
    """A thing whose calls give times in microseconds, of which the percentiles in `aims` are wanted."""

    name: str
    run: Callable[[], list[float]]
    aims: Mapping[int, str]


def demand(done: object, expected: object, what: str) -> None:
    """Raise `WorkNotDone` unless they are equal."""
    if done != expected:
        raise WorkNotDone(
            f"{what}: expected {expected}, found {done}; the benchmark itself or what it measures is broken"
        )


def in_turns(runs: int, *contenders: Callable[[], T]) -> list[list[T]]:
    """What each contender gave in each of its runs. They take turns, to see the same machine; the first round of all,
    in which the interpreter learns the code, is thrown away."""
    rounds = [[_undisturbed(each) for each in contenders] for _ in range(runs + 1)][1:]
    return [list(column) for column in zip(*rounds, strict=True)]


def rates(measured: Sequence[Rated], yardsticks: Sequence[Rated], runs: int = RUNS) -> list[Figure]:
    """Each in its unit a second of the process's own time: what else the machine does counts less. What is measured
    comes first, with its ratio to each yardstick."""
    everything = [*measured, *yardsticks]
    columns = in_turns(runs, *(_per_second(each) for each in everything))
    figures = [spread(each.name, each.unit, column, each.aim) for each, column in zip(everything, columns, strict=True)]
    return compared(figures, len(measured))


def times(measured: Sequence[Timed], yardsticks: Sequence[Timed], runs: int = RUNS) -> list[Figure]:
    """A figure for each percentile of each, by the clock on the wall; those of what is measured come first, each with
    its ratio to the same percentile of each yardstick."""
    everything = [*measured, *yardsticks]
    columns = in_turns(runs, *(each.run for each in everything))
    ordered = [[sorted(run) for run in column] for column in columns]
    figures = []
    for percent in measured[0].aims:
        row = [
            spread(f"{each.name}, p{percent}", "us", [percentile(run, percent) for run in column], aim)
            for each, column in zip(everything, ordered, strict=True)
            for aim in [each.aims.get(percent, "")]
        ]
        figures += compared(row, len(measured))
    return figures


def rate(name: str, unit: str, count: int, run: Callable[[], object], runs: int = RUNS, aim: str = "") -> Figure:
    """`rates` of one thing, without a first round that is thrown away."""
    measure = _per_second(Rated(name, unit, count, run))
    return spread(name, unit, [_undisturbed(measure) for _ in range(runs)], aim)


def spread(name: str, unit: str, values: Iterable[float], aim: str = "") -> Figure:
    """A figure from the values of several runs."""
    ordered = sorted(values)
    return Figure(name, unit, ordered[0], statistics.median(ordered), ordered[-1], len(ordered), aim)


def beside(figure: Figure, *yardsticks: Figure) -> Figure:
    """`figure` with its ratio to each yardstick."""
    ratios = tuple(Ratio(figure.median / each.median, each.name) for each in yardsticks if each.median)
    return attrs.evolve(figure, beside=(*figure.beside, *ratios))


def compared(figures: Sequence[Figure], measured: int) -> list[Figure]:
    """The first `measured` figures beside each of the rest, which are their yardsticks."""
    yardsticks = figures[measured:]
    return [*(beside(each, *yardsticks) for each in figures[:measured]), *yardsticks]


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Of values in ascending order; the nearest rank."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


@contextmanager
def frozen_heap() -> Iterator[None]:
    """What there was before is frozen, as the commands do at their start: the collector goes through it no more."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _undisturbed(run: Callable[[], T]) -> T:
    with frozen_heap():
        return run()


def _per_second(rated: Rated) -> Callable[[], float]:
    def measure() -> float:
        began = time.process_time_ns()
        rated.run()
        return rated.count * 1e9 / max(time.process_time_ns() - began, 1)

    return measure
