"""The frames that the benchmarks run on: a real recording, wherever there is one."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from attrs import frozen

from messages.market_data import BadInput, MarketData
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.bench.measure import Skipped
from polyactors.venues.polymarket.market_channel import MarketChannel
from polyactors.venues.recording.folder import Recording, open_recording
from polyactors.venues.recording.source import MARKET_CHANNEL
from polyactors.venues.recording.tape import TapeFrame


@frozen(eq=False)
class Frames:
    """A recording with its frames of the market channel in memory."""

    recording: Recording
    tape: tuple[TapeFrame, ...]

    def channel(self) -> MarketChannel:
        return MarketChannel(self.recording.markets, _ignore)

    def decode_all(self, see: Callable[[MarketData], object]) -> None:
        """Decode every frame, and call `see` with each message."""
        decode = self.channel().decode
        for frame in self.tape:
            for message in decode(frame.frame, frame.at_ms * NANOSECONDS_PER_MILLISECOND, MARKET_CHANNEL):
                see(message)


@lru_cache(maxsize=1)
def frames_of(folder: Path) -> Frames:
    """Raises `Skipped` where there is no recording."""
    recording = open_recording(folder)
    if not isinstance(recording, Recording):
        raise Skipped(f"no recording in {folder} (give one with --recording): {recording.mistakes[0]}")
    tape = tuple(frame for frame in recording.tape(_ignore) if frame.channel == MARKET_CHANNEL)
    if not tape:
        raise Skipped(f"the recording {folder} has no frames of {MARKET_CHANNEL}")
    return Frames(recording, tape)


def _ignore(_: BadInput) -> None:
    """The mistakes of a recording are counted elsewhere."""
