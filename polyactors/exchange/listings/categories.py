"""What the venue charges for markets of each category (polymarket.md 4.1), and how it names that."""

from attrs import frozen

from messages.markets import NO_FEES, FeeSchedule
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND


@frozen
class Category:
    """`tag_number` and `slug` are those of its tag at Gamma. Rates in millionths; no fee type where nothing is paid."""

    name: str
    slug: str
    tag_number: int
    rate_ppm: int
    rebate_ppm: int
    fee_type: str | None
    taker_delay_ns: int = 0

    @property
    def fees(self) -> FeeSchedule:
        return FeeSchedule(self.rate_ppm) if self.rate_ppm else NO_FEES


CRYPTO = Category(
    "Crypto", "crypto", 21, 70_000, 200_000, "crypto_fees_v2", taker_delay_ns=50 * NANOSECONDS_PER_MILLISECOND
)
SPORTS = Category("Sports", "sports", 1, 50_000, 150_000, "sports_fees_v2", taker_delay_ns=NANOSECONDS_PER_SECOND)
POLITICS = Category("Politics", "politics", 2, 40_000, 250_000, "politics_fees")
FINANCE = Category("Finance", "finance", 120, 40_000, 250_000, "finance_fees")
TECH = Category("Tech", "tech", 1401, 40_000, 250_000, "tech_fees")
ECONOMY = Category("Economy", "economy", 100328, 50_000, 250_000, "economics_fees")
CULTURE = Category("Culture", "pop-culture", 596, 50_000, 250_000, "culture_fees")
WEATHER = Category("Weather", "weather", 84, 50_000, 250_000, "weather_fees")
GEOPOLITICS = Category("Geopolitics", "geopolitics", 100265, 0, 0, None)

CATEGORIES = (CRYPTO, SPORTS, POLITICS, FINANCE, TECH, ECONOMY, CULTURE, WEATHER, GEOPOLITICS)


def category_named(name: str) -> Category | None:
    return next((category for category in CATEGORIES if category.name == name), None)
