"""The journal as an actor: order, confirmation only from disk, and what a death at any point leaves behind."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.records.journal import (
    AT_ONCE,
    COMPANY_NS,
    FOLD_AFTER,
    IDLE_NS,
    LARGE_BATCH,
    Journal,
    JournalMessage,
    JournalState,
)
from actors.records.journal_store import JournalStore, Row
from actors.records.record_kinds import message_of
from actors.records.words import Confirm, Confirmed, Kept, ReadRecords, Record, Records
from messages.control import ClearMode
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import AUDITOR_PATH, GOVERNOR_PATH, JOURNAL_PATH, LEDGER_PATH, heard, say, world

Script = Callable[["Archive"], Awaitable[None]]

EITHER_WAY = pytest.mark.parametrize("at_once", [0, AT_ONCE], ids=["by a worker", "by itself"])
"""Who writes small batches."""


def record(number: int) -> ClearMode:
    return ClearMode(f"r{number}")


def number_of(message: Record) -> int:
    assert isinstance(message, ClearMode)
    return int(message.cause[1:])


class WatchedStore:
    """A store that tells who wants to know before each batch is written. What it does is the real store's doing."""

    def __init__(self, store: JournalStore, before: Callable[[list[Row]], None]) -> None:
        self._store = store
        self._before = before

    def append(self, rows: Iterable[Row]) -> int:
        batch = list(rows)
        self._before(batch)
        return self._store.append(batch)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


class MortalJournal(Journal):
    """Something happens to it right after one message."""

    def __init__(self, archive: "Archive", at_once: int) -> None:
        super().__init__(archive.open, at_once)
        self._archive = archive

    def receive(self, message: JournalMessage) -> None:
        super().receive(message)
        if self._archive.dies_after is not None and message == self._archive.dies_after:
            self._archive.dies_after = None
            self._archive.die()


class Archive:
    def __init__(self, tree: Tree, diary: Diary, file: Path) -> None:
        self.tree = tree
        self.diary = diary
        self.file = file
        self.batches: list[int] = []
        self.before_write: Callable[[list[Row]], None] = lambda _: None
        self.dies_after: Record | None = None
        self.die: Callable[[], object] = lambda: None

    def open(self) -> JournalStore:
        return WatchedStore(JournalStore.open(self.file), self._writing)  # type: ignore[return-value]

    def _writing(self, batch: list[Row]) -> None:
        self.batches.append(len(batch))
        self.before_write(batch)

    def tell(self, *messages: object) -> None:
        say(self.tree, LEDGER_PATH, JOURNAL_PATH, *messages)

    async def told(self, *messages: object) -> None:
        self.tell(*messages)
        await self.tree.settle()

    @property
    def confirmed(self) -> list[int]:
        return [number_of(each.record) for each in heard(self.diary, LEDGER_PATH, Confirmed)]

    @property
    def kept(self) -> list[tuple[int, list[int]]]:
        return [(each.first, list(map(number_of, each.records))) for each in heard(self.diary, AUDITOR_PATH, Kept)]

    @property
    def read(self) -> list[list[int]]:
        return [list(map(number_of, each.records)) for each in heard(self.diary, LEDGER_PATH, Records)]

    @property
    def state(self) -> JournalState:
        actor = self.tree.cell(JOURNAL_PATH).actor
        assert actor is not None
        state = actor.describe()
        assert isinstance(state, JournalState)
        return state


def run(script: Script, at_once: int = 0) -> list[int]:
    """What is on disk after all."""
    diary = Diary()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "journal.sqlite"
        archives: list[Archive] = []

        async def in_the_archive(tree: Tree) -> None:
            archives[0].tree = tree
            await script(archives[0])

        archives.append(Archive(None, diary, file))  # type: ignore[arg-type]
        run_tree(world(diary, {JOURNAL_PATH: lambda: MortalJournal(archives[0], at_once)}), in_the_archive)
        return on_disk(file)


