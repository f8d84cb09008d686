"""Whatever the venue does and whenever it says so: reservations stay within the wallet, an intent is one order at most,
nothing is sent before it is written or after HALT, and in the end the ledger has what the venue has."""

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.control import ClearMode
from messages.identity import IntentId
from messages.intents import Cancel, Place
from messages.orders import CancelOrders, Order
from messages.ownership import Fence
from messages.risk import Authorise, RiskMode
from messages.units import SHARE_SCALE, Shares
from supervision.specs import Strategy
from supervision.testing import MILLISECOND, Tree, run_tree
from tests.actors.actor_world import BUY, EXECUTOR_PATH, GOVERNOR_PATH, NO, SELL, YES, world
from tests.actors.execution.executor_machine_world import SETTLE, Floor
from tests.actors.samples import GAME, MAKER, place

MOVES = (
    "place",
    "replace",
    "cancel",
    "cancel all",
    "fence",
    "halt",
    "resume",
    "restart",
    "disk",
    "arrive",
    "trade",
    "withdraw",
    "expire",
    "settle",
    "hear",
    "hear again",
    "time",
)
Move = tuple[str, int]
OFTEN = ("place", "replace", "disk", "arrive", "trade", "settle", "withdraw", "hear", "hear", "hear again")

moves = st.tuples(st.sampled_from([*MOVES, *OFTEN * 5]), st.integers(0, 10_000))


def a_place(floor: Floor, step: int, pick: int) -> Place:
    outcome = YES if pick % 2 else NO
    side = SELL if pick // 2 % 4 == 0 else BUY
    size = Shares((5 + pick // 8 % 60) * SHARE_SCALE)
    return place(f"i{step}", side, outcome, 3000 + pick % 40 * 100, size, fencing=floor.fencing)


def a_replacement(floor: Floor, step: int, pick: int) -> Place | None:
    """The strategy knows of some fills and not of others, and of orders that have ended meanwhile."""
    written: list[Order] = floor.disk.orders()
    if not written:
        return None
    still_open = [each.order for each in floor.ledger._ledger.open_orders()]
    old = (still_open if still_open and pick % 7 else written)[-1]
    known = floor.ledger._ledger.order(old.order)
    assert known is not None
    size = Shares((5 + pick // 8 % 60) * SHARE_SCALE)
    new = place(f"i{step}", old.side, old.outcome, 3000 + pick % 40 * 100, size, fencing=floor.fencing)
    return evolve(new, replaces=old.order, replaced_filled=known.filled if pick % 5 else Shares(0))


async def move(floor: Floor, step: int, what: str, pick: int) -> None:
    venue = floor.venue
    match what:
        case "place":
            await floor.tell(GOVERNOR_PATH, Authorise(a_place(floor, step, pick), 1))
        case "replace":
            wish = a_replacement(floor, step, pick)
            if wish is not None:
                await floor.tell(GOVERNOR_PATH, Authorise(wish, 1))
        case "cancel":
            written = floor.disk.orders()
            if written:
                order = written[pick % len(written)].order
                await floor.tell(EXECUTOR_PATH, Cancel(IntentId(f"c{step}"), MAKER, GAME, order, "", 1))
        case "cancel all":
            await floor.tell(EXECUTOR_PATH, CancelOrders(GAME if pick % 2 else None, None, "a test"))
        case "fence":
            floor.fencing += 1
            floor.lease()
            await floor.tell(EXECUTOR_PATH, Fence(GAME, floor.fencing))
        case "halt":
            await floor.set_mode(RiskMode.HALT)
        case "resume":
            floor.is_halted = False
            await floor.tell(GOVERNOR_PATH, ClearMode("an operator"))
        case "restart":
            await floor.restart_execution()
        case "disk":
            await floor.write_to_disk()
        case "arrive":
            venue.arrive(pick)
        case "trade":
            venue.trade(pick)
        case "withdraw":
            venue.cancel(pick)
        case "expire":
            venue.expire(pick)
        case "settle":
            venue.settle(pick)
        case "hear":
            await floor.hear(pick)
        case "hear again":
            await floor.hear(pick, again=True)
        case "time":
            await floor.let_time_pass(SETTLE if pick % 3 == 0 else 100 * MILLISECOND)


def run(chosen: list[Move]) -> Floor:
    floor = Floor()

    async def script(tree: Tree) -> None:
        floor.use(tree)
        await tree.settle()
        assert floor.is_ready
        for step, (what, pick) in enumerate(chosen):
            before = len(floor.venue.submitted)
            was_halted = floor.is_halted
            await move(floor, step, what, pick)
            floor.check_what_always_holds(before if was_halted else len(floor.venue.submitted))
        await floor.until_all_is_told()
        floor.check_what_always_holds(len(floor.venue.submitted))
        floor.check_the_end()

    run_tree(world(floor.diary, floor.real, execution=Strategy.ONE_FOR_ALL), script)
    return floor


@settings(max_examples=250, deadline=None)
@given(chosen=st.lists(moves, max_size=100))
def test_whatever_the_venue_does_nothing_is_lost_doubled_or_spent_twice(chosen: list[Move]) -> None:
    run(chosen)


@settings(max_examples=200, deadline=None)
@given(
    chosen=st.lists(
        st.tuples(
            st.sampled_from(
                ["place", "replace", "replace", "disk", "arrive", "trade", "withdraw", "hear", "hear again"]
            ),
            st.integers(0, 10_000),
        ),
        min_size=20,
        max_size=100,
    )
)
def test_orders_that_replace_one_another_all_the_time_never_need_more_than_was_authorised(chosen: list[Move]) -> None:
    run(chosen)
