"""The board of causes: worse at once, better late, and latches for operators alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.risk.modes import ModeBoard
from messages.identity import MarketId
from messages.risk import RiskMode
from tests.actors.samples import GAME, OTHER_GAME

QUIET = 100
NORMAL, REDUCE_ONLY, FLATTEN, HALT = RiskMode


def board() -> ModeBoard:
    return ModeBoard(QUIET)


def test_without_a_cause_all_is_normal() -> None:
    assert board().mode(GAME, 0) is NORMAL
    assert board().causes(GAME, 0) == ()
    assert board().next_change_ns(0) is None


def test_a_worse_mode_is_entered_at_once() -> None:
    modes = board()
    modes.raise_cause(GAME, "dirty", REDUCE_ONLY, 5)
    modes.raise_cause(None, "loss", HALT, 5)
    assert modes.mode(GAME, 5) is HALT
    assert modes.causes(GAME, 5) == ("loss",)


def test_a_cause_of_one_market_leaves_the_others_alone() -> None:
    modes = board()
    modes.raise_cause(GAME, "dirty", HALT, 0)
    assert modes.mode(OTHER_GAME, 0) is NORMAL
    assert modes.mode(None, 0) is NORMAL


def test_a_better_mode_waits_for_a_quiet_period() -> None:
    modes = board()
    modes.raise_cause(GAME, "dirty", REDUCE_ONLY, 0)
    assert modes.clear_cause(GAME, "dirty", 10)
    assert modes.mode(GAME, 109) is REDUCE_ONLY
    assert modes.next_change_ns(10) == 110
    assert modes.mode(GAME, 110) is NORMAL


def test_clearing_again_does_not_prolong_the_quiet_period() -> None:
    modes = board()
    modes.raise_cause(GAME, "dirty", REDUCE_ONLY, 0)
    modes.clear_cause(GAME, "dirty", 10)
    assert not modes.clear_cause(GAME, "dirty", 50)
    assert modes.next_change_ns(50) == 110


def test_a_cause_that_comes_back_in_the_quiet_period_starts_anew() -> None:
    modes = board()
    modes.raise_cause(GAME, "dirty", REDUCE_ONLY, 0)
    modes.clear_cause(GAME, "dirty", 10)
    modes.raise_cause(GAME, "dirty", REDUCE_ONLY, 60)
    assert modes.mode(GAME, 1000) is REDUCE_ONLY
    assert modes.next_change_ns(60) is None


def test_a_cause_that_becomes_less_bad_is_better_only_after_the_quiet_period() -> None:
    modes = board()
    modes.raise_cause(None, "venue", HALT, 0)
    modes.raise_cause(None, "venue", REDUCE_ONLY, 10)
    assert modes.mode(None, 109) is HALT
    assert modes.mode(None, 110) is REDUCE_ONLY
    assert modes.causes(None, 110) == ("venue",)


def test_a_loss_latch_is_cleared_by_an_operator_alone() -> None:
    modes = board()
    modes.raise_cause(None, "loss", HALT, 0, latched=True)
    assert not modes.clear_cause(None, "loss", 10)
    modes.raise_cause(None, "loss", REDUCE_ONLY, 20)
    assert modes.mode(None, 10_000) is HALT
    assert [latch.name for latch in modes.latches()] == ["loss"]
    assert modes.clear_cause(None, "loss", 10_000, by_operator=True)
    assert modes.mode(None, 10_000) is NORMAL


def test_raising_a_latched_cause_again_does_not_unlatch_it() -> None:
    modes = board()
    modes.raise_cause(None, "loss", HALT, 0, latched=True)
    modes.raise_cause(None, "loss", HALT, 1)
    assert not modes.clear_cause(None, "loss", 2)


scopes = st.sampled_from([None, GAME, OTHER_GAME])
acts = st.tuples(scopes, st.sampled_from("abc"), st.sampled_from([None, *RiskMode]), st.integers(0, 60))


@given(st.lists(acts, max_size=20))
@settings(max_examples=200)
def test_a_mode_is_never_better_than_what_lasts_or_was_cleared_less_than_the_quiet_period_ago(
    history: list[tuple[MarketId | None, str, RiskMode | None, int]],
) -> None:
    modes, now = board(), 0
    lasting: dict[tuple[MarketId | None, str], RiskMode] = {}
    ended: list[tuple[MarketId | None, RiskMode, int]] = []
    for scope, cause, mode, passed in history:
        now += passed
        before = lasting.pop((scope, cause), None)
        if mode is None:
            modes.clear_cause(scope, cause, now)
        else:
            modes.raise_cause(scope, cause, mode, now)
            lasting[scope, cause] = mode
        if before is not None and (mode is None or mode < before):
            ended.append((scope, before, now))
        for market in (None, GAME, OTHER_GAME):
            held = [each for (where, _), each in lasting.items() if where in (None, market)]
            held += [each for where, each, at in ended if where in (None, market) and now < at + QUIET]
            assert modes.mode(market, now) == max(held, default=NORMAL)
        due = modes.next_change_ns(now)
        if due is not None:
            assert all(modes.mode(market, due - 1) == modes.mode(market, now) for market in (None, GAME, OTHER_GAME))
