"""Messages that nobody handled: counted, logged, and the last of them kept to be read."""

from collections import deque

from attrs import field, frozen

from supervision.mailbox import Envelope
from supervision.stack import Stack

DEAD_LETTERS_KEPT = 1000


@frozen
class DeadLetter:
    """A message that was not handled, and why. `stack` is that of the error of its handler."""

    to: str
    message: object
    why: str
    at_ns: int
    number: int
    correlation: int
    causation: int
    sender: str
    stack: Stack | None = field(default=None, repr=False)

    @property
    def trace(self) -> str:
        """The traceback of the error that its handler raised; empty where none did."""
        return str(self.stack) if self.stack is not None else ""


class DeadLetters:
    def __init__(self) -> None:
        self.count = 0
        self.last: deque[DeadLetter] = deque(maxlen=DEAD_LETTERS_KEPT)

    def add(self, to: str, envelope: Envelope, why: str, at_ns: int, stack: Stack | None) -> DeadLetter:
        sender = envelope.sender.path if envelope.sender is not None else ""
        letter = DeadLetter(
            to, envelope.message, why, at_ns, envelope.number, envelope.correlation, envelope.causation, sender, stack
        )
        self.count += 1
        self.last.append(letter)
        return letter
