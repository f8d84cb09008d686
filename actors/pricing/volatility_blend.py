"""One volatility from several windows: what is believed of the seconds to come, and how wrong that may be.

Short windows are timely, long ones exact; a fixed blend of them forecasts about as well as anything that is fitted
(Corsi, "A simple approximate long-memory model of realized volatility", 2009). Deviations are averaged rather than
variances, so that one jump in a short window does not take over.
"""

import math

from attrs import frozen

from actors.pricing.features import RETURNS_SEEN, volatility_of
from actors.pricing.settings import DigitalOptionSettings
from messages.pricing import Features

_SHARES = ((volatility_of(60), 0.25), (volatility_of(300), 0.4), (volatility_of(1800), 0.35))
_PRIOR_ERROR = 0.7
"""In logarithm: what is believed beforehand may be wrong by a factor of two."""

_SECONDS_PER_YEAR = 365 * 24 * 3600


@frozen
class Volatility:
    """By the square root of a second, of the logarithm of the price. `error` is its standard error, in logarithm."""

    value: float
    error: float


def blended(features: Features, settings: DigitalOptionSettings) -> Volatility:
    """The believed volatility. What is seen replaces what was believed beforehand second by second, in the logarithm:
    markets may be ten times as calm as the default."""
    default = yearly_to_seconds(settings.default_volatility)
    floor = yearly_to_seconds(settings.floor_volatility)
    seen = features.value(RETURNS_SEEN) or 0.0
    value, weight = 0.0, 0.0
    for name, share in _SHARES:
        found = features.value(name)
        if found is not None:
            value += share * found
            weight += share
    if not weight or not seen:
        return Volatility(max(default, floor), math.hypot(settings.volatility_error, _PRIOR_ERROR))
    prior = settings.prior_s / (settings.prior_s + seen)
    believed = default**prior * max(value / weight, floor) ** (1 - prior)
    seen_error = (1 - prior) / math.sqrt(2 * seen)
    error = math.sqrt(settings.volatility_error**2 + (prior * _PRIOR_ERROR) ** 2 + seen_error**2)
    return Volatility(max(believed, floor), error)


def yearly_to_seconds(volatility: float) -> float:
    return volatility / math.sqrt(_SECONDS_PER_YEAR)
