"""What can go wrong with a frame on its way, and who decides it: the fault desk of the exchange."""

from enum import Enum
from typing import Protocol

from attrs import frozen

from messages.identity import TokenId


class StreamKind(Enum):
    MARKET = "market"
    USER = "user"


@frozen
class DropFrame:
    """It never arrives."""


@frozen
class DuplicateFrame:
    """It arrives twice."""


@frozen
class HoldFrame:
    """It arrives behind the next one of its market, or after `delay_ns` if there is none."""

    delay_ns: int


@frozen
class WrongHash:
    """It states a hash that is not that of the book."""


FrameFault = DropFrame | DuplicateFrame | HoldFrame | WrongHash


class StreamFaults(Protocol):
    """Asked once for each frame, not for each connection: all connections miss the same."""

    def for_frame(self, stream: StreamKind, asset: TokenId | None, now_ns: int) -> FrameFault | None: ...

    def is_silent(self, stream: StreamKind, asset: TokenId | None) -> bool:
        """Whether the stream stays open, answers PING, and says nothing of the asset (field note 6)."""
        ...

    def drops_connection(self, stream: StreamKind, now_ns: int) -> bool:
        """Whether all connections of the stream break now."""
        ...


class NoFaults:
    """Nothing goes wrong."""

    def for_frame(self, stream: StreamKind, asset: TokenId | None, now_ns: int) -> FrameFault | None:
        return None

    def is_silent(self, stream: StreamKind, asset: TokenId | None) -> bool:
        return False

    def drops_connection(self, stream: StreamKind, now_ns: int) -> bool:
        return False
