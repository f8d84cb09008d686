"""What it costs to keep a record, from the message to the disk."""

import tempfile
import time
from pathlib import Path

from actors.records.journal_store import JournalStore, Row
from actors.records.record_kinds import row_of
from messages.identity import IntentId, MarketId, Outcome, Side, StrategyName
from messages.intents import Place, SnapshotId, TimeInForce
from messages.units import Cash, Price, Shares
from polyactors.bench.measure import Figure, beside, rate, spread

RECORDS = 20_000
BATCHES = (16, 256)


def journal() -> list[Figure]:
    place = _a_place()
    encode = rate("record to JSON", "records/s", RECORDS, lambda: [row_of(place, 1) for _ in range(RECORDS)])
    rows = [row_of(place, 1)] * max(BATCHES)
    figures = [encode]
    with tempfile.TemporaryDirectory(prefix="polyactors-") as folder:
        for size in BATCHES:
            per_second = [_append(Path(folder) / f"{size}-{run}.journal", rows[:size]) for run in range(5)]
            figures.append(beside(spread(f"journal, batches of {size}", "records/s", per_second), encode))
    return figures


def _append(path: Path, rows: list[Row]) -> float:
    with JournalStore.open(path) as store:
        began = time.perf_counter_ns()
        for _ in range(RECORDS // len(rows)):
            store.append(rows)
        return RECORDS * 1e9 / (time.perf_counter_ns() - began)


def _a_place() -> Place:
    return Place(
        intent=IntentId("intent-000001"),
        strategy=StrategyName("maker"),
        market=MarketId("0x" + "0" * 64),
        outcome=Outcome.YES,
        side=Side.BUY,
        price=Price(4600),
        size=Shares(50_000_000),
        time_in_force=TimeInForce.GTD,
        post_only=True,
        time_to_live_ns=60_000_000_000,
        snapshot=SnapshotId(1, 1),
        fencing=1,
        edge=25,
        confidence_percent=50,
        risk_cost=Cash(23_000_000),
        rationale="bid: fair 0.4650, reservation 0.4650, half spread 0.0025",
        at_ns=1_780_795_911_767_000_000,
    )
