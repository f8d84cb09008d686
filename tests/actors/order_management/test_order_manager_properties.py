"""What holds for whatever is wanted and whatever rests: it gets there, with the fewest actions, within its budgets."""

import itertools
from collections.abc import Sequence

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.order_management.desired import Desired, Funds, Stage, WorkingOrder
from actors.order_management.keeping import can_stay
from actors.order_management.mutation_budget import MutationBudget
from actors.order_management.order_manager import LARGEST_BATCH
from messages.identity import Outcome
from messages.units import Cash, notional
from tests.actors.order_management.order_manager_world import (
    BUY,
    MILLISECOND,
    NOW,
    SECOND,
    SETTINGS,
    TICK,
    IdealVenue,
    actions_of,
    desires,
    plan_of,
    resting_orders,
    shares,
)


def fewest_actions(desired: Sequence[Desired], orders: Sequence[WorkingOrder]) -> int:
    """By trying every way to let orders stand in for what is wanted."""
    most = 0
    for each in itertools.product([None, *range(len(desired))], repeat=len(orders)):
        chosen = [which for which in each if which is not None]
        if len(chosen) == len(set(chosen)) and all(
            which is None or can_stay(orders[number], desired[which], TICK, NOW, SETTINGS)
            for number, which in enumerate(each)
        ):
            most = max(most, len(chosen))
    return len(desired) + len(orders) - 2 * most


@settings(max_examples=300, deadline=None)
@given(desired=st.lists(desires(), max_size=4), orders=resting_orders(4))
def test_what_is_wanted_is_reached_with_the_fewest_cancels_and_places(
    desired: list[Desired], orders: list[WorkingOrder]
) -> None:
    venue = IdealVenue(orders)
    budget, actions = MutationBudget(), 0
    for _ in range(6):
        todo = plan_of(desired, venue.orders, budget=budget)
        actions += actions_of(todo)
        budget = todo.budget
        venue.apply(todo, NOW)
        venue.confirm()
    assert actions == fewest_actions(desired, orders)
    assert len(venue.orders) == len(desired)
    assert fewest_actions(desired, venue.orders) == 0


@given(desired=st.lists(desires(), max_size=6), orders=resting_orders(6))
def test_asked_a_second_time_before_or_after_the_answers_it_repeats_nothing(
    desired: list[Desired], orders: list[WorkingOrder]
) -> None:
    venue = IdealVenue(orders)
    todo = plan_of(desired, venue.orders)
    venue.apply(todo, NOW)
    again = plan_of(desired, venue.orders, budget=todo.budget)
    assert (again.cancels, again.places) == ((), ())
    if not todo.cancels:
        venue.confirm()
        after = plan_of(desired, venue.orders, budget=todo.budget)
        assert (after.cancels, after.places) == ((), ())


@given(desired=st.lists(desires(), max_size=6), orders=resting_orders(6))
def test_orders_that_may_still_fill_never_are_more_than_is_wanted_because_of_a_place(
    desired: list[Desired], orders: list[WorkingOrder]
) -> None:
    """A cancel that was only sent frees nothing: both orders could fill. Of an order and what replaces it one can."""
    todo = plan_of(desired, orders)
    for gains in Outcome:
        placed = [each for each in todo.places if each.wanted.gains is gains]
        replaced = {each.replaces for each in placed}
        alive = [each for each in orders if each.gains is gains and each.order not in replaced]
        wanted = [each for each in desired if each.gains is gains]
        if placed:
            assert len(alive) + len(placed) <= len(wanted)
            most = sum(each.size for each in wanted)
            # An order that was larger than what is wanted is so no longer than until it has ended.
            assert sum(each.remaining for each in alive) + sum(each.wanted.size for each in placed) <= most


@given(desired=st.lists(desires(), max_size=6), orders=resting_orders(6))
def test_only_an_order_on_the_same_side_of_the_same_token_is_replaced_and_each_by_one_alone(
    desired: list[Desired], orders: list[WorkingOrder]
) -> None:
    todo = plan_of(desired, orders)
    known = {each.order: each for each in orders}
    replaced = [each.replaces for each in todo.places if each.replaces is not None]
    assert len(replaced) == len(set(replaced))
    assert not set(replaced) & {each.order for each in todo.cancels}
    for each in todo.places:
        if each.replaces is not None:
            old = known[each.replaces]
            assert old.may_be_replaced
            assert old.stage is Stage.RESTING
            assert (old.outcome, old.side) == (each.wanted.outcome, each.wanted.side)


