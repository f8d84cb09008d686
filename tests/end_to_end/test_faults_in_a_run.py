"""Whatever goes wrong by plan, the service ends well and its invariants hold, or the auditor finds it out."""

from pathlib import Path

import pytest

from tests.end_to_end.program import Summary, check_agrees, check_sound, records, replayed, run_here, still_open
from tests.end_to_end.recordings import LISTINGS, make

ACTORS = (
    "journal",
    "ledger",
    "governor",
    "execution/gateway",
    "execution/executor",
    "markets/*/*/market",
    "markets/*/*/maker",
    "markets/*/*/set-arbitrage",
    "records/auditor",
)

KINDS = {
    "kill": (),
    "raise": (),
    "stall": ("for_ms = 300",),
    "slow": ("by_ms = 20", "for_ms = 3000"),
    "duplicate": (),
    "drop": (),
    "delay": ("by_ms = 50",),
    "reorder": ("within = 3",),
    "fill": (),
}
"""Kinds of faults, and what else they are given."""

LOSE_NOTHING = ("kill", "stall", "slow", "fill")
OF_MARKETS = ("markets/*/*/market", "markets/*/*/maker", "markets/*/*/set-arbitrage")
OF_ORDERS = ("governor", "execution/gateway", "execution/executor")

BORNE = [
    *((what, actor) for what in LOSE_NOTHING for actor in ACTORS),
    *((what, actor) for what in ("delay", "reorder") for actor in (*OF_MARKETS, *OF_ORDERS)),
    *((what, actor) for what in ("raise", "drop", "duplicate") for actor in OF_MARKETS),
]
"""What the service goes on through as if nothing had happened."""

