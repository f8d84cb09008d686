"""From the error of a handler to the next life of its actor, with the mailbox kept."""

import time
from typing import Literal

import trio
from attrs import define, field

from polyactors.bench import bare_lives
from polyactors.bench.measure import Figure, Timed, demand, times
from polyactors.bench.running import Turnstile, flat, roomy, running
from supervision.actor import Actor
from supervision.address import Path

CRASHES = 1_000

Word = Literal["crash", "next"]

FRAGILE: Path[Word] = Path("fragile")


def crashes() -> list[Figure]:
    aims = {50: "60 or less", 99: "120 or less"}
    return times(
        [
            Timed("from a crash to the message after it", lambda: trio.run(_crash_over_and_over, "handled"), aims),
            Timed("from a crash to the start of the next life", lambda: trio.run(_crash_over_and_over, "started"), {}),
        ],
        [Timed("trio, a crashed task replaced by nursery.start", lambda: trio.run(bare_lives.crashes, CRASHES), {})],
    )


@define(eq=False)
class _Watch:
    """When things happened to the actor that crashes, in nanoseconds."""

    raised: list[int] = field(factory=list)
    started: list[int] = field(factory=list)
    handled: list[int] = field(factory=list)
    turnstile: Turnstile = field(factory=Turnstile)


class _Fragile(Actor[Word]):
    def __init__(self, watch: _Watch) -> None:
        self._watch = watch

    def started(self) -> None:
        self._watch.started.append(time.perf_counter_ns())

    def receive(self, message: Word) -> None:
        if message == "crash":
            self._watch.raised.append(time.perf_counter_ns())
            raise RuntimeError("as the benchmark wants")
        self._watch.handled.append(time.perf_counter_ns())
        self._watch.turnstile.let_go()


async def _crash_over_and_over(until: Literal["started", "handled"]) -> list[float]:
    """Microseconds. Each crash has another message behind it, which the mailbox keeps for the next life."""
    watch = _Watch()
    async with running(flat(roomy(FRAGILE.text, lambda: _Fragile(watch)))) as runtime:
        fragile = runtime.registry.address(FRAGILE)
        for _ in range(CRASHES):
            fragile.tell("crash")
            fragile.tell("next")
            await watch.turnstile.wait()
        demand(runtime.registry.cell(FRAGILE.text).generation, CRASHES + 1, "lives of the actor that crashes")
        demand(runtime.dead_letter_count, CRASHES, "messages whose handler failed")
    ended = watch.handled if until == "handled" else watch.started[1:]
    demand((len(watch.raised), len(ended)), (CRASHES, CRASHES), "crashes, and lives after them")
    return [(end_ns - began_ns) / 1000 for began_ns, end_ns in zip(watch.raised, ended, strict=True)]
