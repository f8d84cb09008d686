"""Checks invariants 1 to 5 on what the journal has on disk, while it happens."""

from collections.abc import Callable, Mapping

from attrs import frozen

from actors.paths import JOURNAL
from actors.records.invariants import InvariantCheck
from actors.records.money_check import Token
from actors.records.violation import Violation
from actors.records.words import Kept, ReadRecords, Records
from messages.identity import OrderId
from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND, Cash, Shares
from supervision.actor import Actor
from supervision.log import Level


@frozen
class CompareWithVenue:
    """At the end, when nothing is under way: does the venue say the same? Answered by `Compared`."""

    cash: Cash
    shares: Mapping[Token, Shares]
    open_orders: tuple[OrderId, ...]


@frozen
class Compared:
    violations: tuple[Violation, ...]


AuditorMessage = Kept | CompareWithVenue

REPLAY_WITHIN_NS = 60 * NANOSECONDS_PER_SECOND


class Auditor(Actor[AuditorMessage]):
    """`alarm` is told of each violation; what follows from it is for the service to say.

    A new life goes through the whole journal again, so that nothing is left out; records that it has already seen by
    then are recognised by their number. `told` is what the alarm has heard: where it outlives the lives, no violation
    is told twice.
    """

    def __init__(
        self,
        deposit: Cash,
        markets: tuple[Market, ...],
        alarm: Callable[[Violation], None],
        told: set[Violation] | None = None,
    ) -> None:
        self._check = InvariantCheck.start(deposit, markets)
        self._alarm = alarm
        self._told = set() if told is None else told
        self._seen = 0

    async def load(self) -> object:
        return await self.ask(self.address(JOURNAL), ReadRecords(), REPLAY_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        if isinstance(snapshot, Records):
            self._see(Kept(1, snapshot.records))

    def receive(self, message: AuditorMessage) -> None:
        match message:
            case Kept():
                self._see(message)
            case CompareWithVenue(cash, shares, open_orders):
                violations = tuple(self._check.agrees_with_venue(cash, shares, open_orders))
                for violation in violations:
                    self._tell(violation)
                self.reply(Compared(violations))

    def describe(self) -> int:
        """How many records were checked."""
        return self._seen

    def _see(self, kept: Kept) -> None:
        for number, record in enumerate(kept.records, kept.first):
            if number <= self._seen:
                continue
            self._seen = number
            for violation in self._check.hear(record, number):
                self._tell(violation)

    def _tell(self, violation: Violation) -> None:
        if violation in self._told:
            return
        self._told.add(violation)
        self.log(Level.ERROR, "invariant broken", number=violation.number, text=violation.text)
        self._alarm(violation)
