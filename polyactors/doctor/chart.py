"""Where the findings of one examination come together, whatever becomes of the checks."""

from collections.abc import Awaitable, Callable

import trio
from attrs import define, field

from polyactors.doctor.finding import Check, Finding, failed

CHECK_WITHIN_S = 25.0
"""A check asks at most two things one after the other, and each call ends within ten seconds."""


@define(eq=False)
class Chart:
    """Each check has one finding: a later one of the same check is not heard."""

    within_s: float = CHECK_WITHIN_S
    _findings: dict[Check, Finding] = field(factory=dict, init=False)

    def note(self, finding: Finding) -> None:
        self._findings.setdefault(finding.check, finding)

    async def make(self, make: Callable[[], Awaitable[Finding]], check: Check) -> None:
        """Notes what `make` finds. What it does not find in time, or at all, is a failed check."""
        try:
            with trio.move_on_after(self.within_s):
                self.note(await make())
                return
        except Exception as error:
            # The error's text is not ours to trust with a secret.
            self.note(failed(check, f"the check itself failed: {type(error).__name__}", "please report it"))
        self.note(failed(check, f"no answer within {self.within_s:g} s", "ask again; the network may be slow"))

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings[check] for check in Check if check in self._findings)
