"""What a strategy of a session may aim at now: from the word of the session, and from whether there is a fair value."""

from enum import Enum

from attrs import frozen

from actors.risk.session_allowance import Allowed, allowance
from messages.periods import Period
from messages.pricing import NoPrices, PriceSnapshot
from messages.sessions import SessionIs, SessionState
from messages.units import PRICE_SCALE


@frozen
class Fair:
    """What YES is worth, and the band around it, in price units: `low <= price <= high`. An uncertain one rests on less
    than it should."""

    price: float
    low: float
    high: float
    is_uncertain: bool

    @property
    def cautious(self) -> "Fair":
        """The same, with twice the band where it is uncertain: for those who pay to be right."""
        if not self.is_uncertain:
            return self
        low, high = 2 * self.low - self.price, 2 * self.high - self.price
        return Fair(self.price, max(0.0, low), min(float(PRICE_SCALE), high), True)

    def worth(self, is_yes: bool) -> float:
        return self.price if is_yes else PRICE_SCALE - self.price

    def least_worth(self, is_yes: bool) -> float:
        """At the end of the band that is worse for a holder."""
        return self.low if is_yes else PRICE_SCALE - self.high


@frozen
class NoFair:
    """There is none to act on, and why."""

    reason: str


class Aim(Enum):
    TRADE = "trade"
    REDUCE = "rest what reduces"
    FLATTEN_RESTING = "get out, by offers"
    FLATTEN_TAKING = "get out, at any bid"
    NOTHING = "nothing"

    @property
    def is_flattening(self) -> bool:
        return self in (Aim.FLATTEN_RESTING, Aim.FLATTEN_TAKING)


@frozen
class Stance:
    """`share` of the limits and sizes counts: 1 in ACTIVE, falling to 0 in WIND_DOWN, and 0 in all that comes after."""

    aim: Aim
    share: float
    why: str


def fair_of(prices: PriceSnapshot | NoPrices | None, age_ns: int, oldest_ns: int, period: Period) -> Fair | NoFair:
    """The fair value of `period`, of prices that were heard `age_ns` ago. Nothing is believed that is stale by its
    publisher's word, older than `oldest_ns` by our own, of another period, or does not hold together."""
    if prices is None:
        return NoFair("no prices were heard")
    if isinstance(prices, NoPrices):
        return NoFair(f"no prices: {prices.reason}")
    if age_ns > oldest_ns:
        return NoFair("the prices have stopped")
    if prices.series != period.series or prices.hour_id != period.name:
        return NoFair(f"the prices are of {prices.hour_id}")
    if prices.stale:
        return NoFair("the prices are stale")
    fair, low, high = prices.p_yes_fair, prices.p_yes_band_lo, prices.p_yes_band_hi
    if fair is None or low is None or high is None:
        return NoFair("the prices have no fair value")
    if not 0.0 <= low <= fair <= high <= 1.0:
        return NoFair(f"a fair value of {fair} in a band from {low} to {high}")
    return Fair(fair * PRICE_SCALE, low * PRICE_SCALE, high * PRICE_SCALE, prices.uncertain)


def stance(told: SessionIs | None, fair: Fair | NoFair, now_ns: int, resting_percent: int) -> Stance:
    """What to aim at. `resting_percent` is how much of FLATTEN goes by before what is left is taken out.

    the governor would let nothing pass   -> nothing
    FLATTEN                               -> offers first, bids then
    what reduces alone, or no fair value  -> offers of what reduces
    otherwise                             -> trade, within the share that is left
    """
    may = allowance(told, now_ns)
    if may.allowed is Allowed.NOTHING:
        return Stance(Aim.NOTHING, 0.0, may.why)
    if told is not None and told.state is SessionState.FLATTEN:
        return Stance(_flattening(told, now_ns, resting_percent), 0.0, may.why)
    if may.allowed is Allowed.REDUCTIONS:
        return Stance(Aim.REDUCE, 0.0, may.why)
    if isinstance(fair, NoFair):
        return Stance(Aim.REDUCE, may.share, fair.reason)
    return Stance(Aim.TRADE, may.share, may.why)


def _flattening(told: SessionIs, now_ns: int, resting_percent: int) -> Aim:
    until_ns = told.at_ns if told.until_ns is None else told.until_ns
    is_resting = (now_ns - told.at_ns) * 100 < (until_ns - told.at_ns) * resting_percent
    return Aim.FLATTEN_RESTING if is_resting else Aim.FLATTEN_TAKING
