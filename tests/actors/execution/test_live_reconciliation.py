"""The rule that tells a difference from a moment: never a false alarm, and nothing that stays is overlooked."""

from random import Random

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.live.reconciliation import (
    CASH,
    Asset,
    Baseline,
    Dust,
    Gap,
    Reading,
    gaps_of,
    judge,
    not_answered_for,
    not_compared,
    since_ns,
)
from actors.execution.live.words import VenueBalances
from messages.identity import Outcome
from messages.portfolio import SettledAccount
from messages.units import LOT, Cash, Shares
from tests.actors.execution.settlement_model import MARKETS, SettlementModel
from tests.actors.samples import GAME, OTHER_GAME

NOTHING_BEFORE = Baseline()
DUST = Dust()
YES_OF_GAME = Asset(GAME, Outcome.YES)

seeds = st.integers(0, 2**32)
few = st.integers(0, 6)
assets = st.sampled_from([CASH, *(Asset(market, outcome) for market in MARKETS for outcome in Outcome)])
amounts = st.integers(LOT + 1, 100 * LOT).flatmap(lambda size: st.sampled_from([size, -size]))


class Looks:
    """Comparisons one after the other, as the reconciler makes them."""

    def __init__(self, model: SettlementModel) -> None:
        self.model = model
        self.previous: Reading | None = None

    def look(self, steps_between: int) -> tuple[Gap, ...]:
        """The differences that are real. Whatever was read has come to the ledger before the next look."""
        reading = self.model.compare(steps_between)
        judgement = judge(self.previous, reading, NOTHING_BEFORE, DUST)
        self.previous = reading if judgement.doubtful else None
        if not judgement.doubtful and not judgement.real:
            self.model.agreed_ns = reading.began_ns
        self.model.tell(reading)
        return judgement.real


class TestNoDifference:
    @settings(max_examples=400, deadline=None)
    @given(seeds, few, few, st.integers(2, 12))
    def test_is_ever_reported_however_matches_settlement_and_reads_interleave(
        self, seed: int, between: int, apart: int, looks: int
    ) -> None:
        model = SettlementModel(Random(seed))
        model.steps(40)
        looking = Looks(model)
        for _ in range(looks):
            assert looking.look(between) == ()
            model.steps(apart)

    @settings(max_examples=100, deadline=None)
    @given(seeds)
    def test_is_seen_once_everything_has_settled_and_is_known(self, seed: int) -> None:
        model = SettlementModel(Random(seed))
        model.steps(60)
        model.settle_all()
        assert gaps_of(model.compare(0), NOTHING_BEFORE, DUST) == ()

    @settings(max_examples=100, deadline=None)
    @given(seeds)
    def test_is_seen_while_trades_that_are_known_wait_to_settle(self, seed: int) -> None:
        """What is MINED has moved, what is MATCHED or RETRYING has not, and neither is held against the venue."""
        model = SettlementModel(Random(seed))
        model.steps(60)
        model.come_to_rest()
        assert gaps_of(model.compare(0), NOTHING_BEFORE, DUST) == ()


