"""Frames of Binance's spot streams as reference prices: trades, and best bids and asks (polymarket.md 11.1)."""

from collections.abc import Iterable, Mapping

import msgspec

from messages.identity import Side
from messages.reference import ReferenceQuote, ReferenceTick, ReferenceVenue, Symbol
from polyactors.venues.reference import spelling
from polyactors.venues.reference.json_frames import FRAME_ERRORS, Frame, refused_by
from polyactors.venues.reference.numbers import PriceTexts, SizeTexts
from polyactors.venues.reference.times import of_milliseconds
from polyactors.venues.refused import Refused

SHUTS_DOWN = "serverShutdown"
"""The connection is about to be closed, and a new one should be made."""

FOLLOWED_BY_NOBODY = frozenset(
    {"aggTrade", "kline", "24hrTicker", "24hrMiniTicker", "1hTicker", "4hTicker", "1dTicker", "avgPrice", "depthUpdate"}
)
"""Events that are known, and have nothing that trades and quotes do not have."""


class Event(msgspec.Struct, gc=False):
    """Every kind in one: an `event` with its `symbol`, an answer with its `request`, or a wrapping with `stream`.

    Quotes of the spot market have no event's name, but an `update`.
    """

    event: str = msgspec.field(name="e", default="")
    symbol: str = msgspec.field(name="s", default="")
    price: str = msgspec.field(name="p", default="")
    size: str = msgspec.field(name="q", default="")
    number: int = msgspec.field(name="t", default=-1)
    traded_ms: int | None = msgspec.field(name="T", default=None)
    buyer_made: bool | None = msgspec.field(name="m", default=None)
    update: int | None = msgspec.field(name="u", default=None)
    bid: str = msgspec.field(name="b", default="")
    bid_size: str = msgspec.field(name="B", default="")
    ask: str = msgspec.field(name="a", default="")
    ask_size: str = msgspec.field(name="A", default="")


class _Kind(msgspec.Struct, gc=False):
    event: str = msgspec.field(name="e", default="")


class Answer(msgspec.Struct, gc=False):
    """To a request, or an error; `stream` and `data` where the venue wraps an event with the name of its stream."""

    request: int | None = msgspec.field(name="id", default=None)
    result: list[str] | None = None
    error: dict[str, object] | None = None
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw()


Said = ReferenceTick | ReferenceQuote


class BinanceFrames:
    """For `symbols` alone. With `takes_zero` a trade of size 0 is one whose size was not recorded."""

    def __init__(self, symbols: Iterable[Symbol], *, takes_zero: bool = False) -> None:
        self._symbols: Mapping[str, Symbol] = spelling.by_name(symbols, spelling.binance)
        self._prices = PriceTexts()
        self._sizes = SizeTexts(takes_zero=takes_zero)
        self._quoted = SizeTexts(takes_zero=True)
        self._decode = msgspec.json.Decoder(Event).decode
        self._decode_kind = msgspec.json.Decoder(_Kind).decode
        self._decode_answer = msgspec.json.Decoder(Answer).decode

    def read(self, frame: Frame, received_ns: int) -> Said | Answer | None:
        """None for events that nobody follows. Raises `Refused` for what cannot be read, and `ShutsDown`."""
        return self._read(frame, received_ns, is_wrapped=False)

    def _read(self, frame: Frame, received_ns: int, is_wrapped: bool) -> Said | Answer | None:
        try:
            event = self._decode(frame)
        except FRAME_ERRORS as error:
            if self._is_followed_by_nobody(frame):
                return None
            raise refused_by(error, frame) from None
        kind = event.event
        if kind == "trade":
            return self._trade(event, received_ns)
        if event.update is not None and kind in ("", "bookTicker"):
            return self._quote(event, received_ns)
        if kind == SHUTS_DOWN:
            raise ShutsDown
        if kind in FOLLOWED_BY_NOBODY:
            return None
        if kind or is_wrapped:
            raise Refused("unknown_type", f"event {kind[:60]!r}")
        return self._answer(frame, received_ns)

    def _trade(self, event: Event, received_ns: int) -> ReferenceTick:
        symbol = self._symbols.get(event.symbol)
        if symbol is None:
            raise Refused("wrong_symbol", f"{event.symbol[:40]!r} was not asked for")
        if event.number < 0 or event.traded_ms is None or event.buyer_made is None:
            raise Refused("missing_field", "a trade without its number, its time or its maker")
        return ReferenceTick(
            ReferenceVenue.BINANCE,
            symbol,
            self._prices[event.price],
            self._sizes[event.size],
            Side.SELL if event.buyer_made else Side.BUY,
            event.number,
            of_milliseconds(event.traded_ms),
            received_ns,
        )

    def _quote(self, event: Event, received_ns: int) -> ReferenceQuote:
        """Markets of futures say when it was quoted, the spot market does not."""
        symbol = self._symbols.get(event.symbol)
        if symbol is None:
            raise Refused("wrong_symbol", f"{event.symbol[:40]!r} was not asked for")
        bid, ask = self._prices[event.bid], self._prices[event.ask]
        if bid > ask:
            raise Refused("contradiction", f"a bid of {event.bid[:40]} above an ask of {event.ask[:40]}")
        return ReferenceQuote(
            ReferenceVenue.BINANCE,
            symbol,
            bid,
            self._quoted[event.bid_size],
            ask,
            self._quoted[event.ask_size],
            None if event.traded_ms is None else of_milliseconds(event.traded_ms),
            received_ns,
        )

    def _answer(self, frame: Frame, received_ns: int) -> Said | Answer | None:
        try:
            answer = self._decode_answer(frame)
        except FRAME_ERRORS as error:
            raise refused_by(error, frame) from None
        if answer.stream and bytes(answer.data):
            return self._read(answer.data, received_ns, is_wrapped=True)
        if answer.request is None and answer.error is None:
            raise Refused("unknown_type", "neither an event nor an answer")
        return answer

    def _is_followed_by_nobody(self, frame: Frame) -> bool:
        """What is in such an event may be of another type than the same letter elsewhere."""
        try:
            return self._decode_kind(frame).event in FOLLOWED_BY_NOBODY
        except FRAME_ERRORS:
            return False


class ShutsDown(Exception):
    """The venue announces that it is about to close the connection."""
