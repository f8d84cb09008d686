"""A trace tells each message of one actor, in and out, in all its lives, and changes nothing."""

from supervision.introspection.trace import LONGEST_MESSAGE, UNDELIVERED, Trace, TraceLine
from supervision.mailbox import MailboxSpec, Overflow
from supervision.specs import Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, Tree, probe, run_tree

SECOND = 1_000_000_000


def top(diary: Diary) -> SupervisorSpec:
    children = (probe("a", diary), probe("b", diary), probe("small", diary, mailbox=MailboxSpec(1, Overflow.DROP)))
    return SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=children)


def send(to: str, *messages: object) -> Do:
    def what(actor: Probe) -> None:
        for message in messages:
            actor.tell(actor._life.runtime.registry.cell(to).address, message)

    return Do(what)


def followed(tree: Tree, path: str = "top/a") -> list[TraceLine]:
    lines: list[TraceLine] = []
    Trace(tree.cell(path), lines.append).start()
    return lines


def short(line: TraceLine) -> tuple[str, str, str]:
    return line.direction, line.peer, line.message_type


def test_what_came_in_is_told_before_what_it_made_go_out() -> None:
    async def script(tree: Tree) -> None:
        lines, others = followed(tree), followed(tree, "top/b")
        tree.tell("top/a", send("top/b", 7, "x"), 8)
        await tree.settle()
        assert [short(line) for line in lines] == [
            ("in", "", "Do"),
            ("out", "top/b", "int"),
            ("out", "top/b", "str"),
            ("in", "", "int"),
        ]
        came, first, second, _ = lines
        assert first.causation == second.causation == came.number
        assert first.correlation == came.correlation == came.number
        assert came.causation == 0
        assert [short(line) for line in others] == [("in", "top/a", "int"), ("in", "top/a", "str")]
        assert [line.number for line in others] == [first.number, second.number]
        assert [line.message for line in others] == ["7", "'x'"]

    run_tree(top(Diary()), script)


def test_how_long_it_waited_and_what_its_handler_raised() -> None:
    async def script(tree: Tree) -> None:
        lines = followed(tree)
        await tree.settle()
        tree.cell("top/a").suspend()
        await tree.settle()
        tree.tell("top/a", Crash("bad luck"))
        await tree.advance(3 * SECOND)
        tree.cell("top/a").resume()
        await tree.settle()
        (line,) = lines
        assert line.waited_ns == 3 * SECOND
        assert line.error == "ProbeError: bad luck"
        assert line.at_ns == tree.clock.now_ns()
        assert tree.cell("top/a").generation == 2

    run_tree(top(Diary()), script)


def test_what_was_not_delivered() -> None:
    async def script(tree: Tree) -> None:
        lines = followed(tree)
        tree.tell("top/a", send("top/small", 1, 2))
        await tree.settle()
        assert [line.error for line in lines] == [None, None, UNDELIVERED]

    run_tree(top(Diary()), script)


def test_it_goes_on_in_the_next_life_until_it_is_stopped() -> None:
    diary = Diary()

    def greet(actor: Probe) -> None:
        if actor.generation > 1:
            actor.tell(actor._life.runtime.registry.cell("top/b").address, "hello")

    diary.on_start["top/a"] = greet

    async def script(tree: Tree) -> None:
        lines: list[TraceLine] = []
        trace = Trace(tree.cell("top/a"), lines.append)
        trace.start()
        tree.tell("top/a", Crash(), 1)
        await tree.settle()
        # What a start sends is no answer to any message.
        assert [short(line) for line in lines] == [("in", "", "Crash"), ("out", "top/b", "str"), ("in", "", "int")]
        trace.stop()
        tree.tell("top/a", 2)
        await tree.settle()
        assert len(lines) == 3
        assert diary.received("top/a") == [1, 2]
        assert tree.cell("top/a").interceptors == ()

    run_tree(top(diary), script)


def test_several_may_look_on_at_once() -> None:
    async def script(tree: Tree) -> None:
        both = followed(tree), followed(tree)
        tree.tell("top/a", 1)
        await tree.settle()
        assert [len(lines) for lines in both] == [1, 1]

    run_tree(top(Diary()), script)


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


def test_long_and_broken_messages_harm_nobody() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        lines = followed(tree)
        tree.tell("top/a", "x" * 10_000, Unspeakable())
        await tree.settle()
        assert [len(line.message) <= LONGEST_MESSAGE for line in lines] == [True, True]
        assert "RuntimeError" in lines[1].message
        assert len(diary.received("top/a")) == 2
        assert tree.cell("top/a").generation == 1

    run_tree(top(diary), script)
