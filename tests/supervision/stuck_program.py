"""A small tree with an actor that hangs as the first argument says, under a last resort of as many milliseconds as the
second one says.

It prints the guard's process and `ready` when it hangs, and `ended` after an end in good order.
"""

import itertools
import re
import signal
import sys
import time
from collections.abc import Callable

import trio

from supervision.actor import Actor
from supervision.address import Path
from supervision.clock import SteadyClock
from supervision.isolation.blame import Blame
from supervision.isolation.last_resort import LastResort, Patience
from supervision.runtime import Runtime
from supervision.specs import SECOND, ActorSpec, Strategy, SupervisorSpec

MILLISECOND = 1_000_000
EXIT_CODE = 14


def loop_for_ever() -> None:
    while True:
        pass


def call_that_looks_for_signals() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


def call_that_holds_the_interpreter() -> None:
    sum(itertools.count())


HANDLERS: dict[str, Callable[[], None]] = {
    "loop": loop_for_ever,
    "re": call_that_looks_for_signals,
    "sum": call_that_holds_the_interpreter,
    "sleep": lambda: time.sleep(1000),
    "nothing": lambda: None,
}


class Hangs(Actor[str]):
    def receive(self, message: str) -> None:
        print("ready", flush=True)
        match message:
            case "worker":
                self.work("stubborn", self._swallow)
            case "thread":
                self.work("stuck", self._offload)
            case _:
                HANDLERS[message]()

    async def _swallow(self) -> None:
        while True:
            try:
                await trio.sleep_forever()
            except trio.Cancelled:
                await self._shielded()

    async def _shielded(self) -> None:
        try:
            with trio.CancelScope(shield=True):
                await trio.sleep_forever()
        except trio.Cancelled:
            return

    async def _offload(self) -> None:
        await self.offload(time.sleep, 1000)


async def stop_when_told(runtime: Runtime, *, task_status: trio.TaskStatus[None]) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for number in signals:
            runtime.stop(signal.Signals(number).name)


async def main(how: str, within_ms: int) -> None:
    runtime = Runtime(SteadyClock())
    actor = ActorSpec(name="hangs", create=Hangs, stop_within_ns=SECOND // 10)
    runtime.describe(SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=(actor,)))
    blame = Blame(runtime)
    patience = Patience(within_ms * MILLISECOND, EXIT_CODE)
    with LastResort(patience, lambda why: f"{why}\n{blame}", guarded=True) as last_resort:
        print(last_resort.guard_pid, flush=True)
        if how == "asked":
            last_resort.stop_was_asked("there is nothing left to do")
            how = "loop"
        runtime.registry.address(Path[str]("top/hangs")).tell(how)
        async with trio.open_nursery() as nursery:
            await nursery.start(stop_when_told, runtime)
            await runtime.run()
            nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, sys.argv[1], int(sys.argv[2]))
    print("ended", flush=True)
