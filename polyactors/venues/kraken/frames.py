"""Frames of Kraken's websocket: trades, whose prices and sizes are numbers in JSON (polymarket.md 11.3)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec
from attrs import frozen

from messages.identity import Side
from messages.reference import ReferenceTick, ReferenceVenue, Symbol
from polyactors.venues.reference import spelling
from polyactors.venues.reference.json_frames import FRAME_ERRORS, Frame, refused_by
from polyactors.venues.reference.numbers import price_of_number, size_of_number
from polyactors.venues.reference.times import IsoTimes
from polyactors.venues.refused import Refused

TRADES = "trade"
FOLLOWED_BY_NOBODY = frozenset({"heartbeat", "status", "ticker", "book", "ohlc", "instrument", "level3"})


class _Head(msgspec.Struct, gc=False):
    channel: str = ""
    type: str = ""
    method: str = ""
    success: bool | None = None
    error: str = ""
    symbol: str = ""


class _Result(msgspec.Struct, gc=False):
    symbol: str = ""


class _Answer(msgspec.Struct, gc=False):
    result: _Result


class _Trade(msgspec.Struct, gc=False):
    symbol: str
    side: str
    price: Decimal
    qty: Decimal
    trade_id: int
    timestamp: str


class _Trades(msgspec.Struct, gc=False):
    data: list[_Trade]


@frozen
class Answered:
    """To a request: `symbol` was granted, or `problem` says why not."""

    symbol: str
    problem: str | None


_TAKER = {"buy": Side.BUY, "sell": Side.SELL}


class KrakenFrames:
    """For `symbols` alone. With `takes_zero` a trade of size 0 is one whose size was not recorded."""

    def __init__(self, symbols: Iterable[Symbol], *, takes_zero: bool = False) -> None:
        self._symbols: Mapping[str, Symbol] = spelling.by_name(symbols, spelling.kraken)
        self._takes_zero = takes_zero
        self._times = IsoTimes()
        self._decode_head = msgspec.json.Decoder(_Head).decode
        self._decode_trades = msgspec.json.Decoder(_Trades).decode
        self._decode_answer = msgspec.json.Decoder(_Answer).decode

    def read(self, frame: Frame, received_ns: int) -> tuple[ReferenceTick, ...] | Answered:
        """A frame is taken whole or not at all; a snapshot, which is older than the subscription, says nothing.

        Raises `Refused`.
        """
        try:
            head = self._decode_head(frame)
            if head.channel == TRADES:
                if head.type not in ("update", "snapshot"):
                    raise Refused("unknown_type", f"trades of type {head.type[:40]!r}")
                trades = self._decode_trades(frame).data
                return () if head.type == "snapshot" else tuple(self._tick(each, received_ns) for each in trades)
            if head.channel in FOLLOWED_BY_NOBODY or head.method in ("pong", "unsubscribe"):
                return ()
            if head.method == "subscribe" and head.success:
                return Answered(self._decode_answer(frame).result.symbol, None)
        except FRAME_ERRORS as error:
            raise refused_by(error, frame) from None
        if head.success is False or head.error:
            return Answered(head.symbol, head.error[:100] or "refused")
        raise Refused("unknown_type", f"channel {head.channel[:40]!r}, method {head.method[:40]!r}")

    def _tick(self, trade: _Trade, received_ns: int) -> ReferenceTick:
        symbol = self._symbols.get(trade.symbol)
        if symbol is None:
            raise Refused("wrong_symbol", f"{trade.symbol[:40]!r} was not asked for")
        taker = _TAKER.get(trade.side)
        if taker is None:
            raise Refused("bad_side", f"{trade.side[:40]!r} is neither buy nor sell")
        if trade.trade_id < 0:
            raise Refused("bad_number", f"{str(trade.trade_id)[:40]} is no number of a trade")
        return ReferenceTick(
            ReferenceVenue.KRAKEN,
            symbol,
            price_of_number(trade.price),
            size_of_number(trade.qty, takes_zero=self._takes_zero),
            taker,
            trade.trade_id,
            self._times.read(trade.timestamp),
            received_ns,
        )
