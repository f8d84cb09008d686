"""When a claim on a market is granted, refused, or has to wait for the old owner's orders to go; and how a lease ends.

Each rule takes the lock and what was heard, and answers with a decision; the caller keeps the decision's lock and tells
those concerned. A lock changes hands only by way of `Draining`, which ends when the orders of the old owner are gone.
Whoever begins to drain fences the old lease off first, so that nothing of it arrives at the executor any more.
"""

from attrs import evolve, frozen

from messages.identity import Lease, StrategyName, Tier
from messages.ownership import Claim, Release


@frozen
class Free:
    """Nobody owns the market, and no order of a former owner is left."""


@frozen
class Held:
    """The lease holds before `until_ns`."""

    lease: Lease
    until_ns: int

    def expired(self, now_ns: int) -> bool:
        return now_ns >= self.until_ns


@frozen
class Draining:
    """`lease` is over, its orders are being cancelled; `waiting` gets the market once they are gone."""

    lease: Lease
    waiting: Claim | None


Lock = Free | Held | Draining


@frozen
class Grant:
    """To be granted now, under a fencing number greater than any before in this market."""

    claim: Claim

    def held(self, fencing: int, until_ns: int) -> Held:
        lease = Lease(self.claim.market, self.claim.strategy, self.claim.tier, fencing)
        return Held(lease, until_ns)


@frozen
class Renew:
    """The same lease, for longer."""

    lock: Held


@frozen
class Drain:
    """The lease is over for `reason`: fence it off, revoke it, and cancel its owner's orders."""

    lock: Draining
    reason: str


@frozen
class Wait:
    """The claim gets the market after the drain; `displaced` waited for it until now, and is to be told."""

    lock: Draining
    displaced: Claim | None = None


@frozen
class Refuse:
    """`owner` holds the market, or is about to."""

    owner: StrategyName
    owner_tier: Tier


@frozen
class Freed:
    """The old owner's orders are gone and nobody waits."""

    lock: Free = Free()


@frozen
class Ignore:
    """Late or foreign: nothing changes."""


Decision = Grant | Renew | Drain | Wait | Refuse


def decide(lock: Lock, claim: Claim, now_ns: int, until_ns: int, *, orders_left: bool = True) -> Decision:
    """The answer to `claim`; `until_ns` is how far it would be renewed. Design section 4, ownership.

    free                                             -> grant
    expired, no order of the owner left              -> grant
    expired, an order left                           -> drain in favour of the claim
    same strategy                                    -> renew
    lower tier holds it                              -> drain in favour of the claim
    draining, nobody waits, or the same strategy     -> wait
    draining, a lower tier waits                     -> wait instead of it
    otherwise                                        -> refuse

    `orders_left` is whether an order of the owner may still be open or on its way; who cannot tell says True.
    """
    match lock:
        case Free():
            return Grant(claim)
        case Held() if lock.expired(now_ns) and not orders_left:
            return Grant(claim)
        case Held() if lock.expired(now_ns):
            return Drain(Draining(lock.lease, claim), "not renewed in time")
        case Held() if lock.lease.strategy == claim.strategy:
            return Renew(evolve(lock, until_ns=max(lock.until_ns, until_ns)))
        case Held() if claim.tier.outranks(lock.lease.tier):
            return Drain(Draining(lock.lease, claim), f"preempted by {claim.strategy}")
        case Held():
            return Refuse(lock.lease.strategy, lock.lease.tier)
        case Draining(waiting=None):
            return Wait(evolve(lock, waiting=claim))
        case Draining(waiting=Claim() as first) if first.strategy == claim.strategy:
            return Wait(evolve(lock, waiting=claim))
        case Draining(waiting=Claim() as first) if claim.tier.outranks(first.tier):
            return Wait(evolve(lock, waiting=claim), displaced=first)
        case Draining(waiting=Claim() as first):
            return Refuse(first.strategy, first.tier)
    raise AssertionError(f"no rule for {lock!r}")


def released(lock: Lock, release: Release) -> Drain | Ignore:
    """The owner gives up: only the one that holds it, under the fencing number that it was given."""
    match lock:
        case Held(lease=lease) if (lease.strategy, lease.fencing) == (release.strategy, release.fencing):
            return Drain(Draining(lease, None), "released")
    return Ignore()


def expired(lock: Lock, now_ns: int) -> Drain | Ignore:
    """Time has passed: a lease that was not renewed is over."""
    match lock:
        case Held() if lock.expired(now_ns):
            return Drain(Draining(lock.lease, None), "not renewed in time")
    return Ignore()


def revoked(lock: Lock, reason: str) -> Drain | Ignore:
    """Somebody else ends the lease: the market closes, or an operator wants it so."""
    match lock:
        case Held():
            return Drain(Draining(lock.lease, None), reason)
    return Ignore()


def holder_down(lock: Lock, strategy: StrategyName) -> Drain | Wait | Ignore:
    """The actor of `strategy` went down: its lease is over, and it waits for nothing any more."""
    match lock:
        case Held(lease=lease) if lease.strategy == strategy:
            return Drain(Draining(lease, None), "its holder went down")
        case Draining(waiting=Claim() as first) if first.strategy == strategy:
            return Wait(evolve(lock, waiting=None), displaced=first)
    return Ignore()


def orders_gone(lock: Lock, strategy: StrategyName | None) -> Grant | Freed | Ignore:
    """No order of `strategy` (None: of anybody) is open in the market any more."""
    match lock:
        case Draining(lease=lease) if strategy not in (None, lease.strategy):
            return Ignore()
        case Draining(waiting=Claim() as first):
            return Grant(first)
        case Draining():
            return Freed()
    return Ignore()
