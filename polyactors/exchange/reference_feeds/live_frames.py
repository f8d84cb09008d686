"""What Polymarket's newer price feed sends (polymarket_wire.md 8.4, polymarket.md 5.7). Times in milliseconds."""

from collections.abc import Iterable
from enum import Enum

from polyactors.exchange.reference_feeds.writing import fixed, milliseconds

_PLACES = 8
TWAP_WINDOW_S = 60


class Channel(Enum):
    SPOT = "price.crypto"
    TWAP = "price.crypto.twap"
    EQUITY = "price.equity"
    EQUITY_TWAP = "price.equity.twap"

    @property
    def window_s(self) -> int | None:
        """What is averaged over; None for the price of the moment."""
        return TWAP_WINDOW_S if self in (Channel.TWAP, Channel.EQUITY_TWAP) else None

    @property
    def usual_source(self) -> str:
        """Whose prices they are, where the client does not say."""
        return "chainlink" if self is Channel.TWAP else "pyth"


def update(
    channel: Channel, symbol: str, source: str, value: float, at_ns: int, sequence: int, sent_ns: int
) -> dict[str, object]:
    """`sequence` counts the frames of a connection and channel."""
    payload: dict[str, object] = {"symbol": symbol, "source": source, **_point(at_ns, value)}
    if channel.window_s is not None:
        payload["window_seconds"] = channel.window_s
    return _message(channel, sequence, sent_ns, payload)


def snapshot(
    channel: Channel, symbol: str, source: str, points: Iterable[tuple[int, float]], sequence: int, sent_ns: int
) -> dict[str, object]:
    """`points` are times, in nanoseconds, and values."""
    payload: dict[str, object] = {"symbol": symbol, "source": source, "data": [_point(*point) for point in points]}
    if channel.window_s is not None:
        payload["window_seconds"] = channel.window_s
    return {**_message(channel, sequence, sent_ns, payload), "snapshot": True}


def done(operation: str, request: str | None, channel: str | None = None) -> dict[str, object]:
    """`authed`, `subscribed`, `unsubscribed` or `pong`."""
    return _with({"op": operation}, request, channel)


def refusal(code: str, message: str, request: str | None, channel: str | None = None) -> dict[str, object]:
    return _with({"op": "error", "code": code, "message": message}, request, channel)


def _with(content: dict[str, object], request: str | None, channel: str | None) -> dict[str, object]:
    if request is not None:
        content["rid"] = request
    if channel is not None:
        content["channel"] = channel
    return content


def _message(channel: Channel, sequence: int, sent_ns: int, payload: dict[str, object]) -> dict[str, object]:
    return {"v": 1, "channel": channel.value, "seq": sequence, "ts": milliseconds(sent_ns), "payload": payload}


def _point(at_ns: int, value: float) -> dict[str, object]:
    return {
        "timestamp": milliseconds(at_ns),
        "value": round(value, _PLACES),
        "full_accuracy_value": fixed(value, _PLACES),
    }
