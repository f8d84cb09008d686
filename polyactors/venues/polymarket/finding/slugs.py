"""What the venue calls the market of a period, and which period a name may mean (polymarket.md 6).

Minutes are named by their start in seconds, hours by New York's clock. When that goes back in autumn two hours have one
name, and a name without a year, as they were until spring 2026, is that of an hour in every year: who finds a market by
its name has to look at its dates.
"""

import re

from attrs import frozen

from messages.periods import Period, PeriodLength, Series
from messages.reference import Symbol
from polyactors.exchange.listings.new_york import MONTHS, hour_label, new_york_time


@frozen
class Coin:
    """How the venue writes a symbol: short, and in the slugs of hours."""

    symbol: Symbol
    short: str
    long: str


COINS = (
    Coin(Symbol("btcusd"), "btc", "bitcoin"),
    Coin(Symbol("ethusd"), "eth", "ethereum"),
    Coin(Symbol("solusd"), "sol", "solana"),
    Coin(Symbol("xrpusd"), "xrp", "xrp"),
)

_MINUTES = re.compile(r"(?a:([a-z0-9]+)-updown-(\d+[mh])-(\d{1,12}))")
_HOURS = re.compile(r"(?a:([a-z0-9]+)-up-or-down-([a-z]+)-(\d{1,2})(?:-(\d{4}))?-(\d{1,2})(am|pm)-et)")
_LIKE = re.compile(r"(?a:[a-z0-9]+-(?:updown|up-or-down)(?:-.*)?)")

_MONTH_NUMBERS = {name.lower(): number for number, name in enumerate(MONTHS, start=1)}


@frozen
class NamedHour:
    """A name of New York's clock. `year` is None where the name has none."""

    month: int
    day: int
    hour: int
    year: int | None


@frozen
class PeriodName:
    """What a slug says: the series, and either the start or how the hour is called."""

    series: Series
    start_ms: int | None = None
    hour: NamedHour | None = None

    def fits(self, period: Period) -> bool:
        """Whether `period` has this name; others may have it as well."""
        if period.series != self.series:
            return False
        if self.hour is None:
            return period.start_ms == self.start_ms
        month_and_hour = (self.hour.month, self.hour.day, self.hour.hour)
        year, *clock = _clock(period.start_ms)
        return tuple(clock) == month_and_hour and self.hour.year in (None, year)


def slugs_of(period: Period) -> tuple[str, ...]:
    """What the market of `period` is called, the usual name first. None for a symbol that has no such markets."""
    coin = coin_of(period.series.symbol)
    if coin is None:
        return ()
    length = period.series.length
    if length is not PeriodLength.HOUR:
        return (f"{coin.short}-updown-{length.value}-{period.start_ms // 1000}",)
    when = new_york_time(period.start_ms)
    day, hour = f"{MONTHS[when.month - 1].lower()}-{when.day}", hour_label(when).lower()
    return (
        f"{coin.long}-up-or-down-{day}-{when.year}-{hour}-et",
        f"{coin.long}-up-or-down-{day}-{hour}-et",
    )


def series_slug_of(series: Series) -> str | None:
    """The name of a series at Gamma; None for a symbol that has none."""
    coin = coin_of(series.symbol)
    if coin is None:
        return None
    return f"{coin.short}-up-or-down-{'hourly' if series.length is PeriodLength.HOUR else series.length.value}"


def coin_of(symbol: Symbol) -> Coin | None:
    return next((coin for coin in COINS if coin.symbol == symbol), None)


def is_like_up_or_down(slug: str) -> bool:
    """Whether it is the name of an up-or-down market of whatever coin and length."""
    return _LIKE.fullmatch(slug) is not None


def read_slug(slug: str) -> PeriodName | None:
    """None for what names no period that we know: another coin, another length, another kind of market."""
    if match := _MINUTES.fullmatch(slug):
        return _minutes(match[1], match[2], int(match[3]) * 1000)
    if match := _HOURS.fullmatch(slug):
        return _hour(match)
    return None


def _minutes(short: str, length: str, start_ms: int) -> PeriodName | None:
    coin = next((coin for coin in COINS if coin.short == short), None)
    lengths = [each for each in (PeriodLength.FIVE_MINUTES, PeriodLength.FIFTEEN_MINUTES) if each.value == length]
    if coin is None or not lengths or start_ms % lengths[0].length_ms:
        return None
    return PeriodName(Series(coin.symbol, lengths[0]), start_ms=start_ms)


def _hour(match: re.Match[str]) -> PeriodName | None:
    coin = next((coin for coin in COINS if coin.long == match[1]), None)
    month, hour = _MONTH_NUMBERS.get(match[2]), int(match[5])
    if coin is None or month is None or not 1 <= hour <= 12:
        return None
    year = None if match[4] is None else int(match[4])
    clock = hour % 12 + (12 if match[6] == "pm" else 0)
    return PeriodName(Series(coin.symbol, PeriodLength.HOUR), hour=NamedHour(month, int(match[3]), clock, year))


def _clock(at_ms: int) -> tuple[int, int, int, int]:
    when = new_york_time(at_ms)
    return when.year, when.month, when.day, when.hour
