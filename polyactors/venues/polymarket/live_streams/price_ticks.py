"""Reference prices as Polymarket tells them, and how its two ways to write an exact price are read."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Protocol

from attrs import frozen

from polyactors.venues.refused import Refused
from polyactors.venues.streams.heartbeat import Beat

VALUE_SCALE = 10**18
_SCALE_DIGITS = 18
_LARGEST = Decimal(10**12)
_MOST_DIGITS = 40
_ONE_IN = 1_000
"""By more than this part the exact price may not differ from the rounded one."""


@frozen
class Series:
    """One line of prices: `symbol` as the venue spells it, in lower case and without a slash ("btcusd", "btcusdt");
    `source` whose prices they are; `window_s` what they are averaged over, 0 for the price of the moment."""

    symbol: str
    source: str
    window_s: int


@frozen
class PriceTick:
    """`value_e18` in 1e-18 dollars. `is_history`: from the answer to a subscription, older than it. `is_carried`: the
    venue repeats an older price for want of a newer one."""

    series: Series
    value_e18: int
    at_ms: int
    received_ns: int
    is_history: bool = False
    is_carried: bool = False


@frozen
class PricesMissed:
    """Ticks were lost, or may be lost, or do not come any more: of one series, or None for all."""

    series: Series | None
    at_ns: int
    reason: str


PriceMessage = PriceTick | PricesMissed
DeliverPrice = Callable[[PriceMessage], Awaitable[None] | None]


@frozen
class PriceReading:
    """What a frame said, and what is to be answered; `is_grant` when from now on all that was wanted is subscribed."""

    said: tuple[PriceMessage, ...] = ()
    answer: str | None = None
    is_grant: bool = False


NOTHING_SAID = PriceReading()


class PriceProtocol(Protocol):
    """One of the two feeds: what to say and how to read it. Keeps the state of one connection."""

    beat: Beat
    series: tuple[Series, ...]
    secrets: tuple[str, ...]

    def begin(self) -> str:
        """A new connection: the first frame to send."""
        ...

    def read(self, frame: str | bytes, received_ns: int) -> PriceReading:
        """Raises `Refused` for what cannot be read, `ConnectionLost` where the feed refuses what it was asked."""
        ...


def exact_value(value: Decimal, exact: str | None, exact_is_scaled: bool) -> int:
    """`exact` in 1e-18 dollars, a decimal or already in this unit; `value` where there is none.

    Raises `Refused` (bad_price) for what is no price, (contradiction) where the two do not mean the same.
    """
    rounded = _scaled(value)
    if not exact:
        return rounded
    if not exact.isascii() or len(exact) > _MOST_DIGITS:
        raise Refused("bad_price", f"{exact[:60]!r} is no exact price")
    if exact_is_scaled:
        if not exact.isdecimal():
            raise Refused("bad_price", f"{exact!r} is no whole number")
        found = int(exact)
    else:
        if not exact.replace(".", "", 1).isdecimal():
            raise Refused("bad_price", f"{exact!r} is no plain decimal")
        found = _scaled(Decimal(exact))
    if abs(found - rounded) * _ONE_IN > rounded:
        raise Refused("contradiction", f"the exact price {exact} is not {value}")
    return found


def _scaled(value: Decimal) -> int:
    """What is finer than the unit is cut off."""
    if not value.is_finite() or not 0 < value < _LARGEST or value.adjusted() < -_SCALE_DIGITS:
        raise Refused("bad_price", f"{str(value)[:60]} is no price")
    # In integers, for decimal arithmetic is rounded to the digits of its context.
    _, digits, exponent = value.as_tuple()
    units, shift = int("".join(map(str, digits))), int(exponent) + _SCALE_DIGITS
    return units * int(10**shift) if shift >= 0 else units // int(10**-shift)
