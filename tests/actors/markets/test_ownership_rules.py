"""The lock on a market: never two owners, fencing numbers that grow, no grant over the old owner's orders."""

from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actors.markets.ownership_rules import (
    Drain,
    Draining,
    Free,
    Freed,
    Grant,
    Held,
    Ignore,
    Lock,
    Refuse,
    Renew,
    Wait,
    decide,
    expired,
    holder_down,
    orders_gone,
    released,
    revoked,
)
from messages.identity import Lease, MarketId, StrategyName, Tier
from messages.ownership import Claim, Release
from tests.actors.samples import GAME, claim

DIRECTIONAL, MAKING, ARBITRAGE = StrategyName("directional"), StrategyName("making"), StrategyName("arbitrage")
TIERS = {DIRECTIONAL: Tier.DIRECTIONAL, MAKING: Tier.MARKET_MAKING, ARBITRAGE: Tier.ARBITRAGE}
TTL = 10


def of(strategy: StrategyName) -> Claim:
    return claim(strategy, TIERS[strategy])


def held_by(strategy: StrategyName, fencing: int = 1, until_ns: int = 10) -> Held:
    return Held(Lease(GAME, strategy, TIERS[strategy], fencing), until_ns)


def draining(old: StrategyName, waiting: StrategyName | None = None) -> Draining:
    return Draining(held_by(old).lease, None if waiting is None else of(waiting))


class TestAClaim:
    def test_on_a_free_market_is_granted(self) -> None:
        assert decide(Free(), of(MAKING), 0, TTL) == Grant(of(MAKING))
        assert Grant(of(MAKING)).held(7, 10) == held_by(MAKING, 7)

    def test_of_the_owner_renews_its_lease(self) -> None:
        assert decide(held_by(MAKING), of(MAKING), 5, 15) == Renew(held_by(MAKING, until_ns=15))

    def test_of_the_owner_never_shortens_it(self) -> None:
        assert decide(held_by(MAKING), of(MAKING), 5, 6) == Renew(held_by(MAKING, until_ns=10))

    def test_of_the_same_tier_is_refused(self) -> None:
        other = claim(StrategyName("other"), Tier.MARKET_MAKING)
        assert decide(held_by(MAKING), other, 5, 15) == Refuse(MAKING, Tier.MARKET_MAKING)

    def test_of_a_lower_tier_is_refused(self) -> None:
        assert decide(held_by(MAKING), of(DIRECTIONAL), 5, 15) == Refuse(MAKING, Tier.MARKET_MAKING)

    def test_on_an_expired_lease_is_granted_once_no_order_is_left(self) -> None:
        assert decide(held_by(MAKING), of(DIRECTIONAL), 10, 20, orders_left=False) == Grant(of(DIRECTIONAL))
        answer = decide(held_by(MAKING), of(DIRECTIONAL), 10, 20, orders_left=True)
        assert answer == Drain(draining(MAKING, DIRECTIONAL), "not renewed in time")


class TestALeaseIsPreempted:
    def test_only_after_the_old_owner_s_orders_are_gone(self) -> None:
        answer = decide(held_by(MAKING), of(ARBITRAGE), 5, 15)
        assert answer == Drain(draining(MAKING, ARBITRAGE), "preempted by arbitrage")
        assert orders_gone(draining(MAKING, ARBITRAGE), MAKING) == Grant(of(ARBITRAGE))

    def test_and_somebody_higher_may_take_the_place_of_who_waits(self) -> None:
        answer = decide(draining(DIRECTIONAL, MAKING), of(ARBITRAGE), 5, 15)
        assert answer == Wait(draining(DIRECTIONAL, ARBITRAGE), displaced=of(MAKING))

    def test_and_the_others_are_refused_meanwhile(self) -> None:
        lock = draining(DIRECTIONAL, MAKING)
        assert decide(lock, of(DIRECTIONAL), 5, 15) == Refuse(MAKING, Tier.MARKET_MAKING)

    def test_and_who_waits_may_say_so_again(self) -> None:
        lock = draining(DIRECTIONAL, MAKING)
        assert decide(lock, of(MAKING), 5, 15) == Wait(lock)

    def test_but_who_waits_and_goes_down_gets_nothing(self) -> None:
        assert holder_down(draining(DIRECTIONAL, MAKING), MAKING) == Wait(draining(DIRECTIONAL), displaced=of(MAKING))
        assert orders_gone(draining(DIRECTIONAL), DIRECTIONAL) == Freed()


