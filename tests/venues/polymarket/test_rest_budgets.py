"""Budgets on a virtual clock: limits are kept, cancels go first, nobody waits for what is not theirs."""

import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from polyactors.venues.polymarket.rest import endpoints
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.endpoints import Endpoint
from polyactors.venues.polymarket.rest.failures import Standing
from polyactors.venues.polymarket.rest.limits import TIERS, Bucket, RateLimits, Tier, Urgency, WindowLimit
from polyactors.venues.polymarket.rest.meters import SlidingWindow, TokenBucket

FOR_EVER = float("inf")
TINY = RateLimits(
    windows=(WindowLimit("CLOB", 5), WindowLimit("book", 2)), tier=Tier("Standard", 1, 2, 10, 20), share_percent=100
)


class Order:
    """Notes when whose turn it was, in seconds from the beginning."""

    def __init__(self, budgets: Budgets) -> None:
        self.budgets = budgets
        self.began_s = trio.current_time()
        self.turns: list[tuple[str, float]] = []

    async def take(self, name: str, endpoint: Endpoint, cost: int = 1, deadline_s: float = FOR_EVER) -> None:
        if await self.budgets.enter(endpoint, cost, deadline_s):
            self.turns.append((name, round(trio.current_time() - self.began_s, 3)))
            self.budgets.leave(endpoint)
        else:
            self.turns.append((f"not {name}", round(trio.current_time() - self.began_s, 3)))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.turns]


async def places(nursery: trio.Nursery, order: Order, number: int) -> None:
    """They come one after the other."""
    for each in range(number):
        nursery.start_soon(order.take, f"place {each}", endpoints.POST_ORDER)
        await trio.testing.wait_all_tasks_blocked()


async def test_a_cancel_overtakes_the_places_that_wait(autojump_clock: trio.testing.MockClock) -> None:
    """The window is full: who comes last, to cancel, goes first when there is room."""
    order = Order(Budgets(RateLimits(windows=(WindowLimit("CLOB", 2),), tier=TIERS[4], share_percent=100)))
    for _ in range(2):
        await order.take("first", endpoints.POST_ORDER)
    async with trio.open_nursery() as nursery:
        await places(nursery, order, 3)
        nursery.start_soon(order.take, "read", endpoints.TIME)
        nursery.start_soon(order.take, "cancel", endpoints.CANCEL_ALL)
    assert set(order.names[2:4]) == {"cancel", "read"}
    assert set(order.names[4:6]) == {"place 0", "place 1"}
    assert order.names[6:] == ["place 2"]


async def test_places_without_tokens_do_not_hold_up_cancels_or_reads(
    autojump_clock: trio.testing.MockClock,
) -> None:
    order = Order(Budgets(RateLimits(windows=(), tier=Tier("Standard", 1, 2, 80, 120))))
    async with trio.open_nursery() as nursery:
        await places(nursery, order, 4)
        await order.take("cancel", endpoints.CANCEL_ORDER)
        await order.take("read", endpoints.ORDERS)
        assert order.turns[2:] == [("cancel", 0.0), ("read", 0.0)]
    assert order.turns[4:] == [("place 2", 1.0), ("place 3", 2.0)]


async def test_calls_under_way_never_keep_a_cancel_back(autojump_clock: trio.testing.MockClock) -> None:
    budgets = Budgets(RateLimits(in_flight=2))
    assert await budgets.enter(endpoints.POST_ORDER, 1, FOR_EVER)
    assert await budgets.enter(endpoints.TIME, 1, FOR_EVER)
    order = Order(budgets)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(order.take, "place", endpoints.POST_ORDER)
        await trio.testing.wait_all_tasks_blocked()
        assert order.names == []
        await order.take("cancel", endpoints.CANCEL_ORDERS)
        budgets.leave(endpoints.TIME)
    assert order.names == ["cancel", "place"]


async def test_who_gives_up_waiting_lets_the_next_go_sooner(autojump_clock: trio.testing.MockClock) -> None:
    order = Order(Budgets(RateLimits(windows=(), tier=Tier("Standard", 1, 10, 1, 1))))
    await order.take("first", endpoints.POST_ORDERS, 10)
    now_s = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(order.take, "large", endpoints.POST_ORDERS, 8, now_s + 2)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(order.take, "small", endpoints.POST_ORDER, 3)
    assert order.turns[1:] == [("not large", 2.0), ("small", 3.0)]
    assert order.budgets.waiting == 0


async def test_a_cancel_may_take_more_than_is_there_and_the_next_one_waits_for_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    order = Order(Budgets(RateLimits(windows=())))
    await order.take("many", endpoints.CANCEL_ORDERS, 200)
    await order.take("one", endpoints.CANCEL_ORDER)
    assert order.turns == [("many", 0.0), ("one", round(81 / 80, 3))]


async def test_a_batch_larger_than_the_burst_goes_when_the_bucket_is_full(
    autojump_clock: trio.testing.MockClock,
) -> None:
    order = Order(Budgets(TINY))
    await order.take("batch", endpoints.POST_ORDERS, 15)
    await order.take("next", endpoints.POST_ORDER)
    assert order.turns == [("batch", 0.0), ("next", 14.0)]


