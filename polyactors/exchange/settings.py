"""What the venue's documents leave open, and how fast the simulated chain is."""

from enum import Enum

from attrs import frozen

from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, Cash


class SelfTrade(Enum):
    """What happens when an order meets one of the same wallet; undocumented (polymarket.md 3.3)."""

    ALLOW = "allow"
    CANCEL_RESTING = "cancel_resting"
    REFUSE = "refuse"


@frozen
class ExchangeSettings:
    """Every default of the exchange's rules. `mined_after_ns` counts from the match, `confirmed_after_ns` from MINED,
    `failed_after_ns` from RETRYING. What is kept of the past is bounded by the last five: three for clients, two for
    what simulated traders do among themselves."""

    first_credit: Cash = Cash(10_000 * CASH_SCALE)
    mined_after_ns: int = 2 * NANOSECONDS_PER_SECOND
    confirmed_after_ns: int = 2 * NANOSECONDS_PER_SECOND
    failed_after_ns: int = 2 * NANOSECONDS_PER_SECOND
    expires_early_s: int = 60
    post_only_after_restart_ns: int = 120 * NANOSECONDS_PER_SECOND
    self_trade: SelfTrade = SelfTrade.ALLOW
    smallest_marketable_buy: Cash = Cash(CASH_SCALE)
    rebates_every_ns: int = 24 * 3600 * NANOSECONDS_PER_SECOND
    ended_orders_kept: int = 50_000
    trades_kept: int = 50_000
    trades_kept_an_owner: int = 2_000
    simulated_orders_kept: int = 1_000
    simulated_trades_kept: int = 1_000
