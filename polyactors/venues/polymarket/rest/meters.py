"""What is left of a limit: windows that slide, buckets that refill. They are told the time, in seconds of any clock."""

from collections import deque
from typing import Protocol

from attrs import define, field

_SLOTS = 20
_NEARLY = 1e-9
"""Floating point: a bucket that was waited for to the moment is not refused for the last bit of a token."""


class Meter(Protocol):
    def wait_s(self, cost: float, reserved: float, now_s: float) -> float:
        """How long until `cost` can be taken and `reserved` would still be there; 0 for now."""

    def take(self, cost: float, now_s: float) -> None:
        """Takes it whether it is there or not."""


@define
class SlidingWindow:
    """At most `most` in any `length_s`, counted in slots of a twentieth: never more, at times a little less."""

    most: float
    length_s: float
    _slots: deque[list[float]] = field(factory=deque, init=False)
    _used: float = field(default=0.0, init=False)
    _held_until_s: float = field(default=float("-inf"), init=False)

    def wait_s(self, cost: float, reserved: float, now_s: float) -> float:
        slot_s = self.length_s / _SLOTS
        self._forget(now_s, slot_s)
        held_s = max(0.0, self._held_until_s - now_s)
        excess = self._used + min(cost + reserved, self.most) - self.most
        if excess <= 0:
            return held_s
        for number, count in self._slots:
            excess -= count
            if excess <= 0:
                return max(held_s, (number + _SLOTS + 1) * slot_s - now_s, _NEARLY)
        return max(held_s, self.length_s)

    def take(self, cost: float, now_s: float) -> None:
        slot_s = self.length_s / _SLOTS
        number = now_s // slot_s
        if self._slots and self._slots[-1][0] >= number:
            self._slots[-1][1] += cost
        else:
            self._slots.append([number, cost])
        self._used += cost

    def hold(self, until_s: float) -> None:
        """Nothing can be taken before."""
        self._held_until_s = max(self._held_until_s, until_s)

    def _forget(self, now_s: float, slot_s: float) -> None:
        oldest = now_s // slot_s - _SLOTS
        while self._slots and self._slots[0][0] < oldest:
            self._used -= self._slots.popleft()[1]
        if not self._slots:
            self._used = 0.0


@define
class TokenBucket:
    """Refills by `rate` a second up to `burst`. With `may_owe` one token is enough for any cost."""

    rate: float
    burst: float
    may_owe: bool = False
    tokens: float = field(init=False)
    _at_s: float = field(default=float("-inf"), init=False)
    _held_until_s: float = field(default=float("-inf"), init=False)

    def __attrs_post_init__(self) -> None:
        self.tokens = self.burst

    def wait_s(self, cost: float, reserved: float, now_s: float) -> float:
        self._refill(now_s)
        held_s = max(0.0, self._held_until_s - now_s)
        needed = min(cost, 1.0 if self.may_owe else self.burst)
        missing = min(needed + reserved, self.burst) - self.tokens
        return max(held_s, missing / self.rate) if missing > _NEARLY else held_s

    def take(self, cost: float, now_s: float) -> None:
        self._refill(now_s)
        self.tokens -= cost

    def hold(self, until_s: float) -> None:
        """Nothing can be taken before."""
        self._held_until_s = max(self._held_until_s, until_s)

    def told(self, remaining: float, now_s: float) -> None:
        """The venue counts `remaining`. Only less than we thought counts: more of ours may be on its way."""
        self._refill(now_s)
        self.tokens = min(self.tokens, remaining)

    def change(self, rate: float, burst: float, may_owe: bool, remaining: float, now_s: float) -> None:
        """The bucket is another one than we thought, with `remaining` in it."""
        self.rate, self.burst, self.may_owe = rate, burst, may_owe
        self.tokens, self._at_s = min(remaining, burst), now_s

    def _refill(self, now_s: float) -> None:
        if now_s > self._at_s:
            if self._at_s != float("-inf"):
                self.tokens = min(self.burst, self.tokens + (now_s - self._at_s) * self.rate)
            self._at_s = now_s


@define
class Slots:
    """At most `most` at a time; what was taken is given back."""

    most: int
    taken: float = field(default=0.0, init=False)

    def wait_s(self, cost: float, reserved: float, now_s: float) -> float:
        return 0.0 if self.taken + min(cost + reserved, self.most) <= self.most else float("inf")

    def take(self, cost: float, now_s: float) -> None:
        self.taken += cost

    def give_back(self, cost: float) -> None:
        self.taken -= cost
