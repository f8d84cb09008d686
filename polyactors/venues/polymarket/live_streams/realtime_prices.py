"""Polymarket's newer feed of prices, "realtime v2" (polymarket_wire.md 8.4, polymarket.md 5.7)."""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum

import msgspec
from attrs import frozen

from actors.feeds.ports import ConnectionLost
from polyactors.venues.polymarket.json_frames import as_typed, frame_text, plain_json
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.polymarket.live_streams.price_ticks import (
    NOTHING_SAID,
    PriceMessage,
    PriceReading,
    PricesMissed,
    PriceTick,
    Series,
    exact_value,
)
from polyactors.venues.refused import Refused
from polyactors.venues.streams.heartbeat import Beat

REALTIME_BEAT = Beat(ping='{"op":"ping"}', pong=None, every_s=30.0, silent_s=90.0)
MOST_SUBSCRIPTIONS = 64


class RealtimeChannel(Enum):
    SPOT = "price.crypto"
    TWAP = "price.crypto.twap"
    EQUITY = "price.equity"
    EQUITY_TWAP = "price.equity.twap"

    @property
    def window_s(self) -> int:
        return 60 if self in (RealtimeChannel.TWAP, RealtimeChannel.EQUITY_TWAP) else 0


@frozen
class RealtimeWanted:
    """`source` is whose prices the venue takes for it where `provider` is None: pyth for spot, chainlink for TWAP."""

    channel: RealtimeChannel
    symbol: str
    provider: str | None = None

    @property
    def series(self) -> Series:
        usual = "chainlink" if self.channel is RealtimeChannel.TWAP else "pyth"
        return Series(self.symbol.lower(), self.provider or usual, self.channel.window_s)

    def on_the_wire(self) -> dict[str, object]:
        chosen: dict[str, object] = {"symbol": self.symbol}
        if self.provider is not None:
            chosen["provider"] = self.provider
        if self.channel.window_s:
            chosen["window_seconds"] = self.channel.window_s
        return {"channel": self.channel.value, "filter": chosen}


class _Operation(msgspec.Struct):
    op: str
    rid: str | None = None
    code: str = ""
    message: str = ""
    channel: str | None = None


class _Point(msgspec.Struct):
    timestamp: int
    value: Decimal
    full_accuracy_value: str | None = None
    is_carried_forward: bool = False


class _Payload(msgspec.Struct):
    symbol: str
    source: str
    window_seconds: int | None = None


class _Snapshot(msgspec.Struct):
    data: list[_Point]


class _Data(msgspec.Struct):
    channel: str
    seq: int
    payload: dict[str, object]
    snapshot: bool = False
    dropped: int = 0


class RealtimePrices:
    """A `PriceProtocol`. Raises `ValueError` for more subscriptions than a connection may have."""

    beat = REALTIME_BEAT

    def __init__(self, credentials: StreamCredentials, wanted: Iterable[RealtimeWanted]) -> None:
        self._wanted = tuple(dict.fromkeys(wanted))
        if not 0 < len(self._wanted) <= MOST_SUBSCRIPTIONS:
            raise ValueError(f"a connection has 1 to {MOST_SUBSCRIPTIONS} subscriptions, not {len(self._wanted)}")
        self._credentials = credentials
        self.secrets = credentials.secrets
        self.series = tuple(dict.fromkeys(each.series for each in self._wanted))
        self._channels = {each.value: each for each in RealtimeChannel}
        self._granted = 0
        self._last_number: dict[RealtimeChannel, int] = {}

    def begin(self) -> str:
        self._granted = 0
        self._last_number.clear()
        return _text({"op": "auth", "rid": "1", "auth": self._credentials.on_the_wire()})

    def read(self, frame: str | bytes, received_ns: int) -> PriceReading:
        text = frame_text(frame)
        plain = plain_json(text)
        if not isinstance(plain, dict):
            raise Refused("wrong_type", f"expected an object, got {text[:100]!r}")
        if "op" in plain:
            return self._operation(as_typed(plain, _Operation))
        data = as_typed(plain, _Data)
        channel = self._channels.get(data.channel)
        if channel is None:
            raise Refused("unknown_type", f"channel {data.channel[:60]!r}")
        return PriceReading((*self._missed(channel, data, received_ns), *_ticks(channel, data, received_ns)))

    def _operation(self, said: _Operation) -> PriceReading:
        match said.op:
            case "authed":
                asked = [each.on_the_wire() for each in self._wanted]
                return PriceReading(answer=_text({"op": "subscribe", "rid": "2", "subscriptions": asked}))
            case "subscribed":
                self._granted += 1
                return PriceReading(is_grant=self._granted == len(self._wanted))
            case "error":
                raise ConnectionLost(f"the feed refuses: {said.code[:40]} {said.message[:100]}".rstrip())
            case _:
                return NOTHING_SAID

    def _missed(self, channel: RealtimeChannel, data: _Data, received_ns: int) -> Iterable[PriceMessage]:
        """The frames of a channel are counted without a gap; `dropped` are those that we were too slow for."""
        last = self._last_number.get(channel)
        self._last_number[channel] = max(data.seq, last or 0)
        if data.dropped or (last is not None and data.seq > last + 1):
            reason = f"{channel.value}: frame {data.seq} after {last}, {data.dropped} dropped"
            for wanted in self._wanted:
                if wanted.channel is channel:
                    yield PricesMissed(wanted.series, received_ns, reason)


def _ticks(channel: RealtimeChannel, data: _Data, received_ns: int) -> Iterable[PriceTick]:
    payload = as_typed(data.payload, _Payload)
    if payload.window_seconds not in (None, channel.window_s):
        raise Refused("contradiction", f"{channel.value} has a window of {payload.window_seconds} s")
    series = Series(payload.symbol.lower(), payload.source, channel.window_s)
    points = as_typed(data.payload, _Snapshot).data if data.snapshot else [as_typed(data.payload, _Point)]
    return [
        PriceTick(
            series=series,
            value_e18=exact_value(point.value, point.full_accuracy_value, exact_is_scaled=False),
            at_ms=point.timestamp,
            received_ns=received_ns,
            is_history=data.snapshot,
            is_carried=point.is_carried_forward,
        )
        for point in points
    ]


def _text(content: dict[str, object]) -> str:
    return msgspec.json.encode(content).decode()
