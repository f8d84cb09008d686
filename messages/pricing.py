"""Fair value as it is published: one immutable value, numbered, made of one look at everything.

Prices are dollars, probabilities from 0 to 1, times epoch milliseconds; these are statistics, so they are floats. The
names are those of the contract that is served to other processes.
"""

from typing import NewType

from attrs import frozen

from messages.periods import Series, UpOrDown
from messages.reference import ReferenceVenue

FeatureName = NewType("FeatureName", str)


@frozen
class Feature:
    """`value` is None until it is ready."""

    name: FeatureName
    value: float | None


@frozen
class Features:
    """What an engine made of the ticks. `is_ready` when the pricer may rely on what it needs of it."""

    values: tuple[Feature, ...]
    is_ready: bool

    def value(self, name: FeatureName) -> float | None:
        """None for what is not ready, and for what there is not."""
        return next((each.value for each in self.values if each.name == name), None)


@frozen
class LeftOut:
    """A venue whose price does not count now, and why."""

    venue: ReferenceVenue
    reason: str


@frozen
class MedianPrice:
    """The median over the venues that count. `price` in dollars, None where none counts; `spread_bps` between the
    lowest and the highest that counts. `is_uncertain` with fewer than two."""

    price: float | None
    spread_bps: float | None
    counted: tuple[ReferenceVenue, ...]
    left_out: tuple[LeftOut, ...]
    is_uncertain: bool


NO_MEDIAN = MedianPrice(None, None, (), (), True)


@frozen
class PriceSnapshot:
    """The fair value of a series' period at one moment.

    `seq` is 1 more than that of the publication before, over all periods of the series and for one life of the
    publisher, whose number is `epoch`. `stale` is the publisher's word, and is passed on as it is. `hour_id` names the
    period, whatever its length. `open_price` is the strike: what the end is held against; None before it is known.
    `p_yes_fair` is the probability of Up, None where there is nothing to reckon it from; then there is no band either.
    `uncertain` says that it rests on less than it should: too few venues, features that are not ready, no strike.
    """

    series: Series
    epoch: int
    seq: int
    ts_local_ms: int
    ts_exchange_ms: int
    age_ms: int
    stale: bool
    hour_id: str
    hour_start_ts_ms: int
    hour_end_ts_ms: int
    t_remaining_ms: int
    open_price: float | None
    last_trade_price: float | None
    bbo_bid: float | None
    bbo_ask: float | None
    mid: float | None
    features: Features
    p_yes_fair: float | None
    p_yes_band_lo: float | None
    p_yes_band_hi: float | None
    uncertain: bool
    median: MedianPrice


@frozen
class FollowPrices:
    """To who publishes prices, by who wants them: snapshots of the series go to the sender for `FOLLOWED_FOR_NS`. Asked
    for again before that is over, it goes on; so neither side needs to know of the other's restarts."""

    series: Series


FOLLOWED_FOR_NS = 10_000_000_000


@frozen
class TellPrices:
    """Answered by the newest `PriceSnapshot` of the series, or by `NoPrices`."""

    series: Series


@frozen
class NoPrices:
    series: Series
    reason: str


@frozen
class AboutPeriod:
    """To who publishes prices: what the market of a period says of its rule, and of its strike if it tells one. Best
    before the period begins; what was said first of a strike stays."""

    about: UpOrDown
