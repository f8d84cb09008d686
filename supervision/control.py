"""What the runtime tells an actor's task by the system lane; none of it reaches the actor's `receive`."""

from typing import final

from attrs import frozen

from supervision.mailbox import Envelope
from supervision.reasons import ExitReason


@final
@frozen
class EndLife:
    """End in good order."""

    reason: ExitReason


@final
@frozen
class OpenWorkers:
    """The first worker wants a nursery."""


@final
@frozen
class Hold:
    """Handle no ordinary message until everybody who holds has let go."""

    by: str


@final
@frozen
class LetGo:
    by: str


@final
@frozen
class Rewire:
    """Who intercepts messages, or how slow the actor is made, has changed."""


Control = EndLife | OpenWorkers | Hold | LetGo | Rewire


def control(message: Control) -> Envelope:
    return Envelope(message, 0, 0, 0, None, 0)
