"""The gateway does what is due when it is due, whoever caused it, and outlives its own restarts."""

from collections.abc import Awaitable, Callable

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.gateway import Gateway, GatewayState
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from actors.execution.words import TellVenueState
from messages.identity import OrderId
from messages.market_data import BookOpened, TradeSeen
from messages.orders import Accepted, CancelRefused, Ended, Executed, Order, OrderState, Submit, VenueReport, Withdraw
from supervision.specs import SECOND
from supervision.testing import MILLISECOND, ORIGIN_NS, Diary, Tree, run_tree
from tests.actors.actor_world import (
    EXECUTOR_PATH,
    GATEWAY_PATH,
    SELL,
    heard,
    kinds,
    say,
    snapshot,
    trade,
    world,
)
from tests.actors.samples import GAME, market, order_of, place

LATENCY = PaperSettings().order_latency_ns
Script = Callable[["Door"], Awaitable[None]]


class Door:
    """A gateway to a paper venue whose book is known, and a probe as the executor."""

    def __init__(self, tree: Tree, diary: Diary, venue: PaperVenue) -> None:
        self.tree = tree
        self.diary = diary
        self.venue = venue

    async def tell(self, *messages: object) -> None:
        say(self.tree, EXECUTOR_PATH, GATEWAY_PATH, *messages)
        await self.tree.settle()

    @property
    def events(self) -> list[object]:
        return self.diary.received(EXECUTOR_PATH)

    @property
    def state(self) -> GatewayState:
        actor = self.tree.cell(GATEWAY_PATH).actor
        assert actor is not None
        state = actor.describe()
        assert isinstance(state, GatewayState)
        return state


def run(script: Script) -> None:
    diary, venue = Diary(), PaperVenue(PaperSettings(), (market(),))

    async def at_the_door(tree: Tree) -> None:
        door = Door(tree, diary, venue)
        await door.tell(snapshot())
        await script(door)

    run_tree(world(diary, {GATEWAY_PATH: lambda: Gateway(venue)}), at_the_door)


def resting_order(name: str = "o1", lives_ns: int = 60 * SECOND) -> Order:
    return evolve(order_of(place(f"i-{name}", price=4400), name), expires_ns=ORIGIN_NS + lives_ns)


class TestTheTimer:
    def test_rings_when_the_order_arrives_and_no_earlier(self) -> None:
        async def script(door: Door) -> None:
            await door.tell(Submit(resting_order()))
            assert door.state.next_due_ns == ORIGIN_NS + LATENCY
            await door.tree.advance(LATENCY - 1)
            assert door.events == []
            await door.tree.advance(1)
            assert door.events == [Accepted(OrderId("o1"), ORIGIN_NS + LATENCY)]

        run(script)

    def test_rings_when_an_order_s_time_is_over(self) -> None:
        async def script(door: Door) -> None:
            await door.tell(Submit(resting_order(lives_ns=SECOND)))
            await door.tree.advance(10 * SECOND)
            (ended,) = heard(door.diary, EXECUTOR_PATH, Ended)
            assert (ended.state, ended.at_ns) == (OrderState.EXPIRED, ORIGIN_NS + SECOND)
            assert door.state.next_due_ns is None

        run(script)

    def test_moves_forward_for_what_is_due_earlier_than_what_it_was_set_for(self) -> None:
        async def script(door: Door) -> None:
            await door.tell(Submit(resting_order(lives_ns=60 * SECOND)))
            await door.tree.advance(SECOND)
            assert door.state.next_due_ns == ORIGIN_NS + 60 * SECOND
            await door.tell(Withdraw(OrderId("o1"), GAME))
            await door.tree.advance(LATENCY)
            (ended,) = heard(door.diary, EXECUTOR_PATH, Ended)
            assert (ended.state, ended.at_ns) == (OrderState.CANCELLED, ORIGIN_NS + SECOND + LATENCY)

        run(script)

    def test_is_set_anew_by_a_restart_for_what_the_venue_still_has_to_do(self) -> None:
        async def script(door: Door) -> None:
            await door.tell(Submit(resting_order()))
            door.tree.kill(GATEWAY_PATH)
            await door.tree.advance(LATENCY)
            assert kinds(door.events) == ["Accepted"]
            assert door.venue.open_orders() == ("o1",)

        run(script)

    def test_does_what_became_due_while_nobody_was_there(self) -> None:
        async def script(door: Door) -> None:
            await door.tell(Submit(resting_order()))
            door.tree.clock.advance_to(ORIGIN_NS + LATENCY)
            door.tree.kill(GATEWAY_PATH)
            await door.tree.advance(0)
            assert door.events == [Accepted(OrderId("o1"), ORIGIN_NS + LATENCY)]

        run(script)

    @settings(max_examples=50, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from(["submit", "withdraw", "book", "trade", "kill", "ask"]), st.integers(0, 120)),
            max_size=20,
        )
    )
    def test_leaves_nothing_undone_at_any_time_whatever_happens(self, steps: list[tuple[str, int]]) -> None:
        """Every event has the time at which it was due, and comes at that time."""

        async def script(door: Door) -> None:
            submitted = 0
            for number, (what, wait_ms) in enumerate(steps, 2):
                match what:
                    case "submit":
                        submitted += 1
                        await door.tell(Submit(resting_order(f"o{submitted}", lives_ns=number * 100 * MILLISECOND)))
                    case "withdraw":
                        await door.tell(Withdraw(OrderId(f"o{max(1, submitted - 1)}"), GAME))
                    case "book":
                        await door.tell(snapshot(number=number))
                    case "trade":
                        await door.tell(TradeSeen(trade()), BookOpened(GAME, "open"))
                    case "ask":
                        await door.tell(TellVenueState())
                    case "kill":
                        door.tree.kill(GATEWAY_PATH)
                        await door.tree.settle()
                await door.tree.advance(wait_ms * MILLISECOND)
                due_ns = door.state.next_due_ns
                assert due_ns is None or due_ns > door.tree.clock.now_ns()
            for line in door.diary.lines:
                if isinstance(line.detail, Accepted | Ended | CancelRefused):
                    assert line.at_ns == line.detail.at_ns

        run(script)


def test_a_report_tells_what_rests_and_every_fill_as_of_now() -> None:
    async def script(door: Door) -> None:
        taker = evolve(resting_order("taker"), price=place(price=4700).price, post_only=False)
        await door.tell(Submit(resting_order()), Submit(taker))
        await door.tree.advance(LATENCY)
        await door.tell(TellVenueState())
        (report,) = heard(door.diary, EXECUTOR_PATH, VenueReport)
        fills = [each.fill for each in heard(door.diary, EXECUTOR_PATH, Executed)]
        assert report.open_orders == ("o1",)
        assert [fill.order for fill in fills] == ["taker"]
        assert report.fills == tuple(fills)

    run(script)


def test_a_trade_through_a_resting_order_fills_it() -> None:
    async def script(door: Door) -> None:
        await door.tell(Submit(resting_order()))
        await door.tree.advance(LATENCY)
        through = evolve(trade(price=4300, size=5000), taker_side=SELL, price_text="0.43")
        await door.tell(TradeSeen(through))
        (executed,) = heard(door.diary, EXECUTOR_PATH, Executed)
        assert (executed.fill.order, executed.fill.price) == ("o1", 4400)
        assert door.state.open_orders == 0

    run(script)
