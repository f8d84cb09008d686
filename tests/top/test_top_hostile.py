"""A service that means ill, or goes away, harms neither the screen nor the terminal."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve

from polyactors.control.wire import (
    AnyRequest,
    DeadLetters,
    Done,
    Kill,
    LetterLine,
    LinesLost,
    ShowActor,
    ShowDeadLetters,
    ShowState,
    ShowTree,
    ShowWaits,
    StateShown,
    Trace,
    TraceBegun,
    Tree,
    Waits,
    encode,
)
from supervision.introspection.trace import TraceLine
from supervision.introspection.waits import Waiting
from tests.top.top_world import IDLE, MadeUp, Says, Screen, answers_with, made_up, screen, tree_line

EVIL = "\x1b]0;mine\x07\x1b[2J\r\n\u202e[bold red]x[/bold red][/]\ud800\\"
HUGE = 10**4000
WELL = answers_with((tree_line(0, "root", strategy="s"), tree_line(1, "a"), tree_line(1, "b")), {"a": IDLE})


def facing(says: Says, script: Callable[[Screen, MadeUp], Awaitable[None]]) -> None:
    async def play() -> None:
        async with made_up(says) as there, screen(there.path) as seen:
            await script(seen, there)

    asyncio.run(play())


def check_harmless(seen: Screen) -> None:
    """Each character of the screen is one that is printed as it is; so is each that an SVG of it would have."""
    assert all(line.isprintable() for line in seen.text.split("\n"))
    assert "\x1b" not in seen.app.export_screenshot()


def evil(request: AnyRequest) -> bytes:
    picture = evolve(
        IDLE, path=EVIL, type_name=EVIL, last_error=EVIL, current=EVIL, workers=(EVIL,), monitors=(EVIL,),
        watched_by=(EVIL,), depth=HUGE, capacity=-HUGE, high_water=HUGE, handled=HUGE, rate_per_second=float("nan"),
        waiting_p50_ns=HUGE, waiting_p99_ns=-1, handling_worst_ns=HUGE, generation=HUGE, restarts=HUGE,
        slowed_by_ns=HUGE,
    )  # fmt: skip
    match request:
        case ShowTree():
            lines = (tree_line(0, "root", strategy=EVIL), tree_line(HUGE, EVIL), tree_line(-HUGE, "b", name=EVIL))
            return encode(Tree(lines))
        case ShowDeadLetters():
            letter = LetterLine(HUGE, HUGE, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL * 3, HUGE, HUGE)
            return encode(DeadLetters(HUGE, (letter,)))
        case ShowWaits():
            return encode(Waits(HUGE, (Waiting(EVIL, EVIL, EVIL, -HUGE),), ((EVIL, EVIL), ())))
        case Trace():
            line = TraceLine(HUGE, EVIL, "in", EVIL, EVIL, EVIL, HUGE, HUGE, HUGE, HUGE, -HUGE, EVIL)
            return encode(TraceBegun(EVIL)) + encode(line) + encode(LinesLost(HUGE))
        case ShowState():
            return encode(StateShown(EVIL, EVIL, "[" * 100_000 + EVIL, True, None))
        case Kill():
            return encode(Done(EVIL))
        case _:
            return b'{"kind":"ActorShown","now_ns":1,"actor":' + encode_picture(picture) + b"}\n"


def encode_picture(picture: object) -> bytes:
    from polyactors.control.wire import ActorShown
    from supervision.introspection.picture import ActorPicture

    assert isinstance(picture, ActorPicture)
    line = encode(ActorShown(1, picture))
    return line[line.index(b'"actor":') + len(b'"actor":') : -2]


def test_names_messages_and_errors_are_text_and_nothing_else() -> None:
    async def script(seen: Screen, there: MadeUp) -> None:
        await seen.press("down")
        await seen.round()
        check_harmless(seen)
        assert "\\x1b]0;mine\\x07" in seen.text
        assert "[bold red]x[/bold red]" in "".join(seen.pane("detail").lines)
        await seen.press("t")
        while seen.pane("trace").count < 2:
            await seen.round()
        check_harmless(seen)
        await seen.press("w")
        check_harmless(seen)
        await seen.press("k")
        assert "kill \\x1b]0;mine" in seen.text
        check_harmless(seen)
        await seen.press("y")
        await seen.round()
        check_harmless(seen)
        for key in "23":
            await seen.press(key)
            await seen.round()
            await seen.round()
            assert "\\x1b]0;mine\\x07" in seen.text
            check_harmless(seen)
        await seen.press("1", "o")
        await seen.round()
        await seen.see("answer")
        check_harmless(seen)

    facing(evil, script)


@pytest.mark.parametrize("said", [b"nonsense\n", b"\xff\n", encode(Done("x")), None])
def test_what_is_not_understood_is_said_and_tried_again(said: bytes | None) -> None:
    async def script(seen: Screen, there: MadeUp) -> None:
        assert "NOT CONNECTED" in seen.text
        await seen.round()
        assert "NOT CONNECTED" in seen.text
        there.says = WELL
        await seen.see("● connected", "2 actors")

    facing(lambda _: said, script)


def test_a_service_that_dies_is_waited_for_and_found_again() -> None:
    async def script(seen: Screen, there: MadeUp) -> None:
        await seen.press("down")
        await seen.round()
        await there.die()
        await seen.see("NOT CONNECTED")
        assert "the service went away" in seen.text
        assert seen.table.selected == "a", "what was seen last stays"
        await seen.press("k")
        assert "nothing can be done to a" in seen.text
        for _ in range(3):
            assert await seen.turns.next() == 1, "it is tried once a second"
        asked = len(there.requests)
        await there.open()
        await seen.see("● connected", "connected again")
        assert seen.table.selected == "a"
        assert len(there.requests) > asked
        assert Kill("a") not in there.requests

    facing(WELL, script)


def test_it_is_not_claimed_that_something_was_done_when_the_service_dies_of_it() -> None:
    async def script(seen: Screen, there: MadeUp) -> None:
        there.says = lambda request: None if isinstance(request, Kill) else WELL(request)
        await seen.press("down", "k", "y")
        await seen.see("it is not known whether kill a was done")

    facing(WELL, script)


def test_an_actor_that_is_gone_is_left_out() -> None:
    async def script(seen: Screen, there: MadeUp) -> None:
        await seen.press("end")
        await seen.round()
        assert seen.table.selected == "b"
        assert "nobody is called so" in seen.text
        there.says = answers_with((tree_line(0, "root", strategy="s"), tree_line(1, "a")), {"a": IDLE})
        await seen.round()
        assert seen.table.selected == "a"
        assert ShowActor("b") in there.requests

    facing(WELL, script)


def test_a_trace_has_bounded_room_and_says_what_had_to_go() -> None:
    def says(request: AnyRequest) -> bytes | None:
        if isinstance(request, Trace):
            line = encode(TraceLine(0, "a", "in", "", "'x'", "str", 1, 1, 0, 0, 0, None))
            return encode(TraceBegun("a")) + line * 1500 + encode(LinesLost(7))
        return WELL(request)

    async def script(seen: Screen, there: MadeUp) -> None:
        await seen.press("down", "t")
        while seen.pane("trace").gone < 501:
            await seen.round()
        assert seen.pane("trace").count == 1000
        await seen.see("501 older ones are gone", "7 lines were lost")

    facing(says, script)
