"""Makes the faults of a plan come: arms them on the actors that they are meant for, and counts. `docs/faults.md` says
what is guaranteed."""

from typing import TYPE_CHECKING

from attrs import frozen

from supervision.faults.armed import Armed, armed
from supervision.faults.chain import FaultChain
from supervision.faults.plan import AfterStart, AtTime, Fault, FaultPlan
from supervision.registry import matcher
from supervision.timers import Timer

if TYPE_CHECKING:
    from supervision.cell import Cell
    from supervision.runtime import Runtime


@frozen
class FaultCount:
    """How often a fault, the `number`th of the plan, came to one actor."""

    number: int
    fault: Fault
    path: str
    count: int


@frozen
class NeverCame:
    """A fault of the plan that never came to an actor that it was meant for; no path when there was none."""

    number: int
    fault: Fault
    path: str
    why: str

    def __str__(self) -> str:
        whom = f" to {self.path}" if self.path and self.path != self.fault.glob else ""
        return f"{self.fault}: never came{whom}, {self.why}"


class FaultInjector:
    """One plan on one runtime. It costs nothing where no fault is meant for an actor."""

    def __init__(self, runtime: "Runtime", plan: FaultPlan) -> None:
        self.plan = plan
        self._runtime = runtime
        self._chains: dict[str, FaultChain] = {}
        self._timers: dict[int, Timer] = {}
        self._fits = [matcher(fault.glob) for fault in plan.faults]
        self._is_over = False

    def arm(self) -> None:
        """From now on faults come; what is to come so long after the start counts from here. Once."""
        self._runtime.registry.on_added(self._meet)
        now_ns = self._runtime.clock.now_ns()
        for number, fault in self._numbered():
            match fault.when:
                case AtTime(at_ns):
                    self._ring(number, fault, at_ns)
                case AfterStart(after_ns):
                    self._ring(number, fault, now_ns + after_ns)

    def disarm(self) -> None:
        """No more faults. What is held back comes at once, who was slowed down is as fast as before. Harmless again."""
        self._is_over = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for chain in self._chains.values():
            chain.let_go()

    @property
    def unmatched(self) -> tuple[Fault, ...]:
        """The faults that are meant for no actor that there has been."""
        return tuple(fault for number, fault in self._numbered() if not self._armed(number))

    @property
    def counts(self) -> tuple[FaultCount, ...]:
        """What came, by fault and then by actor."""
        return tuple(
            FaultCount(number, fault, path, armed.trigger.came)
            for number, fault in self._numbered()
            for path, armed in self._armed(number)
            if armed.trigger.came
        )

    @property
    def never_came(self) -> tuple[NeverCame, ...]:
        """What did not come at all, by fault and then by actor."""
        found: list[NeverCame] = []
        for number, fault in self._numbered():
            everywhere = self._armed(number)
            if not everywhere:
                found.append(NeverCame(number, fault, "", "no actor fits"))
            found += (NeverCame(number, fault, path, it.why_not) for path, it in everywhere if not it.trigger.came)
        return tuple(found)

    def _armed(self, number: int) -> list[tuple[str, Armed]]:
        """A fault on each actor that it is meant for, by path."""
        return [
            (path, armed) for path, chain in self._chains.items() for armed in chain.armed if armed.number == number
        ]  # fmt: skip

    def _numbered(self) -> "enumerate[Fault]":
        return enumerate(self.plan.faults, start=1)

    def _meet(self, cell: "Cell") -> None:
        """Arm an actor with what is meant for it; counting goes on where another had its path."""
        if self._is_over:
            return
        former = self._chains.get(cell.path)
        if former is not None:
            former.let_go()
            meant = former.armed
        else:
            seed = self._runtime.seed
            meant = [
                armed(number, fault, cell.path, seed)
                for number, fault in self._numbered()
                if self._fits[number - 1](cell.path)
            ]
        if meant:
            self._chains[cell.path] = chain = FaultChain(cell, meant)
            cell.intercept(chain)

    def _ring(self, number: int, fault: Fault, at_ns: int, times: int = 1) -> None:
        def come() -> None:
            del self._timers[number]
            for chain in tuple(self._chains.values()):
                chain.instant(number)
            if isinstance(fault.when, AfterStart) and (fault.times is None or times < fault.times):
                self._ring(number, fault, at_ns + fault.when.after_ns, times + 1)

        self._timers[number] = self._runtime.timers.at(at_ns, come)
