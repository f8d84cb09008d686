"""The auditor: what the journal shows to be wrong reaches the alarm, once."""

from collections.abc import Awaitable, Callable, Mapping

import pytest
from attrs import evolve

from actors.records.auditor import Auditor, Compared, CompareWithVenue
from actors.records.money_check import Token
from actors.records.violation import Violation
from actors.records.words import Kept, ReadRecords, Record, Records
from messages.identity import Lease, OrderId, Tier
from messages.ownership import LeaseChanged
from messages.units import Shares
from supervision.actor import Actor
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import AUDITOR_PATH, JOURNAL_PATH, LEDGER_PATH, YES, heard, say, world
from tests.actors.samples import GAME, MAKER, authorised, dollars, fill_of, market, order_of, place, shares

LEASE = LeaseChanged(GAME, Lease(GAME, MAKER, Tier.MARKET_MAKING, 1), "granted", 1)
WISH = place()
ORDER = order_of(WISH)
SOUND: tuple[Record, ...] = (LEASE, authorised(WISH), ORDER, fill_of(ORDER))
TWICE = evolve(ORDER, order=OrderId("o2"))
"""A second order of the same intent: invariant 4."""

Script = Callable[["Audit"], Awaitable[None]]


class OpenJournal(Actor[object]):
    """A journal that a test writes."""

    def __init__(self, records: list[Record]) -> None:
        self._records = records

    def receive(self, message: object) -> None:
        if isinstance(message, ReadRecords):
            self.reply(Records(tuple(self._records)))


class Audit:
    def __init__(self, tree: Tree, diary: Diary, records: list[Record], alarms: list[Violation]) -> None:
        self.tree = tree
        self.diary = diary
        self.records = records
        self.alarms = alarms

    async def keep(self, *records: Record) -> None:
        """The journal has them on disk, and says so."""
        first = len(self.records) + 1
        self.records += records
        self.tree.tell(AUDITOR_PATH, Kept(first, records))
        await self.tree.settle()

    async def restart(self) -> None:
        self.tree.kill(AUDITOR_PATH)
        await self.tree.settle()

    @property
    def numbers(self) -> list[int]:
        return [each.number for each in self.alarms]

    @property
    def seen(self) -> object:
        actor = self.tree.cell(AUDITOR_PATH).actor
        assert actor is not None
        return actor.describe()


def run(script: Script, *before: Record) -> None:
    """`before` is in the journal when the auditor starts."""
    diary, alarms, records = Diary(), list[Violation](), list(before)
    told = set[Violation]()

    async def at_the_audit(tree: Tree) -> None:
        await script(Audit(tree, diary, records, alarms))

    run_tree(
        world(
            diary,
            {
                JOURNAL_PATH: lambda: OpenJournal(records),
                AUDITOR_PATH: lambda: Auditor(dollars(1000), (market(),), alarms.append, told),
            },
        ),
        at_the_audit,
    )


def test_a_sound_journal_alarms_nobody() -> None:
    async def script(audit: Audit) -> None:
        await audit.keep(*SOUND)
        assert (audit.alarms, audit.seen) == ([], 4)

    run(script)


def test_a_broken_invariant_reaches_the_alarm_at_once_with_its_record() -> None:
    async def script(audit: Audit) -> None:
        await audit.keep(*SOUND)
        await audit.keep(TWICE)
        assert [(each.number, each.seq) for each in audit.alarms] == [(4, 5)]
        assert "o1" in audit.alarms[0].text
        assert len(audit.tree.logged("invariant broken")) == 1

    run(script)


def test_what_was_broken_before_it_started_is_found_too() -> None:
    async def script(audit: Audit) -> None:
        assert audit.numbers == [4]
        assert audit.seen == 5

    run(script, *SOUND, TWICE)


class TestARestart:
    def test_goes_through_the_whole_journal_again(self) -> None:
        async def script(audit: Audit) -> None:
            await audit.keep(*SOUND)
            await audit.restart()
            assert (audit.seen, audit.alarms) == (4, [])
            await audit.keep(TWICE)
            assert audit.numbers == [4]

        run(script)

    def test_does_not_alarm_twice(self) -> None:
        async def script(audit: Audit) -> None:
            await audit.keep(*SOUND, TWICE)
            await audit.restart()
            await audit.keep(fill_of(ORDER))
            assert audit.numbers == [4, 5]

        run(script)

    def test_finds_what_was_broken_while_nobody_looked(self) -> None:
        async def script(audit: Audit) -> None:
            await audit.keep(*SOUND)
            audit.records.append(TWICE)
            await audit.restart()
            assert audit.numbers == [4]

        run(script)

    def test_recognises_what_waited_in_its_mailbox_and_is_in_the_journal_as_well(self) -> None:
        async def script(audit: Audit) -> None:
            await audit.keep(*SOUND)
            audit.tree.kill(AUDITOR_PATH)
            audit.records.append(TWICE)
            audit.tree.tell(AUDITOR_PATH, Kept(1, SOUND), Kept(5, (TWICE,)))
            await audit.tree.settle()
            assert (audit.seen, audit.numbers) == (5, [4])

        run(script)


class TestTheEnd:
    @pytest.mark.parametrize(
        ("cash", "held", "open_orders", "differences"),
        [
            (960, 100, (), 0),
            (961, 100, (), 1),
            (960, 99, (), 1),
            (960, 100, (OrderId("o1"),), 1),
            (0, 0, (OrderId("x"),), 3),
        ],
    )
    def test_the_venue_s_word_is_compared_and_answered(
        self, cash: int, held: int, open_orders: tuple[OrderId, ...], differences: int
    ) -> None:
        async def script(audit: Audit) -> None:
            await audit.keep(*SOUND)
            there: Mapping[Token, Shares] = {(GAME, YES): shares(held)}
            say(audit.tree, LEDGER_PATH, AUDITOR_PATH, CompareWithVenue(dollars(cash), there, open_orders))
            await audit.tree.settle()
            (compared,) = heard(audit.diary, LEDGER_PATH, Compared)
            assert list(compared.violations) == audit.alarms
            assert audit.numbers == [5] * differences

        run(script)
