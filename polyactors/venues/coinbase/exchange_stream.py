"""What Coinbase's exchange feed is asked, and what it says to it."""

from collections.abc import Iterable

import msgspec

from actors.feeds.ports import ConnectionLost
from messages.reference import ReferenceData, ReferenceMissed, ReferenceTick, ReferenceVenue, Symbol
from polyactors.venues.coinbase.exchange_frames import ExchangeFrames, LastTrade, Refusal, Subscribed
from polyactors.venues.reference import spelling
from polyactors.venues.reference.protocol import NOTHING_SAID, Reading
from polyactors.venues.streams.heartbeat import Beat

EXCHANGE_BEAT = Beat(ping=None, pong=None, every_s=30.0, silent_s=15.0)
"""It is not asked: the channel `heartbeat` speaks once a second for each product."""


class ExchangeProtocol:
    """A `ReferenceProtocol`. A heartbeat that names a trade which had not come by the heartbeat before it either is
    told as `ReferenceMissed`: on a quiet product nothing else would show that one was lost."""

    venue = ReferenceVenue.COINBASE
    beat = EXCHANGE_BEAT

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self.symbols = tuple(dict.fromkeys(symbols))
        self._frames = ExchangeFrames(self.symbols)
        self._seen: dict[Symbol, int] = {}
        self._announced: dict[Symbol, int] = {}

    def begin(self) -> str:
        """Has to be said within five seconds."""
        self._seen.clear()
        self._announced.clear()
        products = [spelling.coinbase(each) for each in self.symbols]
        asked = {"type": "subscribe", "product_ids": products, "channels": ["matches", "heartbeat"]}
        return msgspec.json.encode(asked).decode()

    def read(self, frame: str | bytes, received_ns: int) -> ReferenceData | Reading:
        """Raises as `ReferenceProtocol.read` does."""
        said = self._frames.read(frame, received_ns)
        match said:
            case ReferenceTick():
                self._seen[said.symbol] = said.number or 0
                return said
            case LastTrade():
                return self._heard_of(said, received_ns)
            case Subscribed():
                return Reading(is_grant=True)
            case Refusal(reason):
                raise ConnectionLost(f"the venue refuses: {reason}")
        return NOTHING_SAID

    def _heard_of(self, last: LastTrade, received_ns: int) -> Reading:
        announced = self._announced.get(last.symbol)
        self._announced[last.symbol] = last.number
        seen = self._seen.get(last.symbol)
        if seen is None or announced is None or announced <= seen:
            return NOTHING_SAID
        self._seen[last.symbol] = announced
        reason = f"trade {announced} was announced, and did not come after {seen}"
        return Reading((ReferenceMissed(self.venue, last.symbol, reason, received_ns),))
