"""How the journal is spoken to: tell it a record, and it is kept; ask to have it confirmed, or to be read back."""

from attrs import AttrsInstance, frozen

Record = AttrsInstance
"""Any message that `record_kinds` knows."""


@frozen
class Confirm:
    """Keep `record`, and answer `Confirmed` once it is on disk."""

    record: Record


@frozen
class Confirmed:
    record: Record


@frozen
class ReadRecords:
    """Answered by `Records`: everything kept so far, of these kinds; no kinds means all."""

    kinds: tuple[str, ...] = ()


@frozen
class Records:
    records: tuple[Record, ...]


@frozen
class Kept:
    """To the auditor: these records are on disk, in this order; the first is number `first`."""

    first: int
    records: tuple[Record, ...]
