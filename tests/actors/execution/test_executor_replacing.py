"""Orders that take the place of others, and ends that race fills: what is reserved is passed on, and nothing twice."""

from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve

from messages.control import AreYouThere, Here
from messages.fills import FillReversed
from messages.identity import IntentId, TradeId
from messages.intents import Cancel, IntentRefused, Place, Refusal
from messages.orders import (
    Accepted,
    CancelOrders,
    CancelRefused,
    Doubtful,
    Ended,
    Executed,
    Order,
    OrderState,
    Rejected,
)
from messages.ownership import Fence
from messages.risk import Authorise, RiskMode
from messages.units import Cash, Shares
from supervision.specs import Strategy
from supervision.testing import Tree, run_tree
from tests.actors.actor_world import BUY, EXECUTOR_PATH, GOVERNOR_PATH, MAKER_PATH, MARKET_PATH, YES, heard, say, world
from tests.actors.execution.executor_machine_world import DEPOSIT, SETTLE, Floor, violations
from tests.actors.samples import GAME, MAKER, dollars, fill_of, place, shares

Script = Callable[["Trading"], Awaitable[None]]


class Trading(Floor):
    async def ask(self, wish: Place) -> None:
        await self.tell(GOVERNOR_PATH, Authorise(wish, 1))

    async def rest(self, intent: str = "i1", price: int = 4000, size: Shares = shares(100)) -> Order:
        await self.ask(place(intent, BUY, YES, price, size))
        await self.write_to_disk()
        self.venue.arrive(0)
        await self.hear(0)
        return self.disk.orders()[-1]

    async def replace(self, old: Order, price: int = 4100, size: Shares = shares(100), known: int = 0) -> None:
        wish = place("i2", BUY, YES, price, size, fencing=self.fencing)
        await self.ask(evolve(wish, replaces=old.order, replaced_filled=shares(known)))

    async def fill(self, order: Order, whole: int, trade: str = "t1", *, times: int = 1) -> None:
        """At the venue, and told; the truth of it is in `self.venue`."""
        fill = fill_of(order, trade, shares(whole))
        self.venue.fills.append(fill)
        self.venue.known[order.order].filled += fill.size
        await self.tell(EXECUTOR_PATH, *[Executed(fill)] * times)

    async def end(self, order: Order, filled: int = 0, state: OrderState = OrderState.CANCELLED) -> None:
        self.venue.known[order.order].is_open = False
        await self.tell(EXECUTOR_PATH, Ended(order.order, state, shares(filled), "", 1))

    def state_of(self, order: Order) -> OrderState:
        changed = self.ledger._ledger.order(order.order)
        assert changed is not None
        return changed.state

    @property
    def reserved(self) -> Cash:
        """By the ledger and by the governor."""
        return Cash(self.ledger._ledger.view().wallet.reserved + self.governor._pending.cash)

    @property
    def sent(self) -> list[tuple[str, Shares]]:
        return [(each.intent, each.size) for each in self.venue.submitted]

    @property
    def refusals(self) -> list[tuple[str, Refusal]]:
        return [(each.intent, each.refusal) for each in heard(self.diary, MAKER_PATH, IntentRefused)]


def run(script: Script) -> None:
    floor = Trading()

    async def on_the_floor(tree: Tree) -> None:
        floor.use(tree)
        await tree.settle()
        await script(floor)
        floor.check_what_always_holds(len(floor.venue.submitted))
        assert violations(floor.disk.records) == []

    run_tree(world(floor.diary, floor.real, execution=Strategy.ONE_FOR_ALL), on_the_floor)


