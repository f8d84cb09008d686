"""A recording as a source of reference prices: the frames of other venues that are in it, at their times."""

from collections.abc import Callable, Iterable, Sequence

import trio
from attrs import frozen

from actors.feeds.reference.ports import DeliverReference
from messages.market_data import BadInput
from messages.reference import ReferenceData, ReferenceTick, ReferenceVenue, Symbol
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.venues.binance.frames import Answer, BinanceFrames, ShutsDown
from polyactors.venues.coinbase.exchange_frames import ExchangeFrames
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.kraken.frames import Answered, KrakenFrames
from polyactors.venues.polymarket.live_streams.price_ticks import PriceTick
from polyactors.venues.polymarket.live_streams.rtds_prices import RtdsPrices, RtdsTopic
from polyactors.venues.polymarket.reference.ticks import OracleTicks
from polyactors.venues.recording.folder import Recording
from polyactors.venues.recording.tape import TapeFrame
from polyactors.venues.reference import spelling
from polyactors.venues.reference.json_frames import Frame
from polyactors.venues.refused import Refused
from supervision.clock import Clock
from supervision.log import Level, LogEvent, LogSink
from supervision.timers import Timers

FRAMES_BETWEEN_CHECKPOINTS = 64

Read = Callable[[Frame, int], Sequence[ReferenceData]]
"""What a frame that was received then says. Raises `Refused`."""


@frozen
class RecordedVenue:
    """Whose channels begin with `channel` and a dot, and how they are read for some symbols."""

    venue: ReferenceVenue
    name: str
    channel: str
    reader: Callable[[tuple[Symbol, ...]], Read]


def recorded_references(
    recording: Recording, symbols: Iterable[Symbol], clock: Clock, timers: Timers, counts: FeedCounts, log: LogSink
) -> "tuple[RecordedReference, ...]":
    """One source for each venue whose channels the recording names, each with a tape of its own."""
    wanted = tuple(dict.fromkeys(symbols))
    return tuple(
        RecordedReference(recording, venue, wanted, clock, timers, counts, log)
        for venue in RECORDED_VENUES
        if wanted and any(channel.startswith(f"{venue.channel}.") for channel in recording.manifest.frames)
    )


def is_reference_channel(channel: str) -> bool:
    """Whether a frame of this channel is read by one of these sources, where there is one."""
    return any(channel.startswith(f"{venue.channel}.") for venue in RECORDED_VENUES)


class RecordedReference:
    """A `ReferenceSource`. It outlives the actor that pumps it: whoever pumps again goes on where the tape stands.

    Damage of the recording is counted by whoever reads its markets, and so are the frames; here only what cannot be
    read of these channels is.
    """

    def __init__(
        self,
        recording: Recording,
        recorded: RecordedVenue,
        symbols: tuple[Symbol, ...],
        clock: Clock,
        timers: Timers,
        counts: FeedCounts,
        log: LogSink,
    ) -> None:
        self.venue = recorded.venue
        self.name = recorded.name
        self.symbols = symbols
        self._clock = clock
        self._timers = timers
        self._counts = counts
        self._log = log
        self._prefix = f"{recorded.channel}."
        self._tape = recording.tape(_is_counted_elsewhere)
        self._read = recorded.reader(symbols)
        self._held: TapeFrame | None = None

    async def pump(self, deliver: DeliverReference) -> None:
        """Deliver every frame at its time; ends with the tape. Never raises `ConnectionLost`."""
        since_checkpoint = 0
        while (frame := self._held or next(self._tape, None)) is not None:
            if since_checkpoint >= FRAMES_BETWEEN_CHECKPOINTS:
                await trio.lowlevel.checkpoint()
                since_checkpoint = 0
            since_checkpoint += 1
            if not frame.channel.startswith(self._prefix):
                continue
            self._held = frame
            at_ns = frame.at_ms * NANOSECONDS_PER_MILLISECOND
            if at_ns > self._clock.now_ns():
                await self._timers.sleep_until(at_ns)
                since_checkpoint = 0
            self._held = None
            for message in self._said(frame, at_ns):
                waiting = deliver(message)
                if waiting is not None:
                    await waiting

    def close(self) -> None:
        self._tape.close()

    def _said(self, frame: TapeFrame, at_ns: int) -> Sequence[ReferenceData]:
        try:
            return self._read(frame.frame, at_ns)
        except Refused as refused:
            if refused.kind == "wrong_symbol":
                # A recording may have more than is wanted now.
                return ()
            self._bad(refused.as_bad_input(self.name), self._tape.source(frame.line))
            return ()

    def _bad(self, bad: BadInput, place: str) -> None:
        if self._counts.bad.count(bad, place):
            now_ns = self._clock.now_ns()
            fields = {"kind": bad.kind, "source": bad.source, "place": place, "detail": bad.detail}
            self._log(LogEvent(now_ns, Level.WARNING, f"reference/{self.name}", 0, 0, "bad input", fields))


def _is_counted_elsewhere(_: BadInput) -> None:
    """By whoever reads the markets of the same recording."""


def _binance(symbols: tuple[Symbol, ...]) -> Read:
    frames = BinanceFrames(symbols, takes_zero=True)

    def read(frame: Frame, received_ns: int) -> Sequence[ReferenceData]:
        try:
            said = frames.read(frame, received_ns)
        except ShutsDown:
            return ()
        return () if said is None or isinstance(said, Answer) else (said,)

    return read


def _coinbase(symbols: tuple[Symbol, ...]) -> Read:
    frames = ExchangeFrames(symbols, takes_zero=True)

    def read(frame: Frame, received_ns: int) -> Sequence[ReferenceData]:
        said = frames.read(frame, received_ns)
        return (said,) if isinstance(said, ReferenceTick) else ()

    return read


def _kraken(symbols: tuple[Symbol, ...]) -> Read:
    frames = KrakenFrames(symbols, takes_zero=True)

    def read(frame: Frame, received_ns: int) -> Sequence[ReferenceData]:
        said = frames.read(frame, received_ns)
        return () if isinstance(said, Answered) else said

    return read


def _rtds(symbols: tuple[Symbol, ...]) -> Read:
    topics = (RtdsTopic.CHAINLINK, RtdsTopic.TWAP_30, RtdsTopic.TWAP_60)
    frames = RtdsPrices([(topic, spelling.chainlink(symbol)) for symbol in symbols for topic in topics])
    oracles = OracleTicks(symbols)

    def read(frame: Frame, received_ns: int) -> Sequence[ReferenceData]:
        text = frame if isinstance(frame, str | bytes) else bytes(frame)
        ticks = (each for each in frames.read(text, received_ns).said if isinstance(each, PriceTick))
        return [said for each in ticks if (said := oracles.read(each)) is not None]

    return read


RECORDED_VENUES = (
    RecordedVenue(ReferenceVenue.BINANCE, "binance", "binance", _binance),
    RecordedVenue(ReferenceVenue.COINBASE, "coinbase", "coinbase", _coinbase),
    RecordedVenue(ReferenceVenue.KRAKEN, "kraken", "kraken", _kraken),
    RecordedVenue(ReferenceVenue.CHAINLINK, "polymarket-prices", "rtds", _rtds),
)
"""The channels of the shared recordings/README.md."""
