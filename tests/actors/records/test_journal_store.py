"""The journal's file: whole records in order, whatever breaks off."""

import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.records.journal_store import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    JournalError,
    JournalStore,
    NewerJournal,
    NotAJournal,
    Record,
    Row,
)


def rows(first: int, many: int) -> list[Row]:
    return [Row(number, "Kind", f"i{number}", f'{{"number":{number}}}') for number in range(first, first + many)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "journal.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[JournalStore]:
    with JournalStore.open(file) as opened:
        yield opened


def test_its_folder_is_made_and_it_begins_empty(store: JournalStore) -> None:
    assert store.last_seq == 0
    assert list(store.read()) == []


def test_what_was_appended_is_read_in_order_and_numbered_from_one(store: JournalStore) -> None:
    assert store.append(rows(1, 3)) == 3
    assert store.append(rows(4, 2)) == 5
    assert list(store.read()) == [Record(seq, *row) for seq, row in enumerate(rows(1, 5), 1)]
    assert [record.seq for record in store.read(after_seq=3)] == [4, 5]


def test_many_pages_are_read_without_a_gap(store: JournalStore) -> None:
    store.append(rows(1, 2_500))
    assert [record.seq for record in store.read()] == list(range(1, 2_501))


def test_nothing_appended_is_nothing_changed(store: JournalStore) -> None:
    assert store.append([]) == 0


def test_it_goes_on_where_it_ended(file: Path) -> None:
    with JournalStore.open(file) as store:
        store.append(rows(1, 3))
    with JournalStore.open(file) as store:
        assert store.last_seq == 3
        assert store.append(rows(4, 1)) == 4


def test_a_batch_that_fails_leaves_nothing_of_itself(store: JournalStore) -> None:
    bad = Row(1, "Kind", "", None)  # type: ignore[arg-type]
    with pytest.raises(JournalError):
        store.append([*rows(1, 2), bad])
    assert list(store.read()) == []
    assert store.append(rows(1, 1)) == 1


def test_it_may_be_written_from_a_worker_thread(store: JournalStore) -> None:
    worker = threading.Thread(target=store.append, args=(rows(1, 4),))
    worker.start()
    worker.join()
    assert store.last_seq == len(list(store.read())) == 4


def test_a_checkpoint_keeps_everything(store: JournalStore) -> None:
    store.append(rows(1, 3))
    store.checkpoint()
    store.append(rows(4, 1))
    assert [record.seq for record in store.read()] == [1, 2, 3, 4]


def test_closing_twice_is_closing_once(store: JournalStore) -> None:
    store.close()
    store.close()
    with pytest.raises(JournalError):
        store.append(rows(1, 1))


class TestAFileIsRefused:
    @pytest.mark.parametrize("content", [b"hello", b"hello\n" * 1000])
    def test_that_is_no_database_and_it_is_left_as_it_was(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "notes.txt"
        path.write_bytes(content)
        with pytest.raises(NotAJournal, match=r"notes\.txt"):
            JournalStore.open(path)
        assert path.read_bytes() == content

    def test_that_is_the_database_of_another_program(self, tmp_path: Path) -> None:
        path = tmp_path / "other.sqlite"
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE records (seq INTEGER)")
        other.close()
        content = path.read_bytes()
        with pytest.raises(NotAJournal, match="another program"):
            JournalStore.open(path)
        assert path.read_bytes() == content

    def test_that_a_later_version_wrote(self, file: Path) -> None:
        JournalStore.open(file).close()
        with sqlite3.connect(file) as later:
            later.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        later.close()
        with pytest.raises(NewerJournal, match=f"version {SCHEMA_VERSION + 1}"):
            JournalStore.open(file)

    def test_that_says_it_is_a_journal_and_has_no_records(self, tmp_path: Path) -> None:
        path = tmp_path / "hollow.sqlite"
        with sqlite3.connect(path) as hollow:
            hollow.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            hollow.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        hollow.close()
        with pytest.raises(NotAJournal):
            JournalStore.open(path)

    def test_that_is_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(JournalError):
            JournalStore.open(tmp_path)

    def test_whose_folder_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(JournalError):
            JournalStore.open(tmp_path / "file" / "journal.sqlite")


def test_an_empty_file_becomes_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.touch()
    with JournalStore.open(path) as store:
        assert store.append(rows(1, 1)) == 1


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a journal whose process was killed: 10 records in the file, 40 more in its log, in batches of 4."""
    folder = tmp_path_factory.mktemp("killed")
    with JournalStore.open(folder / "alive.sqlite") as store:
        store.append(rows(1, 10))
        store.checkpoint()
        for first in range(11, 51, 4):
            store.append(rows(first, 4))
        shutil.copy(folder / "alive.sqlite", folder / "journal.sqlite")
        shutil.copy(folder / "alive.sqlite-wal", folder / "journal.sqlite-wal")
    return folder


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_killed_at_any_byte_it_opens_to_the_last_whole_batch(killed: Path, data: st.DataObject) -> None:
    log = (killed / "journal.sqlite-wal").read_bytes()
    kept = data.draw(st.integers(0, len(log)), label="bytes kept")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        shutil.copy(killed / "journal.sqlite", path)
        path.with_name("journal.sqlite-wal").write_bytes(log[:kept])
        with JournalStore.open(path) as store:
            read = list(store.read())
            assert store.last_seq == len(read) >= 10
            assert (len(read) - 10) % 4 == 0
            assert read == [Record(seq, *row) for seq, row in enumerate(rows(1, len(read)), 1)]
            assert store.append(rows(len(read) + 1, 1)) == len(read) + 1
        with JournalStore.open(path) as store:
            assert [record.seq for record in store.read()] == list(range(1, len(read) + 2))


def test_appending_never_stops_for_a_checkpoint(killed: Path, tmp_path: Path) -> None:
    shutil.copy(killed / "journal.sqlite", tmp_path / "journal.sqlite")
    with JournalStore.open(tmp_path / "journal.sqlite") as store:
        assert store.last_seq == 10


def test_with_all_of_its_log_nothing_is_lost(killed: Path, tmp_path: Path) -> None:
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        shutil.copy(killed / name, tmp_path / name)
    with JournalStore.open(tmp_path / "journal.sqlite") as store:
        assert store.last_seq == 50


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_a_byte_that_changed_in_the_log_ends_it_there(killed: Path, data: st.DataObject) -> None:
    log = bytearray((killed / "journal.sqlite-wal").read_bytes())
    log[data.draw(st.integers(0, len(log) - 1), label="byte")] ^= 0xFF
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        shutil.copy(killed / "journal.sqlite", path)
        path.with_name("journal.sqlite-wal").write_bytes(log)
        with JournalStore.open(path) as store:
            read = list(store.read())
            assert read == [Record(seq, *row) for seq, row in enumerate(rows(1, len(read)), 1)]
