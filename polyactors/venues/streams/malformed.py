"""The last frames that could not be taken, kept for somebody to look at."""

from collections import deque

from attrs import frozen

from messages.market_data import BadInput

FRAMES_KEPT = 100
BYTES_KEPT = 4_096


@frozen
class MalformedFrame:
    """`frame` is its beginning, `length` the number of bytes that it had."""

    at_ns: int
    kind: str
    source: str
    detail: str
    frame: bytes
    length: int


class MalformedFrames:
    """At most `FRAMES_KEPT`, oldest first, of `BYTES_KEPT` each."""

    def __init__(self) -> None:
        self._kept: deque[MalformedFrame] = deque(maxlen=FRAMES_KEPT)

    def __len__(self) -> int:
        return len(self._kept)

    def kept(self) -> tuple[MalformedFrame, ...]:
        return tuple(self._kept)

    def keep(self, bad: BadInput, frame: str | bytes, at_ns: int) -> None:
        whole = frame.encode(errors="backslashreplace") if isinstance(frame, str) else bytes(frame)
        self._kept.append(MalformedFrame(at_ns, bad.kind, bad.source, bad.detail, whole[:BYTES_KEPT], len(whole)))
