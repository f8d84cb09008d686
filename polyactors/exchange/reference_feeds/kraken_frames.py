"""What Kraken's websocket, version 2, sends (polymarket.md 11.3). Prices and sizes are numbers in JSON that keep all
their places; times are ISO 8601."""

from collections.abc import Iterable

from polyactors.exchange.reference_feeds import symbols
from polyactors.exchange.reference_feeds.tape import Day, Print
from polyactors.exchange.reference_feeds.writing import iso, number

_SIZE_PLACES = 8


def trades(told: Iterable[Print], *, is_snapshot: bool = False) -> dict[str, object]:
    """`side` is the taker's."""
    return {
        "channel": "trade",
        "type": "snapshot" if is_snapshot else "update",
        "data": [
            {
                "symbol": symbols.kraken(each.symbol),
                "side": "buy" if each.is_buy else "sell",
                "price": number(each.price, each.decimals),
                "qty": number(each.size, _SIZE_PLACES),
                "ord_type": "market",
                "trade_id": each.number,
                "timestamp": iso(each.at_ns),
            }
            for each in told
        ],
    }


def ticker(told: Print, day: Day, *, is_snapshot: bool = False) -> dict[str, object]:
    return {
        "channel": "ticker",
        "type": "snapshot" if is_snapshot else "update",
        "data": [
            {
                "symbol": symbols.kraken(told.symbol),
                "bid": number(told.bid, told.decimals),
                "bid_qty": number(told.bid_size, _SIZE_PLACES),
                "ask": number(told.ask, told.decimals),
                "ask_qty": number(told.ask_size, _SIZE_PLACES),
                "last": number(told.price, told.decimals),
                "volume": number(day.volume, _SIZE_PLACES),
                "vwap": number(day.average, told.decimals),
                "low": number(day.low, told.decimals),
                "high": number(day.high, told.decimals),
                "change": number(told.price - day.open, told.decimals),
                "change_pct": number((told.price / day.open - 1) * 100, 2),
                "timestamp": iso(told.at_ns),
            }
        ],
    }


def status(connection: int) -> dict[str, object]:
    """The first frame of every connection."""
    return {
        "channel": "status",
        "type": "update",
        "data": [{"version": "2.0.10", "system": "online", "api_version": "v2", "connection_id": connection}],
    }


def heartbeat() -> dict[str, object]:
    return {"channel": "heartbeat"}


def pong(request: int | None, now_ns: int) -> dict[str, object]:
    return _answer({"method": "pong"}, request, now_ns)


def accepted(method: str, what: dict[str, object], request: int | None, now_ns: int) -> dict[str, object]:
    return _answer({"method": method, "result": what, "success": True}, request, now_ns)


def refusal(
    message: str, method: str | None, symbol: str | None, request: int | None, now_ns: int
) -> dict[str, object]:
    answer: dict[str, object] = {"error": message}
    if method is not None:
        answer["method"] = method
    answer["success"] = False
    if symbol is not None:
        answer["symbol"] = symbol
    return _answer(answer, request, now_ns)


def _answer(content: dict[str, object], request: int | None, now_ns: int) -> dict[str, object]:
    content |= {"time_in": iso(now_ns), "time_out": iso(now_ns)}
    return content if request is None else {**content, "req_id": request}
