"""What a venue's prices were around the ends of periods, and on average: enough to read them by any settlement rule.

All periods begin at multiples of five minutes, so that one history of a venue serves the periods of every length. Each
tick costs the same, and the memory is bounded.
"""

from collections import OrderedDict

from attrs import define

from actors.pricing.running_mean import MeanPrice, RunningMean
from messages.reference import ReferenceAverage, ReferencePrice, ReferenceTick
from messages.units import NANOSECONDS_PER_SECOND

GRID_NS = 300 * NANOSECONDS_PER_SECOND
"""The distance between two boundaries: the greatest length that divides those of all periods."""

_KEPT = 40


@define(eq=False)
class Crossing:
    """The ticks around a boundary: the last before it, the last at or before it (`held`), the first at or after it.

    `is_held_final` once a tick after the boundary proves that none before it is to come. `is_gapless` when nothing was
    lost between the last before and the first after.
    """

    boundary_ns: int
    before_ns: int
    before: ReferencePrice | None
    held_ns: int
    held: ReferencePrice | None
    is_held_final: bool
    first_ns: int
    first: ReferencePrice
    is_gapless: bool


class VenueHistory:
    """Of one venue and symbol, by the venue's own clock. A tick that is older than the one before changes nothing."""

    def __init__(self) -> None:
        self.last_ns = 0
        self.last: ReferencePrice | None = None
        self.last_average_ns = 0
        self._number: int | None = None
        self._is_broken = True
        self._next_boundary_ns = 0
        self._crossings: OrderedDict[int, Crossing] = OrderedDict()
        self._averages: OrderedDict[tuple[int, int], ReferenceAverage] = OrderedDict()
        self._mean = RunningMean()

    def see(self, tick: ReferenceTick) -> None:
        """`tick` was judged before: it is of the right symbol, and may be true."""
        at_ns, price = tick.exchange_ns, tick.price
        if at_ns < self.last_ns:
            return
        if at_ns >= self._next_boundary_ns:
            self._cross(tick)
        elif self.last_ns == at_ns and at_ns % GRID_NS == 0:
            self._hold(tick)
        self._mean.see(at_ns, price)
        self.last_ns, self.last, self._number, self._is_broken = at_ns, price, tick.number, False

    def see_average(self, average: ReferenceAverage, within_ns: int) -> None:
        """Keep it if it is the first that ends at a boundary, or up to `within_ns` after one."""
        at_ns = average.exchange_ns
        self.last_average_ns = max(self.last_average_ns, at_ns)
        boundary_ns = at_ns - at_ns % GRID_NS
        if at_ns - boundary_ns > within_ns:
            return
        key = (boundary_ns, average.window_s)
        known = self._averages.get(key)
        if known is None or at_ns < known.exchange_ns:
            self._averages[key] = average
            if len(self._averages) > _KEPT:
                self._averages.popitem(last=False)

    def missed(self) -> None:
        """Something was lost: the next tick may not be the one after the last."""
        self._is_broken = True

    def crossing(self, boundary_ns: int) -> Crossing | None:
        """None before a tick at or after the boundary came, and when none was heard between it and the next one."""
        found = self._crossings.get(boundary_ns)
        if found is not None and not found.is_held_final:
            found.is_held_final = self.last_ns > boundary_ns
        return found

    def average_at(self, boundary_ns: int, window_s: int) -> ReferencePrice | None:
        """The oracle's own mean of the window that ends at the boundary."""
        found = self._averages.get((boundary_ns, window_s))
        return None if found is None else found.price

    def mean(self, from_ns: int, to_ns: int) -> MeanPrice | None:
        """Over that time, `from_ns` excluded; only the last three minutes are known."""
        return self._mean.over(from_ns, to_ns)

    def _cross(self, tick: ReferenceTick) -> None:
        """The first tick at or after a boundary. Of boundaries in a gap only the last one is known: what was first
        after the others was not heard, or there was nothing."""
        at_ns, price = tick.exchange_ns, tick.price
        boundary_ns = at_ns - at_ns % GRID_NS
        self._next_boundary_ns = boundary_ns + GRID_NS
        is_at = at_ns == boundary_ns
        crossing = Crossing(
            boundary_ns,
            self.last_ns,
            self.last,
            at_ns if is_at else self.last_ns,
            price if is_at else self.last,
            not is_at,
            at_ns,
            price,
            not self._is_broken and self.last is not None and self._follows(tick),
        )
        self._crossings[boundary_ns] = crossing
        if len(self._crossings) > _KEPT:
            self._crossings.popitem(last=False)
        if not is_at:
            self._mean.hold_until(boundary_ns)

    def _hold(self, tick: ReferenceTick) -> None:
        """One more tick at the boundary itself."""
        crossing = self._crossings[tick.exchange_ns]
        crossing.held = tick.price

    def _follows(self, tick: ReferenceTick) -> bool:
        return tick.number is None or self._number is None or tick.number == self._number + 1
