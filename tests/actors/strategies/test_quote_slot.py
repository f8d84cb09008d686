"""One side of the maker with the order manager's plan for it: row by row, and what no history of answers may bring
about."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.order_management.mutation_budget import MutationBudget
from actors.order_management.order_manager import MarketNow, Plan, plan
from actors.strategies.maker_quotes import Quote, edge_of, to_rest
from actors.strategies.quote_slot import (
    Asked,
    Cancelling,
    Empty,
    Replacing,
    Resting,
    Slot,
    answered,
    refused,
    working_order,
)
from messages.identity import IntentId, OrderId, Outcome, Side
from messages.intents import Refusal
from messages.orders import OrderChanged, OrderState
from messages.units import Price, TickSize
from supervision.specs import SECOND
from tests.actors.actor_world import BUY, MAKER_SETTINGS, NO, SELL, YES
from tests.actors.samples import changed, order_of, place, shares

SETTINGS = MAKER_SETTINGS
TICK = TickSize(100)
FAIR = 4600.0
NOW = 1_000 * SECOND


def quote(price: int = 4500, outcome: Outcome = YES, side: Side = BUY) -> Quote:
    return Quote(outcome, side, Price(price), shares(50), 100)


def plan_for(slot: Slot, wanted: Quote | None, *, fair: float = FAIR, now_ns: int = NOW) -> Plan:
    desired = [] if wanted is None else [to_rest(wanted, fair, TICK, SETTINGS)]
    order = working_order(slot)
    orders = [] if order is None else [order]
    return plan(desired, orders, MarketNow(TICK, now_ns), MutationBudget(), SETTINGS.order_management)


def is_placed(slot: Slot, wanted: Quote | None) -> bool:
    todo = plan_for(slot, wanted)
    assert not todo.cancels
    return bool(todo.places)


def is_cancelled(slot: Slot, wanted: Quote | None, *, fair: float = FAIR, now_ns: int = NOW) -> bool:
    todo = plan_for(slot, wanted, fair=fair, now_ns=now_ns)
    assert [each.order for each in todo.cancels] in ([], ["o1"])
    assert not todo.places
    return bool(todo.cancels)


def resting(price: int = 4500, since_ns: int = NOW, side: Side = BUY, outcome: Outcome = YES) -> Resting:
    return Resting(OrderId("o1"), quote(price, outcome, side), since_ns)


ORDER = order_of(place("i1", size=shares(50)), "o1")
OTHER_ORDER = order_of(place("i2", size=shares(50)), "o2")


def replacing(price: int = 4700) -> Replacing:
    return Replacing(resting(), IntentId("i2"), quote(price))


def is_replaced(slot: Slot, wanted: Quote | None, *, fair: float = FAIR, now_ns: int = NOW) -> bool:
    todo = plan_for(slot, wanted, fair=fair, now_ns=now_ns)
    assert not todo.cancels
    assert [each.replaces for each in todo.places] in ([], ["o1"])
    return bool(todo.places)


class TestTheTableOfActions:
    def test_an_empty_side_and_a_quote_wanted_is_placed(self) -> None:
        assert is_placed(Empty(), quote())
        (placed,) = plan_for(Empty(), quote()).places
        assert (placed.wanted.outcome, placed.wanted.side, placed.wanted.price) == (YES, BUY, 4500)
        assert placed.time_to_live_ns == SETTINGS.time_to_live_ns

    def test_an_empty_side_and_nothing_wanted_stays_empty(self) -> None:
        assert not is_placed(Empty(), None)

    @pytest.mark.parametrize("wanted", [None, quote(), quote(4300), quote(5600, NO, SELL)])
    @pytest.mark.parametrize("slot", [Asked(IntentId("i1"), quote()), Cancelling(OrderId("o1"), quote()), replacing()])
    def test_where_an_answer_is_awaited_nothing_is_done(self, slot: Slot, wanted: Quote | None) -> None:
        assert not is_cancelled(slot, wanted)

    def test_a_resting_order_that_is_not_wanted_is_cancelled(self) -> None:
        assert is_cancelled(resting(), None)

    @pytest.mark.parametrize("wanted", [quote(5500, NO, SELL), quote(4700, YES, SELL), quote(4500, NO, BUY)])
    def test_a_resting_order_of_another_token_or_side_is_cancelled(self, wanted: Quote) -> None:
        assert [each.order for each in plan_for(resting(), wanted).cancels] == ["o1"]

    def test_a_resting_order_that_has_less_than_half_the_minimum_edge_left_is_cancelled_however_young(self) -> None:
        half = SETTINGS.minimum_edge / 2
        # One tick further away is what is wanted now, and what rests is about there.
        wanted = evolve(quote(4400), edge=100)
        assert not is_cancelled(resting(), wanted, fair=4500 + half)
        assert is_cancelled(resting(), wanted, fair=4500 + half - 0.5)

    def test_an_order_that_reduces_is_judged_by_the_edge_that_is_wanted_for_it(self) -> None:
        wanted = evolve(quote(), edge=2)
        assert not is_cancelled(resting(), wanted, fair=4502.0)
        further = evolve(quote(4400), edge=2)
        assert not is_cancelled(resting(), further, fair=4501.0)
        assert is_cancelled(resting(), further, fair=4500.9)

    @pytest.mark.parametrize("side", Side)
    def test_an_order_two_ticks_too_near_is_cancelled_at_once(self, side: Side) -> None:
        back = -1 if side is BUY else 1
        fair = 4900.0 if side is BUY else 4100.0
        slot = resting(4500, NOW, side)
        assert not is_cancelled(slot, quote(4500 + back * TICK, side=side), fair=fair)
        assert is_cancelled(slot, quote(4500 + 2 * back * TICK, side=side), fair=fair)

    @pytest.mark.parametrize("side", Side)
    def test_an_order_two_ticks_behind_is_replaced_only_when_it_is_old_enough(self, side: Side) -> None:
        nearer = 1 if side is BUY else -1
        fair = 4900.0 if side is BUY else 4100.0
        wanted = quote(4500 + 2 * nearer * TICK, side=side)
        young = resting(4500, NOW - SETTINGS.replace_min_age_ns + 1, side)
        old = resting(4500, NOW - SETTINGS.replace_min_age_ns, side)
        assert not is_replaced(young, wanted, fair=fair)
        assert is_replaced(old, wanted, fair=fair)
        assert not is_replaced(old, quote(4500 + nearer * TICK, side=side), fair=fair)
        assert is_cancelled(evolve(old, may_be_replaced=False), wanted, fair=fair)

    def test_an_order_at_about_the_same_price_keeps_its_place_in_the_queue(self) -> None:
        assert not is_cancelled(resting(since_ns=0), quote())

    def test_an_order_that_is_partly_filled_is_kept_and_not_topped_up(self) -> None:
        assert not is_cancelled(evolve(resting(since_ns=0), filled=shares(45)), quote())

    def test_an_order_whose_time_is_over_is_waited_for(self) -> None:
        assert not is_cancelled(evolve(resting(since_ns=0), expires_ns=NOW), None)
        assert is_cancelled(evolve(resting(since_ns=0), expires_ns=NOW + 1), None)


class TestAnswers:
    @pytest.mark.parametrize("state", [state for state in OrderState if not state.is_final])
    def test_an_order_that_was_written_rests_from_then_on(self, state: OrderState) -> None:
        slot = answered(Asked(IntentId("i1"), quote()), changed(ORDER, state), NOW, SETTINGS)
        assert slot == Resting(OrderId("o1"), quote(), NOW, ORDER.expires_ns)

    @pytest.mark.parametrize("state", [state for state in OrderState if state.is_final])
    def test_an_order_that_ended_leaves_an_empty_side(self, state: OrderState) -> None:
        for slot in (Asked(IntentId("i1"), quote()), resting(), Cancelling(OrderId("o1"), quote())):
            assert isinstance(answered(slot, changed(ORDER, state), NOW, SETTINGS), Empty)

    @pytest.mark.parametrize("state", OrderState)
    def test_news_of_another_order_changes_nothing(self, state: OrderState) -> None:
        for slot in (Empty(), Asked(IntentId("i1"), quote()), resting(), Cancelling(OrderId("o1"), quote())):
            assert answered(slot, changed(OTHER_ORDER, state), NOW, SETTINGS) is slot

    def test_an_order_that_somebody_else_cancels_is_not_cancelled_a_second_time(self) -> None:
        slot = answered(resting(), changed(ORDER, OrderState.CANCELLING), NOW, SETTINGS)
        assert slot == Cancelling(OrderId("o1"), quote())
        assert not is_cancelled(slot, None)

    def test_what_was_filled_stays_filled_when_the_news_of_it_is_late(self) -> None:
        slot = answered(resting(), changed(ORDER, OrderState.LIVE, shares(20)), NOW, SETTINGS)
        order = working_order(answered(slot, changed(ORDER, OrderState.LIVE), NOW, SETTINGS))
        assert order is not None
        assert order.remaining == shares(30)

    def test_a_cancel_under_way_is_awaited_while_the_order_is_said_to_rest(self) -> None:
        slot = Cancelling(OrderId("o1"), quote())
        assert answered(slot, changed(ORDER, OrderState.LIVE), NOW, SETTINGS) == slot

    def test_an_order_that_became_smaller_on_the_way_rests_with_what_was_left_of_it(self) -> None:
        smaller = order_of(place("i1", size=shares(20)), "o1")
        slot = answered(Asked(IntentId("i1"), quote()), changed(smaller), NOW, SETTINGS)
        order = working_order(slot)
        assert order is not None
        assert order.remaining == shares(20)

    @pytest.mark.parametrize("state", [state for state in OrderState if state.is_final])
    def test_what_replaces_an_order_is_awaited_when_that_one_has_ended(self, state: OrderState) -> None:
        asked = answered(replacing(), changed(ORDER, state, shares(20)), NOW, SETTINGS)
        assert asked == Asked(IntentId("i2"), quote(4700))
        rests = answered(asked, changed(OTHER_ORDER, OrderState.WRITTEN), NOW, SETTINGS)
        assert rests == Resting(OrderId("o2"), quote(4700), NOW, OTHER_ORDER.expires_ns)

    def test_while_one_order_takes_the_place_of_another_the_larger_counts(self) -> None:
        slot = answered(replacing(), changed(ORDER, OrderState.CANCELLING, shares(20)), NOW, SETTINGS)
        order = working_order(slot)
        assert order is not None
        assert (order.order, order.remaining, order.price) == (None, shares(50), 4700)
        smaller = evolve(replacing(), quote=evolve(quote(), size=shares(10)))
        order = working_order(answered(smaller, changed(ORDER, OrderState.LIVE, shares(20)), NOW, SETTINGS))
        assert order is not None
        assert order.remaining == shares(30)

    @pytest.mark.parametrize("refusal", Refusal)
    def test_an_order_that_could_not_be_replaced_rests_and_is_cancelled_the_next_time(self, refusal: Refusal) -> None:
        """Else it would be replaced in vain for ever, and rest where it should not."""
        slot = refused(replacing(), IntentId("i2"), refusal, NOW, SETTINGS)
        assert slot == evolve(resting(), may_be_replaced=False)
        assert is_cancelled(slot, quote(4700), fair=4900.0, now_ns=NOW + SETTINGS.replace_min_age_ns)

    def test_an_order_that_is_being_cancelled_when_its_replacement_is_called_off_is_not_cancelled_again(self) -> None:
        ending = answered(replacing(), changed(ORDER, OrderState.CANCELLING), NOW, SETTINGS)
        slot = refused(ending, IntentId("i2"), Refusal.CALLED_OFF, NOW, SETTINGS)
        assert slot == Cancelling(OrderId("o1"), quote())

    def test_a_refused_intent_is_asked_for_again_after_the_delay_and_not_before(self) -> None:
        slot = refused(Asked(IntentId("i1"), quote()), IntentId("i1"), Refusal.MODE, NOW, SETTINGS)
        assert slot == Empty(NOW + SETTINGS.retry_after_ns)

    @pytest.mark.parametrize("refusal", Refusal)
    def test_a_resting_order_is_not_forgotten_for_any_refusal(self, refusal: Refusal) -> None:
        slot = resting()
        assert refused(slot, IntentId("i1"), refusal, NOW, SETTINGS) is slot

    @pytest.mark.parametrize("refusal", [each for each in Refusal if each is not Refusal.UNKNOWN_ORDER])
    def test_an_order_being_cancelled_is_not_forgotten_because_its_cancel_was_refused(self, refusal: Refusal) -> None:
        slot = Cancelling(OrderId("o1"), quote())
        assert refused(slot, IntentId("c1"), refusal, NOW, SETTINGS) is slot

    def test_an_order_that_nobody_knows_does_not_rest(self) -> None:
        cancelling = Cancelling(OrderId("o1"), quote(), IntentId("c1"))
        slot = refused(cancelling, IntentId("c1"), Refusal.UNKNOWN_ORDER, NOW, SETTINGS)
        assert isinstance(slot, Empty)
        assert refused(cancelling, IntentId("c2"), Refusal.UNKNOWN_ORDER, NOW, SETTINGS) == cancelling


PRICES = st.integers(2, 98).map(lambda cents: cents * 100)


@st.composite
def wanted_quotes(draw: st.DrawFn) -> tuple[Quote | None, float]:
    """What the maker may want, and the fair value that it wants it for: a quote never gives more than it is worth."""
    fair = draw(st.floats(200, 9_800))
    outcome, side = draw(st.sampled_from(Outcome)), draw(st.sampled_from(Side))
    worth = fair if outcome is YES else 10_000 - fair
    price = draw(PRICES)
    edge = worth - price if side is BUY else price - worth
    if edge < 0 or draw(st.integers(0, 4)) == 0:
        return None, fair
    return evolve(quote(price, outcome, side), edge=int(edge)), fair


@given(slot_price=PRICES, wish=wanted_quotes(), age_ns=st.integers(0, 10 * SECOND))
def test_only_an_empty_side_is_ever_placed_on_and_only_a_resting_order_cancelled(
    slot_price: int, wish: tuple[Quote | None, float], age_ns: int
) -> None:
    wanted, fair = wish
    asked, cancelling = Asked(IntentId("i"), quote(slot_price)), Cancelling(OrderId("o1"), quote(slot_price))
    for slot in (asked, cancelling, resting(slot_price, NOW - age_ns)):
        todo = plan_for(slot, wanted, fair=fair)
        is_same_side = wanted is not None and to_rest(wanted, fair, TICK, SETTINGS).gains is YES
        assert not (is_same_side and todo.places)
    for other in (Empty(), asked, cancelling):
        assert not plan_for(other, wanted, fair=fair).cancels


@given(slot_price=PRICES, wish=wanted_quotes(), age_ns=st.integers(0, 10 * SECOND))
def test_what_is_kept_still_earns_half_of_what_is_demanded(
    slot_price: int, wish: tuple[Quote | None, float], age_ns: int
) -> None:
    wanted, fair = wish
    slot = resting(slot_price, NOW - age_ns)
    if wanted is not None and not plan_for(slot, wanted, fair=fair).cancels:
        assert 2 * edge_of(slot.quote, fair) >= min(SETTINGS.minimum_edge, wanted.edge)


STATES = list(OrderState)


@settings(max_examples=200)
@given(data=st.data())
def test_a_side_never_has_two_orders_and_never_forgets_one_whatever_is_answered_in_whatever_order(
    data: st.DataObject,
) -> None:
    """The model: each intent that was placed is refused, or becomes an order that ends at some time; one that replaces
    an order becomes one only after that has ended. News of all of them may be repeated and late."""
    slot: Slot = Empty()
    now_ns = NOW
    made: list[OrderChanged] = []
    alive: dict[OrderId, OrderChanged] = {}
    awaiting: IntentId | None = None
    told_of: set[OrderId] = set()
    for step in range(data.draw(st.integers(1, 25))):
        now_ns += data.draw(st.integers(0, 2 * SECOND))
        what = data.draw(st.sampled_from(["look", "write", "refuse", "move", "repeat"]))
        if what == "look":
            wanted, fair = data.draw(wanted_quotes())
            if wanted is not None and to_rest(wanted, fair, TICK, SETTINGS).gains is NO:
                wanted = None
            todo = plan_for(slot, wanted, fair=fair, now_ns=now_ns)
            for placed in todo.places:
                assert awaiting is None
                assert set(alive) == ({placed.replaces} - {None}), "a second order on one side"
                assert wanted is not None
                assert placed.wanted.price == wanted.price
                awaiting = IntentId(f"i{step}")
                if placed.replaces is None:
                    slot = Asked(awaiting, wanted)
                else:
                    assert isinstance(slot, Resting)
                    slot = Replacing(slot, awaiting, wanted)
            for cancel in todo.cancels:
                assert cancel.order in alive
                assert isinstance(slot, Resting)
                slot = Cancelling(slot.order, slot.quote)
        elif what == "write" and awaiting is not None and not alive:
            order = order_of(place(awaiting), f"o{step}")
            alive[order.order] = changed(order, OrderState.WRITTEN)
            made.append(alive[order.order])
            awaiting = None
            slot = answered(slot, alive[order.order], now_ns, SETTINGS)
            told_of.add(order.order)
        elif what == "refuse":
            known = [each.order.intent for each in made] + ([awaiting] if awaiting else [])
            if known:
                intent = data.draw(st.sampled_from(known))
                refusal = data.draw(st.sampled_from([each for each in Refusal if each is not Refusal.UNKNOWN_ORDER]))
                slot = refused(slot, intent, refusal, now_ns, SETTINGS)
                awaiting = None if intent == awaiting else awaiting
        elif what == "move" and alive:
            order_id = data.draw(st.sampled_from(sorted(alive)))
            news = evolve(alive[order_id], state=data.draw(st.sampled_from(STATES)))
            slot = answered(slot, news, now_ns, SETTINGS)
            alive[order_id] = news
            if news.state.is_final:
                del alive[order_id]
                made.append(news)
        elif what == "repeat" and made:
            late = data.draw(st.sampled_from(made))
            if late.order.order not in alive:
                slot = answered(slot, late, now_ns, SETTINGS)
        assert len(alive) <= 1
        for order_id in alive:
            assert isinstance(slot, Resting | Cancelling | Replacing)
            assert (slot.old if isinstance(slot, Replacing) else slot).order == order_id
