"""One actor's messages as they go in and out, for somebody who looks on."""

from collections.abc import Callable
from time import perf_counter_ns
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from supervision.interceptor import Handle
from supervision.introspection.picture import in_words
from supervision.mailbox import Envelope
from supervision.stack import words_of

if TYPE_CHECKING:
    from supervision.cell import Cell

LONGEST_MESSAGE = 400
"""Characters of a message's representation."""

UNDELIVERED = "not delivered: it is a dead letter"


@frozen
class TraceLine:
    """One message that an actor handled, or that a handler of it sent.

    `peer` is the other side, empty where the message came from outside of any actor. `message` is its representation,
    cut. A handled one waited `waited_ns` of the runtime's time and took `took_ns` of real time, and `error` is what its
    handler raised; `error` of one that was sent says why it was not delivered.
    """

    at_ns: int
    path: str
    direction: Literal["in", "out"]
    peer: str
    message: str
    message_type: str
    number: int
    correlation: int
    causation: int
    waited_ns: int
    took_ns: int
    error: str | None


class Trace:
    """An interceptor of `cell` from `start` to `stop`, through all its lives.

    `sink` gets each message that came in once it was handled, and then those that its handler sent. It must not
    wait, nor raise.
    """

    def __init__(self, cell: "Cell", sink: Callable[[TraceLine], None]) -> None:
        self._cell = cell
        self._sink = sink
        # What the handler that runs has sent; None while none runs.
        self._sent: list[_Sent] | None = None

    def start(self) -> None:
        self._cell.intercept(self)

    def stop(self) -> None:
        self._cell.release(self)

    def around(self, handle: Handle, cell: "Cell") -> Handle:
        now_ns = cell.runtime.clock.now_ns

        def handle_and_tell(envelope: Envelope) -> None:
            at_ns, began_ns = now_ns(), perf_counter_ns()
            self._sent = []
            error = None
            try:
                handle(envelope)
            except BaseException as raised:
                error = words_of(raised)
                raise
            finally:
                took_ns = perf_counter_ns() - began_ns
                sent, self._sent = self._sent, None
                self._sink(_handled(cell.path, envelope, at_ns, took_ns, error))
                for each in sent:
                    self._sink(_sent(cell.path, each))

        return handle_and_tell

    def sent(self, cell: "Cell", envelope: Envelope, to: str, delivered: bool) -> None:
        if self._sent is not None:
            self._sent.append((envelope, to, delivered))
        else:
            self._sink(_sent(cell.path, (envelope, to, delivered)))


_Sent = tuple[Envelope, str, bool]


def _sent(path: str, sent: _Sent) -> TraceLine:
    envelope, to, is_delivered = sent
    return TraceLine(
        at_ns=envelope.sent_ns,
        path=path,
        direction="out",
        peer=to,
        message=in_words(envelope.message, LONGEST_MESSAGE),
        message_type=type(envelope.message).__name__,
        number=envelope.number,
        correlation=envelope.correlation,
        causation=envelope.causation,
        waited_ns=0,
        took_ns=0,
        error=None if is_delivered else UNDELIVERED,
    )


def _handled(path: str, envelope: Envelope, at_ns: int, took_ns: int, error: str | None) -> TraceLine:
    return TraceLine(
        at_ns=at_ns,
        path=path,
        direction="in",
        peer=envelope.sender.path if envelope.sender is not None else "",
        message=in_words(envelope.message, LONGEST_MESSAGE),
        message_type=type(envelope.message).__name__,
        number=envelope.number,
        correlation=envelope.correlation,
        causation=envelope.causation,
        waited_ns=at_ns - envelope.sent_ns,
        took_ns=took_ns,
        error=error,
    )
