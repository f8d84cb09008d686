"""The port of feature engines, and the names of what the default one knows."""

from typing import Protocol

from messages.pricing import FeatureName, Features
from messages.reference import ReferenceAverage, ReferenceQuote, ReferenceTick


class FeatureEngine(Protocol):
    """Of one symbol. It sees what was judged to be possible, of all venues, in the order in which it was heard."""

    def see(self, data: ReferenceTick | ReferenceQuote | ReferenceAverage) -> None: ...

    def features(self, now_ns: int) -> Features:
        """What follows from all that was seen. It may be asked fifty times a second."""
        ...


VOLATILITY_WINDOWS_S = (10, 60, 300, 1800)
RETURN_WINDOWS_S = (10, 60, 300)
FLOW_WINDOWS_S = (10, 60)

JUMP_WINDOW_S = 300

VOLATILITY_EWMA = FeatureName("volatility_ewma")
RETURNS_SEEN = FeatureName("returns_seen")
"""How many one-second returns the longest window holds."""

QUOTE_IMBALANCE = FeatureName("quote_imbalance")
JUMP_SHARE = FeatureName("jump_share")


def volatility_of(window_s: int) -> FeatureName:
    """Realised, of the logarithm of the price, by the square root of a second."""
    return FeatureName(f"volatility_{window_s}s")


def return_over(window_s: int) -> FeatureName:
    """Of the logarithm of the price."""
    return FeatureName(f"return_{window_s}s")


def imbalance_over(window_s: int) -> FeatureName:
    """What takers bought less what they sold, by both: from -1 to 1."""
    return FeatureName(f"trade_imbalance_{window_s}s")
