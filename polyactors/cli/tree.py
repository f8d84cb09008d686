"""`polyactors tree`: who is whose child in a running service."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.text import Text
from rich.tree import Tree as Branch

from messages.serial import to_json
from polyactors.cli.asking import asking, asking_options
from polyactors.cli.figures import console
from polyactors.control.wire import ShowTree, TreeLine
from supervision.child import ChildState

STYLES = {
    ChildState.RUNNING: "green",
    ChildState.SUSPENDED: "yellow",
    ChildState.STARTING: "cyan",
    ChildState.STOPPING: "cyan",
    ChildState.BACKING_OFF: "red",
    ChildState.DOWN: "red",
}


@click.command()
@asking_options
def tree(socket: Path | None, config_path: Path | None, as_json: bool) -> None:
    """Every supervisor and actor: what it does, which life this is, how often it was restarted."""
    with asking(socket, config_path) as client:
        answer = client.request(ShowTree())
    if as_json:
        print(to_json(answer))
    elif answer.lines:
        console().print(_drawn(answer.lines))


def _drawn(lines: Sequence[TreeLine]) -> Branch:
    root = Branch(_label(lines[0]))
    way = [root]
    for line in lines[1:]:
        del way[line.depth :]
        way.append(way[-1].add(_label(line)))
    return root


def _label(line: TreeLine) -> Text:
    label = Text.assemble((line.name, "bold" if line.strategy else ""), "  ", (line.state.value, STYLES[line.state]))
    details = [line.strategy or line.type_name, f"life {line.generation}"]
    if line.restarts:
        details.append(f"{line.restarts} restarts")
    if line.intensity is not None and line.restarts_within_period:
        details.append(f"{line.restarts_within_period} of {line.intensity} restarts within its period")
    label.append("  " + ", ".join(detail for detail in details if detail), "dim")
    return label
