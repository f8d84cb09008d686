"""The same seed gives the same order of everything, in every process; another seed another order."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import trio

from supervision.mailbox import MailboxSpec, Overflow
from supervision.specs import SECOND, Backoff, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Diary, Probe, ProbeError, Tree, probe, run_tree

NAMES = ("a", "b", "c", "d", "e")


class Busy(Probe):
    """Sends on at random, sets timers, runs workers, watches the others, and crashes now and then."""

    def started(self) -> None:
        super().started()
        for name in NAMES:
            self.monitor(f"top/g/{name}")
        self.every("tick", 70 * MILLISECOND, "tick")
        self.work("worker", self._work)

    def receive(self, message: object) -> None:
        self.note("received", f"{message} {self.correlation}")
        if self.random.random() < 0.03:
            raise ProbeError("bad luck")
        for _ in range(self.random.randrange(2)):
            to = self.address_of(self.random.choice(NAMES))
            self.tell(to, f"{self.path} {self.ids.name('message')}")
        if self.random.random() < 0.1:
            self.after(self.random.randrange(3), self.random.randrange(SECOND), "timer")

    def address_of(self, name: str):  # type: ignore[no-untyped-def]
        return self._life.runtime.registry.cell(f"top/g/{name}").address

    async def _work(self) -> None:
        while True:
            await trio.sleep(self.random.random() / 10)
            await self.offload(hashlib.sha256, b"work")
            await self.address_of(self.random.choice(NAMES)).send("from a worker")
            if self.random.random() < 0.02:
                raise ProbeError("the worker's bad luck")


def fingerprint(seed: int) -> str:
    diary = Diary()
    children = []
    for name in NAMES:
        spec = probe(name, diary, mailbox=MailboxSpec(capacity=50, overflow=Overflow.DROP))
        children.append(type(spec)(name=name, create=lambda: Busy(diary), mailbox=spec.mailbox))
    group = SupervisorSpec(
        name="g",
        strategy=Strategy.REST_FOR_ONE,
        children=tuple(children),
        intensity=8,
        period_ns=2 * SECOND,
        backoff=Backoff(initial_ns=20 * MILLISECOND, maximum_ns=SECOND),
    )
    top = SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=(group,), intensity=1000)

    async def script(tree: Tree) -> None:
        await tree.advance(20 * SECOND)

    tree = run_tree(top, script, seed)
    assert sum(cell.generation for cell in tree.runtime.registry.cells()) > 20
    assert len(diary.lines) > 1000
    text = "\n".join(map(repr, [*diary.lines, *((each.at_ns, each.event, each.actor) for each in tree.log)]))
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_same_seed_gives_the_same_order() -> None:
    assert fingerprint(7) == fingerprint(7)


def test_another_seed_gives_another_order() -> None:
    assert fingerprint(7) != fingerprint(8)


def test_the_order_does_not_depend_on_the_process() -> None:
    def of_process(hash_seed: str) -> str:
        root = Path(__file__).resolve().parents[2]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)}
        command = [sys.executable, __file__]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    assert of_process("1") == of_process("4242") == fingerprint(7)


if __name__ == "__main__":
    print(fingerprint(7))