class TestALeaseEnds:
    def test_when_its_owner_releases_it(self) -> None:
        assert released(held_by(MAKING), Release(GAME, MAKING, 1)) == Drain(draining(MAKING), "released")

    def test_not_by_a_late_release_of_an_earlier_lease(self) -> None:
        assert released(held_by(MAKING, 2), Release(GAME, MAKING, 1)) == Ignore()

    def test_when_it_is_not_renewed(self) -> None:
        assert expired(held_by(MAKING), 9) == Ignore()
        assert expired(held_by(MAKING), 10) == Drain(draining(MAKING), "not renewed in time")

    def test_when_its_holder_goes_down(self) -> None:
        assert holder_down(held_by(MAKING), MAKING) == Drain(draining(MAKING), "its holder went down")
        assert holder_down(held_by(MAKING), DIRECTIONAL) == Ignore()

    def test_when_it_is_revoked(self) -> None:
        assert revoked(held_by(MAKING), "closed") == Drain(draining(MAKING), "closed")
        assert revoked(draining(MAKING), "closed") == Ignore()

    def test_and_the_orders_of_somebody_else_do_not_matter(self) -> None:
        assert orders_gone(draining(MAKING), DIRECTIONAL) == Ignore()
        assert orders_gone(held_by(MAKING), MAKING) == Ignore()
        assert orders_gone(draining(MAKING), None) == Freed()


names = st.sampled_from([DIRECTIONAL, MAKING, ARBITRAGE])


class AMarketsLock(RuleBasedStateMachine):
    """Claims, releases, falls and time in any order; the executor's book of orders is kept beside, with its fence."""

    @initialize()
    def begin(self) -> None:
        self.lock: Lock = Free()
        self.now = 0
        self.numbers = count(1)
        self.granted: list[Lease] = []
        self.resting: dict[StrategyName, int] = {}

    @rule(who=names, tells=st.booleans())
    def claims(self, who: StrategyName, tells: bool) -> None:
        owner = self.lock.lease.strategy if isinstance(self.lock, Held) else None
        left = not tells or owner in self.resting
        self._keep(decide(self.lock, of(who), self.now, self.now + TTL, orders_left=left))

    @rule(who=names, back=st.integers(0, 2))
    def releases(self, who: StrategyName, back: int) -> None:
        number = self.granted[-1].fencing - back if self.granted else 0
        self._keep(released(self.lock, Release(MarketId(GAME), who, number)))

    @rule(who=names)
    def goes_down(self, who: StrategyName) -> None:
        self._keep(holder_down(self.lock, who))

    @rule(passed=st.integers(1, 15), noticed=st.booleans())
    def time_passes(self, passed: int, noticed: bool) -> None:
        self.now += passed
        if noticed:
            self._keep(expired(self.lock, self.now))

    @rule(who=names)
    def places(self, who: StrategyName) -> None:
        if isinstance(self.lock, Held) and self.lock.lease.strategy == who:
            self.resting[who] = self.lock.lease.fencing

    @rule()
    def orders_go(self) -> None:
        if isinstance(self.lock, Draining):
            self.resting.pop(self.lock.lease.strategy, None)
            self._keep(orders_gone(self.lock, self.lock.lease.strategy))

    @rule(who=names)
    def orders_of_somebody_else_go(self, who: StrategyName) -> None:
        if isinstance(self.lock, Draining) and who != self.lock.lease.strategy:
            self._keep(orders_gone(self.lock, who))

    @invariant()
    def a_market_never_has_two_owners(self) -> None:
        owners = {self.lock.lease.strategy} if isinstance(self.lock, Held | Draining) else set()
        assert set(self.resting) <= owners

    @invariant()
    def fencing_numbers_strictly_grow(self) -> None:
        numbers = [lease.fencing for lease in self.granted]
        assert numbers == sorted(set(numbers))

    def _keep(self, decision: Grant | Renew | Drain | Wait | Refuse | Freed | Ignore) -> None:
        match decision:
            case Grant():
                assert not self.resting, "granted while the old owner's orders rest"
                self.lock = decision.held(next(self.numbers), self.now + TTL)
                self.granted.append(self.lock.lease)
            case Renew(lock=renewed):
                assert isinstance(self.lock, Held)
                assert renewed.lease == self.lock.lease
                self.lock = renewed
            case Drain() | Wait() | Freed():
                self.lock = decision.lock


AMarketsLock.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAMarketsLock = AMarketsLock.TestCase
