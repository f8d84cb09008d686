"""The lock on one market at work: runs the ownership rules, and tells those whom each decision concerns."""

from collections.abc import Mapping

from attrs import frozen

from actors.markets import ownership_rules as rules
from actors.markets.ownership_rules import Draining, Held, Lock
from actors.paths import EXECUTOR, JOURNAL
from messages.identity import Lease, MarketId, StrategyName, Tier
from messages.orders import CancelOrders
from messages.ownership import Claim, Fence, Granted, LeaseChanged, Refused, Release, Revoked
from supervision.actor import Actor
from supervision.address import Address

FORMER_LIFE = StrategyName("former life")


@frozen
class LeaseDue:
    """Timer: look whether the lease was renewed."""


class LeaseDesk:
    """Sits in the market actor, whose mailbox it is that makes the lock one. `clear_out` begins its work.

    Whatever ends a lease fences it off at the executor first and then has its owner's orders cancelled; the next one is
    granted when they are gone.
    """

    def __init__(
        self,
        actor: Actor[LeaseDue],
        market: MarketId,
        strategies: Mapping[StrategyName, Address[Granted | Refused | Revoked]],
        lease_ns: int,
    ) -> None:
        self.lock: Lock = rules.Free()
        self._actor = actor
        self._market = market
        self._strategies = strategies
        self._lease_ns = lease_ns
        self._executor = actor.address(EXECUTOR)
        self._journal = actor.address(JOURNAL)

    def clear_out(self) -> None:
        """A new life knows no lease, but orders of former lives may rest: nobody gets the market before they are
        gone."""
        fencing = self._actor.ids.number("fencing")
        self.lock = Draining(Lease(self._market, FORMER_LIFE, Tier.DIRECTIONAL, fencing), waiting=None)
        self._actor.tell(self._executor, Fence(self._market, fencing))
        self._actor.tell(self._executor, CancelOrders(self._market, None, "the market was started"))

    def claim(self, claim: Claim) -> None:
        now_ns = self._actor.now_ns
        match rules.decide(self.lock, claim, now_ns, now_ns + self._lease_ns):
            case rules.Grant() as grant:
                self._grant(grant)
            case rules.Renew(lock):
                self.lock = lock
                self._tell_owner(lock)
            case rules.Drain() as drain:
                self._drain(drain)
            case rules.Wait(lock, displaced):
                self.lock = lock
                if displaced is not None and displaced.strategy != claim.strategy:
                    self._refuse(displaced, claim.strategy, claim.tier)
            case rules.Refuse(owner, owner_tier):
                self._refuse(claim, owner, owner_tier)

    def execution_down(self) -> None:
        """Who waits for orders to go is forgotten with the executor's life, so it has to be told again."""
        match self.lock:
            case Draining(lease=lease):
                whose = None if lease.strategy == FORMER_LIFE else lease.strategy
                self._actor.tell(self._executor, CancelOrders(self._market, whose, "execution was restarted"))
            case _:
                pass

    def release(self, release: Release) -> None:
        self._drain(rules.released(self.lock, release))

    def look(self) -> None:
        """A lease that was not renewed in time is over."""
        self._drain(rules.expired(self.lock, self._actor.now_ns))

    def holder_down(self, strategy: StrategyName) -> None:
        match rules.holder_down(self.lock, strategy):
            case rules.Drain() as drain:
                self._drain(drain)
            case rules.Wait(lock):
                self.lock = lock
            case rules.Ignore():
                pass

    def orders_gone(self, strategy: StrategyName | None) -> None:
        match rules.orders_gone(self.lock, strategy):
            case rules.Grant() as grant:
                self._grant(grant)
            case rules.Freed(lock):
                self.lock = lock
            case rules.Ignore():
                pass

    def _grant(self, grant: rules.Grant) -> None:
        actor = self._actor
        held = grant.held(actor.ids.number("fencing"), actor.now_ns + self._lease_ns)
        self.lock = held
        actor.tell(self._executor, Fence(self._market, held.lease.fencing))
        actor.tell(self._journal, LeaseChanged(self._market, held.lease, "granted", actor.now_ns))
        self._tell_owner(held)

    def _tell_owner(self, held: Held) -> None:
        self._actor.after("lease", held.until_ns - self._actor.now_ns, LeaseDue())
        self._tell(held.lease.strategy, Granted(held.lease, held.until_ns))

    def _refuse(self, claim: Claim, owner: StrategyName, owner_tier: Tier) -> None:
        self._tell(claim.strategy, Refused(self._market, claim.strategy, owner, owner_tier))

    def _drain(self, decision: rules.Drain | rules.Ignore) -> None:
        if isinstance(decision, rules.Ignore):
            return
        actor, lease, reason = self._actor, decision.lock.lease, decision.reason
        self.lock = decision.lock
        actor.cancel_timer("lease")
        actor.tell(self._executor, Fence(self._market, lease.fencing + 1))
        actor.tell(self._executor, CancelOrders(self._market, lease.strategy, reason))
        actor.tell(self._journal, LeaseChanged(self._market, None, f"{lease.strategy}: {reason}", actor.now_ns))
        self._tell(lease.strategy, Revoked(lease, reason))

    def _tell(self, strategy: StrategyName, message: Granted | Refused | Revoked) -> None:
        address = self._strategies.get(strategy)
        if address is not None:
            self._actor.tell(address, message)
