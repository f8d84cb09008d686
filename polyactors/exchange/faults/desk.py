"""What is armed now, asked by everything that is served on each occasion."""

from collections.abc import Iterator
from itertools import count
from typing import TypeVar

from messages.identity import TokenId
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.exchange.core import Exchange
from polyactors.exchange.faults.acting import act, undo
from polyactors.exchange.faults.armed import Armed, Arming
from polyactors.exchange.faults.kinds import (
    AT_ONCE,
    NAMES,
    ClockSkew,
    DropConnections,
    DropFrames,
    DuplicateFrames,
    FramesFault,
    ReorderFrames,
    RequestFault,
    Silence,
    StalledFeed,
    WrongHashes,
)
from polyactors.exchange.streams.stream_faults import (
    DropFrame,
    DuplicateFrame,
    FrameFault,
    HoldFrame,
    StreamKind,
    WrongHash,
)
from polyactors.exchange.words import Refused

F = TypeVar("F")

MOST_ARMED = 1_000


class FaultDesk:
    """Faults are asked in the order in which they were armed; the first that strikes is the one that happens."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._armed: dict[str, Armed] = {}
        self._numbers = count(1)
        self.ended = 0

    def arm(self, arming: Arming, now_ns: int) -> Armed | Refused:
        """Refused where the name is taken, or where the exchange has no such market. One that takes effect at once is
        over when this returns."""
        name = arming.name or f"{NAMES[type(arming.fault)]}-{next(self._numbers)}"
        if name in self._armed:
            return Refused(400, f"a fault {name!r} is armed already: disarm it, or take another name")
        if len(self._armed) >= MOST_ARMED:
            return Refused(400, f"{MOST_ARMED} faults are armed: disarm some first")
        refused = act(arming.fault, self._exchange, now_ns)
        if refused is not None:
            return refused
        armed = Armed.of(arming, name, now_ns)
        if isinstance(arming.fault, AT_ONCE):
            armed.strikes, armed.left = 1, 0
            self.ended += 1
        else:
            self._armed[name] = armed
        return armed

    def disarm(self, name: str, now_ns: int) -> bool:
        """Whether there was such a fault."""
        armed = self._armed.pop(name, None)
        if armed is None:
            return False
        self.ended += 1
        undo(armed.fault, self._exchange, now_ns)
        return True

    def armed(self) -> tuple[Armed, ...]:
        return tuple(armed for armed in self._armed.values() if not armed.is_spent)

    def advance(self, now_ns: int) -> None:
        """Disarms what has had its time, or struck often enough."""
        for armed in tuple(self._armed.values()):
            if armed.is_spent or (armed.until_ns is not None and armed.until_ns <= now_ns):
                self.disarm(armed.name, now_ns)

    def next_due_ns(self) -> int | None:
        return min((armed.until_ns for armed in self._armed.values() if armed.until_ns is not None), default=None)

    def for_request(self, method: str, path: str) -> RequestFault | None:
        for armed in self._armed.values():
            fault = armed.fault
            if (
                isinstance(fault, RequestFault)
                and fault.method in ("", method)
                and path.startswith(fault.path)
                and armed.strikes_now(fault.one_in)
            ):
                return fault
        return None

    def for_frame(self, stream: StreamKind, asset: TokenId | None, now_ns: int) -> FrameFault | None:
        for armed in self._armed.values():
            fault = armed.fault
            if isinstance(fault, FramesFault) and _concerns(fault, stream, asset) and armed.strikes_now(fault.one_in):
                return _frame_fault(fault)
        return None

    def is_silent(self, stream: StreamKind, asset: TokenId | None) -> bool:
        return any(
            fault.stream in ("", stream.value) and fault.asset in ("", asset) and armed.strikes_now()
            for armed, fault in self._of(Silence)
        )

    def drops_connection(self, stream: StreamKind, now_ns: int) -> bool:
        return any(
            fault.stream in ("", stream.value) and armed.strikes_now() for armed, fault in self._of(DropConnections)
        )

    def is_stalled(self, feed: str) -> bool:
        return any(fault.feed in ("", feed) and armed.strikes_now() for armed, fault in self._of(StalledFeed))

    @property
    def clock_skew_ns(self) -> int:
        return sum(fault.skew_ms for _, fault in self._of(ClockSkew)) * NANOSECONDS_PER_MILLISECOND

    def _of(self, kind: type[F]) -> Iterator[tuple[Armed, F]]:
        for armed in self._armed.values():
            if isinstance(armed.fault, kind) and not armed.is_spent:
                yield armed, armed.fault


def _concerns(fault: FramesFault, stream: StreamKind, asset: TokenId | None) -> bool:
    if isinstance(fault, WrongHashes):
        return stream is StreamKind.MARKET and fault.asset in ("", asset)
    return fault.stream in ("", stream.value) and fault.asset in ("", asset)


def _frame_fault(fault: FramesFault) -> FrameFault:
    match fault:
        case DropFrames():
            return DropFrame()
        case DuplicateFrames():
            return DuplicateFrame()
        case ReorderFrames():
            return HoldFrame(fault.delay_ms * NANOSECONDS_PER_MILLISECOND)
        case WrongHashes():
            return WrongHash()
