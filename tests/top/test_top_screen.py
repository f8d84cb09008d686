"""What the screen shows is what a real service has, and what its keys do to it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.events import Key

from polyactors.top.app import Order
from supervision.child import ChildState
from supervision.testing import Crash
from tests.control.control_world import CONTROL, World
from tests.top.top_world import Screen, Service, screen, service


def on_screen(script: Callable[[Screen, Service], Awaitable[None]], order: Order = Order.TREE) -> None:
    async def play(there: Service) -> None:
        async with screen(there.socket, order=order) as seen:
            await script(seen, there)

    with service() as there:
        asyncio.run(play(there))


def states(here: World) -> dict[str, ChildState]:
    return {cell.path: cell.state for cell in here.runtime.registry.cells()}


def generations(here: World) -> dict[str, int]:
    return {cell.path: cell.generation for cell in here.runtime.registry.cells()}


def test_the_whole_tree_is_shown_with_its_figures() -> None:
    async def script(seen: Screen, there: Service) -> None:
        there.look(lambda here: here.tell("a", "x", "y", "z"))
        await seen.round()
        assert [row.path for row in seen.table.on_screen] == ["root", "operators", CONTROL, "a", "says"]
        await seen.select("a")
        await seen.see("handled         3")
        row = seen.table.selected_row
        assert row is not None and row.picture is not None and row.picture.handled == 3
        for text in ("● connected", "3 actors", f"{row.picture.capacity:,}"):
            assert text in seen.text

    on_screen(script)


def test_the_detail_has_every_fact_of_the_actor_command() -> None:
    async def script(seen: Screen, there: Service) -> None:
        from polyactors.cli.facts import facts_of
        from supervision.introspection.picture import picture_of

        for path in ("a", "operators"):
            await seen.select(path)
            await seen.round()
            facts = dict(facts_of(there.look(lambda here, path=path: picture_of(here.runtime, path))))  # type: ignore[misc]
            shown = {line[:16].strip(): line[16:] for line in seen.pane("detail").lines}
            assert facts.keys() <= shown.keys()
            assert {name: shown[name] for name in ("path", "type", "state", "restarts", "last error")} == {
                name: facts[name] for name in ("path", "type", "state", "restarts", "last error")
            }

    on_screen(script)


def test_what_an_actor_says_of_itself_is_in_the_detail() -> None:
    async def script(seen: Screen, there: Service) -> None:
        await seen.select(CONTROL)
        await seen.see("its state", '"open_connections": ', str(there.socket.name))

    on_screen(script)


@pytest.mark.parametrize("order", list(Order))
def test_a_kill_by_key_kills_that_actor_and_no_other(order: Order) -> None:
    async def script(seen: Screen, there: Service) -> None:
        before = there.look(generations)
        await seen.select("a")
        await seen.press("k")
        assert "kill a?" in seen.text
        assert there.look(generations) == before, "not before it is confirmed"
        await seen.press("y")
        await seen.see("a was killed")
        await seen.see("restarts        1, 1 of them")
        assert there.look(generations) == before | {"a": before["a"] + 1}

    on_screen(script, order)


@pytest.mark.parametrize("key", ["n", "escape", "q", "k", "enter"])
def test_what_is_not_confirmed_is_not_done(key: str) -> None:
    async def script(seen: Screen, there: Service) -> None:
        before = there.look(generations)
        await seen.select("a")
        await seen.press("k", key, "n")
        await seen.see("a was left alone")
        assert there.look(generations) == before
        assert not there.look(lambda here: here.logged("an operator acts"))

    on_screen(script)


def test_an_actor_is_suspended_resumed_and_restarted() -> None:
    async def script(seen: Screen, there: Service) -> None:
        await seen.select("says")
        await seen.press("s", "y")
        await seen.see("says is suspended", "state           suspended")
        assert there.look(states) == {
            CONTROL: ChildState.RUNNING,
            "a": ChildState.RUNNING,
            "says": ChildState.SUSPENDED,
        }
        await seen.press("u", "y")
        await seen.see("says goes on", "state           running")
        await seen.press("r", "y")
        await seen.see("says was stopped, and is started again", "life            2")
        assert there.look(generations) == {CONTROL: 1, "a": 1, "says": 2}

    on_screen(script)


def test_a_refusal_is_shown() -> None:
    async def script(seen: Screen, there: Service) -> None:
        await seen.select("root")
        await seen.press("k", "y")
        await seen.see("kill root was refused")
        await seen.select("operators")
        await seen.press("s")
        await seen.see("operators is a supervisor: suspend is for actors")

    on_screen(script)


def test_dead_letters_and_waits_have_their_tabs() -> None:
    async def script(seen: Screen, there: Service) -> None:
        there.look(lambda here: here.tell("a", Crash("[bold]why[/bold]")))
        await seen.press("2")
        await seen.see("[bold]why[/bold]", "1 ever", "ProbeError")
        await seen.press("3")
        await seen.see("nobody waits for anybody")
        await seen.press("k")
        await seen.see("no actor is selected: press 1")
        await seen.press("1")
        await seen.see("actor  1-5 of 5")

    on_screen(script)


def test_a_trace_follows_the_selected_actor_until_it_is_told_to_stop() -> None:
    async def script(seen: Screen, there: Service) -> None:
        is_traced = lambda here: bool(here.runtime.registry.node("a").interceptors)  # noqa: E731
        await seen.select("a")
        await seen.press("t")
        await seen.see("trace of a", "traced          yes")
        there.look(lambda here: here.tell("a", "the first", "the second"))
        await seen.see("'the first'", "'the second'", "waited", "took")
        await seen.press("t")
        await seen.see("traced          no")
        assert "trace of a" not in seen.text
        assert not there.look(is_traced)

    on_screen(script)


def test_only_the_actors_that_fit_the_filter_are_shown_with_who_is_above_them() -> None:
    async def script(seen: Screen, there: Service) -> None:
        await seen.press("slash", *"contr", "enter")
        await seen.round()
        assert [row.path for row in seen.table.on_screen] == ["root", "operators", CONTROL]
        await seen.press("o")
        await seen.round()
        assert [row.path for row in seen.table.on_screen] == [CONTROL]
        await seen.press("slash", *["backspace"] * 5, *"**/" * 9, "enter")
        assert "this is no filter" in seen.text
        await seen.press("escape")
        await seen.round()
        assert {row.path for row in seen.table.on_screen} == {CONTROL, "a", "says"}

    on_screen(script)


def test_by_pressure_the_fullest_is_first() -> None:
    async def script(seen: Screen, there: Service) -> None:
        there.look(lambda here: here.runtime.registry.node("says").suspend())  # type: ignore[union-attr]
        there.look(lambda here: here.tell("says", *range(50)))
        await seen.press("o")
        await seen.round()
        assert seen.table.on_screen[0].path == "says"
        assert seen.table.on_screen[0].picture is not None
        assert seen.table.on_screen[0].picture.depth == 50
        there.look(lambda here: here.runtime.registry.node("says").resume())  # type: ignore[union-attr]

    on_screen(script)


def test_the_connection_ends_with_the_control_actor_and_comes_back() -> None:
    async def script(seen: Screen, there: Service) -> None:
        await seen.select(CONTROL)
        await seen.press("k", "y")
        await seen.see("connected again")
        await seen.see("● connected", "life            2")

    on_screen(script)


def test_what_is_typed_after_the_slash_is_never_taken_for_a_key_that_steers() -> None:
    async def script(seen: Screen, there: Service) -> None:
        await seen.select("a")
        for key in "/key/skru":
            seen.app.post_message(Key("slash" if key == "/" else key, key))
        await seen.pilot.pause()
        await seen.pilot.pause()
        assert seen.app.screen_stack[-1] is seen.app.screen_stack[0], "no question is asked"
        await seen.press("enter")
        await seen.round()
        assert "filter: key/skru" in seen.text
        assert not there.look(lambda here: here.logged("an operator acts"))

    on_screen(script)
