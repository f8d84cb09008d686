"""With the same seed and inputs the order of 100,000 handled messages is the same, whatever the process; with timers,
restarts of all kinds, workers, questions, and children that come and go."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path as FilePath

import trio

from supervision.actor import Actor
from supervision.address import Path
from supervision.mailbox import MailboxSpec, OnRestart, Overflow
from supervision.operations import OperationRefused
from supervision.order import HandledOrder
from supervision.questions import ActorDown
from supervision.reasons import Down
from supervision.runtime import Runtime
from supervision.specs import SECOND, ActorSpec, Backoff, Restart, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Tree, run_tree

MESSAGES = 100_000
NAMES = tuple(f"g/{letter}" for letter in "abcdefgh")
GUESTS = "guests"


class BadLuck(Exception):
    pass


class Busy(Actor[object]):
    """Passes a message on to one or two others, sets timers, watches, answers, and crashes now and then."""

    def started(self) -> None:
        for name in NAMES:
            self.monitor(name)
        self.every("tick", 30 * MILLISECOND, "tick")
        self.work("asker", self._ask)

    def receive(self, message: object) -> None:
        if self.random.random() < 0.002:
            raise BadLuck
        if message == "question":
            self.reply(self.generation)
        if isinstance(message, Down) or self.random.random() < 0.35:
            return
        for _ in range(self.random.randrange(1, 3)):
            self.tell(self.address(Path[object](self.random.choice(NAMES))), "passed on")
        if self.random.random() < 0.05:
            self.after(self.random.randrange(3), self.random.randrange(SECOND), "timer")

    async def _ask(self) -> None:
        while True:
            await trio.sleep(self.random.random() / 20)
            try:
                await self.ask(self.address(Path[object](self.random.choice(NAMES))), "question", SECOND)
            except (trio.TooSlowError, ActorDown):
                continue
            if self.random.random() < 0.01:
                raise BadLuck


class Host(Actor[object]):
    """Has children come and go."""

    def started(self) -> None:
        self.work("host", self._host)

    async def _host(self) -> None:
        guests = self.supervisor(GUESTS)
        while True:
            await trio.sleep(self.random.random() / 5)
            name = f"guest-{self.random.randrange(4)}"
            spec = ActorSpec(name=name, create=Busy, restart=Restart.TEMPORARY)
            try:
                if await guests.start_child(spec) is not None:
                    self.address(Path[object](f"{GUESTS}/{name}")).tell("welcome")
            except OperationRefused:
                await guests.terminate_child(name)


def busy_tree() -> SupervisorSpec:
    boxes = (
        MailboxSpec(capacity=50, overflow=Overflow.DROP),
        MailboxSpec(capacity=50, overflow=Overflow.DROP, on_restart=OnRestart.DISCARD),
        MailboxSpec(capacity=200, overflow=Overflow.CRASH, on_restart=OnRestart.RETRY),
    )
    busy = tuple(
        ActorSpec(name=name.removeprefix("g/"), create=Busy, mailbox=boxes[number % len(boxes)])
        for number, name in enumerate(NAMES)
    )
    quickly = Backoff(initial_ns=MILLISECOND, maximum_ns=20 * MILLISECOND)
    return SupervisorSpec(
        name="root",
        strategy=Strategy.ONE_FOR_ONE,
        is_group=True,
        intensity=100_000,
        backoff=quickly,
        children=(
            SupervisorSpec(
                name="g", strategy=Strategy.REST_FOR_ONE, children=busy, intensity=20, period_ns=SECOND, backoff=quickly
            ),
            SupervisorSpec(name=GUESTS, strategy=Strategy.ONE_FOR_ONE, is_dynamic=True),
            ActorSpec(name="host", create=Host),
        ),
    )


@cache
def order_of(seed: int, messages: int = MESSAGES) -> str:
    found: list[HandledOrder] = []

    def prepare(runtime: Runtime) -> None:
        found.append(HandledOrder(runtime))

    async def script(tree: Tree) -> None:
        while found[0].count < messages:
            await tree.advance(100 * MILLISECOND)

    tree = run_tree(busy_tree(), script, seed, prepare)
    cells = tree.runtime.registry.cells()
    assert sum(cell.generation for cell in cells) > messages / 1000, "hardly anybody was restarted"
    return found[0].digest


def test_two_processes_with_one_seed_have_the_same_order() -> None:
    root = FilePath(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": str(root)}
    other = subprocess.run([sys.executable, __file__], env=environment, check=True, capture_output=True, text=True)
    assert other.stdout.strip() == order_of(7)


def test_another_seed_has_another_order() -> None:
    assert order_of(7, 5000) != order_of(8, 5000)


if __name__ == "__main__":
    print(order_of(7))
