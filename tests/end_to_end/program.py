"""The program as its users have it, in this process (quick) or in one of its own, and what holds of every summary."""

import gc
import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from attrs import frozen

from actors.records.journal_store import JournalStore
from actors.records.record_kinds import message_of
from messages.fills import Fill
from messages.intents import Cancel, Flatten, Place
from messages.orders import Order, OrderMoved, OrderState
from polyactors.cli.main import main

PROJECT = Path(__file__).resolve().parents[2]
LONGEST_RUN_S = 60

Summary = dict[str, Any]


@frozen
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def summary(self) -> Summary:
        """Standard output as one JSON document, which it has to be."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of standard error that are log events."""
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]


def run_here(*arguments: object) -> Ran:
    """`polyactors ARGUMENTS` in this process: everything but the interpreter's own start and end."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST_RUN_S)
    with patch.object(sys, "argv", ["polyactors", *map(str, arguments)]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)
            # A run sets aside what there is. What of it is garbage by now is freed; all the tests stay set aside.
            gc.unfreeze()
            gc.collect()
            gc.freeze()
    return Ran(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue())


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"the run was not over after {LONGEST_RUN_S} seconds")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "polyactors", *map(str, arguments)]


def surroundings(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1", **changes}


def run_process(*arguments: object, hash_seed: int = 0, cwd: Path | None = None) -> Ran:
    """The same in a process of its own."""
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN_S,
        cwd=cwd,
        env=surroundings(PYTHONHASHSEED=str(hash_seed)),
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def replayed(recording: Path, *options: object) -> Summary:
    """The summary of a replay that went well to the end of the recording, and whose sums and books are right."""
    ran = run_here("replay", recording, "--json", *options)
    assert ran.code == 0, ran.err[-3000:]
    summary = ran.summary
    check_sound(summary)
    assert summary["ended"] == "FEED_OVER"
    return summary


def check_sound(summary: Summary) -> None:
    """What holds of every run that ended well, whatever happened in it."""
    assert summary["exit_code"] == 0
    assert summary["broken_invariants"] == []
    check_money(summary)
    account = summary["account"]
    assert account["open_orders"] == 0
    assert account["reserved"] == 0
    for lines in (summary["strategies"], summary["markets"]):
        for line in lines:
            check_activity(line["activity"])


def check_money(summary: Summary) -> None:
    """Every sum of the summary, to the micro-dollar."""
    account, strategies, markets = summary["account"], summary["strategies"], summary["markets"]
    for line in (account, *strategies, *markets):
        profit = line["profit"]
        assert profit["spread"] + profit["fees"] + profit["inventory"] == profit["total"], line
    for part in ("spread", "fees", "inventory", "total"):
        total = account["profit"][part]
        assert sum(line["profit"][part] for line in strategies) == total, part
        assert sum(line["profit"][part] for line in markets) == total, part
    assert account["equity"] == account["cash"] + account["positions_value"]
    assert account["equity"] == account["deposited"] + account["profit"]["total"]
    assert account["cash"] == account["deposited"] + sum(line["cash"] - line["fees"] for line in strategies)
    for strategy in strategies:
        mine = [line for line in markets if line["strategy"] == strategy["strategy"]]
        for name in ("cash", "fees"):
            assert sum(line[name] for line in mine) == strategy[name]
        for name, count in strategy["activity"].items():
            several = [line["activity"][name] for line in mine]
            if isinstance(count, dict):
                assert sum(map(Counter, several), Counter()) == Counter(count), name
            else:
                assert sum(several) == count, name
    for line in markets:
        cost = line["cash"] + value(line)
        assert cost - line["fees"] == line["profit"]["total"], line


def value(line: dict[str, Any]) -> int:
    """What a market line's position is worth at the middle, in micro-dollars."""
    if line["middle"] is None:
        assert not line["yes"] and not line["no"]
        return 0
    worth: int = line["yes"] * line["middle"] + line["no"] * (10_000 - line["middle"])
    assert worth % 10_000 == 0, "sizes of the made-up market keep it whole"
    return worth // 10_000


def check_activity(activity: dict[str, Any]) -> None:
    """Whatever was wanted came to something."""
    assert activity["place_intents"] <= activity["intents"]
    assert activity["orders"] <= activity["place_intents"]
    ended = activity["cancels"] + activity["expired"] + sum(activity["rejected"].values())
    assert ended <= activity["orders"]
    assert (activity["bought"] + activity["sold"] > 0) == (activity["fills"] > 0)


def records(journal: Path) -> list[object]:
    """What a journal has, in its order; each can be read, and the numbers have no gap."""
    with JournalStore.open(journal) as store:
        rows = list(store.read())
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    return [message_of(row) for row in rows]


def still_open(of: Iterable[object]) -> set[str]:
    """The orders that a journal leaves open, found by its records alone."""
    remaining: dict[str, int] = {}
    for record in of:
        match record:
            case Order():
                remaining[record.order] = record.size
            case Fill():
                remaining[record.order] -= record.size
            case OrderMoved(order=order, state=state) if state.is_final:
                remaining.pop(order, None)
    return {order for order, size in remaining.items() if size}


def check_agrees(summary: Summary, of: list[object]) -> None:
    """The summary counts what the journal has."""
    totals = {
        name: sum(line["activity"][name] for line in summary["strategies"])
        for name in ("intents", "place_intents", "orders", "cancels", "fills")
    }
    moved = [record.state for record in of if isinstance(record, OrderMoved)]
    assert totals == {
        "intents": sum(isinstance(record, Place | Cancel | Flatten) for record in of),
        "place_intents": sum(isinstance(record, Place) for record in of),
        "orders": sum(isinstance(record, Order) for record in of),
        "cancels": moved.count(OrderState.CANCELLED),
        "fills": sum(isinstance(record, Fill) for record in of),
    }
    assert summary["journal_records"] == len(of)


def actor(summary: Summary, path: str) -> dict[str, Any]:
    (found,) = (line for line in summary["actors"] if line["path"] == path)
    assert isinstance(found, dict)
    return found


def bad_input(summary: Summary) -> dict[str, int]:
    """How many of each kind, whatever the source."""
    counted: Counter[str] = Counter()
    for line in summary["feed"]["bad_input"]:
        counted[line["kind"]] += line["count"]
    return dict(counted)
