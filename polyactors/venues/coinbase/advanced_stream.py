"""Coinbase's feed of Advanced Trade: what it is asked, and what it says to it (polymarket.md 11.2)."""

from collections.abc import Iterable, Mapping

import msgspec

from actors.feeds.ports import ConnectionLost
from messages.identity import Side
from messages.reference import ReferenceData, ReferenceMissed, ReferenceTick, ReferenceVenue, Symbol
from polyactors.venues.reference import spelling
from polyactors.venues.reference.json_frames import FRAME_ERRORS, Frame, refused_by
from polyactors.venues.reference.numbers import PriceTexts, SizeTexts
from polyactors.venues.reference.protocol import NOTHING_SAID, Reading
from polyactors.venues.reference.times import IsoTimes
from polyactors.venues.refused import Refused
from polyactors.venues.streams.heartbeat import Beat

ADVANCED_BEAT = Beat(ping=None, pong=None, every_s=30.0, silent_s=15.0)
"""It is not asked: the channel `heartbeats`, without which quiet channels are closed, speaks once a second."""

_TRADES, _HEARTBEATS = "market_trades", "heartbeats"
_FOLLOWED_BY_NOBODY = frozenset({_HEARTBEATS, "ticker", "ticker_batch", "l2_data", "candles", "status"})
_TAKER = {"SELL": Side.BUY, "BUY": Side.SELL}
"""By the side of the maker, which is the one that the venue names."""
_LONGEST_NUMBER = 20


class _Head(msgspec.Struct, gc=False):
    channel: str = ""
    sequence_num: int = -1
    type: str = ""
    message: str = ""


class _Trade(msgspec.Struct, gc=False):
    trade_id: str
    product_id: str
    price: str
    size: str
    side: str
    time: str


class _Trades(msgspec.Struct, gc=False):
    type: str
    trades: list[_Trade]


class _TradesFrame(msgspec.Struct, gc=False):
    events: list[_Trades]


class _Granted(msgspec.Struct, gc=False):
    subscriptions: dict[str, list[str]]


class _GrantedFrame(msgspec.Struct, gc=False):
    events: list[_Granted]


class AdvancedProtocol:
    """A `ReferenceProtocol`. Each channel is asked for by itself. Frames of a connection are numbered: a gap is told as
    `ReferenceMissed`. Trades of before the subscription (a snapshot) are passed over."""

    venue = ReferenceVenue.COINBASE
    beat = ADVANCED_BEAT

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self.symbols = tuple(dict.fromkeys(symbols))
        self._symbols: Mapping[str, Symbol] = spelling.by_name(self.symbols, spelling.coinbase)
        self._prices = PriceTexts()
        self._sizes = SizeTexts()
        self._times = IsoTimes()
        self._decode_head = msgspec.json.Decoder(_Head).decode
        self._decode_trades = msgspec.json.Decoder(_TradesFrame).decode
        self._decode_granted = msgspec.json.Decoder(_GrantedFrame).decode
        self._last_frame: int | None = None

    def begin(self) -> str:
        self._last_frame = None
        return self._subscription(_TRADES)

    def read(self, frame: str | bytes, received_ns: int) -> ReferenceData | Reading:
        """Raises as `ReferenceProtocol.read` does."""
        try:
            head = self._decode_head(frame)
            if head.type == "error":
                raise ConnectionLost(f"the venue refuses: {head.message[:100]}")
            missed = self._missed(head, received_ns)
            if head.channel == _TRADES:
                ticks = self._ticks(self._decode_trades(frame).events, received_ns)
                return Reading((*missed, *ticks)) if missed or ticks else NOTHING_SAID
            if head.channel == "subscriptions":
                return self._granted(self._decode_granted(frame).events)
        except FRAME_ERRORS as error:
            raise refused_by(error, frame) from None
        if head.channel not in _FOLLOWED_BY_NOBODY:
            raise Refused("unknown_type", f"channel {head.channel[:60]!r}")
        return Reading(missed) if missed else NOTHING_SAID

    def trades(self, frame: Frame, received_ns: int) -> list[ReferenceTick]:
        """Of a frame of the channel alone. Raises `Refused`."""
        try:
            return self._ticks(self._decode_trades(frame).events, received_ns)
        except FRAME_ERRORS as error:
            raise refused_by(error, frame) from None

    def _subscription(self, channel: str) -> str:
        asked: dict[str, object] = {"type": "subscribe", "channel": channel, "product_ids": list(self._symbols)}
        return msgspec.json.encode(asked).decode()

    def _granted(self, events: list[_Granted]) -> Reading:
        """The answer to each request names all channels that there are now."""
        channels = {channel for event in events for channel in event.subscriptions}
        if _TRADES not in channels:
            return NOTHING_SAID
        if _HEARTBEATS not in channels:
            return Reading(answer=self._subscription(_HEARTBEATS))
        return Reading(is_grant=True)

    def _missed(self, head: _Head, received_ns: int) -> tuple[ReferenceMissed, ...]:
        last, self._last_frame = self._last_frame, head.sequence_num
        if last is None or head.sequence_num <= last + 1:
            return ()
        reason = f"frame {head.sequence_num} came after {last}"
        return (ReferenceMissed(self.venue, None, reason, received_ns),)

    def _ticks(self, events: list[_Trades], received_ns: int) -> list[ReferenceTick]:
        """A frame is taken whole or not at all. In the order of their numbers: the venue writes the newest first."""
        ticks = [self._tick(trade, received_ns) for event in events if event.type == "update" for trade in event.trades]
        ticks.sort(key=_number)
        return ticks

    def _tick(self, trade: _Trade, received_ns: int) -> ReferenceTick:
        symbol = self._symbols.get(trade.product_id)
        if symbol is None:
            raise Refused("wrong_symbol", f"{trade.product_id[:40]!r} was not asked for")
        taker = _TAKER.get(trade.side)
        if taker is None:
            raise Refused("bad_side", f"{trade.side[:40]!r} is neither BUY nor SELL")
        number = trade.trade_id
        if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER):
            raise Refused("bad_number", f"{number[:40]!r} is no number of a trade")
        return ReferenceTick(
            self.venue,
            symbol,
            self._prices[trade.price],
            self._sizes[trade.size],
            taker,
            int(number),
            self._times.read(trade.time),
            received_ns,
        )


def _number(tick: ReferenceTick) -> int:
    return tick.number or 0
