"""A test kit's hammer: run a scenario once for each message of an actor, and kill the actor there."""

from collections.abc import Callable
from functools import partial

from supervision.cell import Cell
from supervision.faults.injector import FaultInjector
from supervision.faults.plan import OF_A_MESSAGE, AtMessage, Fault, FaultPlan, Kill, What
from supervision.interceptor import Handle
from supervision.mailbox import Envelope, Missed
from supervision.reasons import Down
from supervision.runtime import Runtime

Prepare = Callable[[Runtime], None]

Scenario = Callable[[Prepare], Runtime]
"""Builds a tree, calls what it is given with its runtime before it runs, runs it to its end, and asserts what must
hold. The answer is the runtime.

It has to be repeatable: the same messages each time, but for what it is given (`testing.run_tree`, or any run on a
virtual clock).
"""


def kill_at_every_message(scenario: Scenario, path: str, what: What = Kill()) -> int:  # noqa: B008 - a frozen value
    """Run `scenario` once undisturbed, and then once for each message that `path` handled, with `what` happening to it
    there; the answer is how many those were. Faults of a message leave `Down` and `Missed` out.

    What the scenario raises is raised, with a note that says where the actor died. Raises `AssertionError` when a kill
    did not come, or the actor handles nothing.
    """
    counted = _Counted(path, what)
    scenario(counted.meet)
    handled = counted.count
    assert handled > 0, f"{path} handles no message in this scenario"
    for number in range(1, handled + 1):
        plan = FaultPlan((Fault(glob=path, what=what, when=AtMessage(number)),))
        armed: list[FaultInjector] = []
        try:
            scenario(partial(_arm, plan, armed))
            assert armed, "the scenario did not call prepare"
            for never in armed[0].never_came:
                raise AssertionError(str(never))
        except BaseException as error:
            error.add_note(f"{path}: {what} at message {number} of {handled}")
            raise
    return handled


class _Counted:
    """An interceptor of one actor that counts the messages that a fault can come at."""

    def __init__(self, path: str, what: What) -> None:
        self.count = 0
        self._path = path
        self._left_out = (Down, Missed) if isinstance(what, OF_A_MESSAGE) else ()

    def meet(self, runtime: Runtime) -> None:
        runtime.registry.cell(self._path).intercept(self)

    def around(self, handle: Handle, cell: Cell) -> Handle:
        def handle_and_count(envelope: Envelope) -> None:
            self.count += not isinstance(envelope.message, self._left_out)
            handle(envelope)

        return handle_and_count

    def sent(self, cell: Cell, envelope: Envelope, to: str, delivered: bool) -> None:
        """Nothing to count."""


def _arm(plan: FaultPlan, armed: list[FaultInjector], runtime: Runtime) -> None:
    injector = FaultInjector(runtime, plan)
    injector.arm()
    armed.append(injector)
