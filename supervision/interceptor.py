"""Standing between an actor and its messages: what traces and faults are made of."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from supervision.mailbox import Envelope

if TYPE_CHECKING:
    from supervision.cell import Cell

Handle = Callable[[Envelope], None]


class Interceptor(Protocol):
    """Put on an actor with `Cell.intercept`. Several are nested in the order of their coming, the first outermost."""

    def around(self, handle: Handle, cell: "Cell") -> Handle:
        """What is called in the place of `handle`, for each message that the actor would receive. Asked once a life,
        and again when interceptors come or go."""
        ...

    def sent(self, cell: "Cell", envelope: Envelope, to: str, delivered: bool) -> None:
        """Told of each message that the actor's handlers send."""
        ...
