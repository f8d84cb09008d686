"""The journal: what it is told it keeps, in order, on disk, before it says so.

Records wait in memory while a batch is being written; the next batch is everything that came meanwhile. So one writer
is enough, and the more there is to write the larger the batches are. A record that somebody waits for is written at
once, with everything before it; others wait a moment for company.

Writing is a thread's work, for a disk may take its time. To wake a thread takes longer than to write a few records,
though: where an order waits for them (`at_once`), small batches are written by the actor itself.
"""

from collections.abc import Awaitable, Callable

from attrs import frozen

from actors.paths import AUDITOR
from actors.records.journal_store import JournalStore, Row
from actors.records.record_kinds import message_of, row_of
from actors.records.words import Confirm, Confirmed, Kept, ReadRecords, Record, Records
from messages.units import NANOSECONDS_PER_MILLISECOND
from supervision.actor import Actor
from supervision.address import Address


@frozen
class Written:
    """From the writing worker: everything up to record `last` is on disk."""

    last: int


@frozen
class WriteHere:
    """To itself, behind everything that waits already: a small batch is to be written by the actor itself."""


@frozen
class RecordsRead:
    """From the reading worker."""

    records: tuple[Record, ...]
    asked_by: Address[object]


@frozen
class Folded:
    """From the worker that moved the write-ahead log into the file."""


@frozen
class Idle:
    """Timer: nothing was written for a while."""


@frozen
class WriteNow:
    """Timer: the oldest record has waited long enough for company."""


JournalMessage = Record | Confirm | ReadRecords | Written | WriteHere | RecordsRead | Folded | Idle | WriteNow

IDLE_NS = 5_000 * NANOSECONDS_PER_MILLISECOND
COMPANY_NS = 250 * NANOSECONDS_PER_MILLISECOND
LARGE_BATCH = 256

AT_ONCE = 16
"""Records that are written in less time than it takes to wake a thread."""

FOLD_AFTER = 20_000
"""Records since the last fold: where there is never a pause, the log would grow for ever and be read ever slower."""


@frozen
class JournalState:
    """What the journal shows of itself."""

    on_disk: int
    waiting: int


@frozen
class _Waiting:
    record: Record
    row: Row
    confirm_to: Address[object] | None


@frozen
class _Reading:
    """`told` is how many records this life had been told when it was asked for: so many have to be on disk."""

    kinds: tuple[str, ...]
    asked_by: Address[object]
    told: int


