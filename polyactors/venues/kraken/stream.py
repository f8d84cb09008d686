"""What Kraken is asked, and what it says to it."""

from collections.abc import Iterable

import msgspec

from actors.feeds.ports import ConnectionLost
from messages.reference import ReferenceData, ReferenceVenue, Symbol
from polyactors.venues.kraken.frames import TRADES, Answered, KrakenFrames
from polyactors.venues.reference import spelling
from polyactors.venues.reference.protocol import NOTHING_SAID, Reading
from polyactors.venues.streams.heartbeat import Beat

KRAKEN_BEAT = Beat(ping='{"method":"ping"}', pong=None, every_s=15.0, silent_s=30.0)
"""Idle connections hear a heartbeat once a second as well."""


class KrakenProtocol:
    """A `ReferenceProtocol`: the trades of each symbol, by one request that is answered symbol by symbol.

    A symbol that the venue does not have costs no other one; where it has none of them the connection is given up.
    """

    venue = ReferenceVenue.KRAKEN
    beat = KRAKEN_BEAT

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self.symbols = tuple(dict.fromkeys(symbols))
        self._frames = KrakenFrames(self.symbols)
        self._granted: set[str] = set()
        self._refused: set[str] = set()

    def begin(self) -> str:
        self._granted.clear()
        self._refused.clear()
        names = [spelling.kraken(each) for each in self.symbols]
        parameters = {"channel": TRADES, "symbol": names, "snapshot": False}
        return msgspec.json.encode({"method": "subscribe", "params": parameters, "req_id": 1}).decode()

    def read(self, frame: str | bytes, received_ns: int) -> ReferenceData | Reading:
        """Raises as `ReferenceProtocol.read` does."""
        said = self._frames.read(frame, received_ns)
        if isinstance(said, Answered):
            return self._answered(said)
        match said:
            case (tick,):
                return tick
            case ():
                return NOTHING_SAID
        return Reading(said)

    def _answered(self, answer: Answered) -> Reading:
        (self._granted if answer.problem is None else self._refused).add(answer.symbol)
        # A problem of no symbol is one of the whole request.
        everything = not answer.symbol or len(self._granted) + len(self._refused) >= len(self.symbols)
        if everything and not self._granted:
            raise ConnectionLost(f"the venue refuses: {answer.problem}")
        noted = None if answer.problem is None else f"{answer.symbol}: {answer.problem}"
        return Reading(is_grant=everything, noted=noted)
