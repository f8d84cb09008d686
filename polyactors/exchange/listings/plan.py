"""How many markets of each kind the exchange has, and how long they live."""

from attrs import frozen

from messages.units import CASH_SCALE, Cash
from polyactors.exchange.listings.up_down import Period

_DAY_S = 24 * 3600


@frozen
class UpDownPlan:
    """The series of one length: of which symbols, and how many periods besides the present one."""

    symbols: tuple[str, ...]
    ahead: int


@frozen
class ListingPlan:
    """Markets that end are replaced by others of their kind, so that the numbers stay.

    `binary_markets`: of these, every third has liquidity rewards and every fourth a tick of a tenth of a cent.
    `neg_risk_outcomes`: one event each, with so many outcomes; the last `augmented_events` of them have an "Other".
    `*_ahead`: up/down periods that are listed besides the present one. Chances are in millionths.
    `binary_lasts_s` bounds how long binary markets and negRisk events last. Times that things take: `proposed_for_s`
    from the end of a binary market to its resolution, `up_down_resolves_after_s` the same for up/down markets (the
    least and the most), `forgotten_after_s` from the resolution until nobody can look the market up any more.
    """

    binary_markets: int = 6
    neg_risk_outcomes: tuple[int, ...] = (3, 5, 8)
    augmented_events: int = 1
    protocol_two_markets: int = 1
    five_minute_symbols: tuple[str, ...] = ("btcusd",)
    fifteen_minute_symbols: tuple[str, ...] = ()
    hourly_symbols: tuple[str, ...] = ("btcusd",)
    five_minutes_ahead: int = 3
    fifteen_minutes_ahead: int = 2
    hours_ahead: int = 2
    binary_lasts_s: tuple[int, int] = (20 * _DAY_S, 300 * _DAY_S)
    half_payout_ppm: int = 10_000
    proposed_for_s: int = 60
    up_down_resolves_after_s: tuple[int, int] = (15, 21)
    forgotten_after_s: int = 6 * 3600
    daily_rewards: Cash = Cash(100 * CASH_SCALE)

    def __attrs_post_init__(self) -> None:
        """Raises `ValueError` for what cannot be listed."""
        if any(not 3 <= outcomes <= 10 for outcomes in self.neg_risk_outcomes):
            raise ValueError("a negRisk event has three to ten outcomes")
        if not 0 < self.binary_lasts_s[0] <= self.binary_lasts_s[1]:
            raise ValueError("binary_lasts_s is a least and a most number of seconds")
        if not 0 <= self.up_down_resolves_after_s[0] <= self.up_down_resolves_after_s[1]:
            raise ValueError("up_down_resolves_after_s is a least and a most number of seconds")
        if min(self.binary_markets, self.protocol_two_markets, *(self.up_down(each).ahead for each in Period)) < 0:
            raise ValueError("there cannot be less than no markets")

    def up_down(self, period: Period) -> UpDownPlan:
        match period:
            case Period.FIVE_MINUTES:
                return UpDownPlan(self.five_minute_symbols, self.five_minutes_ahead)
            case Period.FIFTEEN_MINUTES:
                return UpDownPlan(self.fifteen_minute_symbols, self.fifteen_minutes_ahead)
            case Period.HOUR:
                return UpDownPlan(self.hourly_symbols, self.hours_ahead)
