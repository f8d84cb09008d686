"""A replay gives the same decisions each time, and a summary in which everything adds up."""

import json
from pathlib import Path

import pytest

from messages.control import SessionEnded, SessionStarted
from tests.end_to_end.program import (
    actor,
    check_agrees,
    check_money,
    check_sound,
    records,
    replayed,
    run_here,
    run_process,
    still_open,
)
from tests.end_to_end.recordings import LISTINGS, Made, make


@pytest.fixture(scope="module")
def made() -> Made:
    return make()


@pytest.fixture(scope="module")
def recording(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.write(tmp_path_factory.mktemp("recording"))


def test_two_processes_that_hash_differently_decide_alike(recording: Path) -> None:
    one, other = (run_process("replay", recording, "--json", hash_seed=seed) for seed in (1, 4_000_000_000))
    assert (one.code, other.code) == (0, 0)
    assert one.summary["decision_hash"] == other.summary["decision_hash"]
    assert one.summary["decisions"] > 100
    left_out = ("timing",)
    assert {k: v for k, v in one.summary.items() if k not in left_out} == {
        k: v for k, v in other.summary.items() if k not in left_out
    }


def test_standard_output_has_one_json_document_and_nothing_else(recording: Path, tmp_path: Path) -> None:
    """Not even where everything is logged, killed and kept."""
    options = (
        "--log-level",
        "debug",
        "--log-dir",
        tmp_path / "logs",
        "--journal",
        tmp_path / "j",
        "--kill",
        "ledger@9",
    )
    ran = run_process("replay", recording, "--json", *options)
    assert ran.code == 0
    assert ran.out.endswith("}\n")
    assert json.loads(ran.out)["exit_code"] == 0


def test_without_json_it_is_a_text_that_a_trader_can_read(recording: Path) -> None:
    ran = run_here("replay", recording)
    assert ran.code == 0
    for said in ("made-up", "maker", "set-arbitrage", LISTINGS[0].slug, "Rejects by reason", "dirty spells", "hash "):
        assert said in ran.out


def test_another_seed_is_another_run(recording: Path) -> None:
    assert replayed(recording, "--seed", 7)["seed"] == 7


def test_every_frame_of_the_file_is_counted(made: Made, recording: Path) -> None:
    feed = replayed(recording)["feed"]
    assert feed["frames"] == len(made.lines)
    assert feed["frames_by_channel"] == made.frames
    assert sum(book["frames"] for book in feed["markets"]) == made.frames["clob.market"]
    assert feed["bad_input"] == []
    assert feed["dirty_spells"] == 0


def test_the_summary_agrees_with_the_journal_that_was_kept(recording: Path, tmp_path: Path) -> None:
    journal = tmp_path / "kept.journal"
    summary = replayed(recording, "--journal", journal)
    assert summary["journal"] == str(journal)
    kept = records(journal)
    check_agrees(summary, kept)
    assert isinstance(kept[0], SessionStarted)
    assert isinstance(kept[-1], SessionEnded)
    assert kept[-1].open_orders == 0
    assert still_open(kept) == set()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.journal"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("has_hashes", [False, True])
def test_no_money_is_made_or_lost_on_the_way(tmp_path: Path, seed: int, has_hashes: bool) -> None:
    """Cash and positions are what was put in and the profit, exactly, whatever the market does."""
    made = make(600, seed=seed, has_hashes=has_hashes, finer_tick_at=200, resolved_at=None if seed % 2 else 450)
    summary = replayed(made.write(tmp_path / "recording"))
    assert summary["feed"]["bad_input"] == []
    assert summary["strategies"][0]["activity"]["orders"] > 0


def test_the_made_up_market_is_worth_trading_on(recording: Path) -> None:
    """Otherwise the other tests would prove little."""
    activity = replayed(recording)["strategies"][0]["activity"]
    assert activity["fills"] >= 3
    assert activity["orders"] >= 20


def test_true_hashes_close_every_book(tmp_path: Path) -> None:
    made = make(600, has_hashes=True, finer_tick_at=250)
    summary = replayed(made.write(tmp_path / "recording"))
    first, second = summary["feed"]["markets"]
    assert first["books_closed"] - first["closed_by_hash"] == summary["feed"]["resyncs"] == 1  # the tick has changed
    assert second["books_closed"] == second["closed_by_hash"] > 300


def test_hashes_change_no_decision_of_theirs(tmp_path: Path) -> None:
    """A book that is proven by its hash is the same book."""
    plain, hashed = (replayed(make(400, has_hashes=each).write(tmp_path / str(each))) for each in (False, True))
    assert plain["account"] == hashed["account"]
    assert plain["decision_hash"] == hashed["decision_hash"]


def test_a_change_that_was_lost_is_noticed_by_the_hash(tmp_path: Path) -> None:
    """The book of that market is not decided on until the venue sends it whole, or it was fetched; the other one is."""
    made = make(600, has_hashes=True)
    own = [index for index, line in enumerate(made.lines) if LISTINGS[0].condition.encode() in line]
    lost = next(
        index
        for number, index in enumerate(own)
        if number > 100 and all(b"price_change" in made.lines[each] for each in own[number : number + 4])
    )
    summary = replayed(made.write(tmp_path, made.lines[:lost] + made.lines[lost + 1 :]))
    first, second = summary["feed"]["markets"]
    assert first["open_instants"] >= 3
    assert 0 < summary["feed"]["resyncs"] <= 3, "a market whose hashes are not to be had any more is not dirty for ever"
    assert 0 < first["closed_by_hash"] < first["books_closed"]
    assert second["open_instants"] == 0


def test_a_market_that_resolves_is_traded_no_more(tmp_path: Path) -> None:
    made = make(600, resolved_at=300)
    journal = tmp_path / "journal"
    summary = replayed(made.write(tmp_path / "recording"), "--journal", journal)
    assert any("takes no orders in this phase" in reason for reason in summary["strategies"][0]["activity"]["refused"])


def test_only_the_maker_where_the_configuration_says_so(recording: Path, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[strategies]\nset_arbitrage = false\n")
    summary = replayed(recording, "--config", tmp_path / "c.toml")
    assert [line["strategy"] for line in summary["strategies"]] == ["maker"]
    assert summary["set_arbitrage"] == []


def test_without_any_strategy_nothing_happens(recording: Path, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[strategies]\nset_arbitrage = false\nmaker = false\n")
    summary = replayed(recording, "--config", tmp_path / "c.toml")
    assert summary["strategies"] == []
    assert summary["account"]["equity"] == summary["account"]["deposited"]


def test_a_recording_without_frames_is_over_at_once(tmp_path: Path) -> None:
    summary = replayed(make().write(tmp_path, []))
    assert summary["feed"]["frames"] == 0
    assert summary["decisions"] >= 0


def test_a_recording_without_markets_is_read_all_the_same(recording: Path, tmp_path: Path) -> None:
    made = make(50)
    folder = made.write(tmp_path)
    (folder / "markets.json").write_text("[]")
    assert replayed(folder)["feed"]["frames"] == len(made.lines)


def test_a_broken_invariant_ends_the_run_with_a_report_and_exit_code_3(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue is made to say that it has a dollar less than the fills make."""
    from actors.execution.paper.venue import PaperVenue

    monkeypatch.setattr(PaperVenue, "cash", property(lambda venue: 999_000_000))
    ran = run_here("replay", recording, "--json")
    assert ran.code == ran.summary["exit_code"] == 3
    (broken,) = ran.summary["broken_invariants"]
    assert broken["number"] == 5
    text = run_here("replay", recording)
    assert text.code == 3
    assert "Broken invariants" in text.out


@pytest.mark.parametrize("name", ["btc-updown-5m-20260425", "binance-btcusdt-20240808"])
def test_a_real_recording_goes_through(shared: Path, name: str) -> None:
    ran = run_here("replay", shared / "recordings" / name, "--json")
    assert ran.code == 0
    assert ran.summary["feed"]["bad_input"] == []
    manifest = json.loads((shared / "recordings" / name / "manifest.json").read_text())
    assert ran.summary["feed"]["frames_by_channel"] == dict(sorted(manifest["frames"].items()))


def test_the_whole_of_the_hockey_recording(shared: Path) -> None:
    """The run that the README begins with."""
    ran = run_process("replay", shared / "recordings" / "nhl-20260607", "--json")
    assert ran.code == 0
    summary = ran.summary
    check_sound(summary)
    assert summary["feed"]["frames"] == 173_983
    assert sum(line["opportunities"] for line in summary["set_arbitrage"]) == 0
    assert summary["restarts"] == 0
    assert {line["lives"] for line in summary["actors"]} == {1}
    assert summary["strategies"][0]["activity"]["fills"] > 0
    assert actor(summary, "records/auditor")["handled"] > 0
    check_money(summary)
