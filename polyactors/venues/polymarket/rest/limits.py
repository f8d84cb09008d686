"""How often the venue may be asked for what (polymarket.md 9): windows for our address, buckets for our signer.

The numbers are the venue's documents' of September 2026 and may drift; they are configuration.
"""

from enum import Enum, IntEnum

from attrs import field, frozen
from attrs.validators import ge, gt, le

TEN_SECONDS_S = 10.0
TEN_MINUTES_S = 600.0


class Urgency(IntEnum):
    """Who goes first where not everybody can: what takes risk away, then what tells of it, then what adds to it."""

    CANCEL = 0
    READ = 1
    PLACE = 2


class Bucket(Enum):
    """A signer's two buckets of tokens."""

    ORDERS = "orders"
    CANCELS = "cancels"


@frozen
class WindowLimit:
    """At most `most` requests of a kind in any `length_s`."""

    name: str
    most: int = field(validator=ge(1))
    length_s: float = field(default=TEN_SECONDS_S, validator=gt(0))


@frozen
class Tier:
    """What a signer may do a second by its volume, and at once. `may_owe` says that cancels may take what is not
    there."""

    name: str
    orders: float = field(validator=gt(0))
    order_burst: float = field(validator=ge(1))
    cancels: float = field(validator=gt(0))
    cancel_burst: float = field(validator=ge(1))
    may_owe: bool = True


TIERS = (
    Tier("Standard", 40, 60, 80, 120),
    Tier("Copper", 60, 90, 120, 180),
    Tier("Bronze", 80, 120, 160, 240),
    Tier("Silver", 200, 300, 400, 600),
    Tier("Gold", 400, 600, 800, 1_200),
    Tier("Platinum", 450, 675, 900, 1_350, may_owe=False),
    Tier("Diamond", 525, 787, 1_050, 1_575, may_owe=False),
    Tier("Elite", 600, 900, 1_200, 1_800, may_owe=False),
)


def tier_called(name: str, tiers: tuple[Tier, ...] = TIERS) -> Tier | None:
    """The tier of that name in any case of its letters."""
    return next((tier for tier in tiers if tier.name.lower() == name.lower()), None)


WINDOWS = (
    WindowLimit("general", 15_000),
    WindowLimit("CLOB", 9_000),
    WindowLimit("book", 1_500),
    WindowLimit("books", 500),
    WindowLimit("tick-size", 200),
    WindowLimit("ledger", 900),
    WindowLimit("orders", 500),
    WindowLimit("trades", 500),
    WindowLimit("notifications", 125),
    WindowLimit("keys", 100),
    WindowLimit("balance", 200),
    WindowLimit("balance update", 50),
    WindowLimit("POST order", 5_000),
    WindowLimit("POST order", 120_000, TEN_MINUTES_S),
    WindowLimit("DELETE order", 5_000),
    WindowLimit("DELETE order", 120_000, TEN_MINUTES_S),
    WindowLimit("POST orders", 2_000),
    WindowLimit("POST orders", 21_000, TEN_MINUTES_S),
    WindowLimit("DELETE orders", 2_000),
    WindowLimit("DELETE orders", 15_000, TEN_MINUTES_S),
    WindowLimit("cancel-all", 250),
    WindowLimit("cancel-all", 6_000, TEN_MINUTES_S),
    WindowLimit("cancel-market-orders", 1_500),
    WindowLimit("cancel-market-orders", 21_000, TEN_MINUTES_S),
    WindowLimit("Gamma", 4_000),
    WindowLimit("Gamma events", 500),
    WindowLimit("Gamma markets", 300),
    WindowLimit("Data", 800),
    WindowLimit("Data positions", 200),
    WindowLimit("Data activity", 200),
)


@frozen
class RateLimits:
    """`share_percent` of each window is ours: others behind the same address use the rest.

    `in_flight` is how many calls may be under way at a time; cancels have no such limit, so that connections that hang
    never keep them back.
    """

    windows: tuple[WindowLimit, ...] = WINDOWS
    tier: Tier = TIERS[0]
    tiers: tuple[Tier, ...] = TIERS
    share_percent: int = field(default=80, validator=[ge(1), le(100)])
    in_flight: int = field(default=64, validator=ge(1))


USUAL_LIMITS = RateLimits()
