"""However many actors there are, only those on the screen are asked for, and no more often than once a second."""

import asyncio

from attrs import evolve

from polyactors.control.wire import AnyRequest, ShowActor, ShowMailboxes, ShowTree
from polyactors.top.pace import ROUND_S, SHARE
from tests.top.top_world import IDLE, SIZE, MadeUp, answers_with, made_up, screen, tree_line

COUNT = 10_000
PATHS = [f"g/{number:05}" for number in range(COUNT)]
PICTURES = {path: evolve(IDLE, path=path, handled=number) for number, path in enumerate(PATHS)}
LINES = (tree_line(0, "root", strategy="s"), *(tree_line(1, path) for path in PATHS))
BESIDES = 4
"""Requests of a round that are not for rows: the tree, and the selected actor's figures and state."""


def taken(there: MadeUp) -> list[AnyRequest]:
    requests, there.requests = there.requests, []
    return requests


def test_by_tree_no_more_is_asked_than_fits_the_screen() -> None:
    async def play() -> None:
        async with made_up(answers_with(LINES, PICTURES)) as there, screen(there.path) as seen:
            assert f"{COUNT:,} actors" in seen.text
            for key in ("down", "pagedown", "end", "pageup", "home"):
                taken(there)
                await seen.press(key)
                assert await seen.turns.next() <= ROUND_S
                await seen.pilot.pause()
                asked = taken(there)
                assert len(asked) <= SIZE[1] + BESIDES
                assert asked.count(ShowTree()) <= 1
                rows = [row.path for row in seen.table.on_screen if not row.is_supervisor]
                assert [each.path for each in asked if isinstance(each, ShowActor)][: len(rows)] == rows
                for path in rows:
                    assert f"{PICTURES[path].handled:,}" in seen.text

    asyncio.run(play())


def test_by_pressure_no_more_is_asked_than_two_screens() -> None:
    async def play() -> None:
        async with made_up(answers_with(LINES, PICTURES)) as there, screen(there.path) as seen:
            await seen.press("o")
            await seen.round()
            taken(there)
            for _ in range(5):
                await seen.press("end")
                await seen.round()
                limits = [each.limit for each in taken(there) if isinstance(each, ShowMailboxes)]
                assert limits and limits[0] <= seen.table.last_on_screen + SIZE[1] + 20
            assert len(seen.table.on_screen) < SIZE[1]

    asyncio.run(play())


def test_a_tree_that_takes_long_is_asked_for_less_often_than_the_figures() -> None:
    async def play() -> None:
        async with made_up(answers_with(LINES[:20], PICTURES)) as there, screen(there.path) as seen:
            well = there.says

            def slowly(request: AnyRequest) -> bytes | None:
                if isinstance(request, ShowTree):
                    seen.turns.now_s += 1
                return well(request)

            there.says = slowly
            taken(there)
            for _ in range(2 * SHARE + 2):
                await seen.round()
            asked = taken(there)
            assert asked.count(ShowTree()) == 2
            assert asked.count(ShowActor(PATHS[3])) == 2 * SHARE + 2

    asyncio.run(play())