TOLD = [(what, actor) for what in KINDS for actor in ACTORS if (what, actor) not in BORNE]
"""What may break its books: who writes down, who checks and who sends has to hear everything, once, in order."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(450, seed=3).write(tmp_path_factory.mktemp("recording"))


def fault(actor: str, what: str, *settings: str) -> str:
    return "\n".join(("[[fault]]", f'actor = "{actor}"', f'what = "{what}"', *settings)) + "\n"


def written(folder: Path, *faults: str) -> Path:
    path = folder / "faults.toml"
    path.write_text("".join(faults))
    return path


def borne(recording: Path, folder: Path, *faults: str) -> Summary:
    """What came of a run with these faults; its journal is sound and leaves no order open."""
    journal = folder / "journal"
    summary = replayed(recording, "--faults", written(folder, *faults), "--journal", journal)
    kept = records(journal)
    check_agrees(summary, kept)
    assert still_open(kept) == set()
    return summary


def came(summary: Summary, number: int | None = None) -> int:
    return sum(line["count"] for line in summary["faults"] if number in (None, line["number"]))


@pytest.mark.parametrize(("what", "actor"), BORNE)
def test_the_service_bears_what_comes_by_chance(recording: Path, tmp_path: Path, what: str, actor: str) -> None:
    """The journal not more often than its supervisor bears, and large mailboxes not filled all the time."""
    times = "times = 4" if actor == "journal" or what == "fill" else "times = 20"
    summary = borne(recording, tmp_path, fault(actor, what, *KINDS[what], "probability = 0.05", times))
    assert came(summary) or summary["faults_that_never_came"]


@pytest.mark.parametrize(("what", "actor"), TOLD)
def test_what_breaks_its_books_it_does_not_hide(recording: Path, tmp_path: Path, what: str, actor: str) -> None:
    settings = (*KINDS[what], "probability = 0.2", "times = 30")
    ran = run_here("replay", recording, "--json", "--faults", written(tmp_path, fault(actor, what, *settings)))
    assert ran.code in (0, 3, 4, 5), ran.err[-3000:]
    if ran.code == 0:
        check_sound(ran.summary)
    assert ran.code == ran.summary["exit_code"]
    assert came(ran.summary)


def test_many_kinds_in_many_actors_in_one_run(recording: Path, tmp_path: Path) -> None:
    summary = borne(
        recording,
        tmp_path,
        fault("markets/**", "delay", "by_ms = 30", "probability = 0.02"),
        fault("markets/*/*/market", "kill", "at_message = 60", "times = 2"),
        fault("markets/*/*/maker", "drop", 'message = "Snapshot"', "times = 10"),
        fault("markets/*/*/maker", "duplicate", "probability = 0.05"),
        fault("execution/*", "stall", "for_ms = 200", "after_ms = 5000", "times = 3"),
        fault("governor", "slow", "by_ms = 3", "for_ms = 2000", "after_ms = 1000", 'times = "unlimited"'),
        fault("governor", "reorder", "within = 2", "probability = 0.1"),
        fault("execution/gateway", "fill", "at_message = 5", "times = 3"),
        fault("journal", "cancel-worker", "at_message = 30", "times = 2"),
        fault("ledger", "raise", "at_message = 12"),
    )
    assert [came(summary, number) > 0 for number in range(1, 11)] == [True] * 10
    assert summary["restarts"] > 5


def test_the_same_seed_and_plan_are_the_same_run(recording: Path, tmp_path: Path) -> None:
    faults = written(
        tmp_path,
        fault("markets/**", "drop", "probability = 0.05"),
        fault("**", "kill", "probability = 0.01", "times = 2"),
    )
    one, again, other = (
        replayed(recording, "--faults", faults, "--seed", seed, "--log-level", "error") for seed in (1, 1, 2)
    )
    assert one["decision_hash"] == again["decision_hash"]
    assert one["faults"] == again["faults"]
    assert one["faults"] != other["faults"]


def test_a_plan_without_faults_changes_nothing(recording: Path, tmp_path: Path) -> None:
    faults = written(tmp_path, fault("**", "drop", 'message = "NoSuchMessage"'))
    assert (
        replayed(recording, "--faults", faults)["decision_hash"]
        == replayed(recording, "--faults", written(tmp_path))["decision_hash"]
        == replayed(recording)["decision_hash"]
    )


def test_each_fault_that_comes_is_logged_and_counted(recording: Path, tmp_path: Path) -> None:
    faults = written(tmp_path, fault("governor", "drop", "at_message = 3", "times = 4"))
    ran = run_here("replay", recording, "--json", "--faults", faults)
    logged = [line for line in ran.log if line["event"] == "fault injected"]
    assert [(line["actor"], line["level"], line["number"]) for line in logged] == [("governor", "warning", 1)] * 4
    assert ran.summary["faults"] == [
        {"number": 1, "fault": "governor: drop, at message 3, at most 4 times", "actor": "governor", "count": 4}
    ]


def test_those_that_never_came_are_told(recording: Path, tmp_path: Path) -> None:
    faults = written(
        tmp_path, fault("ledger", "drop", "at_message = 999999"), fault("governor", "kill", "at_message = 999999")
    )
    summary = replayed(recording, "--faults", faults, "--kill", "journal@888888")
    assert summary["faults"] == []
    assert [text.partition(": never came")[0] for text in summary["faults_that_never_came"]] == [
        "ledger: drop, at message 999999",
        "governor: kill, at message 999999",
        "journal: kill, at message 888888",
    ]
    assert summary["kills_that_never_came"] == ["governor@999999", "journal@888888"]


def test_the_tables_show_both(recording: Path, tmp_path: Path) -> None:
    faults = written(
        tmp_path, fault("governor", "drop", "at_message = 3"), fault("ledger", "drop", "at_message = 999999")
    )
    ran = run_here("replay", recording, "--faults", faults)
    assert "Faults injected" in ran.out
    assert "governor: drop, at message 3" in ran.out
    assert "A fault that never came: ledger: drop, at message 999999" in ran.out


def test_a_fault_can_be_of_one_market_s_messages_alone(recording: Path, tmp_path: Path) -> None:
    """The other market trades as it would have."""
    first, other = LISTINGS
    where = f'where = {{ "place.market" = "{first.condition}" }}'
    lost = fault("governor", "drop", 'message = "Authorise"', where)
    summary = borne(recording, tmp_path, lost)
    assert came(summary) > 0
    orders = {
        line["slug"]: line["activity"]["orders"] for line in summary["markets"] if line["strategy"] == "maker"
    }  # fmt: skip
    assert orders[first.slug] == 0
    assert orders[other.slug] > 0


@pytest.mark.parametrize("command", ["replay", "run"])
def test_a_tree_that_does_not_start_has_given_up(recording: Path, tmp_path: Path, command: str) -> None:
    """The ledger cannot begin without what the journal has."""
    lost = fault("journal", "drop", 'message = "ReadRecords"')
    started = {"replay": ("replay", recording), "run": ("run", "--venue", f"recording:{recording}", "--speed", 200)}
    ran = run_here(*started[command], "--json", "--faults", written(tmp_path, lost), "--journal", tmp_path / "journal")
    assert ran.code == 4
    assert "Traceback" not in ran.err
    assert "the tree did not start: " in ran.summary["why"]
    assert "journal did not answer ReadRecords" in ran.summary["why"]


def test_a_halt_that_gets_lost_at_the_end_is_asked_for_again(tmp_path: Path) -> None:
    """Told only once, it was lost without a word: the makers went on quoting, and orders were left in the journal."""
    recording = make(160).write(tmp_path / "recording")
    faults = written(tmp_path, fault("governor", "drop", 'message = "SetMode"', "at_message = 1"))
    ran = run_here("replay", recording, "--json", "--faults", faults, "--journal", tmp_path / "journal")
    assert ran.code == 0, ran.err[-3000:]
    assert came(ran.summary, 1)
    check_sound(ran.summary)
    assert "HALT was not confirmed" not in ran.err


def test_in_real_time_too(tmp_path: Path) -> None:
    recording = make(160).write(tmp_path / "recording")
    faults = written(
        tmp_path,
        fault("markets/*/*/maker", "kill", "after_ms = 2000", "times = 2"),
        fault("execution/executor", "stall", "for_ms = 500", "after_ms = 3000"),
        fault("governor", "delay", "by_ms = 20", "probability = 0.1"),
        fault("markets/*/*/market", "slow", "by_ms = 1", "for_ms = 1000", "after_ms = 4000"),
    )
    ran = run_here(
        "run", "--venue", f"recording:{recording}", "--speed", 10, "--json",
        "--faults", faults, "--journal", tmp_path / "journal", "--socket", tmp_path / "control.sock",
    )  # fmt: skip
    assert ran.code == 0, ran.err[-3000:]
    check_sound(ran.summary)
    assert all(came(ran.summary, number) for number in (1, 2, 4))