class TestAReplacement:
    def test_is_sent_when_the_old_order_has_ended_and_not_before(self) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.replace(old)
            await floor.write_to_disk()
            assert floor.venue.withdrawals == [old.order]
            assert floor.sent == [("i1", shares(100))]
            await floor.end(old)
            await floor.write_to_disk()
            assert floor.sent == [("i1", shares(100)), ("i2", shares(100))]
            assert floor.disk.orders()[-1].replaces == old.order

        run(script)

    def test_keeps_the_reservation_so_that_nobody_else_has_it_in_between(self) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest(size=shares(240))
            assert floor.reserved == dollars(96)
            await floor.replace(old, size=shares(240))
            assert floor.reserved == Cash(98_400_000)
            await floor.end(old)
            assert floor.reserved == Cash(98_400_000)
            await floor.ask(place("i3", BUY, YES, 4000, shares(5)))
            assert floor.refusals == [("i3", Refusal.NOT_ENOUGH_CASH)]

        run(script)

    def test_that_costs_more_than_the_difference_allows_is_refused_and_the_old_order_rests_on(self) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest(size=shares(240))
            await floor.replace(old, price=4200, size=shares(240))
            assert floor.refusals == [("i2", Refusal.NOT_ENOUGH_CASH)]
            assert (floor.state_of(old), floor.venue.withdrawals) == (OrderState.LIVE, [])

        run(script)

    @pytest.mark.parametrize(("known", "left"), [(0, 70), (10, 80), (30, 100)])
    def test_is_smaller_by_what_was_filled_without_the_strategy_knowing(self, known: int, left: int) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.fill(old, 10)
            await floor.replace(old, known=known)
            await floor.fill(old, 20, "t2")
            await floor.end(old, 30)
            await floor.write_to_disk()
            assert floor.sent[-1] == ("i2", shares(left))
            assert floor.reserved == Cash(left * 410_000)

        run(script)

    def test_counts_a_fill_once_however_often_it_is_told(self) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.replace(old)
            await floor.fill(old, 40, times=4)
            await floor.end(old, 40)
            await floor.write_to_disk()
            assert floor.sent[-1] == ("i2", shares(60))

        run(script)

    @pytest.mark.parametrize("filled", [96, 100])
    def test_is_refused_and_released_where_a_fill_left_less_than_the_minimum(self, filled: int) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.replace(old)
            await floor.fill(old, filled)
            await floor.end(old, filled)
            assert floor.refusals == [("i2", Refusal.TOO_SMALL)]
            assert (floor.reserved, len(floor.sent)) == (0, 1)

        run(script)

    def test_is_not_sent_when_the_old_order_ended_before_a_fill_that_came_before_its_end(self) -> None:
        """The cancel raced a fill, and its answer overtook the fill."""

        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.replace(old)
            await floor.end(old, filled=40)
            await floor.write_to_disk()
            assert (len(floor.sent), floor.reserved) == (1, dollars(41))
            await floor.fill(old, 40)
            await floor.write_to_disk()
            assert floor.sent[-1] == ("i2", shares(60))

        run(script)

    def test_is_given_up_when_the_old_order_does_not_end_and_nothing_is_sent_when_it_does_later(self) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.replace(old)
            await floor.tell(EXECUTOR_PATH, Doubtful(old.order, "no answer", 1))
            await floor.tree.advance(SETTLE)
            assert floor.refusals == [("i2", Refusal.BOOK_STALE)]
            assert floor.reserved == dollars(40)
            await floor.end(old)
            await floor.write_to_disk()
            assert (len(floor.sent), floor.reserved) == (1, 0)

        run(script)

    @pytest.mark.parametrize("how", ["cancel all", "of the market", "halt", "cancel", "fence"])
    def test_is_called_off_by_whatever_would_have_cancelled_it(self, how: str) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.replace(old)
            match how:
                case "cancel all":
                    await floor.tell(EXECUTOR_PATH, CancelOrders(None, None, "stop"))
                case "of the market":
                    await floor.tell(EXECUTOR_PATH, CancelOrders(GAME, MAKER, "stop"))
                case "halt":
                    await floor.set_mode(RiskMode.HALT)
                case "cancel":
                    await floor.tell(EXECUTOR_PATH, Cancel(IntentId("c1"), MAKER, GAME, old.order, "stop", 1))
                case "fence":
                    await floor.tell(EXECUTOR_PATH, Fence(GAME, 2))
            assert floor.refusals == [("i2", Refusal.FENCED if how == "fence" else Refusal.CALLED_OFF)]
            assert floor.reserved == dollars(40)
            await floor.end(old)
            await floor.write_to_disk()
            assert (len(floor.sent), floor.reserved) == (1, 0)

        run(script)

    def test_takes_the_place_of_an_order_that_was_not_sent_yet(self) -> None:
        async def script(floor: Trading) -> None:
            await floor.ask(place("i1", BUY, YES, 4000))
            await floor.replace(floor.disk.orders()[-1])
            await floor.write_to_disk()
            await floor.write_to_disk()
            assert floor.sent == [("i2", shares(100))]

        run(script)

    def test_takes_the_place_of_an_order_that_is_being_cancelled_already(self) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.tell(EXECUTOR_PATH, Cancel(IntentId("c1"), MAKER, GAME, old.order, "away", 1))
            await floor.replace(old)
            assert floor.venue.withdrawals == [old.order]
            await floor.end(old)
            await floor.write_to_disk()
            assert floor.sent[-1] == ("i2", shares(100))

        run(script)

    def test_of_an_order_that_has_ended_is_refused_and_holds_nothing(self) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.end(old)
            await floor.replace(old)
            assert floor.refusals == [("i2", Refusal.UNKNOWN_ORDER)]
            assert floor.reserved == 0

        run(script)

    def test_of_an_order_goes_to_the_first_who_asks(self) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.replace(old)
            await floor.ask(evolve(place("i3"), replaces=old.order))
            assert floor.refusals == [("i3", Refusal.UNKNOWN_ORDER)]
            assert floor.reserved == dollars(41)

        run(script)

    def test_dies_with_execution_and_what_it_reserved_is_free_again(self) -> None:
        async def script(floor: Trading) -> None:
            old = await floor.rest()
            await floor.replace(old)
            await floor.restart_execution()
            await floor.let_time_pass()
            await floor.let_time_pass()
            assert floor.is_ready
            assert (floor.reserved, len(floor.sent)) == (0, 1)
            assert floor.refusals == [("i2", Refusal.RECONCILING)]

        run(script)


