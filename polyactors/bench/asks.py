"""Questions with their deadline, beside the ways to ask that trio and pykka have."""

import time

import trio

from polyactors.bench import pykka_yardsticks, yardsticks
from polyactors.bench.measure import Line, Timed, demand, times
from polyactors.bench.running import flat, roomy, running
from supervision.actor import Actor
from supervision.address import Path

ASKS = 5_000
WITHIN_NS = 1_000_000_000

ECHO: Path[int] = Path("echo")


def asks() -> list[Line]:
    aims = {50: "13 or less", 99: "30 or less"}
    return [
        *times(
            [Timed("ask with its deadline", lambda: trio.run(_ask, ASKS), aims)],
            [
                Timed("trio, parked slot without a deadline", lambda: trio.run(yardsticks.parked_slot, ASKS), {}),
                Timed("trio, one-shot channel in fail_after", lambda: trio.run(yardsticks.one_shot_channel, ASKS), {}),
                *pykka_yardsticks.ask(ASKS),
            ],
        ),
        *pykka_yardsticks.missing(),
    ]


class _Echo(Actor[int]):
    def receive(self, message: int) -> None:
        self.reply(message)


async def _ask(count: int) -> list[float]:
    taken = []
    async with running(flat(roomy(ECHO.text, _Echo))) as runtime:
        echo = runtime.registry.address(ECHO)
        for number in range(count):
            began_ns = time.perf_counter_ns()
            answer = await runtime.ask(echo, number, WITHIN_NS)
            taken.append((time.perf_counter_ns() - began_ns) / 1000)
            demand(answer, number, "the actor's answer")
    return taken
