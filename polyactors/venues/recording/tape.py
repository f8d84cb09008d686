"""The frames of a recording, one after another. Damage is counted and passed over; it never ends a replay by itself."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import msgspec

from messages.market_data import BadInput
from polyactors.venues.recording.gzip_blocks import Corrupt, Truncated, gzip_blocks

LONGEST_LINE = 16 * 1024 * 1024
TOLERANCE_MS = 60 * 60 * 1000
"""A frame may be received so long before the start or after the end that the manifest names."""

JUMP_MS = 1000
"""A frame that comes so much later than all before it waits for the next one, which may say otherwise."""

_LONGEST_DETAIL = 200


class TapeFrame(msgspec.Struct, frozen=True, gc=False):
    """A frame as it was received: `at_ms` never goes backwards, `line` counts from 1."""

    at_ms: int
    channel: str
    frame: msgspec.Raw
    line: int


class _Envelope(msgspec.Struct, gc=False):
    at: int
    channel: str
    frame: msgspec.Raw


class Tape(Iterator[TapeFrame]):
    """Iterates the frames of a frames.jsonl.gz; whoever iterates again goes on where the last one stopped.

    `on_bad` hears of truncated, corrupt and unreadable files, and of lines that are not_json, bad_envelope,
    absurd_time or too_long: these are left out. A frame whose time is not to be believed is passed on with the latest
    time seen: it went backwards (time_backwards), or it went ahead and the next frame is back (time_jump). `lines` and
    `frames` count what was read and what was passed on.
    """

    def __init__(
        self,
        path: Path,
        start_ms: int,
        end_ms: int,
        on_bad: Callable[[BadInput], None],
        longest_line: int = LONGEST_LINE,
    ) -> None:
        self.lines = 0
        self.frames = 0
        self._path = path
        self._start_ms = start_ms
        self._end_ms = end_ms
        self._earliest_ms = start_ms - TOLERANCE_MS
        self._latest_ms = end_ms + TOLERANCE_MS
        self._on_bad = on_bad
        self._longest_line = longest_line
        self._frames = self._read()

    def __iter__(self) -> Iterator[TapeFrame]:
        return self

    def __next__(self) -> TapeFrame:
        return next(self._frames)

    def source(self, line: int) -> str:
        """The place of a line, as it stands in every `BadInput`."""
        return f"{self._path.name}:{line}"

    def close(self) -> None:
        """Lets go of the file; there are no more frames then."""
        self._frames.close()

    def _read(self) -> Generator[TapeFrame, None, None]:
        decode = msgspec.json.Decoder(_Envelope).decode
        seen_ms = self._earliest_ms
        ahead: TapeFrame | None = None
        for line in self._split():
            self.lines += 1
            if line is None:
                self._bad("too_long", f"longer than {self._longest_line} bytes")
                continue
            try:
                envelope = decode(line)
            except msgspec.ValidationError as error:
                self._bad("bad_envelope", f"{error}: {_shown(line)}")
                continue
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                if line.strip():
                    self._bad("not_json", f"{error}: {_shown(line)}")
                continue
            at_ms = envelope.at
            if not self._earliest_ms <= at_ms <= self._latest_ms:
                self._bad("absurd_time", f"at {at_ms} is outside the recording")
                continue
            if ahead is not None:
                if at_ms < ahead.at_ms - JUMP_MS:
                    seen_ms = max(seen_ms, self._start_ms)
                    ahead = self._set_back(ahead, seen_ms, at_ms)
                seen_ms = ahead.at_ms
                self.frames += 1
                yield ahead
                ahead = None
            if at_ms > seen_ms + JUMP_MS:
                ahead = TapeFrame(at_ms, envelope.channel, envelope.frame, self.lines)
                continue
            if at_ms < seen_ms:
                self._bad("time_backwards", f"at {at_ms} comes after {seen_ms}")
            else:
                seen_ms = at_ms
            self.frames += 1
            yield TapeFrame(seen_ms, envelope.channel, envelope.frame, self.lines)
        if ahead is not None:
            if ahead.at_ms > self._end_ms + JUMP_MS:
                ahead = self._set_back(ahead, max(seen_ms, self._start_ms), self._end_ms)
            self.frames += 1
            yield ahead

    def _set_back(self, ahead: TapeFrame, to_ms: int, after_ms: int) -> TapeFrame:
        """The frame that went ahead of the others, where what comes after it (at last the end) is of `after_ms`."""
        detail = f"at {ahead.at_ms} lies {ahead.at_ms - after_ms} ms after what follows it"
        self._on_bad(BadInput("time_jump", self.source(ahead.line), detail))
        return TapeFrame(to_ms, ahead.channel, ahead.frame, ahead.line)

    def _split(self) -> Iterator[bytes | None]:
        """The lines of the file; None for one that is too long, of which no more than that is ever held."""
        rest = b""
        skipping = False
        try:
            for block in gzip_blocks(self._path):
                first, newline, following = block.partition(b"\n")
                if not newline:
                    rest = b"" if skipping else rest + first
                    if len(rest) > self._longest_line:
                        rest, skipping = b"", True
                    continue
                yield None if skipping else self._unless_too_long(rest + first)
                *whole, rest = following.split(b"\n")
                for line in whole:
                    yield self._unless_too_long(line)
                skipping = len(rest) > self._longest_line
                if skipping:
                    rest = b""
        except Truncated as damage:
            self._bad("truncated", str(damage))
        except Corrupt as damage:
            self._bad("corrupt", str(damage))
        except OSError as error:
            self._bad("unreadable", str(error))
        else:
            if skipping or rest:
                yield None if skipping else self._unless_too_long(rest)

    def _unless_too_long(self, line: bytes) -> bytes | None:
        return line if len(line) <= self._longest_line else None

    def _bad(self, kind: str, detail: str) -> None:
        self._on_bad(BadInput(kind, self.source(self.lines), detail[:_LONGEST_DETAIL]))


def _shown(line: bytes) -> str:
    return repr(line[:80])
