"""Sets are bought for less than 1 and sold for more, after the worst fees; a leg that stays alone is not kept."""

from typing import NamedTuple

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.order_management.desired import Funds
from actors.portfolio.reserve import reserve_for
from actors.strategies.order_in_hand import Wish
from actors.strategies.set_arbitrage import SET_ARBITRAGE, opportunity
from actors.strategies.set_arbitrage_rules import SetArbitrageSettings, both_legs, lone_leg
from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.markets import NO_FEES, FeeSchedule, Market, Phase
from messages.portfolio import Position
from messages.units import CASH_SCALE, LOT, PRICE_SCALE, Cash, Price, Shares, notional, proceeds
from supervision.specs import SECOND
from supervision.testing import MILLISECOND
from tests.actors.actor_world import BUY, NO, SELL, YES, snapshot
from tests.actors.samples import GAME, TAKER_FEES, dollars, market, shares

ARBITRAGE_SETTINGS = SetArbitrageSettings(
    order_size=shares(20),
    maximum_sets=shares(50),
    minimum_edge=Price(20),
    look_every_ns=200 * MILLISECOND,
    time_to_live_ns=5 * SECOND,
    retry_after_ns=SECOND,
)
RICH = Funds(dollars(1000), shares(1000), shares(1000))
NOTHING = Position(GAME, SET_ARBITRAGE)


class Case(NamedTuple):
    snapshot: Snapshot
    position: Position
    funds: Funds
    market: Market
    settings: SetArbitrageSettings


