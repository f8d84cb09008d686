"""A life that does not end when it is cancelled holds up nobody: its shields are lifted, and at last it is cut off."""

from contextlib import suppress

import pytest
import trio

from supervision.child import ChildState
from supervision.lives import GRACE_NS
from supervision.reasons import Crashed, Killed
from supervision.shields import lift_shields
from supervision.specs import SECOND, ActorSpec, Backoff, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, Tree, probe, run_tree

STOP_NS = 2 * SECOND


def top(*children: ActorSpec) -> SupervisorSpec:
    return SupervisorSpec(
        name="top",
        strategy=Strategy.ONE_FOR_ONE,
        children=children,
        backoff=Backoff(initial_ns=0, maximum_ns=0),
    )


async def shielded_for_ever() -> None:
    with trio.CancelScope(shield=True):
        await trio.sleep_forever()


async def shielded_in_a_nursery() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(shielded_for_ever)
        with trio.CancelScope(shield=True):
            await shielded_for_ever()


class Stubborn:
    """A worker that minds no cancellation, and shields itself anew after each, until it is let go."""

    def __init__(self) -> None:
        self.let_go = False
        self.naps = 0
        self.naps_at_most = 1000

    async def work(self) -> None:
        while not self.let_go and self.naps < self.naps_at_most:
            # Without a nap that nobody cancels it would hold the loop.
            with suppress(trio.Cancelled), trio.CancelScope(shield=True):
                self.naps += 1
                await trio.sleep(1)


def put_to_work(tree: Tree, work: object) -> None:
    tree.tell("top/a", Do(lambda probe: probe.work("w", work)))  # type: ignore[arg-type]


@pytest.mark.parametrize("work", [shielded_for_ever, shielded_in_a_nursery])
@pytest.mark.parametrize("how", ["crash", "kill", "stop", "cancel the supervisor"])
def test_a_shielded_worker_ends_when_its_shields_are_lifted(work: object, how: str) -> None:
    diary = Diary()
    inner = SupervisorSpec(
        name="inner",
        strategy=Strategy.ONE_FOR_ONE,
        is_group=True,
        children=(probe("a", diary, stop_within_ns=STOP_NS), probe("b", diary)),
        backoff=Backoff(initial_ns=0, maximum_ns=0),
    )
    spec = SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=(inner,))

    async def script(tree: Tree) -> None:
        put_to_work(tree, work)
        await tree.settle()
        match how:
            case "crash":
                tree.tell("top/a", Crash())
            case "kill":
                tree.kill("top/a")
            case "stop":
                return
            case _:
                tree.kill("top/inner")
        await tree.advance(STOP_NS + GRACE_NS - SECOND // 10)
        assert tree.cell("top/a").generation == 1
        await tree.advance(SECOND // 5)
        assert tree.cell("top/a").generation == 2
        assert tree.is_up("top/a", "top/b")
        assert tree.runtime.zombies == []
        (line,) = tree.logged("shields were lifted")
        assert line.actor == "top/a"

    tree = run_tree(spec, script)
    if how == "stop":
        assert len(tree.logged("shields were lifted")) == 1
    if how == "crash":
        assert isinstance(tree.cell("top/a").last_failure, Crashed)


def test_one_that_minds_nothing_is_cut_off_and_replaced() -> None:
    diary = Diary()
    stubborn = Stubborn()

    async def script(tree: Tree) -> None:
        put_to_work(tree, stubborn.work)
        await tree.settle()
        former = tree.cell("top/a").actor
        assert former is not None
        tree.kill("top/a")
        await tree.advance(STOP_NS + 3 * GRACE_NS)
        assert tree.runtime.zombies == ["top/a"]
        assert tree.cell("top/a").generation == 2
        assert tree.child("top/a").state is ChildState.RUNNING
        assert isinstance(tree.cell("top/a").last_exit, Killed)
        assert "zombie" in str(tree.cell("top/a").last_exit)

        # What the zombie says reaches nobody, and its timers never ring.
        former.tell(tree.address("top/b"), "from beyond")
        former.after("key", SECOND, "from beyond")
        await former.report("from beyond")
        await tree.advance(2 * SECOND)
        assert diary.received("top/b") == []
        assert diary.received("top/a") == []
        assert [letter.why for letter in tree.runtime.dead_letters] == ["its sender is a zombie"] * 2

        tree.tell("top/a", "to the living")
        await tree.settle()
        assert diary.received("top/a") == ["to the living"]
        stubborn.let_go = True
        await tree.advance(2 * SECOND)
        assert tree.runtime.zombies == []
        assert tree.is_up("top/a")
        assert tree.cell("top/a").generation == 2

    tree = run_tree(top(probe("a", diary, stop_within_ns=STOP_NS), probe("b", diary)), script)
    assert [line.actor for line in tree.logged("a zombie has ended after all")] == ["top/a"]
    assert stubborn.naps > 5


def test_the_rest_of_the_tree_stops_in_order_beside_a_zombie() -> None:
    diary = Diary()
    stubborn = Stubborn()

    async def script(tree: Tree) -> None:
        put_to_work(tree, stubborn.work)
        await tree.settle()
        stubborn.naps_at_most = 60
        diary.forget()

    tree = run_tree(top(probe("first", diary), probe("a", diary, stop_within_ns=STOP_NS), probe("last", diary)), script)
    assert diary.order("stopping") == ["last stopping", "a stopping", "first stopping"]
    assert [line.fields["paths"] for line in tree.logged("zombies are left")] == ["top/a"]


def test_a_start_that_shields_itself_is_given_up_in_time() -> None:
    diary = Diary()

    async def load(probe: Probe) -> None:
        if probe.generation == 2:
            await shielded_for_ever()

    async def script(tree: Tree) -> None:
        diary.on_load["top/a"] = load
        tree.kill("top/a")
        await tree.advance(SECOND + STOP_NS + 2 * GRACE_NS)
        assert tree.is_up("top/a")
        assert tree.cell("top/a").generation == 3
        assert tree.runtime.zombies == []

    run_tree(top(probe("a", diary, start_within_ns=SECOND, stop_within_ns=STOP_NS)), script)


async def test_lifting_shields_leaves_those_alone_that_are_outside_of_the_life() -> None:
    scopes: dict[str, trio.CancelScope] = {}
    started = trio.Event()

    async def life() -> None:
        scopes["inside"] = trio.CancelScope(shield=True)
        with scopes["inside"]:
            started.set()
            await trio.sleep_forever()

    with trio.CancelScope(shield=True) as outside:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(life)
            await started.wait()
            (task,) = nursery.child_tasks
            assert lift_shields(task) == 1
            assert not scopes["inside"].shield
            assert outside.shield
            nursery.cancel_scope.cancel()
