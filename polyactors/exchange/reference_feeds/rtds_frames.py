"""What Polymarket's old price feed sends (polymarket_wire.md 8.3, polymarket.md 5.7). Times in milliseconds."""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum

from polyactors.exchange.reference_feeds import symbols
from polyactors.exchange.reference_feeds.writing import fixed, milliseconds

_PLACES = 8
_CHAINLINK_DECIMALS = 18


class Topic(Enum):
    BINANCE = "crypto_prices"
    CHAINLINK = "crypto_prices_chainlink"
    TWAP_THIRTY = "crypto_prices_twap_thirty"
    TWAP_SIXTY = "crypto_prices_twap_sixty"

    @property
    def window_s(self) -> int | None:
        """What is averaged over; None for the price of the moment."""
        return {Topic.TWAP_THIRTY: 30, Topic.TWAP_SIXTY: 60}.get(self)

    def spell(self, symbol: str) -> str:
        return symbols.binance_lower(symbol) if self is Topic.BINANCE else symbols.chainlink(symbol)


def update(topic: Topic, symbol: str, value: float, at_ns: int, sent_ns: int) -> dict[str, object]:
    """The exact value is a decimal for Binance's prices, and an integer in units of 1e-18 for Chainlink's."""
    payload: dict[str, object] = {
        "symbol": topic.spell(symbol),
        "timestamp": milliseconds(at_ns),
        "value": round(value, _PLACES),
        "full_accuracy_value": fixed(value, _PLACES) if topic is Topic.BINANCE else _scaled(value),
    }
    if topic.window_s is not None:
        payload["window_s"] = topic.window_s
    return _message(topic, "update", payload, sent_ns)


def history(topic: Topic, symbol: str, points: Iterable[tuple[int, float]], sent_ns: int) -> dict[str, object]:
    """The first answer to a subscription. `points` are times, in nanoseconds, and values."""
    data = [{"timestamp": milliseconds(at_ns), "value": round(value, _PLACES)} for at_ns, value in points]
    return _message(topic, "subscribe", {"symbol": topic.spell(symbol), "data": data}, sent_ns)


def refusal(connection: str, request: str) -> dict[str, object]:
    return {"message": "Invalid request body", "connectionId": connection, "requestId": request}


def _message(topic: Topic, kind: str, payload: dict[str, object], sent_ns: int) -> dict[str, object]:
    return {"topic": topic.value, "type": kind, "timestamp": milliseconds(sent_ns), "payload": payload}


def _scaled(value: float) -> str:
    return str(int(Decimal(fixed(value, _PLACES)).scaleb(_CHAINLINK_DECIMALS)))
