"""Binance's candles over REST: the price at a period's start, for who was not there to hear it (polymarket.md 11.1)."""

import ssl
from collections.abc import Sequence

import httpx
import msgspec
import trio

from actors.feeds.ports import ConnectionLost
from messages.periods import Period, PeriodLength, Reading, SettlementRule
from messages.reference import REFERENCE_SCALE, ReferenceVenue
from polyactors.venues.reference import spelling
from polyactors.venues.reference.json_frames import FRAME_ERRORS
from polyactors.venues.reference.numbers import PriceTexts
from polyactors.venues.refused import Refused

UNAVAILABLE_HERE = 451
WITHIN_S = 5.0
_PATH = "/api/v3/klines"
_INTERVALS = {PeriodLength.HOUR: "1h"}
_MINUTE = "1m"
"""The first trade of a shorter period is that of its first minute that has one."""

_TRADES = 8
"""The place of the number of trades in a row; before it are times, prices and volumes."""


class BinanceCandles:
    """An `OpenPriceSource` for candles of Binance. `base_urls` are asked one after another where the service is
    unavailable for legal reasons."""

    def __init__(self, base_urls: Sequence[str], within_s: float = WITHIN_S) -> None:
        if not base_urls:
            raise ValueError("a venue has an address")
        self._base_urls = tuple(base_urls)
        self._within_s = within_s
        self._decode = msgspec.json.Decoder(list[list[int | str]]).decode
        # It takes long to make, and an open price is asked for in the middle of trading.
        is_secure = any(url.startswith("https:") for url in base_urls)
        self._tls: ssl.SSLContext | bool = ssl.create_default_context() if is_secure else False

    async def open_price(self, period: Period, rule: SettlementRule) -> float | None:
        """None for other rules, and before the first trade of the period. Raises `ConnectionLost`."""
        if rule.source is not ReferenceVenue.BINANCE or rule.reading is not Reading.CANDLE:
            return None
        body = await self._ask(
            {
                "symbol": spelling.binance(period.series.symbol),
                "interval": _INTERVALS.get(period.series.length, _MINUTE),
                "startTime": str(period.start_ms),
                "endTime": str(period.end_ms - 1),
                "limit": "15",
            }
        )
        try:
            return self._first_price(self._decode(body), period)
        except (*FRAME_ERRORS, Refused, IndexError, TypeError) as error:
            raise ConnectionLost(f"the candles could not be read: {str(error)[:200]}") from None

    def _first_price(self, rows: list[list[int | str]], period: Period) -> float | None:
        """A candle without a trade repeats the price before it."""
        for row in rows:
            at_ms, price, trades = row[0], row[1], row[_TRADES]
            if not isinstance(at_ms, int) or not period.start_ms <= at_ms < period.end_ms:
                raise TypeError(f"a candle of {at_ms!r}")
            if trades:
                return PriceTexts()[str(price)] / REFERENCE_SCALE
        return None

    async def _ask(self, query: dict[str, str]) -> bytes:
        status = 0
        async with httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=self._within_s) as client:
            for base_url in self._base_urls:
                try:
                    with trio.fail_after(self._within_s):
                        answer = await client.get(base_url.rstrip("/") + _PATH, params=query)
                except (httpx.HTTPError, trio.TooSlowError) as error:
                    raise ConnectionLost(f"no candles: {type(error).__name__}") from None
                status = answer.status_code
                if status == httpx.codes.OK:
                    return answer.content
                if status != UNAVAILABLE_HERE:
                    break
        raise ConnectionLost(f"no candles: status {status}")
