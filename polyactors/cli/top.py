"""`polyactors top`: a running service on a full screen."""

import sys
from pathlib import Path

import click

from messages.serial import to_json
from polyactors.cli.asking import asking, asking_options, socket_of
from polyactors.cli.failures import Mistakes


@click.command()
@click.argument("text", metavar="[FILTER]", default="")
@click.option("--by", type=click.Choice(["tree", "pressure"]), default="tree", show_default=True, help="The order.")
@click.option("--select", "selected", metavar="PATH", help="Begin with this actor selected.")
@asking_options
def top(text: str, by: str, selected: str | None, socket: Path | None, config_path: Path | None, as_json: bool) -> None:
    """The tree, the figures and the state of every actor on a full screen, and keys to steer them.

    FILTER is a part of a path, or a glob: a star stands for anything within one part, two stars for any number of
    parts. With --json it is one picture of everything on standard output.
    """
    from polyactors.top.rows import glob_of

    try:
        glob = glob_of(text)
    except ValueError as error:
        raise Mistakes("the filter was not understood", [str(error)]) from error
    # That there is a service is asked before the screen is taken.
    with asking(socket, config_path) as client:
        if as_json:
            from polyactors.top.everything import everything

            print(to_json(everything(client, glob, selected)))
            return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Mistakes("there is no terminal to show it on", ["for a program: polyactors top --json"])
    # No other command pays for what a screen takes.
    from polyactors.top.app import Order, TopApp
    from polyactors.top.run import run

    code = run(TopApp(socket_of(socket, config_path), text=text, order=Order(by), selected=selected))
    if code:
        sys.exit(code)
