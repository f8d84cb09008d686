"""`polyactors mailboxes`: who is under pressure in a running service."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from attrs import frozen
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from messages.serial import to_json
from polyactors.cli.asking import asking, asking_options
from polyactors.cli.figures import console, cut, duration, rate
from polyactors.control.wire import MOST_SHOWN, Mailboxes, ShowMailboxes
from supervision.introspection.picture import ActorPicture


@frozen
class Column:
    """`rank` says who stays where there is not room for all: the smallest."""

    name: str
    rank: int
    show: Callable[[ActorPicture], str]
    is_text: bool = False


COLUMNS = (
    Column("actor", 0, lambda actor: actor.path, is_text=True),
    Column("type", 10, lambda actor: actor.type_name, is_text=True),
    Column("state", 1, lambda actor: actor.state.value, is_text=True),
    Column("life", 12, lambda actor: str(actor.generation)),
    Column("waiting", 1, lambda actor: f"{actor.depth:,}"),
    Column("of", 3, lambda actor: f"{actor.capacity:,}"),
    Column("system", 13, lambda actor: str(actor.system_depth)),
    Column("most", 4, lambda actor: f"{actor.high_water:,}"),
    Column("handled", 5, lambda actor: f"{actor.handled:,}"),
    Column("a second", 2, lambda actor: rate(actor.rate_per_second)),
    Column("wait p50", 11, lambda actor: duration(actor.waiting_p50_ns)),
    Column("wait p99", 2, lambda actor: duration(actor.waiting_p99_ns)),
    Column("handle p50", 11, lambda actor: duration(actor.handling_p50_ns)),
    Column("handle p99", 6, lambda actor: duration(actor.handling_p99_ns)),
    Column("worst", 8, lambda actor: duration(actor.handling_worst_ns)),
    Column("restarts", 7, lambda actor: str(actor.restarts)),
    Column("dropped", 8, lambda actor: str(actor.dropped)),
    Column("last error", 9, lambda actor: _short(actor.last_error or "-"), is_text=True),
)
GAP = 2
SHORTEST_PATH = 30
LONGEST_ERROR = 60


@click.command()
@click.argument("glob", default="**")
@click.option("--watch", is_flag=True, help="Again and again, until interrupted.")
@click.option("--every", "every_s", type=click.FloatRange(0.1, 3600), default=1.0, show_default=True, help="Seconds.")
@click.option("--limit", type=click.IntRange(1, MOST_SHOWN), help="How many actors; as many as fit the screen.")
@asking_options
def mailboxes(
    glob: str,
    watch: bool,
    every_s: float,
    limit: int | None,
    socket: Path | None,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """The actors under most pressure first, of those whose path fits GLOB.

    A star stands for anything within one part of a path, two stars for any number of parts. Pressure is what waits of
    the mailbox's capacity, then the most that ever waited, then how long messages wait (p99). Times and rates are by
    the service's own clock and over the last 256 messages.
    """
    out = console()
    request = ShowMailboxes(glob, limit or (max(1, out.height - 4) if out.is_terminal and not as_json else MOST_SHOWN))
    with asking(socket, config_path) as client:
        if not watch:
            _show(client.request(request), as_json=as_json)
            return
        try:
            if as_json or not out.is_terminal:
                while True:
                    _show(client.request(request), as_json=as_json)
                    time.sleep(every_s)
            with Live(_table(client.request(request), out.width), console=out, screen=True, auto_refresh=False) as live:
                while True:
                    time.sleep(every_s)
                    live.update(_table(client.request(request), out.width), refresh=True)
        except KeyboardInterrupt:
            return


def _show(answer: Mailboxes, *, as_json: bool) -> None:
    if as_json:
        print(to_json(answer), flush=True)
    else:
        out = console()
        out.print(_table(answer, out.width))
    sys.stdout.flush()


def _table(answer: Mailboxes, width: int) -> Group:
    widths = _that_fit(answer.actors, width)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
    for column, needed in widths.items():
        table.add_column(column.name, justify="left" if column.is_text else "right", no_wrap=True, min_width=needed)
    for actor in answer.actors:
        # As it is: a path or an error may have what looks like markup.
        table.add_row(*(Text(cut(column.show(actor), needed)) for column, needed in widths.items()))
    return Group(table, Text(f"{len(answer.actors)} of {answer.total} actors", style="dim"))


def _that_fit(actors: Sequence[ActorPicture], width: int) -> dict[Column, int]:
    """The columns that there is room for beside the paths, and how wide they are: no figure is ever cut, paths are."""
    path, *others = COLUMNS
    needed = {column: max([len(column.name), *(len(column.show(actor)) for actor in actors)]) for column in COLUMNS}
    left = width - min(needed[path], SHORTEST_PATH)
    chosen = set()
    for column in sorted(others, key=lambda each: each.rank):
        left -= GAP + needed[column]
        if left < 0:
            break
        chosen.add(column)
    beside = sum(GAP + needed[column] for column in chosen)
    of_path = max(1, min(needed[path], width - beside))
    return {path: of_path, **{column: needed[column] for column in others if column in chosen}}


def _short(error: str) -> str:
    line = error.partition("\n")[0]
    return line if len(line) <= LONGEST_ERROR else f"{line[: LONGEST_ERROR - 1]}…"
