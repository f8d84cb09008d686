"""Lets calls go as fast as the venue allows, and the urgent ones first (polymarket.md 9, field note 13).

A call goes when all its meters have room for it and for everybody who waits before it. So a waiting cancel overtakes
waiting places wherever they share a limit, and nobody is held up by a limit that is not theirs. The clock is trio's.
"""

from bisect import insort

import trio
from attrs import define, field

from polyactors.venues.polymarket.rest.endpoints import Endpoint
from polyactors.venues.polymarket.rest.failures import Standing
from polyactors.venues.polymarket.rest.limits import USUAL_LIMITS, Bucket, RateLimits, Tier, Urgency, tier_called
from polyactors.venues.polymarket.rest.meters import Meter, SlidingWindow, Slots, TokenBucket

_SHORTEST_HOLD_S = 0.05


@define(eq=False)
class _Waiting:
    rank: tuple[int, int]
    costs: tuple[tuple[Meter, float], ...]
    is_admitted: bool = False
    due_s: float = float("inf")
    changed: trio.Event = field(factory=trio.Event)

    def nudge(self) -> None:
        self.changed.set()
        self.changed = trio.Event()


class Budgets:
    """All limits of one address and one signer."""

    def __init__(self, limits: RateLimits = USUAL_LIMITS) -> None:
        self._limits = limits
        self._windows: dict[str, list[SlidingWindow]] = {}
        for each in limits.windows:
            window = SlidingWindow(max(1, each.most * limits.share_percent // 100), each.length_s)
            self._windows.setdefault(each.name, []).append(window)
        self.tier = limits.tier
        self.warnings = 0
        self._buckets = {
            Bucket.ORDERS: TokenBucket(self.tier.orders, self.tier.order_burst),
            Bucket.CANCELS: TokenBucket(self.tier.cancels, self.tier.cancel_burst, self.tier.may_owe),
        }
        self._slots = Slots(limits.in_flight)
        self._waiting: list[_Waiting] = []
        self._arrivals = 0

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def tokens(self, bucket: Bucket) -> float:
        """What we believe to be left. It is brought up to date when something is taken."""
        return self._buckets[bucket].tokens

    async def enter(self, endpoint: Endpoint, cost: int, deadline_s: float) -> bool:
        """Waits for the call's turn; whoever got it has to `leave`. False where it did not come by `deadline_s`.

        `cost` is that of the signer's bucket.
        """
        if not self._waiting and self._took(self._costs(endpoint, cost), trio.current_time()):
            return True
        with trio.move_on_at(deadline_s):
            await self._enter(endpoint, cost)
            return True
        return False

    def leave(self, endpoint: Endpoint) -> None:
        """The call is over."""
        if endpoint.urgency is not Urgency.CANCEL:
            self._slots.give_back(1)
            if self._waiting:
                self._admit()

    def hear(self, endpoint: Endpoint, standing: Standing) -> None:
        """What an answer's headers say of the endpoint's bucket. A new tier changes both."""
        self.warnings += standing.is_warning
        if endpoint.bucket is None:
            return
        now_s = trio.current_time()
        tier = None if standing.tier is None else tier_called(standing.tier, self._limits.tiers)
        if tier is not None and tier != self.tier:
            self._move_to(tier, endpoint.bucket, standing.remaining, now_s)
        else:
            self._buckets[endpoint.bucket].told(standing.remaining, now_s)
        self._admit()

    def refused(self, endpoint: Endpoint, retry_after_s: float | None) -> None:
        """The venue answered 429: the endpoint's own limit, and no other, is closed for so long."""
        until_s = trio.current_time() + max(_SHORTEST_HOLD_S, retry_after_s or 0.0)
        if endpoint.bucket is not None:
            self._buckets[endpoint.bucket].hold(until_s)
        elif endpoint.windows:
            for window in self._windows.get(endpoint.windows[-1], ()):
                window.hold(until_s)

    def spent(self, bucket: Bucket, cost: int) -> None:
        """A call turned out to have cost so much besides: a cancel-all costs what it cancels."""
        self._buckets[bucket].take(cost, trio.current_time())

    def _took(self, costs: tuple[tuple[Meter, float], ...], now_s: float) -> bool:
        """Whether there was room in all of them."""
        for meter, cost in costs:
            if meter.wait_s(cost, 0, now_s) > 0:
                return False
        for meter, cost in costs:
            meter.take(cost, now_s)
        return True

    async def _enter(self, endpoint: Endpoint, cost: int) -> None:
        self._arrivals += 1
        mine = _Waiting((endpoint.urgency, self._arrivals), self._costs(endpoint, cost))
        insort(self._waiting, mine, key=lambda waiting: waiting.rank)
        self._admit()
        try:
            while not mine.is_admitted:
                with trio.move_on_at(mine.due_s):
                    await mine.changed.wait()
                if not mine.is_admitted:
                    self._admit()
        except BaseException:
            if mine.is_admitted:
                self.leave(endpoint)
            else:
                self._waiting.remove(mine)
                self._admit()
            raise

    def _costs(self, endpoint: Endpoint, cost: int) -> tuple[tuple[Meter, float], ...]:
        found: list[tuple[Meter, float]] = [
            (window, 1) for name in endpoint.windows for window in self._windows.get(name, ())
        ]
        if endpoint.bucket is not None:
            found.append((self._buckets[endpoint.bucket], cost))
        if endpoint.urgency is not Urgency.CANCEL:
            found.append((self._slots, 1))
        return tuple(found)

    def _admit(self) -> None:
        """Lets everybody go whose turn it is, and tells the others when to ask again."""
        now_s = trio.current_time()
        reserved: dict[int, float] = {}
        staying: list[_Waiting] = []
        for waiting in self._waiting:
            wait_s = max(
                (meter.wait_s(cost, reserved.get(id(meter), 0), now_s) for meter, cost in waiting.costs), default=0.0
            )
            if wait_s <= 0:
                for meter, cost in waiting.costs:
                    meter.take(cost, now_s)
                waiting.is_admitted = True
                waiting.nudge()
                continue
            for meter, cost in waiting.costs:
                reserved[id(meter)] = reserved.get(id(meter), 0) + cost
            due_s = now_s + wait_s
            is_sooner = due_s < waiting.due_s
            waiting.due_s = due_s
            if is_sooner:
                waiting.nudge()
            staying.append(waiting)
        self._waiting = staying

    def _move_to(self, tier: Tier, told: Bucket, remaining: float, now_s: float) -> None:
        """Of the bucket that the venue did not speak of we know as much as before."""
        self.tier = tier
        for bucket, rate, burst, may_owe in (
            (Bucket.ORDERS, tier.orders, tier.order_burst, False),
            (Bucket.CANCELS, tier.cancels, tier.cancel_burst, tier.may_owe),
        ):
            meter = self._buckets[bucket]
            meter.change(rate, burst, may_owe, remaining if bucket is told else meter.tokens, now_s)
