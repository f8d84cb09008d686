"""What Binance's spot streams send, and its candles over REST (polymarket.md 11.1).

Prices and sizes are texts with eight places. Times are in milliseconds, or where a function has `unit_ns` in that unit.
"""

from enum import Enum

from polyactors.exchange.reference_feeds import symbols
from polyactors.exchange.reference_feeds.candles import Interval, Kline
from polyactors.exchange.reference_feeds.tape import Print
from polyactors.exchange.reference_feeds.writing import fixed, milliseconds

_PLACES = 8


class Kind(Enum):
    """The last part of a stream's name."""

    TRADE = "trade"
    AGGREGATE_TRADE = "aggTrade"
    BOOK_TICKER = "bookTicker"
    MINUTE = "kline_1m"
    HOUR = "kline_1h"

    @property
    def interval(self) -> Interval | None:
        return {Kind.MINUTE: Interval.MINUTE, Kind.HOUR: Interval.HOUR}.get(self)


def trade(told: Print, sent_ns: int, unit_ns: int) -> dict[str, object]:
    """`m`: the buyer was the maker, so the taker sold."""
    return {
        "e": "trade",
        "E": sent_ns // unit_ns,
        "s": symbols.binance(told.symbol),
        "t": told.number,
        "p": _text(told.price),
        "q": _text(told.size),
        "T": told.at_ns // unit_ns,
        "m": not told.is_buy,
        "M": True,
    }


def aggregate_trade(told: Print, sent_ns: int, unit_ns: int) -> dict[str, object]:
    """Each has one trade in it."""
    return {
        "e": "aggTrade",
        "E": sent_ns // unit_ns,
        "s": symbols.binance(told.symbol),
        "a": told.number,
        "p": _text(told.price),
        "q": _text(told.size),
        "f": told.number,
        "l": told.number,
        "T": told.at_ns // unit_ns,
        "m": not told.is_buy,
        "M": True,
    }


def book_ticker(told: Print) -> dict[str, object]:
    """That of the spot market has no time."""
    return {
        "u": told.number,
        "s": symbols.binance(told.symbol),
        "b": _text(told.bid),
        "B": _text(told.bid_size),
        "a": _text(told.ask),
        "A": _text(told.ask_size),
    }


def kline(symbol: str, candle: Kline, is_closed: bool, sent_ns: int, unit_ns: int) -> dict[str, object]:
    """`x` says that it will not change any more."""
    name = symbols.binance(symbol)
    return {
        "e": "kline",
        "E": sent_ns // unit_ns,
        "s": name,
        "k": {
            "t": candle.start_ns // unit_ns,
            "T": candle.end_ns // unit_ns - 1,
            "s": name,
            "i": candle.interval.value,
            "f": candle.first_number,
            "L": candle.last_number,
            "o": _text(candle.open),
            "c": _text(candle.close),
            "h": _text(candle.high),
            "l": _text(candle.low),
            "v": _text(candle.base),
            "n": candle.trades,
            "x": is_closed,
            "q": _text(candle.quote),
            "V": _text(candle.bought_base),
            "Q": _text(candle.bought_quote),
            "B": "0",
        },
    }


def kline_row(candle: Kline) -> list[object]:
    """As /api/v3/klines has it."""
    return [
        milliseconds(candle.start_ns),
        _text(candle.open),
        _text(candle.high),
        _text(candle.low),
        _text(candle.close),
        _text(candle.base),
        milliseconds(candle.end_ns) - 1,
        _text(candle.quote),
        candle.trades,
        _text(candle.bought_base),
        _text(candle.bought_quote),
        "0",
    ]


def combined(stream: str, content: dict[str, object]) -> dict[str, object]:
    return {"stream": stream, "data": content}


def result(value: object, request: int | str | None) -> dict[str, object]:
    return {"result": value, "id": request}


def refusal(code: int, message: str, request: int | str | None) -> dict[str, object]:
    """Binance's error on a stream. The id only where one could be read."""
    answer: dict[str, object] = {"error": {"code": code, "msg": message}}
    return answer if request is None else {**answer, "id": request}


def _text(value: float) -> str:
    return fixed(value, _PLACES)
