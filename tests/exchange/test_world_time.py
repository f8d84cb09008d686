"""Time on the exchange: everybody moves in one order, and a served exchange's time never goes back."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from polyactors.exchange.server.venue_time import SteadyClock
from polyactors.exchange.timed import Together

SECOND_NS = 1_000_000_000


class Member:
    """Has something to do at each of some times, and may do something else then."""

    def __init__(self, name: str, due_ns: list[int], log: list[tuple[int, str]]) -> None:
        self.name = name
        self.also: Callable[[int], None] = lambda now_ns: None
        self._due_ns = sorted(due_ns)
        self._log = log

    def advance(self, now_ns: int) -> None:
        while self._due_ns and self._due_ns[0] <= now_ns:
            self._log.append((self._due_ns.pop(0), self.name))
            self.also(now_ns)

    def next_due_ns(self) -> int | None:
        return self._due_ns[0] if self._due_ns else None

    def plan(self, due_ns: int) -> None:
        self._due_ns = sorted([*self._due_ns, due_ns])


times = st.lists(st.integers(0, 50), max_size=20)


@given(st.lists(times, min_size=1, max_size=5), st.lists(st.integers(0, 60), min_size=1, max_size=10))
def test_everything_is_done_once_in_the_order_of_its_time_however_time_is_cut(
    plans: list[list[int]], stops: list[int]
) -> None:
    log: list[tuple[int, str]] = []
    together = Together([Member(str(number), plan, log) for number, plan in enumerate(plans)], 0)
    reached = 0
    for stop in stops:
        together.advance(stop)
        reached = max(reached, stop)
        assert together.now_ns == reached
        assert len(log) == sum(each <= reached for plan in plans for each in plan)
        assert together.next_due_ns() > reached
    assert log == sorted(log, key=lambda entry: (entry[0], int(entry[1])))


def test_what_a_step_plans_for_another_member_is_done_in_its_turn() -> None:
    log: list[tuple[int, str]] = []
    late, early = Member("late", [30], log), Member("early", [10], log)
    early.also = lambda now_ns: late.plan(20)
    Together([late, early], 0).advance(40)
    assert log == [(10, "early"), (20, "late"), (30, "late")]


def test_a_call_from_within_a_step_changes_nothing() -> None:
    log: list[tuple[int, str]] = []
    nosy, other = Member("nosy", [10], log), Member("other", [20], log)
    together = Together([nosy, other], 0)
    seen: list[int] = []

    def look(now_ns: int) -> None:
        together.advance(100)
        seen.append(together.now_ns)

    nosy.also = look
    together.advance(15)
    assert (seen, log) == ([10], [(10, "nosy")])


class Clocks:
    """A machine's two clocks, moved by hand."""

    def __init__(self) -> None:
        self.wall_ns = 1_700_000_000 * SECOND_NS
        self.monotonic_ns = 5 * SECOND_NS


steps = st.tuples(st.integers(0, 3 * SECOND_NS), st.integers(-100 * SECOND_NS, 100 * SECOND_NS))


@given(st.lists(steps, max_size=30))
def test_the_clock_never_goes_back_and_is_never_more_than_a_second_behind_the_wall(
    moves: list[tuple[int, int]],
) -> None:
    clocks = Clocks()
    clock = SteadyClock(lambda: clocks.wall_ns, lambda: clocks.monotonic_ns)
    last = clock.now_ns()
    for passed, jump in moves:
        clocks.monotonic_ns += passed
        clocks.wall_ns += passed + jump
        now_ns = clock.now_ns()
        assert now_ns >= last + passed
        assert now_ns >= clocks.wall_ns - SECOND_NS
        last = now_ns


def test_a_wall_clock_that_is_set_back_is_not_followed() -> None:
    clocks = Clocks()
    clock = SteadyClock(lambda: clocks.wall_ns, lambda: clocks.monotonic_ns)
    before = clock.now_ns()
    clocks.wall_ns -= 3600 * SECOND_NS
    clocks.monotonic_ns += SECOND_NS
    assert clock.now_ns() == before + SECOND_NS
