"""The port of pricers: what they are given, and what they give."""

from typing import Protocol

from attrs import frozen

from messages.periods import SettlementRule
from messages.pricing import Features


@frozen
class PricerInput:
    """All that is known of one period at one moment.

    `price` is that of the rule's source, in dollars, None where nothing is heard; `left_s` from the time of that price
    to the period's end. `strike` is what the end is held against, None where it is not known. `known_mean` is the mean
    of the part of the last window that is over, None outside of a window and where it was not heard.

    By one standard deviation of the logarithm: `price_doubt` is how wrong `price` may be where it is put together from
    other venues' prices, `price_error` how far it may be from what the venue would say at this moment. The strike may
    be off by what the price moves in `strike_doubt_s`, and by `strike_doubt`.
    """

    rule: SettlementRule
    has_begun: bool
    price: float | None
    left_s: float
    strike: float | None
    features: Features
    known_mean: float | None = None
    price_doubt: float = 0.0
    price_error: float = 0.0
    strike_doubt_s: float = 0.0
    strike_doubt: float = 0.0


@frozen
class Priced:
    """The probability of Up, and between what it may lie: 0 <= lo <= fair <= hi <= 1. `is_uncertain` when it rests on
    less than it should."""

    fair: float
    lo: float
    hi: float
    is_uncertain: bool


class Pricer(Protocol):
    def price(self, given: PricerInput) -> Priced | None:
        """None where there is nothing to reckon from."""
        ...
