"""A stream of bytes as lines of bounded length."""

import trio
from attrs import frozen


@frozen
class TooLong:
    """A line had more bytes than are read of one; it was skipped."""


@frozen
class Broken:
    """The stream ended within a line."""


class Lines:
    """Reads one line after another; no more than `longest` bytes and one gulp are ever kept."""

    def __init__(self, stream: trio.abc.ReceiveStream, longest: int) -> None:
        self._stream = stream
        self._longest = longest
        self._received = bytearray()
        self._is_skipping = False

    async def next(self) -> bytes | TooLong | Broken | None:
        """The next line with its end, or what became of it; None at the end of the stream.

        Raises `trio.BrokenResourceError`.
        """
        searched = 0
        while True:
            end = self._received.find(b"\n", searched) + 1
            if end:
                line = bytes(self._received[:end])
                del self._received[:end]
                if not self._is_skipping:
                    return line if end <= self._longest else TooLong()
                self._is_skipping, searched = False, 0
                continue
            if self._is_skipping:
                self._received.clear()
            elif len(self._received) > self._longest:
                self._received.clear()
                self._is_skipping = True
                return TooLong()
            searched = len(self._received)
            gulp = await self._stream.receive_some()
            if not gulp:
                return self._at_the_end()
            self._received += gulp

    def _at_the_end(self) -> Broken | None:
        is_broken = bool(self._received)
        self._received.clear()
        return Broken() if is_broken else None
