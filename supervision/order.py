"""The order in which a tree handled its messages, as one number to compare runs by."""

import hashlib
from typing import TYPE_CHECKING

from supervision.interceptor import Handle
from supervision.mailbox import Envelope

if TYPE_CHECKING:
    from supervision.cell import Cell
    from supervision.runtime import Runtime


class HandledOrder:
    """An interceptor of all actors of a tree, also of those that are added later: SHA-256 over who handled what, in
    which life, because of what."""

    def __init__(self, runtime: "Runtime") -> None:
        self.count = 0
        self._hash = hashlib.sha256()
        runtime.registry.on_added(self._meet)

    @property
    def digest(self) -> str:
        """Of the order so far."""
        return self._hash.hexdigest()

    def around(self, handle: Handle, cell: "Cell") -> Handle:
        def handle_and_note(envelope: Envelope) -> None:
            self.count += 1
            kind = type(envelope.message).__name__
            self._hash.update(
                f"{cell.path} {cell.generation} {kind} {envelope.number} {envelope.correlation} {envelope.causation} "
                f"{envelope.sent_ns}\n".encode()
            )
            handle(envelope)

        return handle_and_note

    def sent(self, cell: "Cell", envelope: Envelope, to: str, delivered: bool) -> None:
        """Where it is handled, it will be noted."""

    def _meet(self, cell: "Cell") -> None:
        cell.intercept(self)
