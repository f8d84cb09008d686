"""`polyactors waits`: who waits for whom in a running service."""

from collections.abc import Iterable
from pathlib import Path

import click

from messages.serial import to_json
from polyactors.cli.asking import asking, asking_options
from polyactors.cli.figures import duration
from polyactors.control.wire import ShowWaits, Waits


@click.command()
@asking_options
def waits(socket: Path | None, config_path: Path | None, as_json: bool) -> None:
    """Workers that wait for room or for an answer, supervisors that wait for a child, and circles of them."""
    with asking(socket, config_path) as client:
        answer = client.request(ShowWaits())
    print(to_json(answer) if as_json else "\n".join(_told(answer)))


def _told(answer: Waits) -> Iterable[str]:
    if not answer.waits:
        yield "nobody waits for anybody"
    for wait in answer.waits:
        since = f" for {duration(max(0, answer.now_ns - wait.since_ns))}" if wait.since_ns is not None else ""
        yield f"{wait.who} waits on {wait.on}{since}: {wait.why}"
    for circle in answer.circles:
        yield "a circle: " + " -> ".join((*circle, circle[0]))
