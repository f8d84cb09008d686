"""Any actor may be killed at any point of a replay: the run goes on, the invariants hold, no order is left behind."""

import gzip
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.program import Summary, actor, check_agrees, records, replayed, run_here, still_open
from tests.end_to_end.recordings import LISTINGS, Made, make

ACTORS = (
    "journal",
    "ledger",
    "governor",
    "execution/gateway",
    "execution/executor",
    "market-data/shard-0",
    *(f"{listing.path}/{name}" for listing in LISTINGS for name in ("market", "maker", "set-arbitrage")),
    "records/auditor",
)
KINDS = (
    "journal",
    "ledger",
    "governor",
    "execution/gateway",
    "execution/executor",
    "market-data/shard-0",
    "markets/*/*/market",
    "markets/*/*/maker",
    "markets/*/*/set-arbitrage",
    "records/auditor",
)


class Undisturbed:
    """A recording, and how many messages each actor handles of it when nobody dies."""

    def __init__(self, folder: Path, made: Made) -> None:
        self.recording = made.write(folder / "recording")
        self.summary = replayed(self.recording)
        self.handled = {line["path"]: line["handled"] for line in self.summary["actors"]}

    def killed(self, journal: Path, *kills: str) -> Summary:
        """What came of a run with these kills; its journal is sound and leaves no order open."""
        summary = replayed(
            self.recording, "--journal", journal, *(word for kill in kills for word in ("--kill", kill))
        )  # fmt: skip
        kept = records(journal)
        check_agrees(summary, kept)
        assert still_open(kept) == set()
        assert summary["feed"]["frames"] == self.summary["feed"]["frames"]
        return summary


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"), make(700, seed=3))


def test_these_are_all_the_actors_there_are(undisturbed: Undisturbed) -> None:
    assert set(undisturbed.handled) == set(ACTORS)
    assert undisturbed.summary["restarts"] == 0


@pytest.mark.parametrize("path", ACTORS)
@pytest.mark.parametrize("when", ["first", "early", "late", "last"])
def test_a_killed_actor_comes_back_and_the_run_goes_on(
    undisturbed: Undisturbed, path: str, when: str, tmp_path: Path
) -> None:
    handled = undisturbed.handled[path]
    random = Random(f"{path} {when}")
    after = {
        "first": 1,
        "early": random.randint(1, max(1, handled // 2)),
        "late": random.randint(max(1, handled // 2), max(1, handled * 9 // 10)),
        "last": max(1, handled * 19 // 20),
    }[when]
    summary = undisturbed.killed(tmp_path / "journal", f"{path}@{after}")
    line = actor(summary, path)
    assert line["lives"] >= 2, after
    assert summary["restarts"] >= 1


@pytest.mark.parametrize(
    "kills",
    [
        ("markets/*/*/maker@60",),
        ("markets/*/*/market@100", "execution/gateway@200"),
        ("journal@200", "ledger@150"),
        ("journal@1", "ledger@1", "governor@1", "execution/gateway@1", "execution/executor@1"),
        ("execution/gateway@150", "execution/executor@70"),
        ("execution/executor@50", "ledger@120", "markets/*/*/maker@100"),
        ("governor@100", "execution/executor@100", "records/auditor@30"),
        ("*@40",),
        ("*@1",),
        ("markets/*/*/*@10", "records/auditor@2"),
    ],
    ids=str,
)
def test_several_may_die_in_one_run(undisturbed: Undisturbed, kills: tuple[str, ...], tmp_path: Path) -> None:
    summary = undisturbed.killed(tmp_path / "journal", *kills)
    assert summary["restarts"] >= len(kills)


@pytest.mark.parametrize("round_", range(6))
def test_random_kills_of_random_actors(undisturbed: Undisturbed, round_: int, tmp_path: Path) -> None:
    random = Random(f"round {round_}")
    kills = {path: random.randint(1, undisturbed.handled[path]) for path in random.sample(ACTORS, 3)}
    undisturbed.killed(tmp_path / "journal", *(f"{path}@{after}" for path, after in kills.items()))


def test_a_journal_killed_at_any_point_has_no_hole(undisturbed: Undisturbed, tmp_path: Path) -> None:
    for after in range(12, undisturbed.handled["journal"], 15):
        undisturbed.killed(tmp_path / str(after), f"journal@{after}")


def test_the_same_kill_is_the_same_run(undisturbed: Undisturbed, tmp_path: Path) -> None:
    one, other = (undisturbed.killed(tmp_path / name, "execution/executor@111") for name in ("one", "other"))
    assert one["decision_hash"] == other["decision_hash"]


def test_a_restarted_maker_quotes_again(undisturbed: Undisturbed, tmp_path: Path) -> None:
    path = f"{LISTINGS[0].path}/maker"
    summary = undisturbed.killed(tmp_path / "journal", f"{path}@20")
    (line,) = (
        each for each in summary["markets"] if each["slug"] == LISTINGS[0].slug and each["strategy"] == "maker"
    )  # fmt: skip
    assert line["activity"]["orders"] > 10


def test_a_shard_that_dies_connects_again_and_loses_no_frame(tmp_path: Path) -> None:
    """A tick change makes it work: the markets ask it for their books."""
    undisturbed = Undisturbed(tmp_path, make(500, finer_tick_at=200))
    assert undisturbed.handled["market-data/shard-0"] > 1
    summary = undisturbed.killed(tmp_path / "journal", "market-data/shard-0@1")
    assert summary["feed"]["connections"] == 2


def test_a_kill_that_never_comes_is_no_mistake(undisturbed: Undisturbed, tmp_path: Path) -> None:
    summary = undisturbed.killed(tmp_path / "journal", "ledger@1000000")
    assert summary["restarts"] == 0
    assert summary["decision_hash"] == undisturbed.summary["decision_hash"]


# The same once for each kind on real data, on the first frames only


@pytest.fixture(scope="module")
def beginning(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 8,000 frames of the hockey recording."""
    source = shared / "recordings" / "nhl-20260607"
    folder = tmp_path_factory.mktemp("hockey")
    for name in ("manifest.json", "markets.json"):
        (folder / name).write_bytes((source / name).read_bytes())
    with gzip.open(source / "frames.jsonl.gz") as frames:
        first = b"".join(next(frames) for _ in range(8_000))
    (folder / "frames.jsonl.gz").write_bytes(gzip.compress(first, 1))
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_on_real_frames_too(beginning: Path, kind: str) -> None:
    after = {"market-data/shard-0": 1, "markets/*/*/set-arbitrage": 3}.get(kind, 40)
    summary = replayed(beginning, "--kill", f"{kind}@{after}")
    assert summary["restarts"] >= 1
    assert summary["feed"]["frames"] == 8_000


def test_a_kill_shows_in_the_tables(undisturbed: Undisturbed) -> None:
    ran = run_here("replay", undisturbed.recording, "--kill", "governor@7")
    assert ran.code == 0
    assert "Restarts" in ran.out
    assert "killed: fault injected: kill, at message 7" in ran.out
