"""Recordings played for calibration: what is judged, what is left out and why, and what hostile ones do."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.pricing.settings import PricingSettings
from polyactors.calibration.recorded import play_recording
from polyactors.calibration.stage import StageBroken
from polyactors.calibration.words import JudgedMarket, Played
from polyactors.venues.recording.folder import Recording, open_recording
from tests.calibration.made_recordings import LENGTH_MS, START_MS, Made, is_up, write

TIMES_LEFT = (240, 60, 10)


def opened(folder: Path) -> Recording:
    recording = open_recording(folder)
    assert isinstance(recording, Recording), recording
    return recording


def play(made: Made, times_left_s: Sequence[int] = TIMES_LEFT) -> Played:
    return play_recording(opened(write(made)), times_left_s, PricingSettings())


def the_market(played: Played) -> JudgedMarket:
    assert played.left_out == ()
    (market,) = played.markets
    return market


def test_each_market_is_looked_at_at_each_time_and_judged_by_its_object(tmp_path: Path) -> None:
    made = Made(tmp_path, count=2, seed=4)
    played = play(made)
    assert (played.left_out, played.bad_inputs) == ((), 0)
    assert [market.is_up for market in played.markets] == [is_up(made, number) for number in range(2)]
    assert [market.end_ms for market in played.markets] == [START_MS + LENGTH_MS, START_MS + 2 * LENGTH_MS]
    for market in played.markets:
        assert market.outcome_by == "the market's resolution"
        assert [look.left_s for look in market.looks] == [240, 60, 10]
        for look in market.looks:
            assert look.fair is not None and look.fair_lo is not None and look.fair_hi is not None
            assert 0 <= look.fair_lo <= look.fair <= look.fair_hi <= 1
            assert look.market is not None and 0 < look.market < 1
            assert not look.is_stale


@pytest.mark.parametrize("seed", range(2))
def test_near_the_end_both_know_how_it_ends(tmp_path: Path, seed: int) -> None:
    """With a drift of a dollar a second there is no doubt ten seconds before the end."""
    market = the_market(play(Made(tmp_path, seed=seed, drift=1.0 if seed % 2 else -1.0)))
    assert market.is_up == bool(seed % 2)
    last = market.looks[-1]
    assert last.fair is not None and last.market is not None
    assert (last.fair > 0.9, last.market > 0.9) == (market.is_up, market.is_up)


def test_the_same_recording_gives_the_same_looks(tmp_path: Path) -> None:
    made = Made(tmp_path, seed=9)
    assert play(made) == play(made)


def test_where_nobody_says_who_won_the_rule_does(tmp_path: Path) -> None:
    for seed in range(2):
        made = Made(tmp_path / str(seed), seed=seed, resolved=False)
        market = the_market(play(made))
        assert market.is_up == is_up(made, 0)
        assert market.outcome_by == "the rule, from the recorded prices"


def test_a_resolution_that_the_prices_contradict_is_believed_and_said_to_be(tmp_path: Path) -> None:
    made = Made(tmp_path, seed=2)
    contrary = {"resolution": {"direction": "DOWN" if is_up(made, 0) else "UP"}}
    market = the_market(play(Made(tmp_path, seed=2, market=contrary)))
    assert market.is_up != is_up(made, 0)
    assert "says otherwise" in market.outcome_by


@pytest.mark.parametrize(
    ("change", "up"),
    [
        ({"closed": True, "outcomePrices": '["1", "0"]'}, True),
        ({"closed": True, "outcomePrices": ["0", "1"]}, False),
        ({"closed": True, "outcomePrices": '["1.0", "0.0"]', "resolution": {"direction": "up"}}, True),
    ],
)
def test_the_prices_of_a_closed_market_say_who_won(tmp_path: Path, change: dict[str, object], up: bool) -> None:
    assert the_market(play(Made(tmp_path, resolved=False, market=change))).is_up is up


UNTOLD: list[dict[str, object]] = [
    {"closed": True, "outcomePrices": '["0.5", "0.5"]'},
    {"closed": False, "outcomePrices": '["1", "0"]'},
    {"closed": True, "outcomePrices": "[1"},
    {"closed": True, "outcomePrices": '["1", "0", "0"]'},
    {"closed": True, "outcomePrices": "[null, {}]"},
    {"resolution": {"direction": "SIDEWAYS"}},
    {"resolution": {"direction": 1}},
    {"resolution": "UP"},
    {"closed": True, "outcomePrices": '["1", "0"]', "resolution": {"direction": "DOWN"}},
]


@pytest.mark.parametrize("change", UNTOLD, ids=range(len(UNTOLD)))
def test_without_a_word_and_without_prices_a_market_is_left_out_and_said_to_be(
    tmp_path: Path, change: dict[str, object]
) -> None:
    played = play(Made(tmp_path, resolved=False, channels=("binance", "clob"), market=change))
    assert played.markets == ()
    (out,) = played.left_out
    assert out.name == f"made-up/btc-updown-5m-{START_MS // 1000}"
    assert "cannot be read from the recorded prices" in out.reason


def test_without_reference_prices_there_is_no_fair_value_and_the_market_is_judged(tmp_path: Path) -> None:
    market = the_market(play(Made(tmp_path, channels=("clob",))))
    assert all(look.fair is None and look.market is not None for look in market.looks)


def test_without_books_there_is_no_middle(tmp_path: Path) -> None:
    market = the_market(play(Made(tmp_path, channels=("rtds", "binance"))))
    assert all(look.market is None and look.fair is not None for look in market.looks)


def test_with_nothing_at_all_a_market_is_left_out(tmp_path: Path) -> None:
    played = play(Made(tmp_path, channels=()))
    assert played.markets == ()
    assert "at none of the times" in played.left_out[0].reason


def test_a_recording_that_begins_late_knows_the_strike_from_the_market(tmp_path: Path) -> None:
    late = play(Made(tmp_path / "a", before_s=-60, resolved=True))
    told = play(Made(tmp_path / "b", before_s=-60, resolved=True, market={"priceToBeat": 77_000.0}))
    assert [look.left_s for look in the_market(late).looks] == [240, 60, 10]
    assert all(look.is_uncertain for look in the_market(late).looks)
    assert not the_market(told).looks[-1].is_uncertain


def test_a_time_before_the_recording_or_the_period_is_no_look(tmp_path: Path) -> None:
    market = the_market(play(Made(tmp_path, before_s=-100), (3000, 300, 250, 60)))
    assert [look.left_s for look in market.looks] == [60]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"slug": "will-it-rain"}, "no up-or-down market"),
        ({"outcomes": '["Down", "Up"]'}, "outcomes"),
        ({"resolutionSource": "https://example.org/mood"}, ""),
        ({"endDate": "2026-04-25T09:16:00Z"}, ""),
    ],
)
def test_a_market_that_is_not_understood_is_left_out(tmp_path: Path, change: dict[str, object], reason: str) -> None:
    played = play(Made(tmp_path, market=change))
    assert played.markets == ()
    assert reason in played.left_out[0].reason and played.left_out[0].reason


def test_a_recording_without_markets_says_so(tmp_path: Path) -> None:
    folder = write(Made(tmp_path))
    (folder / "markets.json").write_text("[]")
    played = play_recording(opened(folder), TIMES_LEFT, PricingSettings())
    assert played.markets == () and "no markets" in played.left_out[0].reason


def test_damage_is_counted_and_the_rest_is_judged(tmp_path: Path) -> None:
    folder = write(Made(tmp_path, seed=1))
    lines = gzip.decompress((folder / "frames.jsonl.gz").read_bytes()).splitlines()
    for index in range(0, len(lines), 7):
        lines[index] = lines[index][: len(lines[index]) // 2]
    lines[3] = json.dumps({"at": START_MS, "channel": "clob.market", "frame": {"event_type": "book"}}).encode()
    (folder / "frames.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines)))
    played = play_recording(opened(folder), TIMES_LEFT, PricingSettings())
    assert played.bad_inputs >= len(lines) // 7
    assert len(the_market(played).looks) == 3


def test_a_recording_cut_off_in_its_middle_is_judged_by_what_is_there(tmp_path: Path) -> None:
    folder = write(Made(tmp_path, seed=1))
    whole = (folder / "frames.jsonl.gz").read_bytes()
    (folder / "frames.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    played = play_recording(opened(folder), TIMES_LEFT, PricingSettings())
    assert played.bad_inputs == 1
    market = the_market(played)
    assert market.looks[-1].fair is None or market.looks[-1].is_stale


def test_the_recorded_market_of_the_venue_is_judged_by_its_true_outcome(shared: Path) -> None:
    recording = opened(shared / "recordings" / "btc-updown-5m-20260425")
    played = play_recording(recording, (240, 180, 120, 60, 30, 10), PricingSettings())
    market = the_market(played)
    assert market.is_up and "otherwise" not in market.outcome_by
    assert len(market.looks) == 6 and all(look.fair is not None and look.market is not None for look in market.looks)


def test_a_play_that_breaks_costs_its_recording_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise StageBroken("the tree gave up")

    monkeypatch.setattr("polyactors.calibration.recorded.play", broken)
    played = play(Made(tmp_path))
    assert played.markets == () and "the tree gave up" in played.left_out[0].reason


def test_a_manifest_that_ends_a_year_too_late_once_played_on_for_that_year(tmp_path: Path) -> None:
    """Nothing came any more, and prices were looked at ten times a second of it."""
    sound = play(Made(tmp_path / "sound"))
    folder = write(Made(tmp_path / "late"))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["end_ms"] = manifest["start_ms"] + 360 * 86_400_000
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert play_recording(opened(folder), TIMES_LEFT, PricingSettings()) == sound
