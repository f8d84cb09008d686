"""Polymarket's old feed of prices (polymarket_wire.md 8.3, polymarket.md 5.7)."""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum

import msgspec

from polyactors.venues.polymarket.json_frames import as_typed, frame_text, plain_json
from polyactors.venues.polymarket.live_streams.price_ticks import (
    NOTHING_SAID,
    PriceReading,
    PriceTick,
    Series,
    exact_value,
)
from polyactors.venues.refused import Refused
from polyactors.venues.streams.heartbeat import Beat

RTDS_BEAT = Beat(ping="PING", pong=None, every_s=5.0, silent_s=600.0)


class RtdsTopic(Enum):
    BINANCE = "crypto_prices"
    CHAINLINK = "crypto_prices_chainlink"
    TWAP_30 = "crypto_prices_twap_thirty"
    TWAP_60 = "crypto_prices_twap_sixty"

    @property
    def source(self) -> str:
        return "binance" if self is RtdsTopic.BINANCE else "chainlink"

    @property
    def window_s(self) -> int:
        return {RtdsTopic.TWAP_30: 30, RtdsTopic.TWAP_60: 60}.get(self, 0)

    def series(self, symbol: str) -> Series:
        return Series(symbol.replace("/", "").lower(), self.source, self.window_s)


class _Update(msgspec.Struct):
    symbol: str
    timestamp: int
    value: Decimal
    full_accuracy_value: str | None = None
    window_s: int | None = None
    is_carried_forward: bool = False


class _Point(msgspec.Struct):
    timestamp: int
    value: Decimal


class _History(msgspec.Struct):
    symbol: str
    data: list[_Point]


class _Frame(msgspec.Struct):
    topic: str
    type: str
    payload: dict[str, object]


class RtdsPrices:
    """A `PriceProtocol`. `wanted`: topics with symbols as this feed spells them (btcusdt, btc/usd).

    A topic is subscribed to whole, and the symbols are chosen here, as the venue's own client does.
    """

    beat = RTDS_BEAT
    secrets: tuple[str, ...] = ()

    def __init__(self, wanted: Iterable[tuple[RtdsTopic, str]]) -> None:
        wanted = tuple(wanted)
        self._topics = {topic.value: topic for topic, _ in wanted}
        self.series = tuple(dict.fromkeys(topic.series(symbol) for topic, symbol in wanted))

    def begin(self) -> str:
        asked = [{"topic": topic, "type": "update"} for topic in self._topics]
        return msgspec.json.encode({"action": "subscribe", "subscriptions": asked}).decode()

    def read(self, frame: str | bytes, received_ns: int) -> PriceReading:
        text = frame_text(frame)
        if not text.strip() or text in ("PONG", "pong"):
            return NOTHING_SAID
        plain = plain_json(text)
        if not isinstance(plain, dict):
            raise Refused("wrong_type", f"expected an object, got {text[:100]!r}")
        if "topic" not in plain and "message" in plain:
            raise Refused("refused", f"the feed says {str(plain['message'])[:100]!r}")
        found = as_typed(plain, _Frame)
        topic = self._topics.get(found.topic)
        if topic is None:
            return NOTHING_SAID
        if found.type == "update":
            said = self._update(topic, as_typed(found.payload, _Update), received_ns)
        elif found.type == "subscribe":
            said = self._history(topic, as_typed(found.payload, _History), received_ns)
        else:
            raise Refused("unknown_type", f"{found.topic}: type {found.type[:40]!r}")
        # There is no other word that a topic is subscribed to.
        return PriceReading(said, is_grant=True)

    def _update(self, topic: RtdsTopic, update: _Update, received_ns: int) -> tuple[PriceTick, ...]:
        series = topic.series(update.symbol)
        if series not in self.series:
            return ()
        if update.window_s not in (None, topic.window_s):
            raise Refused("contradiction", f"{topic.value} has a window of {update.window_s} s")
        scaled = topic is not RtdsTopic.BINANCE
        value_e18 = exact_value(update.value, update.full_accuracy_value, scaled)
        carried = update.is_carried_forward
        return (PriceTick(series, value_e18, update.timestamp, received_ns, is_carried=carried),)

    def _history(self, topic: RtdsTopic, history: _History, received_ns: int) -> tuple[PriceTick, ...]:
        series = topic.series(history.symbol)
        if series not in self.series:
            return ()
        return tuple(
            PriceTick(series, exact_value(point.value, None, False), point.timestamp, received_ns, is_history=True)
            for point in history.data
        )
