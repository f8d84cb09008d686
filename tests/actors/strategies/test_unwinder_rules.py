"""The unwinder sells only what is settled and at risk, rests before it takes, and leaves the worthless alone."""

from typing import NamedTuple

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.strategies.holdings import free_shares, funds_of, holding_of
from actors.strategies.unwinder import UNWINDER
from actors.strategies.unwinder_rules import (
    UnwinderSettings,
    inventory_of,
    offer_price,
    others_act,
    unwinding,
)
from messages.identity import Outcome, StrategyName
from messages.market_data import Snapshot
from messages.markets import Phase
from messages.portfolio import MarketPortfolio, PortfolioChanged, Position, Wallet
from messages.units import LOT, ONE, PRICE_SCALE, Cash, Price, Shares
from supervision.specs import SECOND
from supervision.testing import MILLISECOND
from tests.actors.actor_world import NO, SELL, YES, snapshot
from tests.actors.samples import GAME, MAKER, TAKER_FEES, changed, dollars, market, order_of, place, shares

MINUTE = 60 * SECOND
UNWINDER_SETTINGS = UnwinderSettings(
    age_limit_ns=5 * MINUTE,
    take_after_ns=10 * MINUTE,
    near_end_ns=2 * MINUTE,
    take_near_end_ns=30 * SECOND,
    lowest_price=Price(200),
    quiet_ns=3 * SECOND,
    turn_ns=MINUTE,
    pause_ns=10 * SECOND,
    look_every_ns=SECOND,
    replace_min_age_ns=5 * SECOND,
    time_to_live_ns=MINUTE,
    retry_after_ns=500 * MILLISECOND,
)
TAKER = StrategyName("taker")
NONE = Shares(0)


def portfolio_of(*positions: Position, reserved_yes: int = 0, reserved_no: int = 0) -> MarketPortfolio:
    return MarketPortfolio(GAME, 1, positions, (), Cash(0), Shares(reserved_yes), Shares(reserved_no))


def held(yes: int = 0, no: int = 0, by: StrategyName = MAKER) -> Position:
    return Position(GAME, by, shares(yes), shares(no))


class Case(NamedTuple):
    snapshot: Snapshot
    portfolio: MarketPortfolio
    own_reserved: Shares
    age_ns: int
    left_ns: int | None


