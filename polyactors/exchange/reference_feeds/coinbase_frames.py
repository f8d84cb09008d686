"""What Coinbase's exchange feed sends (polymarket.md 11.2). Prices and sizes are texts, times ISO 8601."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from uuid import UUID

from polyactors.exchange.reference_feeds import symbols
from polyactors.exchange.reference_feeds.tape import Day, Print
from polyactors.exchange.reference_feeds.writing import fixed, iso

_SIZE_PLACES = 8


def match(told: Print, *, is_last: bool = False) -> dict[str, object]:
    """`side` is the maker's. The first after a subscription is a `last_match`."""
    return {
        "type": "last_match" if is_last else "match",
        "trade_id": told.number,
        "maker_order_id": _order(told, "maker"),
        "taker_order_id": _order(told, "taker"),
        "side": "sell" if told.is_buy else "buy",
        "size": _size(told.size),
        "price": fixed(told.price, told.decimals),
        "product_id": symbols.coinbase(told.symbol),
        "sequence": told.number,
        "time": iso(told.at_ns),
    }


def ticker(told: Print, day: Day) -> dict[str, object]:
    """`side` is the taker's. What is about 30 days is about as much of them as there is."""
    return {
        "type": "ticker",
        "sequence": told.number,
        "product_id": symbols.coinbase(told.symbol),
        "price": fixed(told.price, told.decimals),
        "open_24h": fixed(day.open, told.decimals),
        "volume_24h": _size(day.volume),
        "low_24h": fixed(day.low, told.decimals),
        "high_24h": fixed(day.high, told.decimals),
        "volume_30d": _size(day.volume),
        "best_bid": fixed(told.bid, told.decimals),
        "best_bid_size": _size(told.bid_size),
        "best_ask": fixed(told.ask, told.decimals),
        "best_ask_size": _size(told.ask_size),
        "side": "buy" if told.is_buy else "sell",
        "time": iso(told.at_ns),
        "trade_id": told.number,
        "last_size": _size(told.size),
    }


def heartbeat(last: Print, at_ns: int) -> dict[str, object]:
    return {
        "type": "heartbeat",
        "sequence": last.number,
        "last_trade_id": last.number,
        "product_id": symbols.coinbase(last.symbol),
        "time": iso(at_ns),
    }


def subscriptions(channels: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """All that there are now."""
    return {
        "type": "subscriptions",
        "channels": [
            {"name": name, "product_ids": list(products), "account_ids": None} for name, products in channels.items()
        ],
    }


def refusal(message: str, reason: str | None = None) -> dict[str, object]:
    answer: dict[str, object] = {"type": "error", "message": message}
    return answer if reason is None else {**answer, "reason": reason}


def _size(value: float) -> str:
    return fixed(value, _SIZE_PLACES)


def _order(told: Print, side: str) -> str:
    """An id that is the same whenever the trade is told."""
    return str(UUID(bytes=sha256(f"{told.symbol} {told.number} {side}".encode()).digest()[:16], version=4))
