"""Who may trade a market: the words between strategies and the market actor.

The lock on a market is the market actor's mailbox: it hears one claim after another, so there is no other lock.
"""

from attrs import frozen

from messages.identity import Lease, MarketId, StrategyName, Tier


@frozen
class Claim:
    """A strategy asks to be the only one that places orders in a market, or to stay so: a repeated claim renews."""

    market: MarketId
    strategy: StrategyName
    tier: Tier


@frozen
class Release:
    """The owner gives the market up. Its resting orders are cancelled."""

    market: MarketId
    strategy: StrategyName
    fencing: int


@frozen
class Granted:
    """The claim holds until it is released, preempted, or not renewed before `until_ns`.

    `lease.fencing` grows with every grant in this market; the executor refuses an order that carries an older one.
    """

    lease: Lease
    until_ns: int


@frozen
class Refused:
    """Somebody of the same or a higher tier owns the market, or its former owner's orders are still being cancelled."""

    market: MarketId
    strategy: StrategyName
    owner: StrategyName
    owner_tier: Tier


@frozen
class Revoked:
    """The lease is over before its owner wanted: preempted, silent for too long, or its holder went down."""

    lease: Lease
    reason: str


@frozen
class Fence:
    """From the market to the executor: orders in this market with a smaller fencing number are refused from now on."""

    market: MarketId
    fencing: int


@frozen
class LeaseChanged:
    """For the journal: who owns the market now; None is nobody."""

    market: MarketId
    lease: Lease | None
    reason: str
    at_ns: int
