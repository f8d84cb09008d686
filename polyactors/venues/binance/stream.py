"""What Binance is asked, and what it says to it."""

from collections.abc import Iterable

import msgspec

from actors.feeds.ports import ConnectionLost
from messages.reference import ReferenceData, ReferenceVenue, Symbol
from polyactors.venues.binance.frames import Answer, BinanceFrames, ShutsDown
from polyactors.venues.reference import spelling
from polyactors.venues.reference.protocol import NOTHING_SAID, Reading
from polyactors.venues.streams.heartbeat import Beat

_SUBSCRIBE, _LIST = 1, 2
STREAMS = ("trade", "bookTicker")

BINANCE_BEAT = Beat(
    ping=msgspec.json.encode({"method": "LIST_SUBSCRIPTIONS", "id": _LIST}).decode(),
    pong=None,
    every_s=30.0,
    silent_s=60.0,
)
"""There is no ping for clients; the venue's own, which are frames of the websocket, are answered below."""


class BinanceProtocol:
    """A `ReferenceProtocol`: the trades and the best quotes of each symbol, by one request."""

    venue = ReferenceVenue.BINANCE
    beat = BINANCE_BEAT

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self.symbols = tuple(dict.fromkeys(symbols))
        self._frames = BinanceFrames(self.symbols)
        self._wanted = [f"{spelling.binance(each).lower()}@{stream}" for each in self.symbols for stream in STREAMS]

    def begin(self) -> str:
        return msgspec.json.encode({"method": "SUBSCRIBE", "params": self._wanted, "id": _SUBSCRIBE}).decode()

    def read(self, frame: str | bytes, received_ns: int) -> ReferenceData | Reading:
        """Raises as `ReferenceProtocol.read` does."""
        try:
            said = self._frames.read(frame, received_ns)
        except ShutsDown:
            raise ConnectionLost("the venue announced that it closes the connection") from None
        if said is None:
            return NOTHING_SAID
        return self._answered(said) if isinstance(said, Answer) else said

    def _answered(self, answer: Answer) -> Reading:
        if answer.error is not None:
            raise ConnectionLost(f"the venue refuses: {str(answer.error.get('msg', answer.error))[:100]}")
        if answer.request == _LIST and answer.result is not None:
            lacking = set(self._wanted) - set(answer.result)
            if lacking:
                raise ConnectionLost(f"{len(lacking)} streams are not subscribed to any more")
        return Reading(is_grant=True) if answer.request == _SUBSCRIBE else NOTHING_SAID
