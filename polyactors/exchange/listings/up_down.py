"""Up/down markets: which periods there are, how they are named, who wins, and what Up is worth before.

Rules: polymarket.md 6. Five and fifteen minutes: the mean of the last minute before the end against that before the
start. Hours: the candle's close against its open. What ends where it began is Up.
"""

import math
from enum import Enum

from attrs import frozen

from messages.identity import EventId
from messages.markets import Market
from messages.periods import PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.reference import ReferenceVenue, Symbol
from messages.units import (
    CASH_SCALE,
    NANOSECONDS_PER_MILLISECOND,
    NANOSECONDS_PER_SECOND,
    SHARE_SCALE,
    Cash,
    Price,
    Shares,
    TickSize,
)
from polyactors.exchange.listings.categories import CRYPTO
from polyactors.exchange.listings.identifiers import market_ids
from polyactors.exchange.listings.new_york import MONTHS, day_label, hour_label, minute_label, new_york_time
from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.words import EventListing, Kind, Listing, RewardTerms

WINDOW_S = 60

_NAMES = {
    "btcusd": ("btc", "Bitcoin", "bitcoin"),
    "ethusd": ("eth", "Ethereum", "ethereum"),
    "solusd": ("sol", "Solana", "solana"),
    "xrpusd": ("xrp", "XRP", "xrp"),
}
"""How the venue writes a symbol: short, as a title, and in the slugs of hours."""


class Period(Enum):
    """How long an up/down market is about, in seconds."""

    FIVE_MINUTES = 300
    FIFTEEN_MINUTES = 900
    HOUR = 3600

    @property
    def length_ns(self) -> int:
        return self.value * NANOSECONDS_PER_SECOND

    @property
    def recurrence(self) -> str:
        return "hourly" if self is Period.HOUR else f"{self.value // 60}m"


_MEANS = SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, WINDOW_S)
_RULES = {
    Period.FIVE_MINUTES: (PeriodLength.FIVE_MINUTES, _MEANS),
    Period.FIFTEEN_MINUTES: (PeriodLength.FIFTEEN_MINUTES, _MEANS),
    Period.HOUR: (PeriodLength.HOUR, SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)),
}


