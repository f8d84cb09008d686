"""What is asked is done, what cannot be done is refused with a reason, and neither harms the tree."""

import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from attrs import AttrsInstance, frozen

from polyactors.control.desk import LONGEST_STATE, Desk
from polyactors.control.wire import (
    ActorShown,
    Answer,
    AnyRequest,
    DeadLetters,
    Done,
    Kill,
    Mailboxes,
    Pages,
    Refused,
    RestartActor,
    Resume,
    ShowActor,
    ShowDeadLetters,
    ShowMailboxes,
    ShowState,
    ShowTree,
    ShowWaits,
    SlowDown,
    StateShown,
    Suspend,
    Tree,
    Waits,
    encode,
)
from supervision.child import ChildState
from supervision.introspection.rates import Rates
from supervision.specs import ActorSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Probe, probe, run_tree
from supervision.testing import Tree as RunningTree

A = TypeVar("A")

SECOND = 1_000_000_000
OWN = "top/inner/control"


class Describing(Probe):
    """Gives as its state what it was sent last; an error is raised."""

    state: object = None

    def receive(self, message: object) -> None:
        self.state = message

    def describe(self) -> object:
        if isinstance(self.state, Exception):
            raise self.state
        return self.state


@frozen
class Plain:
    numbers: tuple[int, ...]
    of: "Plain | None" = None


@frozen
class Odd:
    """What JSON has no words for."""

    what: object


def spec(diary: Diary) -> SupervisorSpec:
    inner = SupervisorSpec(name="inner", strategy=Strategy.ONE_FOR_ONE, children=(probe("control", diary),))
    return SupervisorSpec(
        name="top",
        strategy=Strategy.ONE_FOR_ONE,
        children=(
            probe("a", diary),
            probe("b", diary),
            ActorSpec(name="says", create=lambda: Describing(diary)),
            probe("once", diary, restart=Restart.TEMPORARY),
            inner,
        ),
    )


Ask = Callable[[AnyRequest], Awaitable[Answer]]


def at_a_desk(script: Callable[[RunningTree, Ask], Awaitable[None]], diary: Diary | None = None) -> RunningTree:
    """Run `script` with the tree and what asks the desk; the answer is that of a client: its pages in one."""

    async def with_desk(tree: RunningTree) -> None:
        rates = Rates(tree.runtime)
        desk = Desk(tree.runtime, OWN, rates)

        async def ask(request: AnyRequest) -> Answer:
            lines: list[bytes] = []

            async def send(answer: Answer) -> None:
                lines.append(encode(answer))

            await tree.run(lambda: desk.carry_out(request, send, "a test"))
            pages = Pages()
            *begun, last = [pages.take(line) for line in lines]
            assert all(page is None for page in begun) and last is not None
            return last  # type: ignore[return-value]

        await script(tree, ask)

    return run_tree(spec(diary or Diary()), with_desk)


def expect(answer: Answer, kind: type[A]) -> A:
    assert isinstance(answer, kind), answer
    return answer


def test_mailboxes_are_shown_by_pressure_and_as_many_as_asked_for() -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        for path in ("top/a", "top/b"):
            tree.cell(path).suspend()
        await tree.settle()
        tree.tell("top/a", 1, 2)
        tree.tell("top/b", 1, 2, 3)
        everybody = expect(await ask(ShowMailboxes()), Mailboxes)
        assert [actor.path for actor in everybody.actors] == ["top/b", "top/a", OWN, "top/once", "top/says"]
        assert everybody.total == 5 and everybody.at_ns == tree.clock.now_ns()
        first = expect(await ask(ShowMailboxes("**", 1)), Mailboxes)
        assert [(actor.path, actor.depth) for actor in first.actors] == [("top/b", 3)]
        assert first.total == 5
        some = expect(await ask(ShowMailboxes("top/*/**")), Mailboxes)
        assert some.total == 5
        assert expect(await ask(ShowMailboxes("nobody/*")), Mailboxes).actors == ()

    at_a_desk(script)


def test_between_those_that_are_as_full_waiting_time_decides_as_it_is_now() -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        async def wait_in(path: str, duration_ns: int) -> None:
            tree.cell(path).suspend()
            tree.tell(path, 1)
            await tree.advance(duration_ns)
            tree.cell(path).resume()
            await tree.settle()

        async def first() -> str:
            return expect(await ask(ShowMailboxes("top/*", 1)), Mailboxes).actors[0].path

        await wait_in("top/a", SECOND)
        await wait_in("top/b", 2 * SECOND)
        assert await first() == "top/b"
        await wait_in("top/a", 3 * SECOND)
        assert await first() == "top/a"

    at_a_desk(script)