@given(
    desired=st.lists(desires(), max_size=6),
    orders=resting_orders(3),
    cash=st.integers(0, 100),
    yes=st.integers(0, 100),
    no=st.integers(0, 100),
)
def test_places_never_need_more_than_is_free_now(
    desired: list[Desired], orders: list[WorkingOrder], cash: int, yes: int, no: int
) -> None:
    todo = plan_of(desired, orders, funds=Funds(Cash(cash * 1_000_000), shares(yes), shares(no)))
    old = {each.order: each for each in orders}
    needed: dict[Outcome | None, int] = {None: 0, Outcome.YES: 0, Outcome.NO: 0}
    for each in todo.places:
        wanted, replaced = each.wanted, old.get(each.replaces) if each.replaces else None
        if wanted.side is BUY:
            handed_over = 0 if replaced is None else notional(replaced.price, replaced.remaining)
            needed[None] += max(0, notional(wanted.price, wanted.size) - handed_over)
        else:
            needed[wanted.outcome] += max(0, wanted.size - (0 if replaced is None else replaced.remaining))
    assert needed[None] <= cash * 1_000_000
    assert needed[Outcome.YES] <= shares(yes)
    assert needed[Outcome.NO] <= shares(no)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_second_sees_more_than_its_mutations_and_no_batch_is_too_large_or_too_soon(data: st.DataObject) -> None:
    per_second = data.draw(st.integers(2, 20))
    cooldown_ns = data.draw(st.sampled_from([0, 50, 300])) * MILLISECOND
    strict = evolve(SETTINGS, mutations_per_second=per_second, cooldown_ns=cooldown_ns, replace_min_age_ns=0)
    venue = IdealVenue(data.draw(resting_orders(10)))
    budget, now_ns = MutationBudget(), NOW
    sent: list[int] = []
    last_batch_ns: int | None = None
    for _ in range(data.draw(st.integers(1, 12))):
        desired = data.draw(st.lists(desires(), max_size=12))
        todo = plan_of(desired, venue.orders, strict, budget=budget, now_ns=now_ns)
        number = actions_of(todo)
        assert number <= LARGEST_BATCH
        waits = bool(todo.places) or not all(each.is_urgent for each in todo.cancels)
        if waits and last_batch_ns is not None:
            assert now_ns >= last_batch_ns + cooldown_ns
        if number:
            last_batch_ns = now_ns
        sent += [now_ns] * number
        assert sum(each > now_ns - SECOND for each in sent) <= per_second
        budget = todo.budget
        venue.apply(todo, now_ns)
        if data.draw(st.booleans()):
            venue.confirm()
        now_ns += data.draw(st.integers(0, 700)) * MILLISECOND


@settings(max_examples=100, deadline=None)
@given(
    desired=st.lists(desires(), max_size=12),
    orders=resting_orders(25),
    per_second=st.integers(2, 20),
    cooldown_ms=st.sampled_from([0, 100]),
)
def test_who_looks_again_when_told_to_gets_there_within_any_budget(
    desired: list[Desired], orders: list[WorkingOrder], per_second: int, cooldown_ms: int
) -> None:
    strict = evolve(SETTINGS, mutations_per_second=per_second, cooldown_ns=cooldown_ms * MILLISECOND)
    # Ages would change what may stay while time passes.
    old = [evolve(each, since_ns=NOW - 100 * SECOND) for each in orders]
    venue = IdealVenue(old)
    budget, now_ns = MutationBudget(), NOW
    for _ in range(200):
        todo = plan_of(desired, venue.orders, strict, budget=budget, now_ns=now_ns)
        budget = todo.budget
        venue.apply(todo, now_ns)
        venue.confirm()
        if todo.look_again_ns is not None:
            assert todo.look_again_ns > now_ns or actions_of(todo) == LARGEST_BATCH
            now_ns = todo.look_again_ns
        elif not todo.cancels and not todo.places:
            break
    assert len(venue.orders) == len(desired)
    assert all(any(can_stay(o, d, TICK, now_ns, strict) for d in desired) for o in venue.orders)


@given(desired=desires(), orders=resting_orders(4))
def test_an_order_that_would_trade_at_a_loss_is_cancelled_however_young(
    desired: Desired, orders: list[WorkingOrder]
) -> None:
    orders = [evolve(each, outcome=desired.outcome, side=desired.side) for each in orders]
    at_a_loss = [each for each in orders if desired.forbids(each.price)]
    hot = MutationBudget((), NOW)
    todo = plan_of([desired], orders, evolve(SETTINGS, cooldown_ns=SECOND), budget=hot)
    assert {each.order for each in at_a_loss} <= {each.order for each in todo.cancels if each.is_urgent}


@given(desired=st.lists(desires(), max_size=4), orders=resting_orders(4), stage=st.sampled_from(Stage))
def test_only_what_rests_is_cancelled(desired: list[Desired], orders: list[WorkingOrder], stage: Stage) -> None:
    staged = [evolve(each, stage=stage, order=None if stage is Stage.ASKED else each.order) for each in orders]
    if stage is not Stage.RESTING:
        assert plan_of(desired, staged).cancels == ()
