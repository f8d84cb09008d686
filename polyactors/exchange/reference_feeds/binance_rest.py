"""Binance's candles and clock over REST, and its errors (polymarket.md 11.1)."""

import json
import re
from collections.abc import Callable

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polyactors.exchange.reference_feeds import symbols
from polyactors.exchange.reference_feeds.binance_frames import kline_row
from polyactors.exchange.reference_feeds.candles import Interval, Kline
from polyactors.exchange.reference_feeds.tape import Tape
from polyactors.exchange.reference_feeds.writing import MILLISECOND_NS, milliseconds

_PARAMETERS = ("symbol", "interval", "startTime", "endTime", "timeZone", "limit")
_USUAL_LIMIT = 500
_HIGHEST_LIMIT = 1000
_DIGITS = re.compile(r"[0-9]{1,18}")
_SYMBOL = re.compile(r"[A-Z0-9-_.]{1,20}")


class _Refused(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def routes(tape: Tape, now_ns: Callable[[], int]) -> list[Route]:
    async def klines(request: Request) -> Response:
        try:
            return _answer(200, [kline_row(each) for each in _found(tape, request.query_params)])
        except _Refused as refused:
            return _answer(400, {"code": refused.code, "msg": refused.message})

    async def time(request: Request) -> Response:
        return _answer(200, {"serverTime": milliseconds(now_ns())})

    return [Route("/binance/api/v3/klines", klines), Route("/binance/api/v3/time", time)]


def _found(tape: Tape, asked: QueryParams) -> list[Kline]:
    """With `startTime` the first from there on, without it the last. Raises `_Refused`."""
    for name in asked:
        if name not in _PARAMETERS:
            known = sum(each in _PARAMETERS for each in asked)
            raise _Refused(
                -1104,
                f"Not all sent parameters were read; read '{known}' parameter(s) but was sent '{len(asked)}'.",
            )
    symbol = _symbol(tape, asked)
    interval = _interval(asked)
    limit = _number(asked, "limit")
    if limit == 0:
        raise _Refused(-1130, "Data sent for parameter 'limit' is not valid.")
    limit = min(limit or _USUAL_LIMIT, _HIGHEST_LIMIT)
    start_ms, end_ms = _number(asked, "startTime"), _number(asked, "endTime")
    newest_ns = tape.last(symbol).at_ns
    until_ns = newest_ns if end_ms is None else min(newest_ns, end_ms * MILLISECOND_NS)
    if start_ms is None:
        oldest_ns = until_ns - until_ns % interval.length_ns - (limit - 1) * interval.length_ns
        return tape.klines(symbol, interval, oldest_ns, until_ns)[-limit:]
    return tape.klines(symbol, interval, start_ms * MILLISECOND_NS, until_ns)[:limit]


def _symbol(tape: Tape, asked: QueryParams) -> str:
    name = _needed(asked, "symbol")
    if not _SYMBOL.fullmatch(name):
        raise _Refused(-1100, "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.")
    symbol = symbols.Spelling.of(tape.prices.symbols, symbols.binance).symbol(name)
    if symbol is None:
        raise _Refused(-1121, "Invalid symbol.")
    return symbol


def _interval(asked: QueryParams) -> Interval:
    try:
        return Interval(_needed(asked, "interval"))
    except ValueError:
        raise _Refused(-1120, "Invalid interval.") from None


def _needed(asked: QueryParams, name: str) -> str:
    found = asked.get(name)
    if found is None:
        raise _Refused(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
    if not found:
        raise _Refused(-1105, f"Parameter '{name}' was empty.")
    return found


def _number(asked: QueryParams, name: str) -> int | None:
    found = asked.get(name)
    if found is None:
        return None
    if not found:
        raise _Refused(-1105, f"Parameter '{name}' was empty.")
    if not _DIGITS.fullmatch(found):
        raise _Refused(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.")
    return int(found)


def _answer(status: int, content: object) -> Response:
    return Response(json.dumps(content, separators=(",", ":")), status, media_type="application/json;charset=UTF-8")
