"""Counts what somebody uses of a rate that refills evenly: a token bucket that remembers one time.

The time is that at which the bucket would be full again. Source of the numbers: polymarket.md 9.
"""

from attrs import define, field, frozen

_MOST_REMEMBERED = 10_000


@frozen
class Rate:
    """`number` in `period_ns`, at most `burst` of them at once."""

    number: int
    period_ns: int
    burst: int

    def length_ns(self, cost: int) -> int:
        """How long the bucket takes to refill by `cost`."""
        return cost * self.period_ns // self.number


@define
class Meter:
    """Buckets of one rate, one for each name. Full ones are forgotten when there are many."""

    rate: Rate
    _full_ns: dict[str, int] = field(factory=dict, init=False)

    def wait_ns(self, name: str, cost: int, now_ns: int) -> int:
        """How long until `cost` can be taken; 0 for at once. More than a burst is waited for as a burst is."""
        taken_ns = max(0, self._full_ns.get(name, 0) - now_ns)
        room_ns = self.rate.length_ns(self.rate.burst)
        return max(0, taken_ns + min(self.rate.length_ns(cost), room_ns) - room_ns)

    def take(self, name: str, cost: int, now_ns: int) -> None:
        """Takes it whether it is there or not: who asked `wait_ns` decides."""
        if name not in self._full_ns and len(self._full_ns) >= _MOST_REMEMBERED:
            self._full_ns = {each: full_ns for each, full_ns in self._full_ns.items() if full_ns > now_ns}
        self._full_ns[name] = max(now_ns, self._full_ns.get(name, 0)) + self.rate.length_ns(cost)

    def remaining(self, name: str, now_ns: int) -> float:
        """Below 0 where more was taken than was there."""
        taken_ns = max(0, self._full_ns.get(name, 0) - now_ns)
        return self.rate.burst - taken_ns * self.rate.number / self.rate.period_ns

    def full_ns(self, name: str, now_ns: int) -> int:
        """When all is there again."""
        return max(now_ns, self._full_ns.get(name, 0))
