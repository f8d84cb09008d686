"""Everything that is known of one actor or supervisor, in words: for `actor PATH show` and for `top`."""

from collections.abc import Iterator

from polyactors.cli.figures import duration, rate
from polyactors.cli.plain import figure
from supervision.introspection.picture import ActorPicture


def facts_of(actor: ActorPicture) -> Iterator[tuple[str, str]]:
    """Name and value, in the order in which they are read; the values may hold whatever an actor was called."""
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
