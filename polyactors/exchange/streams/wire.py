"""The way of the frames from a hub to its connections, with what the armed faults do to them."""

from collections.abc import Collection
from typing import Protocol

from attrs import frozen

from messages.identity import MarketId, TokenId
from polyactors.exchange.streams.outbox import INTERNAL_ERROR, Outbox
from polyactors.exchange.streams.stream_faults import (
    DropFrame,
    DuplicateFrame,
    FrameFault,
    HoldFrame,
    StreamFaults,
    StreamKind,
)


class Receiver(Protocol):
    """Whoever has an outbox."""

    @property
    def outbox(self) -> Outbox: ...


@frozen
class _Held:
    text: str
    receivers: Collection[Receiver]
    due_ns: int


class Wire:
    """Sends one stream's frames. Of each market one at most is held back: behind the next, or until `advance`."""

    def __init__(self, stream: StreamKind, faults: StreamFaults) -> None:
        self._stream = stream
        self._faults = faults
        self._held: dict[MarketId, _Held] = {}

    def is_silent(self, asset: TokenId) -> bool:
        return self._faults.is_silent(self._stream, asset)

    def fault_for(self, asset: TokenId | None, now_ns: int) -> FrameFault | None:
        """What shall happen to the next frame, which is about `asset`."""
        if self._faults.is_silent(self._stream, asset):
            return DropFrame()
        return self._faults.for_frame(self._stream, asset, now_ns)

    def breaks(self, receivers: Collection[Receiver], now_ns: int) -> bool:
        """Whether the connections break now; then they are all closed."""
        if not receivers or not self._faults.drops_connection(self._stream, now_ns):
            return False
        for receiver in tuple(receivers):
            receiver.outbox.close(INTERNAL_ERROR)
        return True

    def send(
        self, market: MarketId, text: str, receivers: Collection[Receiver], fault: FrameFault | None, now_ns: int
    ) -> None:
        """The same text for all. `receivers` must not change while it is sent, nor while it is held."""
        if fault is None and not self._held:
            for receiver in receivers:
                receiver.outbox.put(text)
            return
        before = self._held.pop(market, None)
        match fault:
            case DropFrame():
                pass
            case DuplicateFrame():
                _put((text, text), receivers)
            case HoldFrame(delay_ns):
                self._held[market] = _Held(text, receivers, now_ns + delay_ns)
            case _:
                _put((text,), receivers)
        if before is not None:
            _put((before.text,), before.receivers)

    def advance(self, now_ns: int) -> None:
        """Send what was held long enough."""
        for market, held in list(self._held.items()):
            if held.due_ns <= now_ns:
                del self._held[market]
                _put((held.text,), held.receivers)

    def next_due_ns(self) -> int | None:
        return min((held.due_ns for held in self._held.values()), default=None)


def _put(texts: Collection[str], receivers: Collection[Receiver]) -> None:
    for text in texts:
        for receiver in receivers:
            receiver.outbox.put(text)
