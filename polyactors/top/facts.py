"""Everything that is known of one actor, as lines of text."""

import json
from collections.abc import Iterator

from attrs import frozen
from rich.text import Text

from polyactors.cli.figures import duration, rate
from polyactors.control.wire import StateShown
from polyactors.top.plain import figure, plain
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
    for name, value in _facts(actor):
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


def _facts(actor: ActorPicture) -> Iterator[tuple[str, str]]:
    """The same as `polyactors actor PATH show`."""
    yield "path", actor.path
    yield "type", actor.type_name or "unknown: it has not lived yet"
    if actor.strategy is not None:
        yield "strategy", actor.strategy
    slowed = f", slowed down by {figure(duration, actor.slowed_by_ns)}" if actor.slowed_by_ns else ""
    yield "state", actor.state.value + slowed
    yield "life", figure(str, actor.generation)
    within = figure(str, actor.restarts_within_period)
    yield "restarts", f"{figure(str, actor.restarts)}, {within} of them within the period"
    yield "last error", actor.last_error or "-"
    if actor.strategy is None:
        yield from _figures(actor)
    else:
        yield "children", ", ".join(actor.children) or "-"
    yield "watched by", ", ".join(actor.watched_by) or "-"


def _figures(actor: ActorPicture) -> Iterator[tuple[str, str]]:
    most = f"at most {_count(actor.high_water)} so far"
    yield "waiting", f"{_count(actor.depth)} of {_count(actor.capacity)}, {most}"
    yield "system lane", _count(actor.system_depth)
    yield "handled", f"{_count(actor.handled)}, {figure(rate, actor.rate_per_second)} a second"
    yield "waiting time", f"p50 {figure(duration, actor.waiting_p50_ns)}, p99 {figure(duration, actor.waiting_p99_ns)}"
    yield (
        "handling time",
        f"p50 {figure(duration, actor.handling_p50_ns)}, p99 {figure(duration, actor.handling_p99_ns)}, "
        f"worst {figure(duration, actor.handling_worst_ns)}",
    )
    yield "in hand", actor.current or "-"
    yield "lost", f"{_count(actor.dropped)} dropped, {_count(actor.discarded)} discarded at restarts"
    yield "conflated", _count(actor.conflated)
    yield "waiting senders", _count(actor.waiting_senders)
    yield "workers", ", ".join(actor.workers) or "-"
    yield "monitors", ", ".join(actor.monitors) or "-"
    yield "traced", "yes" if actor.is_traced else "no"


def _count(number: int) -> str:
    return figure("{:,}".format, number)
