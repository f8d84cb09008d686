"""What a venue's websocket is, for whoever keeps a connection to it: what to say first, and how to read it."""

from typing import Protocol

from attrs import frozen

from messages.reference import ReferenceData, ReferenceVenue, Symbol
from polyactors.venues.streams.heartbeat import Beat


@frozen
class Reading:
    """What a frame said that is not only prices. `answer` is to be sent, `is_grant` when from now on all that was
    wanted is subscribed, `noted` what somebody should know of (the venue refused a part)."""

    said: tuple[ReferenceData, ...] = ()
    answer: str | None = None
    is_grant: bool = False
    noted: str | None = None


NOTHING_SAID = Reading()


class ReferenceProtocol(Protocol):
    """One venue's language. Keeps the state of one connection."""

    @property
    def venue(self) -> ReferenceVenue: ...

    @property
    def symbols(self) -> tuple[Symbol, ...]: ...

    @property
    def beat(self) -> Beat: ...

    def begin(self) -> str:
        """A new connection: the first frame to send."""
        ...

    def read(self, frame: str | bytes, received_ns: int) -> ReferenceData | Reading:
        """What nearly all frames say, one price, is given as it is.

        Raises `Refused` for what cannot be read, `ConnectionLost` where the venue refuses what it was asked, or is
        about to close.
        """
        ...
