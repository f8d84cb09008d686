"""What the tests of injected faults share: one or more probes, a plan, and what came of it."""

from collections.abc import Awaitable, Callable

from attrs import define, field

from supervision.faults.injector import FaultInjector
from supervision.faults.plan import Fault, FaultPlan
from supervision.specs import Backoff, ChildSpec, Strategy, SupervisorSpec
from supervision.testing import Diary, Tree, probe, run_tree

MS = 1_000_000
A = "top/a"

AT_ONCE = Backoff(initial_ns=0, maximum_ns=0)


def top_of(*children: ChildSpec) -> SupervisorSpec:
    return SupervisorSpec(
        name="top", strategy=Strategy.ONE_FOR_ONE, children=children, intensity=10_000, backoff=AT_ONCE
    )  # fmt: skip


@define(eq=False)
class Scene:
    """A tree with an armed plan; virtual time."""

    tree: Tree
    diary: Diary
    injector: FaultInjector
    sent: int = 0
    began_ns: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.began_ns = self.tree.clock.now_ns()

    def send(self, count: int, to: str = A) -> None:
        """The next `count` numbers, all at once."""
        for _ in range(count):
            self.sent += 1
            self.tree.tell(to, self.sent)

    async def send_each(self, pause_ns: int, count: int, to: str = A) -> None:
        """The next `count` numbers with a pause after each."""
        for _ in range(count):
            self.send(1, to)
            await self.tree.advance(pause_ns)

    def received(self, path: str = A) -> list[object]:
        return self.diary.received(path)

    def when(self, path: str = A) -> list[tuple[object, float]]:
        """What was received, and so many milliseconds after the start."""
        return [
            (line.detail, (line.at_ns - self.began_ns) / MS)
            for line in self.diary.lines
            if line.path == path and line.event == "received"
        ]

    def lives(self, path: str = A) -> list[int]:
        """In which life each message was received."""
        return [line.generation for line in self.diary.lines if line.path == path and line.event == "received"]

    @property
    def dead(self) -> list[tuple[object, str]]:
        return [(letter.message, letter.why) for letter in self.tree.runtime.dead_letters]

    @property
    def came(self) -> int:
        return sum(count.count for count in self.injector.counts)


def play(
    faults: Fault | tuple[Fault, ...],
    script: Callable[[Scene], Awaitable[None]],
    *children: ChildSpec,
    diary: Diary | None = None,
    seed: int = 0,
) -> Scene:
    """Run `script` with the faults armed, on `children` or one probe called a; all ends well and nothing is left."""
    diary = diary or Diary()
    scene: Scene | None = None

    async def whole(tree: Tree) -> None:
        nonlocal scene
        plan = FaultPlan((faults,) if isinstance(faults, Fault) else faults)
        scene = Scene(tree, diary, FaultInjector(tree.runtime, plan))
        scene.injector.arm()
        await script(scene)
        scene.injector.disarm()
        await tree.settle()

    run_tree(top_of(*(children or (probe("a", diary),))), whole, seed)
    assert scene is not None
    return scene
