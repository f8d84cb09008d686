"""Where to send messages to: typed, and good for all lives of the actor behind it."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import frozen

from supervision.mailbox import Envelope, Mailbox

if TYPE_CHECKING:
    from supervision.questions import Question
    from supervision.runtime import Runtime

M_contra = TypeVar("M_contra", contravariant=True)


@frozen
class Path(Generic[M_contra]):
    """The name of an actor in the tree, and the type of the messages that it takes."""

    text: str

    def __str__(self) -> str:
        return self.text


class Address(Generic[M_contra]):
    """A mailbox with a name. Sending from inside an actor goes by `Actor.tell`, which keeps the correlation.

    `put` is that of the mailbox, for the runtime; `questions` are those that wait for an answer from here. `is_over`
    when the actor's life ended, and its supervisor does not begin another by itself.
    """

    __slots__ = ("_new_envelope", "_runtime", "is_over", "mailbox", "path", "put", "questions")

    mailbox: Mailbox
    put: Callable[[Envelope], bool]

    def __init__(self, path: str, mailbox: Mailbox, runtime: "Runtime") -> None:
        self.path = path
        self.mailbox = mailbox
        self.put = mailbox.put
        self.is_over = False
        self.questions: dict[Question, None] = {}
        self._runtime = runtime
        self._new_envelope = runtime.new_envelope

    def tell(self, message: M_contra) -> None:
        """Send from outside of any actor; begins a new correlation. Never waits."""
        self._runtime.deliver(self, self._runtime.new_envelope(message))

    async def send(self, message: M_contra) -> None:
        """Send from a worker or from outside; waits while the mailbox is full."""
        envelope = self._runtime.new_envelope(message)
        if not await self.mailbox.put_when_room(envelope):
            self._runtime.bury_undelivered(self, envelope)

    def offer(self, message: M_contra) -> Awaitable[None] | None:
        """Send at once where there is room, and give None; else give what to await for it to be sent. For workers."""
        mailbox = self.mailbox
        if mailbox.depth < mailbox.capacity:
            self.put(self._new_envelope(message))
            return None
        return self.send(message)

    @property
    def why_undelivered(self) -> str:
        """Why `put` has just refused a message."""
        return "it is over" if self.mailbox.is_closed else "its mailbox was full"

    def __repr__(self) -> str:
        return f"<address of {self.path}>"
