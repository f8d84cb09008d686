"""Traces, dead letters and waits as lines of text."""

from collections.abc import Iterator

from rich.text import Text

from polyactors.cli.figures import duration
from polyactors.cli.plain import figure, fitted, moment, plain
from polyactors.control.wire import DeadLetters, LetterLine, LinesLost, TraceEvent, Waits
from polyactors.logs import readable_time
from supervision.introspection.trace import TraceLine

PEER_WIDTH = 28
DATE = len("2026-06-07T")
"""It is today's, as a rule."""


def line_of_event(event: TraceEvent) -> Text:
    if isinstance(event, LinesLost):
        count = figure("{:,}".format, event.count)
        return Text(f"… {count} lines were lost: they came faster than they were read", "bold yellow")
    is_in = event.direction == "in"
    line = Text.assemble(
        (f"{moment(readable_time, event.at_ns)[DATE:]} ", "dim"),
        ("<- " if is_in else "-> ", "green" if is_in else "cyan"),
        (fitted(plain(event.peer) or "outside", PEER_WIDTH), "bold"),
        f"  {_numbers(event)}  ",
    )
    if is_in:
        line.append(f"waited {figure(duration, event.waited_ns)}, took {figure(duration, event.took_ns)}  ", "dim")
    if event.error is not None:
        line.append(f"{plain(event.error)}  ", "red")
    return line.append(plain(event.message))


def lines_of_letters(answer: DeadLetters) -> Iterator[Text]:
    """The newest first."""
    yield Text(f"{len(answer.letters):,} shown, {figure('{:,}'.format, answer.total)} ever; the newest first", "dim")
    for letter in reversed(answer.letters):
        yield from _lines_of_letter(letter)


def lines_of_waits(answer: Waits) -> Iterator[Text]:
    if not answer.waits:
        yield Text("nobody waits for anybody", "dim")
    for circle in answer.circles:
        yield Text("a circle: " + " -> ".join(map(plain, (*circle, *circle[:1]))), "bold red")
    for wait in answer.waits:
        line = Text.assemble((plain(wait.who), "bold"), " waits on ", (plain(wait.on), "bold"))
        if wait.since_ns is not None:
            line.append(f" for {figure(duration, max(0, answer.now_ns - wait.since_ns))}")
        yield line.append(f": {plain(wait.why)}")


def _numbers(message: TraceLine | LetterLine) -> str:
    numbers = (message.number, message.correlation, message.causation)
    number, correlation, causation = (figure(str, each) for each in numbers)
    return f"#{number} of {correlation} after {causation}"


def _lines_of_letter(letter: LetterLine) -> Iterator[Text]:
    yield Text.assemble(
        (f"{moment(readable_time, letter.at_ns)} ", "dim"),
        (plain(letter.sender) or "outside", "bold"),
        " -> ",
        (plain(letter.to), "bold"),
        (f": {plain(letter.why)}", "yellow"),
        (f"  {_numbers(letter)}", "dim"),
    )
    yield Text(f"  {plain(letter.message)}")
    for line in letter.trace.splitlines():
        yield Text(f"  | {plain(line)}", "dim")