def test_the_tree_has_every_node_with_its_parent_before_it() -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        lines = expect(await ask(ShowTree()), Tree).lines
        assert [(line.depth, line.name) for line in lines] == [
            (0, "top"),
            (1, "a"),
            (1, "b"),
            (1, "says"),
            (1, "once"),
            (1, "inner"),
            (2, "control"),
        ]
        assert [line.strategy for line in lines[:2]] == ["one_for_one", None]

    at_a_desk(script)


def test_a_suspended_actor_keeps_its_messages_until_it_is_resumed() -> None:
    diary = Diary()

    async def script(tree: RunningTree, ask: Ask) -> None:
        expect(await ask(Suspend("top/a")), Done)
        tree.tell("top/a", 1, 2)
        await tree.settle()
        shown = expect(await ask(ShowActor("top/a")), ActorShown).actor
        assert (shown.state, shown.depth) == (ChildState.SUSPENDED, 2)
        expect(await ask(Resume("top/a")), Done)
        await tree.settle()
        assert diary.received("top/a") == [1, 2]
        assert expect(await ask(ShowActor("top/a")), ActorShown).actor.state is ChildState.RUNNING

    at_a_desk(script, diary)


def test_a_kill_is_a_death_and_a_restart_is_not() -> None:
    diary = Diary()

    async def script(tree: RunningTree, ask: Ask) -> None:
        expect(await ask(Kill("top/a")), Done)
        await tree.settle()
        killed = expect(await ask(ShowActor("top/a")), ActorShown).actor
        assert (killed.generation, killed.restarts) == (2, 1)
        assert killed.last_error is not None and "a test" in killed.last_error
        assert diary.order("stopping") == []
        expect(await ask(RestartActor("top/b")), Done)
        await tree.settle()
        restarted = expect(await ask(ShowActor("top/b")), ActorShown).actor
        assert (restarted.generation, restarted.restarts, restarted.last_error) == (2, 0, None)
        assert diary.order("stopping") == ["b stopping"]

    at_a_desk(script, diary)


def test_an_actor_that_is_slowed_down_is_so_until_it_is_let_go() -> None:
    diary = Diary()

    async def script(tree: RunningTree, ask: Ask) -> None:
        expect(await ask(SlowDown("top/a", SECOND)), Done)
        tree.tell("top/a", 1, 2, 3)
        await tree.settle()
        assert diary.received("top/a") == [1]
        assert expect(await ask(ShowActor("top/a")), ActorShown).actor.slowed_by_ns == SECOND
        await tree.advance(SECOND)
        assert diary.received("top/a") == [1, 2]
        expect(await ask(SlowDown("top/a", 0)), Done)
        await tree.advance(SECOND)
        tree.tell("top/a", 4, 5)
        await tree.settle()
        assert diary.received("top/a") == [1, 2, 3, 4, 5]

    at_a_desk(script, diary)


@pytest.mark.parametrize("kind", [ShowActor, ShowState, Suspend, Resume, Kill, RestartActor, SlowDown])
def test_a_path_that_nobody_has_is_refused_with_the_nearest(kind: Callable[[str], AnyRequest]) -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        refused = expect(await ask(kind("top/sais")), Refused)
        assert "top/sais" in refused.why
        assert refused.suggestions[0] == "top/says"
        assert expect(await ask(kind("control")), Refused).suggestions == (OWN,)

    tree = at_a_desk(script)
    assert not tree.logged("an operator acts")


@pytest.mark.parametrize("kind", [ShowState, Suspend, Resume, SlowDown])
def test_what_only_an_actor_can_do_is_refused_for_a_supervisor(kind: Callable[[str], AnyRequest]) -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        assert expect(await ask(kind("top/inner")), Refused) == Refused(
            "top/inner is a supervisor, and handles no messages"
        )

    at_a_desk(script)


@pytest.mark.parametrize("kind", [Kill, RestartActor])
def test_the_root_can_be_ended_by_nobody(kind: Callable[[str], AnyRequest]) -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        assert "root" in expect(await ask(kind("top")), Refused).why
        assert tree.is_up("top/a")

    at_a_desk(script)


def test_a_temporary_child_is_not_restarted_by_hand() -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        assert "temporary" in expect(await ask(RestartActor("top/once")), Refused).why
        assert tree.is_up("top/once")

    at_a_desk(script)


@pytest.mark.parametrize("path", [OWN, "top/inner"])
@pytest.mark.parametrize("kind", [Kill, RestartActor])
def test_who_ends_this_very_conversation_is_answered_before(kind: Callable[[str], AnyRequest], path: str) -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        assert "this connection ends with it" in expect(await ask(kind(path)), Done).what
        await tree.settle()
        assert tree.cell(OWN).generation == 2

    at_a_desk(script)


