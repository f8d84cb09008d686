"""Frames of Coinbase's exchange feed: matches, with heartbeats that tell which was the last (polymarket.md 11.2)."""

from collections.abc import Iterable, Mapping

import msgspec
from attrs import frozen

from messages.identity import Side
from messages.reference import ReferenceTick, ReferenceVenue, Symbol
from polyactors.venues.reference import spelling
from polyactors.venues.reference.json_frames import FRAME_ERRORS, Frame, refused_by
from polyactors.venues.reference.numbers import PriceTexts, SizeTexts
from polyactors.venues.reference.times import IsoTimes
from polyactors.venues.refused import Refused

FOLLOWED_BY_NOBODY = frozenset(
    {"ticker", "snapshot", "l2update", "received", "open", "done", "change", "activate", "status", "auction"}
)


class _Event(msgspec.Struct, gc=False):
    type: str
    product_id: str = ""
    price: str = ""
    size: str = ""
    side: str = ""
    time: str = ""
    trade_id: int = -1
    last_trade_id: int = -1
    message: str = ""
    reason: str = ""


@frozen
class LastTrade:
    """A heartbeat: trades up to `number` have been told by now."""

    symbol: Symbol
    number: int


@frozen
class Subscribed:
    """To what was asked for."""


@frozen
class Refusal:
    """The venue does not do what it was asked."""

    reason: str


Said = ReferenceTick | LastTrade | Subscribed | Refusal

_TAKER = {"sell": Side.BUY, "buy": Side.SELL}
"""By the side of the maker, which is the one that the venue names."""


class ExchangeFrames:
    """For `symbols` alone. With `takes_zero` a trade of size 0 is one whose size was not recorded."""

    def __init__(self, symbols: Iterable[Symbol], *, takes_zero: bool = False) -> None:
        self._symbols: Mapping[str, Symbol] = spelling.by_name(symbols, spelling.coinbase)
        self._prices = PriceTexts()
        self._sizes = SizeTexts(takes_zero=takes_zero)
        self._times = IsoTimes()
        self._decode = msgspec.json.Decoder(_Event).decode

    def read(self, frame: Frame, received_ns: int) -> Said | None:
        """None for events that nobody follows. Raises `Refused`."""
        try:
            event = self._decode(frame)
        except FRAME_ERRORS as error:
            raise refused_by(error, frame) from None
        match event.type:
            case "match" | "last_match":
                return self._match(event, received_ns)
            case "heartbeat":
                symbol = self._symbol(event)
                # A product without any trade yet has none that was the last.
                return None if event.last_trade_id <= 0 else LastTrade(symbol, event.last_trade_id)
            case "subscriptions":
                return Subscribed()
            case "error":
                return Refusal(f"{event.message[:60]} {event.reason[:100]}".strip())
        if event.type not in FOLLOWED_BY_NOBODY:
            raise Refused("unknown_type", f"type {event.type[:60]!r}")
        return None

    def _match(self, event: _Event, received_ns: int) -> ReferenceTick:
        symbol = self._symbol(event)
        taker = _TAKER.get(event.side)
        if taker is None:
            raise Refused("bad_side", f"{event.side[:40]!r} is neither buy nor sell")
        if event.trade_id < 0:
            raise Refused("missing_field", "a match without its number")
        return ReferenceTick(
            ReferenceVenue.COINBASE,
            symbol,
            self._prices[event.price],
            self._sizes[event.size],
            taker,
            event.trade_id,
            self._times.read(event.time),
            received_ns,
        )

    def _symbol(self, event: _Event) -> Symbol:
        symbol = self._symbols.get(event.product_id)
        if symbol is None:
            raise Refused("wrong_symbol", f"{event.product_id[:40]!r} was not asked for")
        return symbol