@st.composite
def cases(draw: st.DrawFn) -> Case:
    tick = draw(st.sampled_from([100, 50, 10]))
    last = PRICE_SCALE // tick - 1
    bid = draw(st.integers(1, last - 1))
    ask = draw(st.integers(bid + 1, min(last, bid + draw(st.integers(1, 20)))))
    size = st.integers(1, 400)
    yes_bids = {bid * tick: draw(size)} if draw(st.integers(0, 9)) else {}
    no_bids = {PRICE_SCALE - ask * tick: draw(size)} if draw(st.integers(0, 9)) else {}
    amounts = st.integers(0, 90_000_000).map(Shares)
    positions = []
    for name in (MAKER, TAKER):
        yes, no = draw(amounts), draw(amounts)
        unsettled = Shares(draw(st.sampled_from([0, yes // 4]))), Shares(draw(st.sampled_from([0, no // 4])))
        positions.append(Position(GAME, name, yes, no, provisional_yes=unsettled[0], provisional_no=unsettled[1]))
    reserved = Shares(draw(st.sampled_from([0, 7_000_000])))
    portfolio = portfolio_of(*positions, reserved_yes=reserved, reserved_no=reserved)
    left_ns = draw(st.none() | st.integers(1, 300).map(lambda each: each * SECOND))
    phase = draw(st.sampled_from([Phase.NORMAL, Phase.CLOSE_WINDOW]))
    book = evolve(snapshot(yes_bids, no_bids, tick=tick), phase=phase)
    return Case(book, portfolio, draw(st.sampled_from([NONE, reserved])), draw(st.integers(0, 900)) * SECOND, left_ns)


class TestWhatIsSold:
    @given(cases())
    def test_is_settled_at_risk_and_nobody_else_s_to_sell(self, case: Case) -> None:
        wish = unwinding(*case, market(fees=TAKER_FEES), UNWINDER_SETTINGS)
        if wish is None:
            return
        book, portfolio, own_reserved, _, _ = case
        inventory = inventory_of(portfolio)
        assert (wish.side, wish.outcome) == (SELL, inventory.outcome)
        assert market().minimum_size <= wish.size <= inventory.size
        assert wish.size <= free_shares(portfolio).of(wish.outcome) + own_reserved
        held_in_all = portfolio.yes if wish.outcome is YES else portfolio.no
        assert wish.size <= held_in_all - portfolio.provisional(wish.outcome)
        assert wish.size % LOT == 0
        assert wish.price % book.tick_size == 0
        assert 0 < wish.price < ONE

    @given(cases())
    def test_rests_above_every_bid_and_takes_only_when_its_time_is_over(self, case: Case) -> None:
        wish = unwinding(*case, market(fees=TAKER_FEES), UNWINDER_SETTINGS)
        if wish is None:
            return
        book, _, _, age_ns, left_ns = case
        settings = UNWINDER_SETTINGS
        bid = book.bids(wish.outcome).best
        is_over = age_ns >= settings.take_after_ns or (left_ns is not None and left_ns <= settings.take_near_end_ns)
        if wish.takes:
            assert is_over
            assert settings.lowest_price <= wish.price <= bid
        else:
            assert wish.price > bid
            is_due = age_ns >= settings.age_limit_ns or (left_ns is not None and left_ns <= settings.near_end_ns)
            assert is_due

    @given(cases())
    def test_is_nothing_before_the_age_limit_far_from_the_end(self, case: Case) -> None:
        young = case._replace(age_ns=UNWINDER_SETTINGS.age_limit_ns - 1, left_ns=None)
        assert unwinding(*young, market(), UNWINDER_SETTINGS) is None
        far = case._replace(age_ns=0, left_ns=UNWINDER_SETTINGS.near_end_ns + 1)
        assert unwinding(*far, market(), UNWINDER_SETTINGS) is None

    def test_is_offered_first_and_taken_to_the_bid_later(self) -> None:
        book, portfolio = snapshot({4500: 1000}, {5000: 1000}), portfolio_of(held(yes=30))
        first = unwinding(book, portfolio, NONE, 5 * MINUTE, None, market(), UNWINDER_SETTINGS)
        assert first is not None
        assert (first.outcome, first.price, first.takes, first.size) == (YES, 4900, False, shares(30))
        later = unwinding(book, portfolio, NONE, 10 * MINUTE, None, market(), UNWINDER_SETTINGS)
        assert later is not None
        assert (later.price, later.takes) == (4500, True)
        assert later.edge < 0 < first.edge
        at_the_end = unwinding(book, portfolio, NONE, 0, 30 * SECOND, market(), UNWINDER_SETTINGS)
        assert at_the_end == later

    def test_is_only_what_is_not_covered_by_the_other_token(self) -> None:
        book, portfolio = snapshot(), portfolio_of(held(yes=30), held(no=50, by=TAKER))
        wish = unwinding(book, portfolio, NONE, 5 * MINUTE, None, market(), UNWINDER_SETTINGS)
        assert wish is not None
        assert (wish.outcome, wish.size) == (NO, shares(20))

    def test_is_kept_when_the_bid_is_almost_nothing(self) -> None:
        book, portfolio = snapshot({100: 1000}, {}), portfolio_of(held(yes=30))
        wish = unwinding(book, portfolio, NONE, 10 * MINUTE, None, market(), UNWINDER_SETTINGS)
        assert wish is None or not wish.takes

    @pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.RESOLVED, Phase.WATCH, Phase.DISCOVERED])
    def test_is_nothing_while_the_market_takes_no_orders(self, phase: Phase) -> None:
        book = evolve(snapshot(), phase=phase)
        assert unwinding(book, portfolio_of(held(yes=30)), NONE, MINUTE * 60, 1, market(), UNWINDER_SETTINGS) is None


def test_its_offer_is_a_tick_better_than_others_but_never_at_a_bid() -> None:
    assert offer_price(snapshot({4500: 1}, {5000: 1}), YES) == 4900
    assert offer_price(snapshot({4500: 1}, {5000: 1}), NO) == 5400
    assert offer_price(snapshot({4500: 1}, {5400: 1}), YES) == 4600
    assert offer_price(snapshot({4500: 1}, {}), YES) == 9900
    assert offer_price(snapshot({}, {}), YES) is None
    assert offer_price(snapshot({9900: 1}, {}), YES) is None


def test_others_act_while_an_order_of_theirs_is_open() -> None:
    order = changed(order_of(place()))
    portfolio = evolve(portfolio_of(held(yes=30)), open_orders=(order,))
    assert others_act(portfolio, UNWINDER)
    assert not others_act(portfolio, order.order.strategy)
    assert not others_act(portfolio_of(held(yes=30)), UNWINDER)


def test_it_offers_before_it_takes() -> None:
    with pytest.raises(ValueError, match="offered first"):
        evolve(UNWINDER_SETTINGS, take_after_ns=UNWINDER_SETTINGS.age_limit_ns - 1)
    with pytest.raises(ValueError, match="offered first"):
        evolve(UNWINDER_SETTINGS, take_near_end_ns=UNWINDER_SETTINGS.near_end_ns + 1)


class TestWhatIsLeftOfAPosition:
    """Of what the unwinder sold for others."""

    @given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=1, max_size=4))
    def test_adds_up_to_what_the_account_has(self, amounts: list[tuple[int, int]]) -> None:
        names = [StrategyName(f"s{number}") for number in range(len(amounts))]
        portfolio = portfolio_of(*(held(yes, no, name) for name, (yes, no) in zip(names, amounts, strict=True)))
        for outcome in Outcome:
            left = [holding_of(portfolio, name).shares(outcome) for name in names]
            raw = [portfolio.position_of(name).shares(outcome) for name in names]
            has = portfolio.yes if outcome is YES else portfolio.no
            assert all(each >= 0 for each in left)
            assert sum(left) == max(0, has)
            assert all(each <= max(0, was) for each, was in zip(left, raw, strict=True))

    @given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=4))
    def test_is_the_position_itself_where_nobody_sold_for_others(self, amounts: list[tuple[int, int]]) -> None:
        positions = [held(yes, no, StrategyName(f"s{number}")) for number, (yes, no) in enumerate(amounts)]
        for position in positions:
            assert holding_of(portfolio_of(*positions), position.strategy) is position

    def test_is_what_can_be_used(self) -> None:
        portfolio = portfolio_of(held(yes=50), held(yes=-30, by=UNWINDER), reserved_yes=shares(5))
        told = PortfolioChanged(portfolio, Wallet(dollars(100), dollars(90), dollars(20)))
        funds = funds_of(told, MAKER)
        assert (funds.cash, funds.yes, funds.no) == (dollars(70), shares(15), NONE)
        assert funds_of(told, UNWINDER).yes == 0
