"""On a thousand markets of the embedded exchange, where the truth is known, what is given 70 % happens 7 times in 10.

The exchange's own rules say how each market ends; the pricer sees ticks alone.
"""

import math
from collections import defaultdict
from collections.abc import Iterable

import pytest
from attrs import frozen

from messages.periods import PeriodLength, Reading, Series, SettlementRule
from messages.reference import ReferenceVenue, Symbol
from polyactors.exchange.listings.reference_price import ReferencePrices, ReferenceTick
from polyactors.exchange.listings.up_down import Period, UpDown
from tests.actors.pricing.pure_pricing import PurePricer, tick

SECOND = 10**9
START = 1_780_002_000 * SECOND
LEFT_S = (60, 30, 10)
MINUTE_MARKETS, HOUR_MARKETS = 840, 160
HEARD_AT_THE_END = 600 * SECOND
"""Of an hour only the beginning and the last ten minutes are heard: the rest would only take time."""


@frozen
class Guess:
    left_s: int
    fair: float
    truth: float
    is_up: bool


def guesses(seed: int, period: Period, markets: int) -> list[Guess]:
    """What the pricer says of so many markets, of all symbols of the exchange, and how they ended."""
    start_ns = START - START % period.length_ns
    prices = ReferencePrices(seed, start_ns)
    if period is Period.HOUR:
        length, rule = PeriodLength.HOUR, SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)
    else:
        length, rule = PeriodLength.FIVE_MINUTES, SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60)
    pricers = {symbol: PurePricer(Series(Symbol(symbol), length), rule) for symbol in prices.symbols}

    def hear(said: ReferenceTick) -> None:
        since_ns = said.at_ns % period.length_ns
        if since_ns <= SECOND or since_ns >= period.length_ns - HEARD_AT_THE_END:
            pricers[said.symbol].see(tick(rule.source, said.price, said.at_ns, symbol=said.symbol))

    prices.listeners.append(hear)
    prices.advance(start_ns + period.length_ns)
    found: list[Guess] = []
    for number in range(1, markets // len(pricers) + 1):
        abouts = {symbol: UpDown(symbol, period, start_ns + number * period.length_ns) for symbol in pricers}
        said: list[tuple[str, int, float, float]] = []
        for left_s in LEFT_S:
            now_ns = start_ns + (number + 1) * period.length_ns - left_s * SECOND
            prices.advance(now_ns)
            for symbol, pricer in pricers.items():
                priced = pricer.price(now_ns)
                assert priced is not None
                said.append((symbol, left_s, priced.fair, abouts[symbol].chance_of_up(prices, now_ns)))
        for symbol, about in abouts.items():
            opened = pricers[symbol].look(now_ns).period.open
            assert opened is not None and opened.price == pytest.approx(about.strike(prices), rel=1e-9)
            prices.advance(about.end_ns)
            is_up = about.is_up(prices)
            found += [Guess(left_s, fair, truth, is_up) for of, left_s, fair, truth in said if of == symbol]
            pricers[symbol].look(about.end_ns)
            ended = pricers[symbol].context.ended[0]
            assert ended.is_up is is_up
    return found


def off(guesses: Iterable[tuple[float, bool]]) -> float:
    """By how many standard errors what happened differs from what was said."""
    said = list(guesses)
    expected = sum(fair for fair, _ in said) / len(said)
    happened = sum(is_up for _, is_up in said) / len(said)
    return (happened - expected) / math.sqrt(expected * (1 - expected) / len(said))


@pytest.fixture(scope="module")
def thousand() -> list[Guess]:
    return guesses(1, Period.FIVE_MINUTES, MINUTE_MARKETS) + guesses(2, Period.HOUR, HOUR_MARKETS)


@pytest.mark.parametrize("left_s", LEFT_S)
def test_no_bin_of_fifty_or_more_is_off_by_more_than_three_standard_errors(thousand: list[Guess], left_s: int) -> None:
    bins: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for guess in thousand:
        if guess.left_s == left_s:
            bins[min(9, int(guess.fair * 10))].append((guess.fair, guess.is_up))
    assert sum(map(len, bins.values())) == MINUTE_MARKETS + HOUR_MARKETS
    large = {number: off(each) for number, each in bins.items() if len(each) >= 50}
    assert len(large) >= 2
    assert all(abs(error) <= 3 for error in large.values()), large


def test_it_is_hardly_worse_than_who_knows_the_volatility(thousand: list[Guess]) -> None:
    """The exchange's own chance of Up knows the volatility, and which prices are to be averaged."""
    fair, truth = (
        sum((guess - each.is_up) ** 2 for guess, each in zip(said, thousand, strict=True)) / len(thousand)
        for said in ([each.fair for each in thousand], [each.truth for each in thousand])
    )
    assert fair <= truth * 1.03
