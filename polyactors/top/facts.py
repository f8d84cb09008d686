"""Everything that is known of one actor, as lines of text."""

import json
from collections.abc import Iterator

from attrs import frozen
from rich.text import Text

from polyactors.cli.facts import facts_of
from polyactors.cli.plain import plain
from polyactors.control.wire import StateShown
from supervision.introspection.picture import ActorPicture

NAME_WIDTH = 16
MOST_LINES = 2000
MOST_CHARACTERS = 200_000
"""Of what an actor says of itself."""


@frozen
class Detail:
    """What is known of the selected actor; `missing` says why nothing is."""

    path: str
    actor: ActorPicture | None = None
    state: StateShown | None = None
    missing: str = "…"


def lines_of_detail(detail: Detail) -> Iterator[Text]:
    if detail.actor is None:
        yield Text(plain(detail.path), "bold")
        yield Text(plain(detail.missing))
        return
    yield from _lines_of_actor(detail.actor)
    if detail.state is not None:
        yield Text()
        yield from _lines_of_state(detail.state)


def _lines_of_actor(actor: ActorPicture) -> Iterator[Text]:
    for name, value in facts_of(actor):
        yield Text.assemble((f"{name:<{NAME_WIDTH}}", "bold"), plain(value))


def _lines_of_state(shown: StateShown) -> Iterator[Text]:
    """What it says of itself, JSON with one field a line."""
    yield Text("its state", "bold")
    if shown.error is not None or shown.state is None:
        yield Text(plain(shown.error or "-"), "dim")
        return
    text = _laid_out(shown.state, is_json=shown.is_json)
    lines = text[:MOST_CHARACTERS].splitlines()
    for line in lines[:MOST_LINES]:
        yield Text(plain(line))
    if len(lines) > MOST_LINES or len(text) > MOST_CHARACTERS:
        yield Text("… and more: polyactors actor PATH state", "dim")


def _laid_out(state: str, *, is_json: bool) -> str:
    if not is_json:
        return state
    try:
        return json.dumps(json.loads(state), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return state
