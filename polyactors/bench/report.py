"""What a benchmark has to say: the machine, the figures part by part, and what is only quoted."""

import os
import platform

from attrs import frozen

from polyactors.bench.measure import Figure


@frozen
class Machine:
    processor: str
    cores: int
    python: str
    system: str


@frozen
class Part:
    """The figures of one benchmark, in the order in which they are to be read."""

    name: str
    figures: tuple[Figure, ...]


@frozen
class Quoted:
    """A figure that somebody else measured on another machine."""

    what: str
    figure: str
    source: str


@frozen
class Report:
    """`skipped` says what was not measured and why, `failed` what did not do its work while it was measured."""

    machine: Machine
    parts: tuple[Part, ...]
    quoted: tuple[Quoted, ...]
    skipped: tuple[str, ...]
    failed: tuple[str, ...]


def this_machine() -> Machine:
    return Machine(
        _processor(), os.cpu_count() or 1, platform.python_version(), f"{platform.system()} {platform.machine()}"
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    except OSError:
        return platform.processor() or "unknown"
