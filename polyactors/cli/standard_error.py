"""Standard error as something that never fails: who stops reading it does not stop the trading."""

import io
import sys
from typing import TextIO, cast


class StandardError(io.TextIOBase):
    """Passes on what is written for as long as somebody takes it; from the first failure on it is lost."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if self._stream is not None:
            try:
                self._stream.write(text)
            except (OSError, ValueError):
                self._stream = None
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._stream = None

    def isatty(self) -> bool:
        return self._stream is not None and not self._stream.closed and self._stream.isatty()

    def fileno(self) -> int:
        if self._stream is None:
            raise io.UnsupportedOperation("there is no standard error")
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8" if self._stream is None else self._stream.encoding


def shield_standard_error() -> None:
    """From now on nothing that is said on standard error can fail."""
    if not isinstance(sys.stderr, StandardError):
        sys.stderr = cast(TextIO, StandardError(sys.stderr))
