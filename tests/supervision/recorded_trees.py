"""Trees of actors that do as a plan of the model says, and write down what happens to them."""

from collections.abc import Callable, Iterator
from itertools import count

import trio
from attrs import define, field

from supervision.actor import Actor
from supervision.reasons import Declined, ExitReason, Normal, Shutdown
from supervision.specs import ActorSpec, Backoff, ChildSpec, SupervisorSpec
from supervision.testing import ProbeError
from tests.supervision.supervision_model import ActorPlan, Plan, Start, SupervisorPlan, Way

NO_WAITING = Backoff(initial_ns=0, maximum_ns=0)


@define(eq=False)
class Record:
    """`lives` is as in the model; `received` by the path."""

    lives: list[str] = field(factory=list)
    received: dict[str, list[int]] = field(factory=dict)


class Plain(Actor["int | Way"]):
    """An actor that loads nothing, and so lives without a nursery."""

    def __init__(self, record: Record, how: Start) -> None:
        self._record = record
        self._how = how

    def started(self) -> None:
        self._start()

    def receive(self, message: int | Way) -> None:
        match message:
            case Way.CRASH:
                raise ProbeError("told to")
            case Way.NORMAL:
                self.finish(Normal())
            case Way.SHUTDOWN:
                self.finish(Shutdown("told to"))
            case int(number):
                self._record.received.setdefault(self.path, []).append(number)

    def stopping(self, reason: ExitReason) -> None:
        self._record.lives.append(f"stop {self.path}")

    def _start(self) -> None:
        self._record.lives.append(f"{self._how.value} {self.path}")
        if self._how is Start.FAILS:
            raise ProbeError("planned")
        if self._how is Start.DECLINES:
            raise Declined("planned")


class Loading(Plain):
    """One whose start takes a while, and fails or is declined there."""

    async def load(self) -> None:
        await trio.lowlevel.checkpoint()
        if self._how is not Start.WELL:
            self._start()


def built(plan: Plan, record: Record, backoff: Backoff = NO_WAITING) -> ChildSpec:
    if isinstance(plan, SupervisorPlan):
        return built_supervisor(plan, record, backoff)
    return ActorSpec(
        name=plan.name,
        create=_creator(plan, record, count()),
        restart=plan.restart,
        is_significant=plan.is_significant,
    )


def built_supervisor(plan: SupervisorPlan, record: Record, backoff: Backoff = NO_WAITING) -> SupervisorSpec:
    return SupervisorSpec(
        name=plan.name,
        strategy=plan.strategy,
        children=tuple(built(child, record, backoff) for child in plan.children),
        is_group=plan.is_group,
        is_dynamic=plan.is_dynamic,
        restart=plan.restart,
        intensity=plan.intensity,
        period_ns=plan.period_ns,
        auto_shutdown=plan.auto_shutdown,
        is_significant=plan.is_significant,
        backoff=backoff,
    )


def _creator(plan: ActorPlan, record: Record, attempts: Iterator[int]) -> Callable[[], Plain]:
    def create() -> Plain:
        attempt = next(attempts)
        how = plan.starts[attempt] if attempt < len(plan.starts) else Start.WELL
        return Plain(record, how) if plan.is_plain else Loading(record, how)

    return create
