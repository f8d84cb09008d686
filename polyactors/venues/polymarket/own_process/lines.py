"""A stream of bytes cut into lines of bounded length."""

from collections.abc import Iterator

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes; a signer's caps may name some ten thousand tokens."""

CHUNK_BYTES = 1 << 16


class Lines:
    """Cuts what comes out of a pipe into lines. One longer than `longest` becomes an empty one, which nobody takes for
    a document."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._rest = b""
        self._is_skipping = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            yield b"" if self._is_skipping or len(line) > self._longest else line
            self._is_skipping = False
        if len(self._rest) > self._longest:
            self._rest, self._is_skipping = b"", True
