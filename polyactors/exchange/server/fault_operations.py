"""What operators can see of the faults, and do to them."""

import json
from collections.abc import Callable

from attrs import frozen

from polyactors.exchange.faults.armed import Armed
from polyactors.exchange.faults.desk import FaultDesk
from polyactors.exchange.faults.kinds import NAMES
from polyactors.exchange.faults.written import BadFault, arming_of, table_of
from polyactors.exchange.server.control_words import ArmedFault, Disarm, Done, Faults
from polyactors.exchange.words import Refused


@frozen
class FaultOperations:
    desk: FaultDesk
    now_ns: Callable[[], int]

    def show(self) -> Faults:
        now_ns = self.now_ns()
        return Faults(now_ns, tuple(_line(armed) for armed in self.desk.armed()), self.desk.ended)

    def arm(self, body: bytes) -> ArmedFault | Refused:
        """`body` is the JSON of a table that `arming_of` reads."""
        try:
            table = json.loads(body)
        except (ValueError, RecursionError):
            return Refused(400, "a fault is a JSON object")
        if not isinstance(table, dict):
            return Refused(400, "a fault is a JSON object")
        try:
            arming = arming_of(table)
        except BadFault as error:
            return Refused(400, "; ".join(error.mistakes))
        outcome = self.desk.arm(arming, self.now_ns())
        return outcome if isinstance(outcome, Refused) else _line(outcome)

    def disarm(self, asked: Disarm) -> Done | Refused:
        now_ns = self.now_ns()
        if not asked.name:
            for armed in self.desk.armed():
                self.desk.disarm(armed.name, now_ns)
        elif not self.desk.disarm(asked.name, now_ns):
            return Refused(404, f"no fault {asked.name!r} is armed")
        return Done(now_ns)


def _line(armed: Armed) -> ArmedFault:
    settings = {key: str(value) for key, value in table_of(armed.fault).items() if key != "kind"}
    kind = NAMES[type(armed.fault)]
    return ArmedFault(armed.name, kind, settings, armed.armed_ns, armed.until_ns, armed.left, armed.strikes)
