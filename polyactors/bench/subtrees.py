"""A supervisor's children stopped one after another in reverse, and started one after another in order."""

import time

import trio
from attrs import define, field

from polyactors.bench import bare_lives
from polyactors.bench.measure import Figure, compared, demand, in_turns, spread
from polyactors.bench.running import flat, running
from supervision.actor import Actor
from supervision.reasons import ExitReason
from supervision.specs import ActorSpec, Strategy, SupervisorSpec

AIMS = {100: "7 or less", 1_000: "75 or less"}
"""Milliseconds by the number of actors."""

RUNS = 5
SUBTREE = "subtree"


def subtrees() -> list[Figure]:
    return [figure for size, aim in AIMS.items() for figure in _subtree(size, aim)]


def _subtree(size: int, aim: str) -> list[Figure]:
    renewed, bare = in_turns(RUNS, lambda: trio.run(_renew, size), lambda: trio.run(bare_lives.stop_and_start, size))
    return compared(
        [
            spread(f"subtree of {size:,} stopped in reverse and started in order", "ms", renewed, aim),
            spread(f"trio, {size:,} tasks cancelled in reverse and started in order", "ms", bare),
        ],
        measured=1,
    )


@define(eq=False)
class _Roll:
    """The order in which the members of a subtree came and went."""

    size: int
    started: list[int] = field(factory=list)
    stopped: list[int] = field(factory=list)
    complete: trio.Event = field(factory=trio.Event)
    complete_ns: int = 0

    def has_started(self, number: int) -> None:
        self.started.append(number)
        if len(self.started) == self.size:
            self.complete_ns = time.perf_counter_ns()
            self.complete.set()


class _Member(Actor[None]):
    def __init__(self, number: int, roll: _Roll) -> None:
        self._number = number
        self._roll = roll

    def started(self) -> None:
        self._roll.has_started(self._number)

    def stopping(self, reason: ExitReason) -> None:
        self._roll.stopped.append(self._number)


async def _renew(size: int) -> float:
    """Milliseconds from asking for it to the last start."""
    roll = _Roll(size)

    def member(number: int) -> ActorSpec:
        return ActorSpec(name=f"member-{number}", create=lambda: _Member(number, roll))

    children = tuple(member(number) for number in range(size))
    tree = flat(SupervisorSpec(name=SUBTREE, strategy=Strategy.ONE_FOR_ALL, children=children))
    async with running(tree) as runtime:
        roll.started.clear()
        roll.complete = trio.Event()
        began_ns = time.perf_counter_ns()
        await runtime.restart(SUBTREE, "a benchmark")
        await roll.complete.wait()
        in_order = list(range(size))
        demand((roll.stopped, roll.started), (in_order[::-1], in_order), "who stopped, and who started")
    return (roll.complete_ns - began_ns) / 1e6
