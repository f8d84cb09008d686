"""What the actor of a symbol's prices hears besides the words of `messages`, what it shows, and the usual rules."""

from attrs import frozen

from actors.feeds.reference.median import RefusedCount
from actors.pricing.hour_context import PeriodNow
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule
from messages.pricing import AboutPeriod, FollowPrices, MedianPrice, PriceSnapshot, TellPrices
from messages.reference import ReferenceData, ReferenceVenue, Symbol


@frozen
class Publish:
    """Timer; or to itself, after a tick."""


@frozen
class OpenPriceAnswer:
    """From the worker that asked for the open price of a period; None when there is none to be had (yet)."""

    period: Period
    price: float | None
    reason: str = ""


SymbolPricerMessage = ReferenceData | AboutPeriod | FollowPrices | TellPrices | Publish | OpenPriceAnswer


@frozen
class SeriesState:
    """What the pricer shows of one series: `ended` are its last periods, the newest first."""

    series: Series
    now: PeriodNow | None
    ended: tuple[PeriodNow, ...]
    followers: tuple[str, ...]
    seq: int
    newest: PriceSnapshot | None


@frozen
class SymbolPricerState:
    """What the pricer shows of itself. `taken` and `refused` count ticks and quotes by venue."""

    symbol: Symbol
    median: MedianPrice
    taken: tuple[tuple[ReferenceVenue, int], ...]
    refused: tuple[RefusedCount, ...]
    series: tuple[SeriesState, ...]


def usual_rule(series: Series) -> SettlementRule:
    """That of the venue's markets since August 2026 (polymarket.md 6)."""
    if series.length is PeriodLength.HOUR:
        return SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)
    return SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60)