class TestADifference:
    @settings(max_examples=200, deadline=None)
    @given(seeds, assets, amounts)
    def test_beyond_dust_is_reported_by_the_second_look_at_an_account_at_rest(
        self, seed: int, asset: Asset, amount: int
    ) -> None:
        model = SettlementModel(Random(seed))
        model.steps(60)
        model.come_to_rest()
        model.take(asset, amount)
        looking = Looks(model)
        assert looking.look(0) == ()
        (gap,) = looking.look(0)
        assert (gap.asset, gap.difference) == (asset, amount)

    @settings(max_examples=200, deadline=None)
    @given(seeds, few, assets, amounts)
    def test_that_came_amid_trading_is_reported_when_trading_has_come_to_rest(
        self, seed: int, between: int, asset: Asset, amount: int
    ) -> None:
        model = SettlementModel(Random(seed))
        looking = Looks(model)
        model.steps(40)
        looking.look(between)
        model.take(asset, amount)
        looking.look(between)
        model.settle_all()
        # One look that the last news may spoil, and two at rest.
        found = {gap for _ in range(3) for gap in looking.look(0)}
        assert {(gap.asset, gap.difference) for gap in found} == {(asset, amount)}

    @settings(max_examples=100, deadline=None)
    @given(seeds, st.integers(-LOT, LOT))
    def test_within_dust_is_none(self, seed: int, amount: int) -> None:
        model = SettlementModel(Random(seed))
        model.steps(40)
        model.come_to_rest()
        model.take(YES_OF_GAME, amount)
        assert gaps_of(model.compare(0), NOTHING_BEFORE, DUST) == ()

    def test_that_is_another_one_in_the_second_look_is_looked_at_again(self) -> None:
        looking = Looks(SettlementModel(Random(1)))
        looking.model.take(CASH, 500)
        assert looking.look(0) == ()
        looking.model.take(CASH, 500)
        assert looking.look(0) == ()
        assert [gap.difference for gap in looking.look(0)] == [1000]

    def test_is_reported_though_trades_that_are_over_were_read_in_the_first_look_alone(self) -> None:
        """The first look reached further back, for the sake of a fill that has settled since."""
        model = SettlementModel(Random(5))
        while not _trades_in(YES_OF_GAME, model.compare(0)):
            model.step()
        model.settle_all()
        model.take(YES_OF_GAME, 5 * LOT)
        first = model.compare(0)
        second = evolve(first, since_ns=model.now_ns + 1, trades=())
        assert [gap.asset for gap in judge(first, second, NOTHING_BEFORE, DUST).real] == [YES_OF_GAME]


class TestWhatWasThereBefore:
    def test_is_expected_on_top_of_what_is_ours(self) -> None:
        model = SettlementModel(Random(1))
        model.take(CASH, 777)
        model.take(YES_OF_GAME, 3 * LOT)
        baseline = Baseline(Cash(777), {(GAME, Outcome.YES): Shares(3 * LOT)})
        assert gaps_of(model.compare(0), baseline, DUST) == ()
        assert len(gaps_of(model.compare(0), NOTHING_BEFORE, DUST)) == 2


class TestWhatIsAskedFor:
    @settings(max_examples=100, deadline=None)
    @given(seeds)
    def test_reaches_back_to_every_unsettled_fill(self, seed: int) -> None:
        model = SettlementModel(Random(seed))
        model.steps(60)
        account = model.account()
        since = since_ns(model.now_ns, account, 5)
        assert since <= model.now_ns - 5
        assert all(since <= fill.at_ns - 5 for fill in account.unsettled)

    def test_from_the_beginning_of_time_is_not_before_it(self) -> None:
        assert since_ns(0, SettledAccount(0, Cash(0), (), ()), 60) == 0


class TestAnAnswer:
    @pytest.mark.parametrize("left_out", list(Outcome))
    def test_that_leaves_out_a_token_is_noticed(self, left_out: Outcome) -> None:
        reading = SettlementModel(Random(1)).compare(0)
        some = tuple(each for each in reading.balances.shares if each[:2] != (GAME, left_out))
        assert not_answered_for(MARKETS, VenueBalances(Cash(0), some)) == (GAME,)
        assert not_answered_for(MARKETS, reading.balances) == ()

    def test_cannot_speak_of_tokens_that_it_was_not_asked_for(self) -> None:
        model = SettlementModel(Random(3))
        model.steps(80)
        model.settle_all()
        reading = model.compare(0)
        of_one = tuple(each for each in reading.balances.shares if each[0] == GAME)
        left_out = not_compared(evolve(reading, balances=VenueBalances(reading.balances.cash, of_one)))
        held = {(asset.market, asset.outcome): amount for asset, amount in left_out}
        expected = {(OTHER_GAME, outcome): model.shares.get((OTHER_GAME, outcome), 0) for outcome in Outcome}
        assert held == {token: amount for token, amount in expected.items() if amount}
        assert held


def _trades_in(asset: Asset, reading: Reading) -> int:
    return sum(Asset(part.market, part.outcome) == asset for trade in reading.trades for part in trade.parts)


def test_a_gap_says_what_was_found_and_what_should_be() -> None:
    assert Gap(CASH, 5_000_000, 4_250_000).text == "4.25 pUSD at the venue where 5 pUSD should be"
    assert Gap(YES_OF_GAME, 0, 10_000).text == f"0.01 YES of {GAME} at the venue where 0 YES of {GAME} should be"