def on_disk(file: Path) -> list[int]:
    with JournalStore.open(file) as store:
        return [number_of(message_of(row)) for row in store.read()]


class TestRecords:
    @EITHER_WAY
    def test_are_kept_in_the_order_in_which_they_came_whoever_told_them(self, at_once: int) -> None:
        async def script(archive: Archive) -> None:
            for number in range(0, 30, 3):
                say(archive.tree, LEDGER_PATH, JOURNAL_PATH, record(number))
                await archive.tree.settle()
                say(archive.tree, GOVERNOR_PATH, JOURNAL_PATH, Confirm(record(number + 1)), record(number + 2))
                await archive.tree.settle()

        assert run(script, at_once) == list(range(30))

    def test_that_somebody_waits_for_are_written_at_once_with_those_that_came_together(self) -> None:
        async def script(archive: Archive) -> None:
            await archive.told(record(0), *(Confirm(record(number)) for number in range(1, AT_ONCE)))
            assert archive.batches == [AT_ONCE]
            assert archive.confirmed == list(range(1, AT_ONCE))

        run(script, AT_ONCE)

    def test_of_which_there_are_too_many_to_be_written_at_once_are_left_to_the_worker(self) -> None:
        async def script(archive: Archive) -> None:
            await archive.told(*(Confirm(record(number)) for number in range(3 * AT_ONCE)))
            assert archive.batches == [3 * AT_ONCE]
            assert archive.confirmed == list(range(3 * AT_ONCE))

        run(script, AT_ONCE)

    def test_that_nobody_waits_for_are_written_together_after_a_moment(self) -> None:
        async def script(archive: Archive) -> None:
            for number in range(5):
                await archive.told(record(number))
            assert archive.state == JournalState(on_disk=0, waiting=5)
            await archive.tree.advance(COMPANY_NS)
            assert archive.batches == [5]
            assert archive.state == JournalState(on_disk=5, waiting=0)
            assert archive.kept == [(1, [0, 1, 2, 3, 4])]

        run(script)

    def test_of_which_there_are_many_are_written_without_waiting(self) -> None:
        async def script(archive: Archive) -> None:
            await archive.told(*map(record, range(LARGE_BATCH)))
            assert archive.state.on_disk == LARGE_BATCH

        run(script)

    def test_that_came_while_a_batch_was_written_are_the_next_batch(self) -> None:
        async def script(archive: Archive) -> None:
            later = iter([range(1, 8)])

            def meanwhile(batch: list[Row]) -> None:
                archive.tell(*[Confirm(record(number)) for number in next(later, range(0))])

            archive.before_write = meanwhile
            await archive.told(Confirm(record(0)))
            assert archive.confirmed == list(range(8))
            assert archive.batches[0] == 1
            assert sum(archive.batches) == 8

        run(script)

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from(["tell", "confirm", "read", "wait", "settle"]), st.integers(1, 5)), max_size=30
        ),
        st.sampled_from([0, 3, AT_ONCE]),
    )
    def test_are_told_to_the_auditor_once_each_in_order_and_numbered_without_a_gap(
        self, steps: list[tuple[str, int]], at_once: int
    ) -> None:
        told = 0

        async def script(archive: Archive) -> None:
            nonlocal told
            for what, many in steps:
                match what:
                    case "wait":
                        await archive.tree.advance(many * COMPANY_NS // 2)
                    case "settle":
                        await archive.tree.settle()
                    case "read":
                        archive.tell(ReadRecords())
                    case _:
                        records = [record(number) for number in range(told, told + many)]
                        archive.tell(*(map(Confirm, records) if what == "confirm" else records))
                        told += many
            await archive.tree.advance(10 * SECOND)
            seen = 0
            for first, numbers in archive.kept:
                assert (first, numbers) == (seen + 1, list(range(seen, seen + len(numbers))))
                seen += len(numbers)
            assert seen == told
            assert archive.confirmed == sorted(archive.confirmed)

        assert run(script, at_once) == list(range(told))


class TestAConfirmation:
    @EITHER_WAY
    def test_comes_when_the_record_and_all_before_it_are_on_disk_and_not_before(self, at_once: int) -> None:
        async def script(archive: Archive) -> None:
            def look(batch: list[Row]) -> None:
                assert archive.confirmed == []

            archive.before_write = look
            await archive.told(record(0), record(1), Confirm(record(2)))
            assert archive.confirmed == [2]
            assert on_disk(archive.file) == [0, 1, 2]

        run(script, at_once)

    def test_goes_to_who_asked(self) -> None:
        async def script(archive: Archive) -> None:
            say(archive.tree, LEDGER_PATH, JOURNAL_PATH, Confirm(record(1)))
            say(archive.tree, GOVERNOR_PATH, JOURNAL_PATH, Confirm(record(2)))
            await archive.tree.settle()
            assert archive.confirmed == [1]
            assert [each.record for each in heard(archive.diary, GOVERNOR_PATH, Confirmed)] == [record(2)]

        run(script)

    @EITHER_WAY
    def test_never_comes_for_what_the_disk_refused(self, at_once: int) -> None:
        async def script(archive: Archive) -> None:
            def fail(batch: list[Row]) -> None:
                archive.before_write = lambda _: None
                raise OSError("no space left")

            archive.before_write = fail
            await archive.told(Confirm(record(0)))
            await archive.tree.advance(SECOND)
            assert archive.confirmed == []
            await archive.told(Confirm(record(1)))
            assert archive.confirmed == [1]
            assert archive.tree.cell(JOURNAL_PATH).generation == 2

        assert run(script, at_once)[-1] == 1


class TestReading:
    def test_sees_everything_that_came_before_it(self) -> None:
        async def script(archive: Archive) -> None:
            await archive.told(*map(record, range(3)), ReadRecords(), record(3))
            await archive.tree.advance(COMPANY_NS)
            assert archive.read[0][:3] == [0, 1, 2]
            await archive.told(ReadRecords())
            assert archive.read[1] == [0, 1, 2, 3]

        run(script)

    def test_sees_only_the_kinds_that_it_asks_for(self) -> None:
        async def script(archive: Archive) -> None:
            await archive.told(record(0), ReadRecords(("SetMode",)), ReadRecords(("ClearMode", "SetMode")))
            assert archive.read == [[], [0]]

        run(script)

    def test_is_answered_to_each_who_asks(self) -> None:
        async def script(archive: Archive) -> None:
            await archive.told(record(0))
            say(archive.tree, GOVERNOR_PATH, JOURNAL_PATH, ReadRecords())
            await archive.told(ReadRecords())
            assert archive.read == [[0]]
            assert len(heard(archive.diary, GOVERNOR_PATH, Records)) == 1

        run(script)

    def test_is_not_kept_waiting_by_records_that_come_after_it(self) -> None:
        async def script(archive: Archive) -> None:
            numbers = iter(range(1, 100))

            def more(batch: list[Row]) -> None:
                number = next(numbers, None)
                if number is not None:
                    archive.tree.tell(JOURNAL_PATH, record(number))

            archive.before_write = more
            await archive.told(record(0), ReadRecords())
            await archive.tree.advance(10 * COMPANY_NS)
            assert len(archive.read) == 1

        run(script)


class TestALogAtRest:
    def test_is_folded_once_when_nothing_was_written_for_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        folded: list[int] = []
        fold = JournalStore.checkpoint

        def counting(store: JournalStore) -> None:
            folded.append(store.last_seq)
            fold(store)

        monkeypatch.setattr(JournalStore, "checkpoint", counting)

        async def script(archive: Archive) -> None:
            for number in range(5):
                await archive.told(Confirm(record(number)))
                await archive.tree.advance(IDLE_NS - 1)
            assert folded == []
            await archive.tree.advance(1)
            assert folded == [5]
            await archive.tree.advance(10 * IDLE_NS)
            assert folded == [5]
            await archive.told(Confirm(record(5)))
            await archive.tree.advance(IDLE_NS)
            assert folded == [5, 6]

        run(script, AT_ONCE)


class TestALogThatNeverRests:
    def test_is_folded_all_the_same(self) -> None:
        """Where nothing is ever idle, as in a busy market, the log would grow for ever."""

        async def script(archive: Archive) -> None:
            log = archive.file.with_name(archive.file.name + "-wal")
            sizes = []
            for first in range(0, 3 * FOLD_AFTER, FOLD_AFTER // 10):
                numbers = range(first, first + FOLD_AFTER // 10)
                await archive.told(*map(record, numbers), Confirm(record(-first - 1)))
                sizes.append(log.stat().st_size)
            assert sizes[-1] < 2 * max(sizes[: len(sizes) // 3])

        run(script)


class TestADeath:
    @settings(max_examples=40, deadline=None)
    @given(
        first=st.integers(0, 12),
        confirmed_before=st.integers(0, 12),
        second=st.integers(0, 6),
        at_once=st.sampled_from([0, AT_ONCE]),
    )
    def test_between_two_messages_leaves_a_prefix_with_all_that_was_confirmed(
        self, first: int, confirmed_before: int, second: int, at_once: int
    ) -> None:
        confirmed: list[int] = []

        async def script(archive: Archive) -> None:
            for number in range(first):
                await archive.told(record(number) if number >= confirmed_before else Confirm(record(number)))
            archive.tree.kill(JOURNAL_PATH)
            await archive.tree.settle()
            confirmed.extend(archive.confirmed)
            assert archive.tree.cell(JOURNAL_PATH).generation == 2
            await archive.told(*[record(number) for number in range(first, first + second)])

        survivors = run(script, at_once)
        assert survivors == list(range(first + second))
        assert set(confirmed) <= set(survivors)

    def test_goes_on_with_the_numbers_of_the_former_life(self) -> None:
        async def script(archive: Archive) -> None:
            await archive.told(Confirm(record(0)))
            archive.tree.kill(JOURNAL_PATH)
            await archive.told(Confirm(record(1)), ReadRecords())
            assert archive.kept == [(1, [0]), (2, [1])]
            assert archive.read == [[0, 1]]

        run(script)

    @EITHER_WAY
    def test_while_a_batch_is_being_written_does_not_write_it_twice(self, at_once: int) -> None:
        async def script(archive: Archive) -> None:
            def die(batch: list[Row]) -> None:
                archive.before_write = lambda _: None
                archive.tell(record(2))
                archive.tree.kill(JOURNAL_PATH)

            archive.before_write = die
            await archive.told(record(0), Confirm(record(1)))

        assert run(script, at_once) == [0, 1, 2]

    @EITHER_WAY
    @pytest.mark.parametrize("how", ["kill", "stop"])
    def test_before_a_batch_reaches_the_disk_leaves_no_gap(self, how: str, at_once: int) -> None:
        """The writing has been begun and is not done yet; one more record has come meanwhile."""

        async def script(archive: Archive) -> None:
            cell = archive.tree.cell(JOURNAL_PATH)
            archive.dies_after = record(1)
            archive.die = lambda: cell.die_now("a test") if how == "kill" else cell.ask_to_stop("")
            await archive.told(Confirm(record(0)), record(1))
            assert cell.generation == 2

        survivors = run(script, at_once)
        assert survivors == list(range(len(survivors)))

    def test_by_an_orderly_stop_leaves_nothing_unwritten(self) -> None:
        async def script(archive: Archive) -> None:
            await archive.told(*map(record, range(7)))
            assert archive.state.on_disk == 0

        assert run(script) == list(range(7))
