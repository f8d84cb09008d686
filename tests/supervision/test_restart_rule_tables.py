"""R4, R5, R7, R8 and the backoff as pure functions."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.reasons import Crashed, ExitReason, Killed, Normal, Shutdown
from supervision.restart_rules import Intensity, RestartDelay, concerned, is_restarted, to_try_again
from supervision.specs import Backoff, Restart, Strategy

SECOND = 1_000_000_000
CHILDREN = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("restart", "reason", "again"),
    [
        (Restart.PERMANENT, Normal(), True),
        (Restart.PERMANENT, Shutdown(""), True),
        (Restart.PERMANENT, Killed(""), True),
        (Restart.PERMANENT, Crashed(""), True),
        (Restart.TRANSIENT, Normal(), False),
        (Restart.TRANSIENT, Shutdown(""), False),
        (Restart.TRANSIENT, Killed(""), True),
        (Restart.TRANSIENT, Crashed(""), True),
        (Restart.TEMPORARY, Normal(), False),
        (Restart.TEMPORARY, Shutdown(""), False),
        (Restart.TEMPORARY, Killed(""), False),
        (Restart.TEMPORARY, Crashed(""), False),
    ],
)
def test_who_is_restarted_after_what(restart: Restart, reason: ExitReason, again: bool) -> None:
    assert is_restarted(restart, reason) is again


@pytest.mark.parametrize(
    ("strategy", "whom"),
    [(Strategy.ONE_FOR_ONE, ["b"]), (Strategy.ONE_FOR_ALL, CHILDREN), (Strategy.REST_FOR_ONE, ["b", "c", "d"])],
)
def test_whom_the_end_of_b_concerns(strategy: Strategy, whom: list[str]) -> None:
    assert concerned(strategy, CHILDREN, "b") == whom


@pytest.mark.parametrize(("strategy", "whom"), [(Strategy.ONE_FOR_ALL, CHILDREN), (Strategy.REST_FOR_ONE, ["c", "d"])])
def test_who_is_tried_again_when_c_did_not_start(strategy: Strategy, whom: list[str]) -> None:
    assert to_try_again(strategy, CHILDREN, "c") == whom


class TestIntensity:
    def test_nought_allows_no_restart(self) -> None:
        assert not Intensity(0, SECOND).allows(0, "x")

    def test_the_edge_of_the_period_still_counts(self) -> None:
        intensity = Intensity(1, 10)
        assert intensity.allows(0, "a")
        assert not intensity.allows(10, "b")

    def test_what_is_older_does_not(self) -> None:
        intensity = Intensity(1, 10)
        assert intensity.allows(0, "a")
        assert intensity.allows(11, "b")
        assert intensity.causes == ("b",)

    @given(
        st.integers(0, 5),
        st.integers(1, 20),
        st.lists(st.integers(0, 30), max_size=30),
    )
    def test_counts_those_within_the_window(self, intensity: int, period_ns: int, gaps: list[int]) -> None:
        window, now_ns, times = Intensity(intensity, period_ns), 0, []
        for gap in gaps:
            now_ns += gap
            times.append(now_ns)
            inside = [each for each in times if each >= now_ns - period_ns]
            assert window.allows(now_ns, "x") == (len(inside) <= intensity)


class TestBackoff:
    def test_the_first_restart_does_not_wait(self) -> None:
        assert RestartDelay(Backoff()).next_ns(0, Random(1)) == 0

    def test_a_quiet_time_makes_the_next_one_a_first(self) -> None:
        delay = RestartDelay(Backoff(quiet_ns=10))
        random = Random(1)
        assert delay.next_ns(0, random) == 0
        assert delay.next_ns(1, random) > 0
        assert delay.next_ns(12, random) == 0

    @given(st.integers(1, 10**6), st.integers(1, 10**9), st.integers(0, 100), st.integers())
    def test_each_wait_is_within_a_bound_that_doubles(self, initial: int, maximum: int, count: int, seed: int) -> None:
        delay = RestartDelay(Backoff(initial_ns=initial, maximum_ns=maximum))
        random = Random(seed)
        delay.next_ns(0, random)
        for failure in range(count):
            assert 0 <= delay.next_ns(0, random) <= min(maximum, initial * 2**failure)

    def test_the_jitter_is_the_seed_s(self) -> None:
        def waits(seed: int) -> list[int]:
            delay, random = RestartDelay(Backoff()), Random(seed)
            return [delay.next_ns(0, random) for _ in range(10)]

        assert waits(3) == waits(3)
        assert waits(3) != waits(4)
