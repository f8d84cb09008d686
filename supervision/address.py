"""Where to send messages to: typed, and good for all lives of the actor behind it."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import frozen

from supervision.mailbox import Mailbox

if TYPE_CHECKING:
    from supervision.runtime import Runtime

M_contra = TypeVar("M_contra", contravariant=True)


@frozen
class Path(Generic[M_contra]):
    """The name of an actor in the tree, and the type of the messages that it takes."""

    text: str

    def __str__(self) -> str:
        return self.text


class Address(Generic[M_contra]):
    """A mailbox with a name. Sending from inside an actor goes by `Actor.tell`, which keeps the correlation."""

    __slots__ = ("_new_envelope", "_runtime", "mailbox", "path")

    def __init__(self, path: str, mailbox: Mailbox, runtime: "Runtime") -> None:
        self.path = path
        self.mailbox = mailbox
        self._runtime = runtime
        self._new_envelope = runtime.new_envelope

    def tell(self, message: M_contra) -> None:
        """Send from outside of any actor; begins a new correlation. Never waits."""
        self._runtime.deliver(self, self._runtime.new_envelope(message))

    async def send(self, message: M_contra) -> None:
        """Send from a worker or from outside; waits while the mailbox is full."""
        await self.mailbox.put_when_room(self._runtime.new_envelope(message))

    def offer(self, message: M_contra) -> Awaitable[None] | None:
        """Send at once where there is room, and give None; else give what to await for it to be sent. For workers."""
        envelope, mailbox = self._new_envelope(message), self.mailbox
        if mailbox.depth < mailbox.capacity:
            mailbox.put(envelope)
            return None
        return mailbox.put_when_room(envelope)

    def __repr__(self) -> str:
        return f"<address of {self.path}>"
