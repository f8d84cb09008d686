"""The default pricer: a market is a digital option on where its source's price, or its mean, will be at the end.

    P(Up) = Phi(ln(E / K) / (sigma sqrt(V)))

K is the strike, E what is expected of the reading at the end, sigma the volatility by the square root of a second, and
V the seconds of variance to come. There is no drift, not even -sigma^2/2, which no price of an hour shows: at the
strike it is 1/2. It is the digital option of Black and Scholes (1973; Reiner and Rubinstein, "Unscrambling the binary
code", 1991) without rates. What ends where it began is Up, which at the end itself decides.

Where the reading is the mean of a last window of w seconds (the arithmetic Asian option in the approximation by the
normal distribution: Levy, "Pricing European average rate currency options", 1992), with T seconds left:

    T >= w:  E = S                                       V = T - w + w/3 f(w)
    T <  w:  E = (1 - T/w) known mean + T/w S            V = (T/w)^2 T/3 f(T)

f(t) = 1 + 3/(2n) + 1/(2n^2) with n = t / sample_s is what a mean of n prices has more than one of all prices between.

The volatility to come is not known: the probability is the mean over sigma e^(s z), z normal and s the standard error
of its logarithm, by three points of Gauss and Hermite. What no data would tell of it leaves the variance on average as
it was: so the tails are heavier than normal ones, as those of all prices are, and the middle is not wider. What the
price may be wrong by adds to the variance.
"""

import math

from actors.pricing.pricer import Priced, PricerInput
from actors.pricing.settings import DigitalOptionSettings
from actors.pricing.volatility_blend import Volatility, blended
from messages.periods import Reading, SettlementRule

_NODES = ((-math.sqrt(3), 1), (0.0, 4), (math.sqrt(3), 1))
_NODE_WEIGHTS = 6
_ROOT_2 = math.sqrt(2)

NO_IDEA = Priced(0.5, 0.0, 1.0, True)
"""Before a period begins, and where its strike is not known."""


class DigitalOption:
    """The band lies `band_deviations` standard errors to each side, of the volatility and of the price together: lower
    is the lowest probability over both volatilities at the lower price, upper the highest at the upper one."""

    def __init__(self, settings: DigitalOptionSettings) -> None:
        self._settings = settings

    def price(self, given: PricerInput) -> Priced | None:
        if given.price is None or given.price <= 0:
            return None
        strike = given.strike
        if strike is None or strike <= 0 or not given.has_begun:
            return NO_IDEA
        settings, rule = self._settings, given.rule
        left_s = max(0.0, given.left_s)
        seconds = variance_seconds(rule, left_s, settings.sample_s)
        expected, unheard_s = _expected(given, given.price, left_s)
        volatility = blended(given.features, settings)
        distance = math.log(expected / strike)
        seconds += given.strike_doubt_s + unheard_s
        doubt = math.hypot(given.price_doubt, given.strike_doubt)
        fair = self._fair(distance, volatility, seconds, doubt)
        lo, hi = self._band(distance, volatility, seconds, doubt, given)
        is_uncertain = not given.features.is_ready or doubt > 0 or given.strike_doubt_s > 0 or unheard_s > 0
        return Priced(fair, min(lo, fair), max(hi, fair), is_uncertain)

    def _fair(self, distance: float, volatility: Volatility, seconds: float, doubt: float) -> float:
        root = math.sqrt(seconds) * volatility.value * math.exp(-(self._settings.volatility_error**2))
        found = sum(
            weight * normal(distance, math.hypot(root * math.exp(volatility.error * node), doubt))
            for node, weight in _NODES
        )
        return found / _NODE_WEIGHTS

    def _band(
        self, distance: float, volatility: Volatility, seconds: float, doubt: float, given: PricerInput
    ) -> tuple[float, float]:
        deviations = self._settings.band_deviations
        shift = deviations * math.hypot(given.price_error, doubt) * price_share(given.rule, given.left_s)
        factor = math.exp(deviations * volatility.error)
        spreads = [
            math.hypot(sigma * math.sqrt(seconds), doubt)
            for sigma in (volatility.value / factor, volatility.value * factor)
        ]
        return (
            min(normal((distance - shift), spread) for spread in spreads),
            max(normal((distance + shift), spread) for spread in spreads),
        )


def variance_seconds(rule: SettlementRule, left_s: float, sample_s: float) -> float:
    """For how many seconds of the price's movement the reading at the end is open, with `left_s` to go."""
    if rule.reading is not Reading.MEAN or rule.window_s <= 0:
        return left_s
    window_s = float(rule.window_s)
    if left_s >= window_s:
        return left_s - window_s + _in_window(window_s, window_s, sample_s)
    return _in_window(left_s, window_s, sample_s)


def price_share(rule: SettlementRule, left_s: float) -> float:
    """How much of the reading at the end follows the price: less and less in a mean's last window."""
    if rule.reading is not Reading.MEAN or rule.window_s <= 0:
        return 1.0
    return min(1.0, max(0.0, left_s / rule.window_s))


def normal(distance: float, deviation: float) -> float:
    """Phi(distance / deviation); where nothing is open any more, what ended where it began is Up."""
    if deviation <= 0:
        return 1.0 if distance >= 0 else 0.0
    return 0.5 * math.erfc(-distance / deviation / _ROOT_2)


def _in_window(left_s: float, window_s: float, sample_s: float) -> float:
    """(T/w)^2 T/3 f(T), as a polynomial: it has no poles."""
    return left_s * (left_s * left_s / 3 + left_s * sample_s / 2 + sample_s * sample_s / 6) / (window_s * window_s)


def _expected(given: PricerInput, price: float, left_s: float) -> tuple[float, float]:
    """What the reading at the end is expected to be, and for how many seconds of movement it is open besides because
    a part of the window was not heard."""
    share = price_share(given.rule, left_s)
    if share >= 1.0:
        return price, 0.0
    if given.known_mean is None:
        return price, (1 - share) ** 2 * (given.rule.window_s - left_s) / 3
    return (1 - share) * given.known_mean + share * price, 0.0
