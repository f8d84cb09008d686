"""Runs a thing several times and says how it went: least, median, most, and the ratio to a yardstick of that run."""

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable

from attrs import frozen


@frozen
class Figure:
    """One line of a benchmark. `ratio` is the median over that of the yardstick named by `compared_with`."""

    name: str
    unit: str
    least: float
    median: float
    most: float
    runs: int
    aim: str = ""
    compared_with: str = ""
    ratio: float | None = None


@frozen
class Machine:
    processor: str
    cores: int
    python: str
    system: str


@frozen
class Report:
    """`skipped` says what was not measured and why."""

    machine: Machine
    figures: tuple[Figure, ...]
    skipped: tuple[str, ...]


class Skipped(Exception):
    """The benchmark needs something that is not here; the text says what."""


def this_machine() -> Machine:
    return Machine(
        _processor(), os.cpu_count() or 1, platform.python_version(), f"{platform.system()} {platform.machine()}"
    )


def rate(name: str, unit: str, count: int, run: Callable[[], object], runs: int = 5, aim: str = "") -> Figure:
    """`count` things a run, in `unit` a second of the process's own time: what else the machine does counts less.

    What there was before is frozen, as the commands do at their start: the collector does not go through it again.
    """
    per_second = []
    for _ in range(runs):
        gc.collect()
        gc.freeze()
        began = time.process_time_ns()
        run()
        per_second.append(count * 1e9 / max(time.process_time_ns() - began, 1))
        gc.unfreeze()
    return spread(name, unit, per_second, aim)


def spread(name: str, unit: str, values: Iterable[float], aim: str = "") -> Figure:
    """A figure from the values of several runs."""
    ordered = sorted(values)
    return Figure(name, unit, ordered[0], statistics.median(ordered), ordered[-1], len(ordered), aim)


def beside(figure: Figure, yardstick: Figure) -> Figure:
    """`figure` with its ratio to `yardstick`."""
    return Figure(
        figure.name,
        figure.unit,
        figure.least,
        figure.median,
        figure.most,
        figure.runs,
        figure.aim,
        yardstick.name,
        figure.median / yardstick.median if yardstick.median else None,
    )


def percentile(ordered: list[float], percent: float) -> float:
    """Of values in ascending order; the nearest rank."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    except OSError:
        return platform.processor() or "unknown"