class Journal(Actor[JournalMessage]):
    """Its life begins with opening the file to its last whole record; what was not on disk by then is gone.

    One worker at a time has the file: `_is_busy`. Reading waits for what came before it to be written. Batches of up to
    `at_once` records that somebody waits for are written without a worker.
    """

    def __init__(self, open_store: Callable[[], JournalStore], at_once: int = 0) -> None:
        self._open_store = open_store
        self._at_once = at_once
        self._is_due = False
        self._store: JournalStore | None = None
        self._waiting: list[_Waiting] = []
        self._being_written: list[_Waiting] = []
        self._first_being_written = 0
        self._readers: list[_Reading] = []
        self._is_busy = False
        self._is_urgent = False
        self._is_idle_due = False
        self._written_ns = 0
        self._told = 0
        self._on_disk = 0
        self._since_fold = 0

    async def load(self) -> object:
        self._store = await self.offload(self._open_store)
        return None

    def started(self) -> None:
        self._auditor = self.address(AUDITOR)

    def receive(self, message: JournalMessage) -> None:
        match message:
            case Confirm(record):
                self._is_urgent = True
                self._keep(record, self.sender)
            case ReadRecords(kinds):
                if self.sender is not None:
                    self._readers.append(_Reading(kinds, self.sender, self._told))
                    self._is_urgent = True
            case WriteNow():
                self._is_urgent = True
            case Written(last):
                self._written(last)
            case WriteHere():
                self._write_here()
            case RecordsRead(records, asked_by):
                self._is_busy = False
                self.tell(asked_by, Records(records))
            case Folded():
                self._is_busy = False
                self._since_fold = 0
            case Idle():
                self._is_idle_due = False
                self._fold_when_idle()
            case _:
                self._keep(message, None)
        self._go_on()

    async def unload(self) -> None:
        """Write what still waits, and close the file."""
        if self._store is None:
            return
        in_hand = self._being_written if self._store.last_seq < self._first_being_written else []
        rows = [waiting.row for waiting in (*in_hand, *self._waiting)]
        if rows:
            await self.offload(self._store.append, rows)
        await self.offload(self._store.close)

    def describe(self) -> JournalState:
        on_disk = self._store.last_seq if self._store is not None else 0
        return JournalState(on_disk, len(self._waiting) + len(self._being_written))

    def _keep(self, record: Record, confirm_to: Address[object] | None) -> None:
        if not (self._waiting or self._is_urgent):
            self.after("company", COMPANY_NS, WriteNow())
        self._told += 1
        self._waiting.append(_Waiting(record, row_of(record, self.now_ns), confirm_to))

    def _go_on(self) -> None:
        if self._is_busy or self._is_due:
            return
        if self._since_fold >= FOLD_AFTER:
            self._start("fold", self._fold)
        elif self._readers and self._readers[0].told <= self._on_disk:
            reading = self._readers.pop(0)
            self._start("read", lambda: self._read(reading))
        elif self._waiting and (self._is_urgent or len(self._waiting) >= LARGE_BATCH):
            if self._is_small:
                self._is_due = True
                self.tell(self.own_address, WriteHere())
            else:
                self._take_batch()
                self._start("write", self._write)

    @property
    def _is_small(self) -> bool:
        return len(self._waiting) <= self._at_once

    def _take_batch(self) -> None:
        self._being_written, self._waiting = self._waiting, []
        self._first_being_written = self._opened.last_seq + 1
        self._is_urgent = False
        self.cancel_timer("company")

    def _write_here(self) -> None:
        """Meanwhile the batch may have grown, or a worker have taken the file."""
        self._is_due = False
        if self._waiting and self._is_small and not self._is_busy:
            self._take_batch()
            self._written(self._opened.append([waiting.row for waiting in self._being_written]))

    def _start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._is_busy = True
        self.work(name, work)

    def _written(self, last: int) -> None:
        self._is_busy = False
        written, self._being_written = self._being_written, []
        self._on_disk += len(written)
        self._since_fold += len(written)
        self._is_urgent = self._is_urgent or bool(self._readers)
        for waiting in written:
            if waiting.confirm_to is not None:
                self.tell(waiting.confirm_to, Confirmed(waiting.record))
        self.tell(self._auditor, Kept(last - len(written) + 1, tuple(waiting.record for waiting in written)))
        self._written_ns = self.now_ns
        self._fold_when_idle()

    def _fold_when_idle(self) -> None:
        """One timer for many batches: when it rings, it is asked whether it was quiet since. Where no order waits for
        small batches it is set anew with each, and rings in the quiet alone."""
        if self._is_idle_due and self._at_once:
            return
        quiet_ns = self.now_ns - self._written_ns
        if quiet_ns < IDLE_NS:
            self._is_idle_due = True
            self.after("idle", IDLE_NS - quiet_ns, Idle())
        elif not self._is_busy:
            self._start("fold", self._fold)

    # Workers

    async def _write(self) -> None:
        rows = [waiting.row for waiting in self._being_written]
        await self.report(Written(await self.offload(self._opened.append, rows)))

    async def _read(self, reading: _Reading) -> None:
        records = await self.offload(_messages, self._opened, reading.kinds)
        await self.report(RecordsRead(records, reading.asked_by))

    async def _fold(self) -> None:
        await self.offload(self._opened.checkpoint)
        await self.report(Folded())

    @property
    def _opened(self) -> JournalStore:
        assert self._store is not None, "the journal is used before it was loaded"
        return self._store


def _messages(store: JournalStore, kinds: tuple[str, ...]) -> tuple[Record, ...]:
    return tuple(message_of(row) for row in store.read() if not kinds or row.kind in kinds)
