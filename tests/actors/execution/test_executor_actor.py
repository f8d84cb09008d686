"""The executor: on disk before on the wire, one intent one order, after a restart nothing before all is settled."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.executor import Executor, ExecutorSettings, ExecutorState, Stage
from actors.execution.words import (
    OpenOrders,
    OrderNotWritten,
    OrderOnDisk,
    Prepare,
    Sending,
    TellOpenOrders,
    TellVenueState,
)
from messages.fills import Fill
from messages.identity import IntentId, OrderId, StrategyName
from messages.intents import Cancel, Flatten, IntentRefused, Refusal
from messages.orders import (
    Accepted,
    CancelOrders,
    CancelRefused,
    Ended,
    Executed,
    Order,
    OrderMoved,
    OrdersGone,
    OrderState,
    Rejected,
    Submit,
    VenueReport,
    Withdraw,
)
from messages.ownership import Fence
from messages.periods import PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.reference import ReferenceVenue, Symbol
from messages.risk import ExecutionReady, ReservationReleased
from messages.sessions import MarketJoined
from supervision.specs import SECOND
from supervision.testing import ORIGIN_NS, Diary, Tree, run_tree
from tests.actors.actor_world import (
    EXECUTOR_PATH,
    GATEWAY_PATH,
    GOVERNOR_PATH,
    JOURNAL_PATH,
    LEDGER_PATH,
    MAKER_PATH,
    MARKET_PATH,
    OTHER_MARKET_PATH,
    heard,
    kinds,
    say,
    world,
)
from tests.actors.samples import (
    ARBITRAGE,
    GAME,
    MAKER,
    OTHER_GAME,
    authorised,
    changed,
    fill_of,
    market,
    order_of,
    place,
    shares,
)

SETTLE = SECOND
NOTHING_OPEN = OpenOrders(())
NOTHING_THERE = VenueReport((), (), 1)

Script = Callable[["Desk"], Awaitable[None]]


class Desk:
    """An executor with probes around it."""

    def __init__(self, tree: Tree, diary: Diary) -> None:
        self.tree = tree
        self.diary = diary

    async def tell(self, *messages: object) -> None:
        self.tree.tell(EXECUTOR_PATH, *messages)
        await self.tree.settle()

    async def be_ready(self) -> None:
        await self.tell(NOTHING_OPEN, NOTHING_THERE)
        assert self.state.stage is Stage.READY

    async def ask(self, wish: CancelOrders, of: str = MARKET_PATH) -> None:
        say(self.tree, of, EXECUTOR_PATH, wish)
        await self.tree.settle()

    async def write(self, intent: str = "i1", **options: Any) -> Order:
        """The order that the executor made of an authorised intent, not on disk yet."""
        before = len(self.written)
        await self.tell(authorised(evolve(place(intent), **options)))
        assert len(self.written) == before + 1
        return self.written[-1]

    async def rest(self, intent: str = "i1", **options: Any) -> Order:
        """The same, sent and accepted."""
        order = await self.write(intent, **options)
        await self.tell(OrderOnDisk(order), Accepted(order.order, 1))
        return order

    async def restart(self) -> None:
        self.diary.forget()
        self.tree.kill(EXECUTOR_PATH)
        await self.tree.settle()

    @property
    def written(self) -> list[Order]:
        return heard(self.diary, LEDGER_PATH, Order)

    @property
    def sent(self) -> list[OrderId]:
        return [each.order.order for each in heard(self.diary, GATEWAY_PATH, Submit)]

    @property
    def withdrawn(self) -> list[OrderId]:
        return [each.order for each in heard(self.diary, GATEWAY_PATH, Withdraw)]

    @property
    def gone(self) -> list[OrdersGone]:
        return heard(self.diary, MARKET_PATH, OrdersGone)

    @property
    def state(self) -> ExecutorState:
        actor = self.tree.cell(EXECUTOR_PATH).actor
        assert actor is not None
        state = actor.describe()
        assert isinstance(state, ExecutorState)
        return state

    def moves_of(self, order: OrderId) -> list[OrderState]:
        return [each.state for each in heard(self.diary, LEDGER_PATH, OrderMoved) if each.order == order]

    def refusals(self) -> list[tuple[str, Refusal]]:
        return [(each.intent, each.refusal) for each in heard(self.diary, MAKER_PATH, IntentRefused)]

    def released(self) -> list[IntentId]:
        return [each.intent for each in heard(self.diary, GOVERNOR_PATH, ReservationReleased)]


def run(script: Script, *, prepares: bool = False) -> None:
    diary = Diary()
    settings = ExecutorSettings(settle_ns=SETTLE, prepares=prepares)
    markets = (market(), market(OTHER_GAME))

    async def at_the_desk(tree: Tree) -> None:
        await script(Desk(tree, diary))

    run_tree(world(diary, {EXECUTOR_PATH: lambda: Executor(markets, settings)}), at_the_desk)


def of_the_ledger(name: str = "o1", state: OrderState = OrderState.LIVE) -> Order:
    return changed(order_of(place(f"i-{name}"), name), state).order


class TestAnOrder:
    def test_is_sent_only_once_it_is_on_disk(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            await desk.tree.advance(10 * SECOND)
            assert desk.sent == []
            await desk.tell(OrderOnDisk(order))
            assert desk.sent == [order.order]
            assert desk.moves_of(order.order) == [OrderState.SENT]

        run(script)

    @pytest.mark.parametrize("prepares", [True, False])
    def test_is_made_ready_while_it_is_being_written_if_that_is_wanted(self, prepares: bool) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            assert heard(desk.diary, GATEWAY_PATH, Prepare) == ([Prepare(order)] if prepares else [])
            assert desk.sent == []
            await desk.tell(OrderOnDisk(order))
            assert desk.sent == [order.order]

        run(script, prepares=prepares)

    def test_that_is_made_ready_before_is_on_its_way_when_the_gateway_says_so(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            await desk.tell(OrderOnDisk(order))
            assert desk.moves_of(order.order) == []
            await desk.tell(Sending(order.order, 7))
            assert desk.moves_of(order.order) == [OrderState.SENT]

        run(script, prepares=True)

    def test_is_sent_once_however_often_it_is_said_to_be_on_disk(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            await desk.tell(OrderOnDisk(order), OrderOnDisk(order))
            await desk.tell(Accepted(order.order, 1), OrderOnDisk(order))
            await desk.tell(Ended(order.order, OrderState.EXPIRED, shares(0), "", 2), OrderOnDisk(order))
            assert desk.sent == [order.order]

        run(script)

    def test_that_waited_for_a_slow_cancel_does_not_outlive_its_period(self) -> None:
        """Where cancels took three seconds, orders in the place of others were to live for one more than the market."""
        series = Series(Symbol("btcusd"), PeriodLength.FIVE_MINUTES)
        present = series.period_at(ORIGIN_NS // 10**6)
        rule = SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60)
        ends = evolve(market(), about=UpOrDown(present, rule), end_ms=present.end_ms)
        end_ns = present.end_ms * 10**6

        async def script(desk: Desk) -> None:
            await desk.be_ready()
            await desk.tell(MarketJoined(ends, 1))
            old = await desk.rest()
            assert old.expires_ns == old.written_ns + place().time_to_live_ns
            left_ns = end_ns - desk.tree.clock.now_ns()
            await desk.tree.advance(left_ns - place().time_to_live_ns)
            await desk.tell(authorised(evolve(place("i2"), replaces=old.order)))
            await desk.tree.advance(SETTLE - 1)
            await desk.tell(Ended(old.order, OrderState.CANCELLED, shares(0), "", 2))
            new = desk.written[-1]
            assert new.replaces == old.order
            assert new.expires_ns == end_ns < new.written_ns + place().time_to_live_ns

        run(script)

    def test_carries_everything_that_was_authorised_and_ends_by_itself(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            wish = place("i1")
            same = (
                "intent",
                "strategy",
                "market",
                "outcome",
                "side",
                "price",
                "size",
                "post_only",
                "fencing",
                "snapshot",
            )
            for name in (*same, "rationale", "time_in_force"):
                assert getattr(order, name) == getattr(wish, name)
            assert order.expires_ns == order.written_ns + wish.time_to_live_ns

        run(script)

    def test_that_was_fenced_off_before_it_is_on_disk_is_never_sent(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write(fencing=3)
            await desk.tell(Fence(GAME, 4), OrderOnDisk(order))
            assert desk.sent == []
            assert desk.moves_of(order.order) == [OrderState.CANCELLED]
            assert desk.state.open_orders == 0

        run(script)

    @pytest.mark.parametrize("how", ["cancel", "cancel all", "flatten"])
    def test_that_was_cancelled_before_it_is_on_disk_is_never_sent(self, how: str) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            wishes = {
                "cancel": Cancel(IntentId("c"), MAKER, GAME, order.order, "no more", 1),
                "cancel all": CancelOrders(None, None, "HALT"),
                "flatten": Flatten(IntentId("f"), MAKER, GAME, "no more", 1),
            }
            await desk.tell(wishes[how], OrderOnDisk(order))
            assert desk.sent == desk.withdrawn == []
            assert desk.moves_of(order.order) == [OrderState.CANCELLING, OrderState.CANCELLED]

        run(script)

    def test_of_a_former_owner_is_refused_and_its_reservation_released(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            await desk.tell(Fence(GAME, 5), Fence(GAME, 4), authorised(place("late", fencing=4)))
            assert desk.written == []
            assert desk.refusals() == [("late", Refusal.FENCED)]
            assert desk.released() == ["late"]
            await desk.tell(authorised(place("other", fencing=4, where=OTHER_GAME)))
            assert len(desk.written) == 1

        run(script)

    def test_that_the_ledger_refused_is_forgotten_and_its_reservation_released(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            await desk.ask(CancelOrders(GAME, MAKER, "preempted"))
            assert desk.gone == []
            await desk.tell(OrderNotWritten(order.order, "not covered"))
            assert desk.sent == []
            assert [intent for intent, _ in desk.refusals()] == ["i1"]
            assert desk.released() == ["i1"]
            assert len(desk.gone) == 1

        run(script)

    def test_s_news_are_all_told_to_the_ledger(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.rest()
            fill = fill_of(order, size=shares(10))
            await desk.tell(Executed(fill), Ended(order.order, OrderState.EXPIRED, shares(10), "", 3))
            assert desk.moves_of(order.order) == [OrderState.SENT, OrderState.LIVE, OrderState.EXPIRED]
            assert heard(desk.diary, LEDGER_PATH, Fill) == [fill]
            refused = await desk.write("i2")
            await desk.tell(OrderOnDisk(refused), Rejected(refused.order, "no", 4))
            assert desk.moves_of(refused.order)[-1] is OrderState.REJECTED
            assert desk.state.open_orders == 0

        run(script)

    def test_that_nobody_owns_is_cancelled_when_the_venue_accepts_it(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            await desk.tell(Accepted(OrderId("stranger"), 1))
            assert desk.withdrawn == ["stranger"]
            assert len(desk.tree.logged("an order that nobody owns is cancelled")) == 1

        run(script)


class TestACancel:
    def test_that_overtook_its_order_is_said_again_when_the_order_is_accepted(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            await desk.tell(OrderOnDisk(order))
            await desk.tell(Cancel(IntentId("c"), MAKER, GAME, order.order, "", 1))
            await desk.tell(CancelRefused(order.order, "not found", 1))
            assert desk.withdrawn == [order.order]
            assert desk.state.open_orders == 1
            await desk.tell(Accepted(order.order, 2))
            assert desk.withdrawn == [order.order] * 2

        run(script)

    def test_that_is_repeated_is_sent_once(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.rest()
            await desk.tell(*[Cancel(IntentId(f"c{n}"), MAKER, GAME, order.order, "", 1) for n in range(3)])
            assert desk.withdrawn == [order.order]
            assert desk.moves_of(order.order).count(OrderState.CANCELLING) == 1

        run(script)

    def test_of_an_order_that_is_over_is_answered_so(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.rest()
            await desk.tell(Executed(fill_of(order)), Cancel(IntentId("c"), MAKER, GAME, order.order, "", 1))
            assert desk.refusals() == [("c", Refusal.UNKNOWN_ORDER)]

        run(script)

    def test_during_the_reconciliation_is_not_answered_as_if_the_order_were_gone(self) -> None:
        """A strategy that hears UNKNOWN_ORDER forgets the order; here it rests, unheard of by the executor."""

        async def script(desk: Desk) -> None:
            await desk.tell(Cancel(IntentId("c"), MAKER, GAME, OrderId("o1"), "", 1))
            assert desk.refusals() == [("c", Refusal.RECONCILING)]

        run(script)

    def test_of_somebody_who_is_no_actor_of_the_tree_harms_nobody(self) -> None:
        """Anyone may propose a cancel."""

        async def script(desk: Desk) -> None:
            await desk.be_ready()
            await desk.tell(Cancel(IntentId("c"), StrategyName("operator"), GAME, OrderId("o1"), "", 1))
            assert desk.tree.cell(EXECUTOR_PATH).generation == 1
            assert [each.intent for each in heard(desk.diary, JOURNAL_PATH, IntentRefused)] == ["c"]

        run(script)


class TestOrdersGone:
    def test_is_said_at_once_when_there_are_none(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            await desk.ask(CancelOrders(GAME, None, ""))
            assert desk.gone == [OrdersGone(GAME, None)]

        run(script)

    def test_is_said_only_when_the_last_one_that_was_meant_is_gone(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            orders = [await desk.rest(f"i{number}") for number in range(3)]
            other = await desk.rest("elsewhere", market=OTHER_GAME)
            await desk.ask(CancelOrders(GAME, None, ""))
            assert desk.withdrawn == [order.order for order in orders]
            await desk.tell(Ended(orders[0].order, OrderState.CANCELLED, shares(0), "", 1))
            await desk.tell(Executed(fill_of(orders[1], "t", shares(99))))
            await desk.tell(Ended(orders[2].order, OrderState.EXPIRED, shares(0), "", 1))
            assert desk.gone == []
            await desk.tell(Executed(fill_of(orders[1], "u", shares(1))))
            assert desk.gone == [OrdersGone(GAME, None)]
            assert other.order not in desk.withdrawn

        run(script)

    def test_each_who_asked_is_answered_for_what_it_asked(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            one, other = await desk.rest("i1"), await desk.rest("i2", market=OTHER_GAME)
            await desk.ask(CancelOrders(GAME, MAKER, ""))
            await desk.ask(CancelOrders(OTHER_GAME, None, ""), OTHER_MARKET_PATH)
            await desk.ask(CancelOrders(None, None, ""), GOVERNOR_PATH)
            await desk.tell(Ended(other.order, OrderState.CANCELLED, shares(0), "", 1))
            assert heard(desk.diary, OTHER_MARKET_PATH, OrdersGone) == [OrdersGone(OTHER_GAME, None)]
            assert desk.gone == heard(desk.diary, GOVERNOR_PATH, OrdersGone) == []
            await desk.tell(Ended(one.order, OrderState.CANCELLED, shares(0), "", 1))
            assert desk.gone == [OrdersGone(GAME, MAKER)]
            assert heard(desk.diary, GOVERNOR_PATH, OrdersGone) == [OrdersGone(None, None)]

        run(script)

    def test_another_strategy_s_orders_are_left_alone(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            await desk.rest("i1", strategy=ARBITRAGE)
            await desk.ask(CancelOrders(GAME, MAKER, ""))
            assert desk.withdrawn == []
            assert len(desk.gone) == 1

        run(script)

    def test_is_not_said_before_the_reconciliation_is_over(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.ask(CancelOrders(GAME, None, "the market was started"))
            assert desk.gone == []
            await desk.be_ready()
            assert len(desk.gone) == 1

        run(script)


class TestTheReconciliation:
    def test_lets_nothing_pass_and_releases_what_was_reserved(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.tell(authorised(place("i1")), NOTHING_OPEN, authorised(place("i2")))
            assert desk.written == []
            assert desk.refusals() == [("i1", Refusal.RECONCILING), ("i2", Refusal.RECONCILING)]
            assert desk.released() == ["i1", "i2"]

        run(script)

    def test_asks_the_ledger_then_the_venue_then_is_ready_once(self) -> None:
        async def script(desk: Desk) -> None:
            assert kinds(desk.diary.received(LEDGER_PATH)) == [TellOpenOrders.__name__]
            assert desk.diary.received(GATEWAY_PATH) == []
            await desk.tell(NOTHING_OPEN)
            assert kinds(desk.diary.received(GATEWAY_PATH)) == [TellVenueState.__name__]
            await desk.tell(NOTHING_THERE)
            assert len(heard(desk.diary, GOVERNOR_PATH, ExecutionReady)) == 1

        run(script)

    def test_withdraws_what_the_ledger_holds_open_and_waits_for_what_is_in_flight(self) -> None:
        async def script(desk: Desk) -> None:
            orders = [order_of(place(f"i{n}"), f"o{n}") for n in range(3)]
            await desk.tell(OpenOrders(tuple(map(changed, orders))))
            assert desk.withdrawn == [order.order for order in orders]
            await desk.tree.advance(SETTLE - 1)
            assert heard(desk.diary, GATEWAY_PATH, TellVenueState) == []
            await desk.tree.advance(1)
            assert len(heard(desk.diary, GATEWAY_PATH, TellVenueState)) == 1
            assert heard(desk.diary, GOVERNOR_PATH, ExecutionReady) == []

        run(script)

    def test_tells_the_ledger_the_venue_s_fills_before_it_ends_what_the_venue_does_not_have(self) -> None:
        async def script(desk: Desk) -> None:
            order = order_of(place(), "o1")
            await desk.tell(OpenOrders((changed(order),)))
            await desk.tree.advance(SETTLE)
            fill = fill_of(order)
            await desk.tell(VenueReport((), (fill,), 1))
            assert desk.diary.received(LEDGER_PATH)[-2] == fill
            assert desk.moves_of(order.order)[-1] is OrderState.CANCELLED
            assert desk.state.open_orders == 0
            assert len(heard(desk.diary, GOVERNOR_PATH, ExecutionReady)) == 1

        run(script)

    def test_is_over_only_when_the_venue_has_no_order_left_known_or_not(self) -> None:
        async def script(desk: Desk) -> None:
            order = order_of(place(), "known")
            await desk.tell(OpenOrders((changed(order),)))
            for _ in range(3):
                await desk.tree.advance(SETTLE)
                await desk.tell(VenueReport((OrderId("known"), OrderId("unknown")), (), 1))
                assert desk.state.stage is Stage.RECONCILING
                assert desk.withdrawn[-2:] == ["known", "unknown"]
            await desk.tree.advance(SETTLE)
            await desk.tell(NOTHING_THERE)
            assert desk.state.stage is Stage.READY
            assert len(heard(desk.diary, GATEWAY_PATH, TellVenueState)) == 4

        run(script)

    def test_after_a_restart_an_order_that_comes_on_disk_late_is_not_sent(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            await desk.restart()
            await desk.tell(OrderOnDisk(order))
            await desk.tell(OpenOrders((changed(order, OrderState.WRITTEN),)), OrderOnDisk(order))
            await desk.tree.advance(SETTLE)
            await desk.tell(NOTHING_THERE, OrderOnDisk(order))
            assert desk.sent == []
            assert desk.moves_of(order.order)[-1] is OrderState.CANCELLED

        run(script)

    def test_who_waited_for_orders_to_go_is_answered_for_what_it_asks_again(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.rest()
            await desk.restart()
            await desk.ask(CancelOrders(GAME, MAKER, ""))
            await desk.tell(OpenOrders((changed(order),)))
            await desk.tree.advance(SETTLE)
            assert desk.gone == []
            await desk.tell(NOTHING_THERE)
            assert desk.gone == [OrdersGone(GAME, MAKER)]

        run(script)

    def test_a_report_that_nobody_asked_for_ends_no_order_in_flight(self) -> None:
        """A former life asked for it; its answer, older than the order, comes when all is well again."""

        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.write()
            await desk.tell(OrderOnDisk(order), NOTHING_THERE)
            assert desk.moves_of(order.order) == [OrderState.SENT]
            assert desk.state.open_orders == 1
            assert len(heard(desk.diary, GOVERNOR_PATH, ExecutionReady)) == 1

        run(script)

    def test_a_report_that_a_former_life_asked_for_does_not_make_this_one_ready(self) -> None:
        async def script(desk: Desk) -> None:
            await desk.tell(NOTHING_OPEN)
            await desk.restart()
            await desk.tell(NOTHING_THERE)
            assert desk.state.stage.value == "reconciling"
            await desk.tell(NOTHING_OPEN, NOTHING_THERE)
            assert desk.state.stage is Stage.READY

        run(script)

    def test_a_second_list_of_the_ledger_s_orders_changes_nothing(self) -> None:
        """The answer to a former life's question."""

        async def script(desk: Desk) -> None:
            await desk.be_ready()
            order = await desk.rest()
            await desk.tell(OpenOrders((changed(order),)))
            assert desk.withdrawn == []
            assert desk.state.open_orders == 1

        run(script)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_happens_no_order_is_sent_twice_or_before_it_is_on_disk_or_after_it_was_cancelled(
    data: st.DataObject,
) -> None:
    moves = st.sampled_from(
        ["authorise", "disk", "accept", "cancel", "all", "fence", "end", "fill", "restart", "ready"]
    )
    chosen = data.draw(st.lists(moves, max_size=30))

    async def script(desk: Desk) -> None:
        on_disk: set[OrderId] = set()
        cancelled: set[OrderId] = set()
        sent: list[OrderId] = []
        orders: list[Order] = []
        fence = 1
        await desk.be_ready()
        for step, move in enumerate(chosen):
            order = orders[data.draw(st.integers(0, len(orders) - 1))] if orders else None
            match move:
                case "authorise":
                    await desk.tell(authorised(place(f"i{step}", fencing=data.draw(st.integers(1, fence + 1)))))
                case "fence":
                    fence += 1
                    await desk.tell(Fence(GAME, fence))
                    cancelled |= {each.order for each in orders if each.fencing < fence and each.order not in on_disk}
                case "all":
                    cancelled |= {each.order for each in orders if each.order not in sent}
                    await desk.ask(CancelOrders(GAME, None, ""))
                case "restart":
                    cancelled |= {each.order for each in orders if each.order not in sent}
                    await desk.restart()
                    orders.clear()
                case "ready":
                    await desk.tell(NOTHING_OPEN, NOTHING_THERE)
                case "disk" if order is not None:
                    on_disk.add(order.order)
                    await desk.tell(OrderOnDisk(order))
                case "accept" if order is not None and order.order in sent:
                    await desk.tell(Accepted(order.order, 1))
                case "cancel" if order is not None:
                    if order.order not in sent:
                        cancelled.add(order.order)
                    await desk.tell(Cancel(IntentId(f"c{step}"), MAKER, GAME, order.order, "", 1))
                case "end" if order is not None and order.order in sent:
                    await desk.tell(Ended(order.order, OrderState.CANCELLED, shares(0), "", 1))
                case "fill" if order is not None and order.order in sent:
                    await desk.tell(Executed(fill_of(order, f"t{step}")))
            orders += desk.written
            sent += desk.sent
            desk.diary.forget()
            assert len(sent) == len(set(sent))
            assert set(sent) <= on_disk
            assert not set(sent) & cancelled
        intents = [each.intent for each in orders]
        assert len(intents) == len(set(intents))

    run(script)