def holding(yes: int = 0, no: int = 0, *, unsettled: int = 0) -> Position:
    """`unsettled` of each token."""
    provisional = shares(unsettled)
    return Position(
        GAME, SET_ARBITRAGE, shares(yes), shares(no), provisional_yes=provisional, provisional_no=provisional
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    tick = draw(st.sampled_from([100, 50, 10]))
    last = PRICE_SCALE // tick - 1
    yes = draw(st.integers(1, last))
    # Most of them crossed, by a little or by much.
    no = min(last, max(1, PRICE_SCALE // tick - yes + draw(st.integers(-2, 20))))
    size = st.integers(1, 400)
    book = snapshot({yes * tick: draw(size)}, {no * tick: draw(size)}, tick=tick)
    held = st.one_of(st.just(Shares(0)), st.integers(0, 60_000_000).map(Shares))
    has_yes, has_no = draw(held), draw(held)
    position = Position(
        GAME,
        SET_ARBITRAGE,
        has_yes,
        has_no,
        provisional_yes=Shares(draw(st.sampled_from([0, has_yes // 2]))),
        provisional_no=Shares(draw(st.sampled_from([0, has_no // 2]))),
    )
    funds = Funds(Cash(draw(st.sampled_from([0, 5, 20, 1000])) * CASH_SCALE), draw(held), draw(held))
    fees = draw(st.sampled_from([NO_FEES, TAKER_FEES, FeeSchedule(rate_ppm=20_000)]))
    settings = evolve(ARBITRAGE_SETTINGS, minimum_edge=Price(draw(st.integers(1, 200))))
    return Case(book, position, funds, market(fees=fees), settings)


def both(legs: tuple[Wish, ...]) -> tuple[Wish, Wish]:
    yes, no = legs
    assert (yes.outcome, no.outcome) == (YES, NO)
    assert (yes.side, yes.size, yes.takes) == (no.side, no.size, no.takes)
    return yes, no


class TestBothLegs:
    @given(cases())
    def test_bring_the_minimum_edge_after_the_worst_fees(self, case: Case) -> None:
        legs = both_legs(*case)
        if not legs:
            return
        yes, _ = both(legs)
        least = case.settings.minimum_edge * yes.size // PRICE_SCALE
        fees = case.market.fees
        paid = [reserve_for(BUY, each.outcome, each.price, each.size, False, fees).cash for each in legs]
        if yes.side is BUY:
            assert yes.size - sum(paid) >= least - 1
        else:
            brought = [proceeds(each.price, each.size) for each in legs]
            fee = sum(paid) - sum(notional(each.price, each.size) for each in legs)
            assert sum(brought) - fee - yes.size >= least - 1

    @given(cases())
    def test_are_of_the_same_size_within_every_limit_and_what_is_displayed(self, case: Case) -> None:
        legs = both_legs(*case)
        if not legs:
            return
        yes, _ = both(legs)
        book, position, funds, listing, settings = case
        size = yes.size
        assert listing.minimum_size <= size <= settings.order_size
        assert size <= min(book.yes_bids.best_size, book.no_bids.best_size)
        assert size % LOT == 0
        if yes.side is SELL:
            assert size <= min(position.settled(YES), position.settled(NO), funds.yes, funds.no)
        else:
            assert max(position.yes, position.no) + size <= settings.maximum_sets
            cost = sum(reserve_for(BUY, each.outcome, each.price, each.size, False, listing.fees).cash for each in legs)
            assert cost <= funds.cash
            for each in legs:
                assert notional(each.price, size) >= CASH_SCALE
                assert notional(each.price, size) % (CASH_SCALE // 100) == 0

    @given(cases())
    def test_are_there_only_where_the_detector_counts(self, case: Case) -> None:
        if both_legs(*case):
            found = opportunity(case.snapshot, case.market.fees, 0)
            assert found is not None

    def test_buy_sets_for_less_than_1(self) -> None:
        """YES is offered at 0.48 and NO at 0.49."""
        book = snapshot({5100: 100}, {5200: 40})
        yes, no = both(both_legs(book, NOTHING, RICH, market(), ARBITRAGE_SETTINGS))
        assert (yes.side, yes.size, yes.takes) == (BUY, shares(20), True)
        assert (yes.price, no.price) == (4800, 4900)
        assert yes.edge + no.edge == 300

    def test_sell_sets_for_more_than_1_where_they_are_held_and_settled(self) -> None:
        book = snapshot({5100: 100}, {5200: 40})
        yes, no = both(both_legs(book, holding(30, 30), RICH, market(), ARBITRAGE_SETTINGS))
        assert (yes.side, yes.size) == (SELL, shares(20))
        assert (yes.price, no.price) == (5100, 5200)
        bought = both_legs(book, holding(30, 30, unsettled=28), RICH, market(), ARBITRAGE_SETTINGS)
        assert both(bought)[0].side is BUY

    def test_never_make_more_sets_than_may_be_held_of_either_token(self) -> None:
        book = snapshot({5100: 100}, {5200: 100})
        yes, _ = both(both_legs(book, holding(40, 1), RICH, market(), ARBITRAGE_SETTINGS))
        assert (yes.side, yes.size) == (BUY, shares(10))
        assert both_legs(book, holding(1, 47), RICH, market(), ARBITRAGE_SETTINGS) == ()

    def test_are_not_there_when_the_fees_eat_the_edge(self) -> None:
        """The detector counts it and says so."""
        book = snapshot({5100: 100}, {5000: 100})
        assert both_legs(book, NOTHING, RICH, market(), ARBITRAGE_SETTINGS)
        for has in (NOTHING, holding(30, 30)):
            assert both_legs(book, has, RICH, market(fees=TAKER_FEES), ARBITRAGE_SETTINGS) == ()

    def test_are_not_there_on_a_book_that_is_not_crossed_or_not_in_normal_trading(self) -> None:
        assert both_legs(snapshot(), holding(30, 30), RICH, market(), ARBITRAGE_SETTINGS) == ()
        crossed = snapshot({5100: 100}, {5200: 40})
        for phase in Phase:
            book = evolve(crossed, phase=phase)
            legs = both_legs(book, NOTHING, RICH, market(), ARBITRAGE_SETTINGS)
            assert bool(legs) == (phase is Phase.NORMAL)


class TestALoneLeg:
    @given(cases())
    def test_never_grows(self, case: Case) -> None:
        """The sets that it leaves are at least as many as before, or fewer shares are alone; never the other way."""
        book, position, funds, listing, _ = case
        wish = lone_leg(book, position, funds, listing)
        if wish is None:
            return
        more = YES if position.yes > position.no else NO
        alone = abs(position.yes - position.no)
        assert listing.minimum_size <= wish.size <= alone
        if wish.side is SELL:
            assert wish.outcome is more
            assert wish.size <= (funds.yes if more is YES else funds.no)
        else:
            assert wish.outcome is more.other
            cost = reserve_for(BUY, wish.outcome, wish.price, wish.size, False, listing.fees).cash
            assert cost <= funds.cash

    def test_is_sold_where_it_is_settled_and_completed_at_the_same_price_where_it_is_not(self) -> None:
        sale = lone_leg(snapshot(), holding(yes=20), RICH, market())
        assert sale is not None
        assert (sale.outcome, sale.side, sale.price, sale.size) == (YES, SELL, 4500, shares(20))
        bought = lone_leg(snapshot(), holding(yes=20), evolve(RICH, yes=Shares(0)), market())
        assert bought is not None
        assert (bought.outcome, bought.side, bought.price, bought.size) == (NO, BUY, 5500, shares(20))
        assert sale.price + bought.price == PRICE_SCALE

    def test_is_nothing_where_both_are_held_alike_or_the_rest_is_dust(self) -> None:
        assert lone_leg(snapshot(), holding(20, 20), RICH, market()) is None
        assert lone_leg(snapshot(), holding(20, 16), RICH, market()) is None

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_is_only_sold_in_the_last_minute(self, outcome: Outcome) -> None:
        book = evolve(snapshot(), phase=Phase.CLOSE_WINDOW)
        position = holding(yes=20) if outcome is YES else holding(no=20)
        sale = lone_leg(book, position, RICH, market())
        assert sale is not None
        assert (sale.outcome, sale.side) == (outcome, SELL)
        assert lone_leg(book, position, Funds(dollars(100), Shares(0), Shares(0)), market()) is None
