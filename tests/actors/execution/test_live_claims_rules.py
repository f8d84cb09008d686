"""The rules alone: when a merge in doubt has happened, what is free to be merged, and what the journal leaves open."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.execution.live.claim_rules import ClaimSettings, Owned, owned
from actors.execution.live.claim_words import Holding, MergeSets, paid
from actors.execution.live.merge_rules import (
    ItDidNot,
    ItHappened,
    MergeInDoubt,
    StillInDoubt,
    look_at_merge,
    mergeable,
    still_open,
)
from messages.claims import MergeOver, MergeSent
from messages.identity import Outcome
from messages.portfolio import MarketPortfolio, Position, SettledAccount
from messages.units import ONE, Cash, Price, Shares
from tests.actors.samples import ARBITRAGE, GAME, MAKER, OTHER_GAME, shares

SETTINGS = ClaimSettings()
SENT = MergeSent(GAME, MAKER, shares(60), more_yes=shares(1), more_no=-shares(2), at_ns=1000)
OURS = Owned(shares(100), shares(100), True)
BEFORE = Holding(GAME, shares(99), shares(102), None)
AFTER = Holding(GAME, shares(39), shares(42), None)
LATE = SENT.at_ns + SETTINGS.doubt_ns


def test_a_merge_has_happened_when_two_looks_apart_say_so() -> None:
    first = look_at_merge(MergeInDoubt(SENT), AFTER, OURS, 5000, SETTINGS)
    assert first == StillInDoubt(MergeInDoubt(SENT, 5000))
    soon = look_at_merge(MergeInDoubt(SENT, 5000), AFTER, OURS, 5000 + SETTINGS.confirm_after_ns - 1, SETTINGS)
    assert soon == first
    assert (
        look_at_merge(MergeInDoubt(SENT, 5000), AFTER, OURS, 5000 + SETTINGS.confirm_after_ns, SETTINGS) == ItHappened()
    )


def test_a_merge_has_not_happened_when_nothing_moved_for_as_long_as_it_could() -> None:
    assert look_at_merge(MergeInDoubt(SENT), BEFORE, OURS, LATE - 1, SETTINGS) == StillInDoubt(MergeInDoubt(SENT))
    assert look_at_merge(MergeInDoubt(SENT), BEFORE, OURS, LATE, SETTINGS) == ItDidNot()


@given(yes=st.integers(0, 200), no=st.integers(0, 200))
def test_anything_else_leaves_the_doubt(yes: int, no: int) -> None:
    holding = Holding(GAME, shares(yes), shares(no), None)
    said = look_at_merge(MergeInDoubt(SENT, 5000), holding, OURS, 10 * LATE, SETTINGS)
    expected = {BEFORE: ItDidNot(), AFTER: ItHappened()}.get(holding, StillInDoubt(MergeInDoubt(SENT)))
    assert said == expected
    unquiet = evolve(OURS, is_quiet=False)
    assert look_at_merge(MergeInDoubt(SENT, 5000), holding, unquiet, 10 * LATE, SETTINGS) == StillInDoubt(
        MergeInDoubt(SENT)
    )


@pytest.mark.parametrize(
    ("reserved_yes", "reserved_no", "wished", "free"),
    [(0, 0, None, 60), (0, 0, 20, 20), (0, 0, 90, 60), (30, 0, None, 60), (70, 0, None, 30), (0, 95, None, 0)],
)
def test_only_own_settled_sets_that_nobody_s_orders_need_can_be_merged(
    reserved_yes: int, reserved_no: int, wished: int | None, free: int
) -> None:
    own = Position(GAME, MAKER, yes=shares(60), no=shares(80), provisional_no=shares(10))
    other = Position(GAME, ARBITRAGE, yes=shares(40), no=shares(10))
    reserved = shares(reserved_yes), shares(reserved_no)
    portfolio = MarketPortfolio(GAME, 1, (own, other), (), Cash(0), *reserved)
    wish = MergeSets(GAME, MAKER, None if wished is None else shares(wished))
    assert mergeable(portfolio, wish) == shares(free)


def test_the_journal_leaves_open_what_has_no_end() -> None:
    other = evolve(SENT, market=OTHER_GAME)
    later = evolve(SENT, at_ns=2000)
    records = [SENT, other, MergeOver(GAME, 1000), later, MergeOver(GAME, 1000), "something else"]
    assert still_open(records) == {GAME: later, OTHER_GAME: other}


def test_markets_with_nothing_in_them_are_nobody_s_business() -> None:
    held = ((GAME, Outcome.YES, shares(0)), (GAME, Outcome.NO, shares(0)), (OTHER_GAME, Outcome.NO, shares(3)))
    assert owned(SettledAccount(1, Cash(0), held, ())) == {OTHER_GAME: Owned(shares(0), shares(3), True)}


@given(size=st.integers(0, 10**12), payout=st.integers(0, ONE))
def test_a_set_pays_its_dollar_or_loses_a_unit_to_rounding(size: int, payout: int) -> None:
    whole = paid(Shares(size), Shares(size), Price(payout))
    assert size - 1 <= whole <= size