@frozen
class UpDown:
    """One period of one symbol. `start_ns` is on the period's grid."""

    symbol: str
    period: Period
    start_ns: int

    @property
    def end_ns(self) -> int:
        return self.start_ns + self.period.length_ns

    @property
    def slug(self) -> str:
        short, _, long = _names(self.symbol)
        if self.period is not Period.HOUR:
            return f"{short}-updown-{self.period.recurrence}-{self.start_ns // NANOSECONDS_PER_SECOND}"
        when = new_york_time(self.start_ns // NANOSECONDS_PER_MILLISECOND)
        day = f"{MONTHS[when.month - 1].lower()}-{when.day}-{when.year}"
        return f"{long}-up-or-down-{day}-{hour_label(when).lower()}-et"

    @property
    def title(self) -> str:
        title = _names(self.symbol)[1]
        start = new_york_time(self.start_ns // NANOSECONDS_PER_MILLISECOND)
        if self.period is Period.HOUR:
            return f"{title} Up or Down - {day_label(start)}, {hour_label(start)} ET"
        end = new_york_time(self.end_ns // NANOSECONDS_PER_MILLISECOND)
        return f"{title} Up or Down - {day_label(start)}, {minute_label(start)}-{minute_label(end)} ET"

    @property
    def series_slug(self) -> str:
        return f"{_names(self.symbol)[0]}-up-or-down-{self.period.recurrence}"

    def strike(self, prices: ReferencePrices) -> float:
        """What the end is held against. Before the start: as if it were now."""
        if self.period is Period.HOUR:
            return prices.candle_open(self.symbol, self.start_ns)
        return prices.twap(self.symbol, self.start_ns, WINDOW_S)

    def is_up(self, prices: ReferencePrices) -> bool:
        """Who won; the prices have to have reached the end."""
        if self.period is Period.HOUR:
            return prices.candle_close(self.symbol, self.start_ns) >= self.strike(prices)
        return prices.twap(self.symbol, self.end_ns, WINDOW_S) >= self.strike(prices)

    def chance_of_up(self, prices: ReferencePrices, now_ns: int) -> float:
        """What Up is worth: a digital option on the price, or on the mean that is partly known in the last minute."""
        if now_ns < self.start_ns:
            return 0.5
        if now_ns >= self.end_ns:
            return 1.0 if self.is_up(prices) else 0.0
        left_s = (self.end_ns - now_ns) / NANOSECONDS_PER_SECOND
        price = prices.price_at(self.symbol, now_ns)
        variance = prices.model(self.symbol).variance_a_second
        if self.period is Period.HOUR:
            expected, deviation = price, price * math.sqrt(variance * left_s)
        elif left_s > WINDOW_S:
            expected = price
            deviation = price * math.sqrt(variance * (left_s - WINDOW_S + WINDOW_S / 3))
        else:
            known = prices.twap(self.symbol, now_ns, max(1, round(WINDOW_S - left_s)))
            to_come = left_s / WINDOW_S
            expected = known * (1 - to_come) + price * to_come
            deviation = price * to_come * math.sqrt(variance * left_s / 3)
        return _normal((expected - self.strike(prices)) / max(deviation, 1e-12))


def periods_from(symbol: str, period: Period, now_ns: int, count: int) -> list[UpDown]:
    """The period that lasts at `now_ns`, and those after it: `count` in all."""
    first = now_ns - now_ns % period.length_ns
    return [UpDown(symbol, period, first + index * period.length_ns) for index in range(count)]


def up_down_listings(seed: int, about: UpDown, number: int, series: int, now_ns: int) -> tuple[EventListing, Listing]:
    """`number` is the event's and the market's id at Gamma, `series` that of the series."""
    ids = market_ids(seed, about.slug)
    start_ms, end_ms = (at_ns // NANOSECONDS_PER_MILLISECOND for at_ns in (about.start_ns, about.end_ns))
    description = _description(about)
    event = EventListing(
        EventId(about.slug),
        number,
        about.title,
        description,
        CRYPTO.name,
        start_ms,
        end_ms,
        series_slug=about.series_slug,
        series_number=series,
        recurrence=about.period.recurrence,
    )
    market = Market(
        ids.market,
        event.event,
        about.slug,
        about.title,
        ids.yes_token,
        ids.no_token,
        TickSize(100),
        Shares(5 * SHARE_SCALE),
        CRYPTO.fees,
        end_ms=end_ms,
        about=_about(about),
    )
    listing = Listing(
        market,
        number,
        Kind.UP_DOWN,
        ("Up", "Down"),
        ids.question_id,
        description,
        CRYPTO.name,
        accepts_from_ms=now_ns // NANOSECONDS_PER_MILLISECOND,
        opens_ms=start_ms,
        taker_delay_ns=CRYPTO.taker_delay_ns,
        rebate_ppm=CRYPTO.rebate_ppm,
        rewards=RewardTerms(Shares(50 * SHARE_SCALE), Price(450), Cash(20 * CASH_SCALE)),
        reference=about.symbol,
    )
    return event, listing


def _about(about: UpDown) -> UpOrDown | None:
    """None for a symbol that the venue has no such markets of."""
    if about.symbol not in _NAMES:
        return None
    length, rule = _RULES[about.period]
    series = Series(Symbol(about.symbol), length)
    return UpOrDown(series.period_at(about.start_ns // NANOSECONDS_PER_MILLISECOND), rule)


def _description(about: UpDown) -> str:
    """In the venue's words: who reads the market there finds `_about` in them."""
    coin = about.symbol[:3].upper()
    if about.period is Period.HOUR:
        return (
            f'This market will resolve to "Up" if the close price is greater than or equal to the open price for the '
            f"{coin}/USDT 1 hour candle that begins on the time and date specified in the title. Otherwise, this "
            f'market will resolve to "Down".\n'
            f"The resolution source for this market is information from Binance, specifically the {coin}/USDT pair."
        )
    return (
        f'This market will resolve to "Up" if the 60 second time-weighted average price of {coin}/USD at the end of '
        f"the time range specified in the title is greater than or equal to that at the beginning of that range. "
        f'Otherwise, it will resolve to "Down".\n'
        f"The resolution source for this market is information from Chainlink, specifically the {coin}/USD TWAP data "
        f"stream."
    )


def _names(symbol: str) -> tuple[str, str, str]:
    short = symbol.removesuffix("usd")
    return _NAMES.get(symbol, (short, short.upper(), short))


def _normal(deviations: float) -> float:
    return 0.5 * math.erfc(-deviations / math.sqrt(2))
