"""`polyactors actor`: one actor of a running service, looked at and steered."""

import json
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from messages.serial import to_json
from polyactors.cli.asking import asking, asking_options
from polyactors.cli.facts import facts_of
from polyactors.cli.failures import Mistakes
from polyactors.cli.figures import console, duration
from polyactors.cli.plain import plain
from polyactors.control.client import ControlClient
from polyactors.control.wire import (
    SLOWEST_NS,
    Done,
    Kill,
    LinesLost,
    Request,
    RestartActor,
    Resume,
    ShowActor,
    ShowState,
    SlowDown,
    StateShown,
    Suspend,
    Trace,
    TraceEvent,
)
from polyactors.logs import readable_time
from supervision.introspection.picture import ActorPicture

MILLISECOND = 1_000_000
RESTART_PATIENCE_S = 300.0
"""A stop takes the time that the actor's description gives it."""

ACTIONS = ("show", "state", "trace", "suspend", "resume", "kill", "restart", "slow")


@click.command()
@click.argument("path")
@click.argument("action", type=click.Choice(ACTIONS), default="show")
@click.argument("milliseconds", type=click.FloatRange(0, SLOWEST_NS / MILLISECOND), required=False)
@asking_options
def actor(
    path: str,
    action: str,
    milliseconds: float | None,
    socket: Path | None,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Look at the actor PATH, or steer it.

    \b
    show      everything that is known of it (also of a supervisor)
    state     what it says of itself
    trace     its messages in and out, until interrupted
    suspend   handle no more messages; they wait
    resume    go on
    kill      cancel its life at once (also a supervisor's)
    restart   stop it in good order and start it again (also a supervisor)
    slow MS   let each message take so much longer; 0 ends it
    """
    if (milliseconds is not None) != (action == "slow"):
        raise Mistakes("the arguments were not understood", ["milliseconds go with slow, and only with it: slow 250"])
    with asking(socket, config_path, RESTART_PATIENCE_S) as client:
        match action:
            case "show":
                shown = client.request(ShowActor(path))
                if as_json:
                    print(to_json(shown))
                else:
                    console().print(_table(shown.actor))
            case "state":
                _show_state(client.request(ShowState(path)), as_json=as_json)
            case "trace":
                _follow(client, path, as_json=as_json)
            case _:
                done = client.request(_request(action, path, milliseconds))
                print(to_json(done) if as_json else done.what)


def _request(action: str, path: str, milliseconds: float | None) -> Request[Done]:
    match action:
        case "suspend":
            return Suspend(path)
        case "resume":
            return Resume(path)
        case "kill":
            return Kill(path)
        case "restart":
            return RestartActor(path)
        case _:
            return SlowDown(path, round((milliseconds or 0) * MILLISECOND))


def _show_state(shown: StateShown, *, as_json: bool) -> None:
    state = json.loads(shown.state) if shown.is_json and shown.state is not None else shown.state
    if as_json:
        plain = {"path": shown.path, "type_name": shown.type_name, "state": state, "error": shown.error}
        print(json.dumps(plain, ensure_ascii=False))
    elif shown.error is not None:
        print(f"{shown.path}: {shown.error}")
    else:
        print(json.dumps(state, indent=2, ensure_ascii=False) if shown.is_json else state)


def _follow(client: ControlClient, path: str, *, as_json: bool) -> None:
    try:
        for event in client.follow(Trace(path)):
            print(to_json(event) if as_json else _line(event), flush=True)
    except KeyboardInterrupt:
        return


def _line(event: TraceEvent) -> str:
    if isinstance(event, LinesLost):
        return f"... {event.count} lines were lost: they came faster than they were read"
    arrow = "<-" if event.direction == "in" else "->"
    times = f"waited {duration(event.waited_ns)}, took {duration(event.took_ns)}  " if event.direction == "in" else ""
    error = f"  {event.error}" if event.error is not None else ""
    return (
        f"{readable_time(event.at_ns)} {arrow} {event.peer or 'outside'}  #{event.number} of {event.correlation}"
        f" after {event.causation}  {times}{event.message}{error}"
    )


def _table(actor: ActorPicture) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts_of(actor):
        table.add_row(Text(name, style="bold"), Text(plain(value)))
    return table
