"""`polyactors dead-letters`: what a running service could not deliver or handle."""

from collections.abc import Iterable
from pathlib import Path

import click

from messages.serial import to_json
from polyactors.cli.asking import asking, asking_options
from polyactors.control.wire import MOST_SHOWN, DeadLetters, LetterLine, ShowDeadLetters
from polyactors.logs import readable_time


@click.command("dead-letters")
@click.option("--limit", type=click.IntRange(1, MOST_SHOWN), default=50, show_default=True, help="The newest of them.")
@asking_options
def dead_letters(limit: int, socket: Path | None, config_path: Path | None, as_json: bool) -> None:
    """The newest messages that nobody handled, and why; the last 1000 are kept."""
    with asking(socket, config_path) as client:
        answer = client.request(ShowDeadLetters(limit))
    print(to_json(answer) if as_json else "\n".join(_told(answer)))


def _told(answer: DeadLetters) -> Iterable[str]:
    for letter in answer.letters:
        yield from _lines(letter)
    yield f"{len(answer.letters)} shown, {answer.total} ever"


def _lines(letter: LetterLine) -> Iterable[str]:
    from_whom = letter.sender or "outside"
    yield (
        f"{readable_time(letter.at_ns)} {from_whom} -> {letter.to}: {letter.why}"
        f"  #{letter.number} of {letter.correlation} after {letter.causation}"
    )
    yield f"  {letter.message}"
    for line in letter.trace.splitlines():
        yield f"  | {line}"
