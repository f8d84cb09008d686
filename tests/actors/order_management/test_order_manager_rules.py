"""Each rule of the plan by one example."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.order_management.desired import Funds, Stage
from actors.order_management.mutation_budget import MutationBudget
from actors.order_management.order_manager import LARGEST_BATCH
from actors.order_management.settings import OrderManagerSettings, time_to_live_ns
from messages.identity import Side
from messages.units import Cash, Shares
from polyactors.config import Configuration
from tests.actors.order_management.order_manager_world import (
    BUY,
    MILLISECOND,
    NO,
    NOW,
    SECOND,
    SELL,
    SETTINGS,
    order,
    plan_of,
    shares,
    want,
)


def placed(*args: object, **kwargs: object) -> list[int]:
    return [each.wanted.price for each in plan_of(*args, **kwargs).places]  # type: ignore[arg-type]


class TestReplacing:
    def test_cancels_first_and_places_only_when_the_cancel_is_confirmed(self) -> None:
        wanted = [want(4800)]
        todo = plan_of(wanted, [order(4500)])
        assert ([each.order for each in todo.cancels], todo.places) == (["o1"], ())
        assert placed(wanted, [order(4500, stage=Stage.ENDING)]) == []
        assert placed(wanted, []) == [4800]

    def test_hands_over_what_is_reserved_where_the_order_may_be_replaced(self) -> None:
        (place,) = plan_of([want(4800)], [order(4500, replaceable=True)]).places
        assert (place.wanted.price, place.replaces) == (4800, "o1")
        assert plan_of([want(4800)], [order(4500, replaceable=True)]).cancels == ()

    def test_needs_only_the_difference(self) -> None:
        resting = order(4500, 50, replaceable=True)
        for cash, is_enough in ((1_499_999, False), (1_500_000, True)):
            todo = plan_of([want(4800)], [resting], funds=Funds(Cash(cash), shares(0), shares(0)))
            assert ([each.replaces for each in todo.places] == ["o1"]) is is_enough
            assert ([each.order for each in todo.cancels] == ["o1"]) is not is_enough

    def test_counts_as_a_cancel_and_a_place_and_cancels_where_that_is_too_much(self) -> None:
        resting = order(4500, replaceable=True)
        for per_second, is_replaced in ((2, False), (3, True)):
            todo = plan_of([want(4800)], [resting], evolve(SETTINGS, mutations_per_second=per_second))
            assert (len(todo.places), len(todo.cancels)) == ((1, 0) if is_replaced else (0, 1))
            assert todo.budget.left(per_second, NOW) == 1

    def test_of_what_would_trade_at_a_loss_begins_with_the_cancel(self) -> None:
        """A place may be refused at any gate, and the cancel must not depend on that."""
        todo = plan_of([want(4400, worst=4450)], [order(4600, replaceable=True)])
        assert ([each.order for each in todo.cancels], todo.places) == (["o1"], ())

    def test_waits_for_the_cooldown_and_keeps_the_order_meanwhile(self) -> None:
        hot = MutationBudget((), NOW)
        todo = plan_of([want(4800)], [order(4500, replaceable=True)], evolve(SETTINGS, cooldown_ns=SECOND), budget=hot)
        assert (todo.cancels, todo.places, todo.look_again_ns) == ((), (), NOW + SECOND)

    def test_waits_for_an_order_that_gives_up_the_same_exposure_by_the_other_token(self) -> None:
        """Buying YES and selling NO are one side: both could fill."""
        todo = plan_of([want(5500, outcome=NO, side=SELL)], [order(4500)])
        assert ([each.order for each in todo.cancels], todo.places) == (["o1"], ())

    def test_of_one_side_does_not_wait_for_the_other(self) -> None:
        assert placed([want(4500), want(5300, outcome=NO)], [order(4000, stage=Stage.ENDING)]) == [5300]

    def test_is_not_worth_it_below_the_minimum_of_ticks(self) -> None:
        assert plan_of([want(4600)], [order(4500)]).cancels == ()
        assert len(plan_of([want(4700)], [order(4500)]).cancels) == 1

    def test_is_not_done_to_a_young_order(self) -> None:
        assert plan_of([want(4700)], [order(4500, age_ns=SETTINGS.replace_min_age_ns - 1)]).cancels == ()

    def test_shifts_a_ladder_by_one_order_alone(self) -> None:
        """A step of three ticks: two of three levels are there already."""
        ladder = [order(4500, name="a"), order(4200, name="b"), order(3900, name="c")]
        todo = plan_of([want(4800), want(4500), want(4200)], ladder)
        assert [each.order for each in todo.cancels] == ["c"]

    def test_makes_an_order_larger_only_where_the_settings_ask_for_it(self) -> None:
        eager = evolve(SETTINGS, replace_min_size_percent=50)
        assert plan_of([want(4500)], [order(4500, 24)]).cancels == ()
        assert len(plan_of([want(4500)], [order(4500, 24)], eager).cancels) == 1
        assert plan_of([want(4500)], [order(4500, 25)], eager).cancels == ()

    def test_takes_back_what_is_larger_than_wanted_at_once(self) -> None:
        assert [each.is_urgent for each in plan_of([want(4500, 20)], [order(4500, age_ns=0)]).cancels] == [True]


class TestTheTick:
    def test_that_changed_takes_orders_off_it_away_however_young(self) -> None:
        todo = plan_of([want(4500)], [order(4490, age_ns=0)])
        assert "off the tick" in todo.cancels[0].reason

    @pytest.mark.parametrize(("side", "price"), [(BUY, 4500), (SELL, 4600)])
    def test_rounds_what_is_wanted_away_from_the_market(self, side: Side, price: int) -> None:
        assert placed([want(4567, side=side)], []) == [price]

    @pytest.mark.parametrize(("side", "price"), [(BUY, 50), (SELL, 9950)])
    def test_leaves_nothing_where_there_is_no_price_on_it(self, side: Side, price: int) -> None:
        assert placed([want(price, side=side)], []) == []


class TestABatch:
    def test_is_at_most_fifteen_and_the_rest_comes_with_the_next(self) -> None:
        orders = [order(4500, name=f"o{number}") for number in range(20)]
        todo = plan_of([], orders)
        assert len(todo.cancels) == LARGEST_BATCH == 15
        assert todo.look_again_ns == NOW
        assert len(plan_of([], orders[15:], budget=todo.budget).cancels) == 5

    def test_has_the_cancels_that_cannot_wait_first(self) -> None:
        elsewhere = [order(4000, name=f"o{number}") for number in range(15)]
        at_a_loss = order(4800, name="loss")
        wanted = [want(4500) for _ in range(20)]
        assert plan_of(wanted, [*elsewhere, at_a_loss]).cancels[0].order == "loss"

    def test_leaves_room_for_the_cancel_that_a_place_may_need(self) -> None:
        tight = evolve(SETTINGS, mutations_per_second=3)
        todo = plan_of([want(4500), want(4400), want(4300)], [], tight)
        assert [each.wanted.price for each in todo.places] == [4500, 4400]
        assert todo.look_again_ns == NOW + SECOND

    def test_waits_for_the_cooldown_unless_something_is_at_a_loss(self) -> None:
        slow = evolve(SETTINGS, cooldown_ns=200 * MILLISECOND)
        hot = MutationBudget((NOW - 50 * MILLISECOND,), NOW - 50 * MILLISECOND)
        todo = plan_of([want(4500)], [], slow, budget=hot)
        assert todo.places == ()
        assert todo.look_again_ns == NOW + 150 * MILLISECOND
        assert plan_of([want(4500)], [order(4100)], slow, budget=hot).cancels == ()
        assert len(plan_of([want(4500)], [order(4600)], slow, budget=hot).cancels) == 1


class TestMoney:
    def test_that_a_cancel_will_set_free_is_not_counted(self) -> None:
        wanted = [want(5300, outcome=NO)]
        resting = order(4500, name="o1")
        nothing = Funds(Cash(0), Shares(0), Shares(0))
        todo = plan_of(wanted, [resting], funds=nothing)
        assert ([each.order for each in todo.cancels], todo.places) == (["o1"], ())
        assert placed(wanted, [], funds=evolve(nothing, cash=Cash(26_500_000))) == [5300]
        assert placed(wanted, [], funds=evolve(nothing, cash=Cash(26_499_999))) == []

    def test_is_shares_for_a_sale(self) -> None:
        wanted = [want(5300, side=SELL)]
        assert placed(wanted, [], funds=Funds(Cash(0), shares(50), Shares(0))) == [5300]
        assert placed(wanted, [], funds=Funds(Cash(10**12), Shares(shares(50) - 1), shares(50))) == []

    def test_that_is_spent_by_one_place_is_not_there_for_the_next(self) -> None:
        free = Funds(Cash(40_000_000), Shares(0), Shares(0))
        assert placed([want(4500), want(4400), want(3000)], [], funds=free) == [4500, 3000]


class TestTheTimeToLive:
    def test_is_the_usual_one_where_no_end_is_known(self) -> None:
        assert time_to_live_ns(NOW, None, SETTINGS) == SETTINGS.time_to_live_ns

    def test_is_shorter_near_the_end_and_nothing_is_placed_at_it(self) -> None:
        assert time_to_live_ns(NOW, NOW + 301 * SECOND, SETTINGS) == 60 * SECOND
        assert time_to_live_ns(NOW, NOW + 300 * SECOND, SETTINGS) == 20 * SECOND
        assert time_to_live_ns(NOW, NOW + 5 * SECOND, SETTINGS) == 5 * SECOND
        assert placed([want(4500)], [], end_ns=NOW + SECOND - 1) == []
        assert placed([want(4500)], [], end_ns=NOW - SECOND) == []

    @given(left_ns=st.integers(-SECOND, 400 * SECOND), near_ns=st.integers(0, 400 * SECOND))
    def test_never_is_beyond_the_market_s_end(self, left_ns: int, near_ns: int) -> None:
        life_ns = time_to_live_ns(NOW, NOW + left_ns, evolve(SETTINGS, near_end_ns=near_ns))
        assert (life_ns is None) == (left_ns < SECOND)
        if life_ns is not None:
            assert SECOND <= life_ns <= min(left_ns, SETTINGS.time_to_live_ns)

    def test_that_is_over_is_waited_for(self) -> None:
        over = evolve(order(4500), expires_ns=NOW)
        assert plan_of([], [over]).cancels == ()
        assert placed([want(4500)], [over]) == []


class TestMistakes:
    def test_a_wish_beyond_its_own_worst_price_is_refused(self) -> None:
        with pytest.raises(ValueError, match="worst price"):
            want(4500, worst=4400)
        with pytest.raises(ValueError, match="worst price"):
            want(4500, side=SELL, worst=4600)

    @pytest.mark.parametrize("wrong", [{"replace_min_ticks": 0}, {"mutations_per_second": 1}, {"time_to_live_ns": 1}])
    def test_settings_that_could_never_work_are_refused(self, wrong: dict[str, int]) -> None:
        with pytest.raises(ValueError):
            evolve(SETTINGS, **wrong)


def test_the_settings_are_what_the_maker_is_configured_with() -> None:
    maker = Configuration().maker
    assert isinstance(maker.order_management, OrderManagerSettings)
    assert maker.order_management.replace_min_ticks == maker.replace_min_ticks
    assert maker.order_management.near_end_ns == maker.near_end_ns


def test_an_order_of_the_other_token_is_not_in_the_way_of_anything_but_its_own_side() -> None:
    assert placed([want(4500)], [order(5300, outcome=NO, stage=Stage.ASKED, name=None)]) == [4500]
    assert placed([want(4500)], [order(5300, outcome=NO, side=SELL, stage=Stage.ASKED, name=None)]) == []
