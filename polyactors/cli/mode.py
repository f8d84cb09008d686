"""`polyactors mode`: what a running service may do, and why not more."""

import json
from pathlib import Path

import click

from messages.risk import RiskMode
from messages.serial import to_json
from polyactors.cli.asking import asking, asking_options
from polyactors.cli.failures import Mistakes
from polyactors.control.wire import ClearRiskMode, HoldRiskMode, ShowState

NAMES = {mode.name.lower().replace("_", "-"): mode for mode in RiskMode if mode is not RiskMode.NORMAL}


@click.group(invoke_without_command=True)
@asking_options
@click.pass_context
def mode(context: click.Context, socket: Path | None, config_path: Path | None, as_json: bool) -> None:
    """Show the risk mode of a running service and what holds it there; hold it at a mode, or clear a cause.

    A latched cause outlives a restart: only an operator clears it.
    """
    if context.invoked_subcommand is not None:
        return
    with asking(socket, config_path) as client:
        shown = client.request(ShowState("governor"))
    state = json.loads(shown.state or "{}")
    if as_json:
        print(json.dumps(state, ensure_ascii=False))
        return
    print(RiskMode(state["mode"]).name)
    for cause in state["causes"]:
        print(f"  {cause}")
    for market, name in state["markets_not_normal"]:
        print(f"  {market}: {name}")


@mode.command()
@click.argument("name", type=click.Choice(list(NAMES)))
@click.option("--cause", default="an operator", show_default=True, help="By this name it is cleared again.")
@click.option("--for-this-run", is_flag=True, help="It ends with this run; else it is latched.")
@asking_options
def hold(
    name: str, cause: str, for_this_run: bool, socket: Path | None, config_path: Path | None, as_json: bool
) -> None:
    """Hold everything at the mode NAME until it is cleared."""
    if not cause.strip():
        raise Mistakes("--cause was not understood", ["an empty cause could not be cleared by its name"])
    with asking(socket, config_path) as client:
        done = client.request(HoldRiskMode(NAMES[name], cause, not for_this_run))
    print(to_json(done) if as_json else done.what)


@mode.command()
@click.argument("cause")
@asking_options
def clear(cause: str, socket: Path | None, config_path: Path | None, as_json: bool) -> None:
    """Say that CAUSE is over; `polyactors mode` names them."""
    with asking(socket, config_path) as client:
        done = client.request(ClearRiskMode(cause))
    print(to_json(done) if as_json else done.what)
