"""What the rows of the big table are made of, and which of them a filter lets through."""

import re
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from polyactors.cli.figures import duration, rate
from polyactors.cli.plain import figure, plain
from polyactors.control.wire import ShowMailboxes, TreeLine
from supervision.child import ChildState
from supervision.introspection.picture import ActorPicture
from supervision.registry import matcher

DEEPEST = 20
"""Steps that are shown as such."""

EVERYTHING = "**"


@frozen
class Row:
    """One actor or supervisor. `picture` is there once it was asked for."""

    path: str
    label: str
    state: ChildState
    generation: int
    restarts: int
    type_name: str
    is_supervisor: bool
    picture: ActorPicture | None


@frozen
class Column:
    """`rank` says who stays where there is not room for all: the smallest. Columns of text have a fixed width."""

    name: str
    rank: int
    show: Callable[[Row], str]
    width: int = 0


def _of_picture(show: Callable[[ActorPicture], str]) -> Callable[[Row], str]:
    def of_row(row: Row) -> str:
        if row.picture is None or row.is_supervisor:
            return ""
        return figure(show, row.picture)

    return of_row


COLUMNS = (
    Column("state", 0, lambda row: plain(row.state.value), width=11),
    Column("life", 5, lambda row: figure(str, row.generation)),
    Column("restarts", 3, lambda row: figure(str, row.restarts)),
    Column("waiting", 1, _of_picture(lambda actor: f"{actor.depth:,}")),
    Column("of", 4, _of_picture(lambda actor: f"{actor.capacity:,}")),
    Column("most", 4, _of_picture(lambda actor: f"{actor.high_water:,}")),
    Column("handled", 6, _of_picture(lambda actor: f"{actor.handled:,}")),
    Column("a second", 2, _of_picture(lambda actor: rate(actor.rate_per_second))),
    Column("wait p99", 1, _of_picture(lambda actor: duration(actor.waiting_p99_ns))),
    Column("handle p99", 7, _of_picture(lambda actor: duration(actor.handling_p99_ns))),
    Column("worst", 8, _of_picture(lambda actor: duration(actor.handling_worst_ns))),
    Column("dropped", 8, _of_picture(lambda actor: f"{actor.dropped:,}")),
    Column("type", 9, lambda row: plain(row.type_name), width=18),
)


def glob_of(text: str) -> str:
    """What a filter that was typed stands for; a text without stars is looked for anywhere in a path.

    Raises `ValueError` for what the service would not take.
    """
    as_it_is = re.sub(r"([\[?])", r"[\1]", text)
    glob = text if "*" in text else f"**/*{as_it_is}*/**" if text else EVERYTHING
    ShowMailboxes(glob)
    return glob


def rows_of_tree(lines: Sequence[TreeLine], glob: str) -> list[Row]:
    """In the order of the tree: those that fit `glob`, and the supervisors above them."""
    return [_row_of(line) for line in (lines if glob == EVERYTHING else _fitting(lines, glob))]


def rows_of_actors(actors: Sequence[ActorPicture]) -> list[Row]:
    return [
        Row(
            path=actor.path,
            label=plain(actor.path),
            state=actor.state,
            generation=actor.generation,
            restarts=actor.restarts,
            type_name=actor.type_name,
            is_supervisor=actor.strategy is not None,
            picture=actor,
        )
        for actor in actors
    ]


def with_pictures(row: Row, pictures: Mapping[str, ActorPicture]) -> Row:
    """The row with the newest that is known of it."""
    picture = pictures.get(row.path)
    if picture is None:
        return row
    return Row(
        path=row.path,
        label=row.label,
        state=picture.state,
        generation=picture.generation,
        restarts=picture.restarts,
        type_name=row.type_name,
        is_supervisor=row.is_supervisor,
        picture=picture,
    )


def _fitting(lines: Sequence[TreeLine], glob: str) -> list[TreeLine]:
    fits = matcher(glob)
    kept: list[TreeLine] = []
    # From the last to the first: how deep the rows are whose parents are still to come.
    wanted_above = -1
    for line in reversed(lines):
        if fits(line.path) or line.depth < wanted_above:
            kept.append(line)
            wanted_above = line.depth
    kept.reverse()
    return kept


def _row_of(line: TreeLine) -> Row:
    indentation = "  " * max(0, min(line.depth, DEEPEST))
    return Row(
        path=line.path,
        label=indentation + plain(line.name),
        state=line.state,
        generation=line.generation,
        restarts=line.restarts,
        type_name=line.strategy or line.type_name,
        is_supervisor=line.strategy is not None,
        picture=None,
    )