def test_supervisors_are_shown_killed_and_restarted_too() -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        shown = expect(await ask(ShowActor("top/inner")), ActorShown).actor
        assert (shown.strategy, shown.children, shown.capacity) == ("one_for_one", (OWN,), 0)

    at_a_desk(script)


def test_what_operators_do_is_logged_with_who_did_it() -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        await ask(ShowTree())
        assert not tree.logged("an operator acts")
        for request in (Suspend("top/a"), Resume("top/a"), SlowDown("top/a", 0), Kill("top/a"), RestartActor("top/a")):
            await ask(request)
        lines = tree.logged("an operator acts")
        assert [(line.fields["to"], line.fields["source"]) for line in lines] == [("top/a", "a test")] * 5

    at_a_desk(script)


def test_dead_letters_are_the_newest_and_with_their_traces() -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        for number in range(3):
            tree.tell("top/a", Crash(f"number {number}"))
            await tree.settle()
            await tree.advance(20 * SECOND)
        answer = expect(await ask(ShowDeadLetters(2)), DeadLetters)
        assert answer.total == 3
        assert [letter.message for letter in answer.letters] == ["Crash(why='number 1')", "Crash(why='number 2')"]
        last = answer.letters[-1]
        assert (last.to, last.sender, last.message_type) == ("top/a", "", "Crash")
        assert "ProbeError: number 2" in last.trace and "Traceback" in last.trace

    at_a_desk(script)


def test_waits_have_their_circles() -> None:
    async def script(tree: RunningTree, ask: Ask) -> None:
        assert expect(await ask(ShowWaits()), Waits) == Waits(tree.clock.now_ns(), (), ())

    at_a_desk(script)


class TestTheStateOfAnActor:
    def shown(self, state: object) -> StateShown:
        answers: list[StateShown] = []

        async def script(tree: RunningTree, ask: Ask) -> None:
            tree.tell("top/says", state)
            await tree.settle()
            answers.append(expect(await ask(ShowState("top/says")), StateShown))
            assert tree.cell("top/says").generation == 1, "looking harms nobody"

        at_a_desk(script)
        return answers[0]

    def test_is_json_where_it_can_be(self) -> None:
        shown = self.shown(Plain((1, 2), Plain(())))
        assert shown.is_json and shown.error is None and shown.type_name == "Describing"
        assert json.loads(shown.state or "") == {"numbers": [1, 2], "of": {"numbers": [], "of": None}}

    @pytest.mark.parametrize("state", [Odd({1, 2}), Odd(object), (1, 2), "words", 7])
    def test_and_else_its_representation(self, state: object) -> None:
        assert self.shown(state) == StateShown("top/says", "Describing", repr(state), False, None)

    def test_is_cut_where_it_is_very_long(self) -> None:
        shown = self.shown(Odd("x" * 2 * LONGEST_STATE))
        assert not shown.is_json and shown.state is not None and len(shown.state) == LONGEST_STATE

    def test_that_cannot_be_told_is_an_error_that_is_told(self) -> None:
        assert self.shown(ZeroDivisionError("no")).error == "describe() raised ZeroDivisionError: no"
        assert self.shown(RecursionError("deep")).error == "describe() raised RecursionError: deep"

    def test_of_one_that_has_none(self) -> None:
        assert self.shown(None) == StateShown("top/says", "Describing", None, False, "it does not describe itself")

    def test_of_one_that_is_down(self) -> None:
        async def script(tree: RunningTree, ask: Ask) -> None:
            await tree.run(lambda: tree.supervisor("top").terminate_child("a"))
            assert expect(await ask(ShowState("top/a")), StateShown).error == "it is down, and has no state"

        at_a_desk(script)

    def test_has_words_that_no_text_can_hold(self) -> None:
        shown = self.shown(Odd("\ud800"))
        assert shown.is_json and json.loads(shown.state or "") == {"what": "\ud800"}


def test_rates_are_shown_where_they_are_known() -> None:
    async def script(tree: RunningTree) -> None:
        rates = Rates(tree.runtime)
        desk = Desk(tree.runtime, OWN, rates)
        await rates.tick()
        tree.tell("top/a", 1, 2, 3)
        await tree.advance(SECOND)
        await rates.tick()
        answers: list[AttrsInstance] = []

        async def send(answer: Answer) -> None:
            answers.append(answer)

        await desk.carry_out(ShowActor("top/a"), send, "a test")
        (shown,) = answers
        assert isinstance(shown, ActorShown)
        assert shown.actor.rate_per_second == 3

    run_tree(spec(Diary()), script)
