"""Scores of forecasts: how far from what came true, and whether one's are better than another's by more than noise.

Brier score: the mean of (chance - outcome)^2 (Brier 1950); log loss: the mean of -ln of the chance given to what came
true (Good 1952). Less is better with both. A chance of 0 or 1 that is wrong would cost infinitely much: for the log
loss chances are clipped.
"""

import math
from collections.abc import Sequence

from attrs import frozen

from polyactors.calibration.words import Forecast

CLIPPED_AT = 0.001
"""No forecast is taken to be surer than one in a thousand, for the log loss."""


@frozen
class Bin:
    """Forecasts from `low` up to `high` (the last bin has its upper end in it). `frequency` is how often it was Up,
    `deviation` the standard error of that if the forecasts are right: sqrt(mean of p(1-p) / count)."""

    low: float
    high: float
    count: int
    forecast: float | None
    frequency: float | None
    deviation: float | None

    @property
    def errors_off(self) -> float | None:
        """By how many standard errors the frequency is off the forecast; None where it cannot be said."""
        if self.forecast is None or self.frequency is None or self.deviation is None:
            return None
        gap = abs(self.frequency - self.forecast)
        return gap / self.deviation if self.deviation > 0 else 0.0 if gap == 0 else math.inf


@frozen
class Scores:
    """Of one forecaster. The scores are None without forecasts. `brier_error` is the standard error of the score."""

    count: int
    brier: float | None
    brier_error: float | None
    log_loss: float | None
    bins: tuple[Bin, ...]


@frozen
class Paired:
    """The mean of a score's differences, first less second, forecast for forecast; below 0 the first is better.
    `error` is the standard error of that mean, None with fewer than two `moments`: markets that end at the same time
    have much of their luck in common, and count as one."""

    count: int
    moments: int
    difference: float | None
    error: float | None


def squared_error(forecast: Forecast) -> float:
    return (forecast.chance - forecast.is_up) ** 2


def surprise(forecast: Forecast) -> float:
    chance = min(max(forecast.chance, CLIPPED_AT), 1 - CLIPPED_AT)
    return -math.log(chance if forecast.is_up else 1 - chance)


def scores_of(forecasts: Sequence[Forecast], bins: int) -> Scores:
    """`bins` of equal width from 0 to 1."""
    if not forecasts:
        return Scores(0, None, None, None, _binned(forecasts, bins))
    squares = [squared_error(each) for each in forecasts]
    brier, brier_error = mean_and_error(squares, [each.end_ms for each in forecasts])
    log_loss = math.fsum(surprise(each) for each in forecasts) / len(forecasts)
    return Scores(len(forecasts), brier, brier_error, log_loss, _binned(forecasts, bins))


def paired(first: Sequence[float], second: Sequence[float], moments: Sequence[int]) -> Paired:
    """`moments` says when each pair's market ended."""
    differences = [one - other for one, other in zip(first, second, strict=True)]
    difference, error = mean_and_error(differences, moments)
    return Paired(len(differences), len(set(moments)), difference, error)


def mean_and_error(values: Sequence[float], moments: Sequence[int]) -> tuple[float | None, float | None]:
    """The mean, and its standard error from the values' own spread, robust against what values of the same moment have
    in common (the cluster-robust estimate, with its correction for few clusters)."""
    if not values:
        return None, None
    mean = math.fsum(values) / len(values)
    sums: dict[int, float] = {}
    for value, moment in zip(values, moments, strict=True):
        sums[moment] = sums.get(moment, 0.0) + value - mean
    if len(sums) < 2:
        return mean, None
    variance = math.fsum(each * each for each in sums.values()) / len(values) ** 2
    return mean, math.sqrt(variance * len(sums) / (len(sums) - 1))


def _binned(forecasts: Sequence[Forecast], bins: int) -> tuple[Bin, ...]:
    sorted_in: list[list[Forecast]] = [[] for _ in range(bins)]
    for forecast in forecasts:
        sorted_in[min(int(forecast.chance * bins), bins - 1)].append(forecast)
    return tuple(_bin(index / bins, (index + 1) / bins, inside) for index, inside in enumerate(sorted_in))


def _bin(low: float, high: float, inside: Sequence[Forecast]) -> Bin:
    count = len(inside)
    if not count:
        return Bin(low, high, 0, None, None, None)
    forecast = math.fsum(each.chance for each in inside) / count
    frequency = sum(each.is_up for each in inside) / count
    variance = math.fsum(each.chance * (1 - each.chance) for each in inside) / count**2
    return Bin(low, high, count, forecast, frequency, math.sqrt(variance))