async def test_the_headers_lower_what_we_thought_was_left_and_never_raise_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    budgets = Budgets()
    budgets.hear(endpoints.POST_ORDER, Standing(-5.0, tier="Standard", is_warning=True))
    assert (budgets.tokens(Bucket.ORDERS), budgets.tokens(Bucket.CANCELS), budgets.warnings) == (-5.0, 120, 1)
    budgets.hear(endpoints.POST_ORDER, Standing(60.0))
    assert budgets.tokens(Bucket.ORDERS) == -5.0
    order = Order(budgets)
    await order.take("place", endpoints.POST_ORDER)
    assert order.turns == [("place", 6 / 40)]


async def test_a_429_closes_that_limit_alone_and_for_that_long(autojump_clock: trio.testing.MockClock) -> None:
    order = Order(Budgets())
    order.budgets.refused(endpoints.BOOK, 7.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(order.take, "book", endpoints.BOOK)
        await trio.testing.wait_all_tasks_blocked()
        await order.take("time", endpoints.TIME)
    assert order.turns == [("time", 0.0), ("book", 7.0)]


async def test_a_cancelled_wait_leaves_nothing_behind(autojump_clock: trio.testing.MockClock) -> None:
    order = Order(Budgets(RateLimits(windows=(), in_flight=1)))
    assert await order.budgets.enter(endpoints.TIME, 1, FOR_EVER)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(order.take, "never", endpoints.TIME)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert (order.budgets.waiting, order.names) == (0, [])
    order.budgets.leave(endpoints.TIME)
    assert await order.budgets.enter(endpoints.TIME, 1, FOR_EVER)


@given(
    st.lists(st.tuples(st.floats(0, 3), st.integers(1, 4)), max_size=60),
    st.integers(1, 10),
    st.floats(0.5, 20),
    st.floats(0, 1e9),
)
def test_no_window_ever_has_more_than_its_number(
    asked: list[tuple[float, int]], most: int, length_s: float, began_s: float
) -> None:
    """Whoever waits as long as is said gets it then, and nobody sooner than the window allows."""
    window, now_s = SlidingWindow(most, length_s), began_s
    taken: list[tuple[float, int]] = []
    for pause_s, wanted in asked:
        now_s += pause_s
        cost = min(wanted, most)
        for _ in range(50):
            wait_s = window.wait_s(cost, 0, now_s)
            if not wait_s:
                break
            now_s = max(now_s + wait_s, now_s * (1 + 1e-15))
        else:
            raise AssertionError("it waits for ever")
        window.take(cost, now_s)
        taken.append((now_s, cost))
        within = sum(each for at_s, each in taken if at_s > now_s - length_s * (1 - 1e-6))
        assert within <= most


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 20)), max_size=60), st.floats(0.1, 50), st.integers(1, 30))
def test_a_bucket_gives_no_more_than_its_burst_and_its_rate(
    asked: list[tuple[float, int]], rate: float, burst: int
) -> None:
    bucket, now_s, total, began_s = TokenBucket(rate, burst), 0.0, 0, 0.0
    for pause_s, wanted in asked:
        now_s += pause_s
        cost = min(wanted, burst)
        now_s += bucket.wait_s(cost, 0, now_s)
        assert bucket.wait_s(cost, 0, now_s) < 1e-6
        bucket.take(cost, now_s)
        total += cost
        assert total <= burst + (now_s - began_s) * rate + 1e-6


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["place", "cancel", "read"]), st.floats(0, 4)), min_size=1, max_size=40))
def test_however_calls_come_limits_hold_and_nobody_is_overtaken_by_somebody_less_urgent(
    calls: list[tuple[str, float]],
) -> None:
    known = {"place": endpoints.POST_ORDER, "cancel": endpoints.CANCEL_ORDER, "read": endpoints.BOOK}
    came: list[tuple[float, Urgency, str]] = []
    went: list[tuple[float, int]] = []

    async def call(number: int, budgets: Budgets, name: str, after_s: float) -> None:
        await trio.sleep(after_s)
        came.append((trio.current_time(), known[name].urgency, name))
        mine = len(came) - 1
        assert await budgets.enter(known[name], 1, FOR_EVER)
        went.append((trio.current_time(), mine))
        budgets.leave(known[name])

    async def everybody() -> None:
        budgets = Budgets(TINY)
        async with trio.open_nursery() as nursery:
            for number, (name, after_s) in enumerate(calls):
                nursery.start_soon(call, number, budgets, name, after_s)

    trio.run(everybody, clock=trio.testing.MockClock(autojump_threshold=0))
    assert len(went) == len(calls)
    for at_s, _ in went:
        within = [other_s for other_s, _ in went if at_s - 10 + 1e-6 < other_s <= at_s]
        assert len(within) <= 5
    for at_s, mine in went:
        if known[came[mine][2]].urgency is Urgency.CANCEL:
            continue
        # Cancels have tokens enough here: none that came before may still wait for the window that both need.
        waiting = [
            other
            for other_s, other in went
            if other_s > at_s + 1e-6 and came[other][0] < at_s - 1e-6 and came[other][1] is Urgency.CANCEL
        ]
        assert not waiting
