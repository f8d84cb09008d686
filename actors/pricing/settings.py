"""Every number of the readings of a period's ends, and of the fair value."""

from attrs import field, frozen
from attrs.validators import ge, gt, le, lt

from actors.feeds.reference.median_settings import MedianSettings
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND


@frozen(kw_only=True)
class ReadingSettings:
    """How the two ends of a period are read. For `patience_ns` after an end its reading is waited for: the first tick
    after it proves that there is no other before it, and an oracle's own mean is better than ours.

    A first trade whose forerunner we have not heard is taken for the first up to `first_within_ns` after the start; an
    oracle's mean belongs to a start that it ends at or up to `average_within_ns` after. A price holds for
    `held_within_ns`, and no gap in a mean's window may be longer.
    """

    patience_ns: int = field(default=5 * NANOSECONDS_PER_SECOND, validator=ge(0))
    first_within_ns: int = field(default=2 * NANOSECONDS_PER_SECOND, validator=ge(0))
    average_within_ns: int = field(default=2 * NANOSECONDS_PER_SECOND, validator=ge(0))
    held_within_ns: int = field(default=10 * NANOSECONDS_PER_SECOND, validator=gt(0))


@frozen(kw_only=True)
class DigitalOptionSettings:
    """Volatilities are yearly, of the logarithm: 0.5 is 50 %. `default_volatility` is what is believed before anything
    is seen, and weighs like `prior_s` seconds of data; the blend never falls below `floor_volatility`.

    `volatility_error` is by how much (in logarithm, one standard deviation) the volatility to come differs from the
    best estimate of it even with much data; the band is `band_deviations` standard errors to each side. A mean is taken
    of one price each `sample_s`.
    """

    default_volatility: float = field(default=0.5, validator=[gt(0.0), lt(10.0)])
    floor_volatility: float = field(default=0.03, validator=[gt(0.0), lt(10.0)])
    prior_s: float = field(default=30.0, validator=gt(0.0))
    volatility_error: float = field(default=0.25, validator=[ge(0.0), le(2.0)])
    band_deviations: float = field(default=1.0, validator=[ge(0.0), le(10.0)])
    sample_s: float = field(default=1.0, validator=[gt(0.0), le(60.0)])


@frozen(kw_only=True)
class PricingSettings:
    """One snapshot a series each `publish_every_ns`, and with 0 on every tick. Differences between the source and the
    other venues are remembered for about `basis_time_constant_ns`. An open price that was missed is asked for, where
    there is somebody to ask, each `ask_open_every_ns`."""

    publish_every_ns: int = field(default=20 * NANOSECONDS_PER_MILLISECOND, validator=ge(0))
    basis_time_constant_ns: int = field(default=60 * NANOSECONDS_PER_SECOND, validator=gt(0))
    ask_open_every_ns: int = field(default=10 * NANOSECONDS_PER_SECOND, validator=gt(0))
    median: MedianSettings = MedianSettings()
    reading: ReadingSettings = ReadingSettings()
    option: DigitalOptionSettings = DigitalOptionSettings()