class TestEndsAndFills:
    def test_a_cancel_after_a_part_was_filled_frees_the_rest(self) -> None:
        async def script(floor: Trading) -> None:
            order = await floor.rest()
            await floor.fill(order, 30)
            assert (floor.state_of(order), floor.reserved) == (OrderState.PARTIALLY_FILLED, dollars(28))
            await floor.tell(EXECUTOR_PATH, CancelOrders(None, None, "stop"))
            assert (floor.state_of(order), floor.reserved) == (OrderState.CANCELLING, dollars(28))
            await floor.end(order, 30)
            assert (floor.state_of(order), floor.reserved) == (OrderState.CANCELLED, 0)
            assert floor.ledger._ledger.cash == DEPOSIT - dollars(12)

        run(script)

    def test_what_a_fill_costs_stays_reserved_while_the_end_is_known_and_the_fill_is_not(self) -> None:
        async def script(floor: Trading) -> None:
            order = await floor.rest()
            await floor.tell(EXECUTOR_PATH, CancelOrders(None, None, "stop"))
            await floor.end(order, filled=30)
            assert floor.reserved == dollars(40)
            await floor.fill(order, 30)
            assert (floor.state_of(order), floor.reserved) == (OrderState.CANCELLED, 0)
            assert floor.ledger.describe().irregularities == 0

        run(script)

    @pytest.mark.parametrize("is_first", [True, False])
    def test_an_end_waits_only_so_long_for_a_fill_that_may_have_failed_before_it_was_told(self, is_first: bool) -> None:
        async def script(floor: Trading) -> None:
            order = await floor.rest()
            failed = FillReversed(TradeId("t1"), order.order, GAME, 1)
            if is_first:
                await floor.tell(EXECUTOR_PATH, failed)
            await floor.end(order, filled=30)
            if not is_first:
                await floor.tree.advance(3 * SETTLE)
                await floor.tell(EXECUTOR_PATH, failed)
            assert floor.reserved == dollars(40)
            await floor.tree.advance(SETTLE)
            assert (floor.state_of(order), floor.reserved) == (OrderState.CANCELLED, 0)

        run(script)

    def test_an_order_whose_fill_failed_before_it_was_told_is_over_when_all_is_told(self) -> None:
        async def script(floor: Trading) -> None:
            order = await floor.rest()
            await floor.tell(EXECUTOR_PATH, FillReversed(TradeId("t1"), order.order, GAME, 1))
            await floor.fill(order, 60)
            await floor.fill(order, 40, "t2")
            assert (floor.state_of(order), floor.reserved) == (OrderState.CANCELLED, 0)
            assert floor.ledger._ledger.cash == DEPOSIT - dollars(16)

        run(script)

    def test_a_cancel_that_a_fill_has_overtaken_ends_as_filled(self) -> None:
        async def script(floor: Trading) -> None:
            order = await floor.rest()
            await floor.tell(EXECUTOR_PATH, CancelOrders(None, None, "stop"))
            await floor.fill(order, 100)
            await floor.tell(EXECUTOR_PATH, CancelRefused(order.order, "matched", 1))
            await floor.tree.advance(2 * SETTLE)
            assert (floor.state_of(order), floor.reserved) == (OrderState.FILLED, 0)
            assert floor.venue.withdrawals == [order.order]

        run(script)

    def test_a_cancel_that_was_refused_is_said_again_while_the_order_has_not_ended(self) -> None:
        async def script(floor: Trading) -> None:
            order = await floor.rest()
            await floor.tell(EXECUTOR_PATH, CancelOrders(None, None, "stop"))
            await floor.tell(EXECUTOR_PATH, CancelRefused(order.order, "matching engine restarting", 1))
            await floor.tree.advance(SETTLE - 1)
            assert floor.venue.withdrawals == [order.order]
            await floor.tree.advance(1)
            assert floor.venue.withdrawals == [order.order, order.order]

        run(script)

    def test_an_order_that_the_venue_has_taken_is_not_ended_by_a_late_reject(self) -> None:
        async def script(floor: Trading) -> None:
            order = await floor.rest()
            await floor.tell(EXECUTOR_PATH, CancelOrders(None, None, "stop"))
            await floor.tell(EXECUTOR_PATH, Rejected(order.order, "late", 1))
            assert (floor.state_of(order), floor.reserved) == (OrderState.CANCELLING, dollars(40))

        run(script)

    @pytest.mark.parametrize("is_found", [True, False])
    def test_an_order_in_doubt_keeps_its_reservation_until_it_is_found_or_not(self, is_found: bool) -> None:
        async def script(floor: Trading) -> None:
            await floor.ask(place("i1", BUY, YES, 4000))
            await floor.write_to_disk()
            (order,) = floor.disk.orders()
            await floor.tell(EXECUTOR_PATH, Doubtful(order.order, "no answer", 1))
            assert (floor.state_of(order), floor.reserved) == (OrderState.UNKNOWN, dollars(40))
            answer = Accepted(order.order, 2) if is_found else Rejected(order.order, "not found", 2)
            await floor.tell(EXECUTOR_PATH, answer)
            expected = (OrderState.LIVE, dollars(40)) if is_found else (OrderState.REJECTED, 0)
            assert (floor.state_of(order), floor.reserved) == expected

        run(script)


def test_it_says_that_it_is_there() -> None:
    async def script(floor: Trading) -> None:
        say(floor.tree, MARKET_PATH, EXECUTOR_PATH, AreYouThere(7))
        say(floor.tree, MARKET_PATH, GOVERNOR_PATH, AreYouThere(8))
        await floor.tree.settle()
        assert set(heard(floor.diary, MARKET_PATH, Here)) == {Here(7), Here(8)}

    run(script)
