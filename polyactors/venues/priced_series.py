"""Of which series there have to be prices: those that are traded, and those of the markets that are there already."""

from collections.abc import Iterable

from messages.markets import Market
from messages.periods import Series
from messages.reference import Symbol


def priced_series(markets: Iterable[Market], series: Iterable[Series] = ()) -> tuple[Series, ...]:
    of_markets = (market.about.period.series for market in markets if market.about is not None)
    return tuple(dict.fromkeys((*series, *of_markets)))


def priced_symbols(markets: Iterable[Market], series: Iterable[Series] = ()) -> tuple[Symbol, ...]:
    return tuple(dict.fromkeys(each.symbol for each in priced_series(markets, series)))
