"""The mean of a window: on a grid the plain mean of its prices, the oracle's own moment included."""

from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from actors.pricing.running_mean import RunningMean
from messages.reference import ReferencePrice

SECOND = 1_000_000_000
prices = st.integers(1, 10**14)


@given(st.lists(prices, min_size=2, max_size=200), st.data())
def test_on_a_grid_of_times_it_is_the_mean_of_the_prices_after_the_beginning_up_to_the_end(
    said: list[int], data: st.DataObject
) -> None:
    running = RunningMean()
    for second, price in enumerate(said):
        running.see(second * SECOND, ReferencePrice(price))
    begin = data.draw(st.integers(0, len(said) - 2))
    end = data.draw(st.integers(begin + 1, len(said) - 1))
    if len(said) - 1 - begin > 180:
        return
    found = running.over(begin * SECOND, end * SECOND)
    window = said[begin + 1 : end + 1]
    assert found is not None and found.missing_ns == 0
    assert found.price == approx(sum(window) / len(window))
    assert found.longest_gap_ns == SECOND


@given(st.lists(st.tuples(st.integers(0, 30 * SECOND), prices), min_size=1, max_size=100), st.integers(1, 60 * SECOND))
def test_it_lies_between_the_lowest_and_the_highest_price(said: list[tuple[int, int]], window_ns: int) -> None:
    running, now_ns = RunningMean(), 0
    for after_ns, price in said:
        now_ns += after_ns
        running.see(now_ns, ReferencePrice(price))
    found = running.over(now_ns - window_ns, now_ns + SECOND)
    assert found is not None
    heard = [price for _, price in said]
    assert min(heard) * (1 - 1e-9) <= found.price <= max(heard) * (1 + 1e-9)


def test_what_was_not_heard_of_the_beginning_is_told_and_the_first_price_stands_for_it() -> None:
    running = RunningMean()
    running.see(30 * SECOND, ReferencePrice(100))
    running.see(60 * SECOND, ReferencePrice(200))
    found = running.over(0, 60 * SECOND)
    assert found is not None
    assert (found.price, found.missing_ns, found.longest_gap_ns) == (150, 30 * SECOND, 30 * SECOND)


def test_the_last_price_holds_and_what_comes_after_a_held_moment_does_not_belong_to_the_time_before() -> None:
    running = RunningMean()
    running.see(0, ReferencePrice(100))
    running.see(50 * SECOND, ReferencePrice(100))
    running.hold_until(60 * SECOND)
    running.see(65 * SECOND, ReferencePrice(900))
    found = running.over(0, 60 * SECOND)
    assert found is not None and found.price == 100
    after = running.over(60 * SECOND, 70 * SECOND)
    assert after is not None and after.price == 900


def test_a_flood_of_ticks_does_not_grow_it() -> None:
    running = RunningMean()
    for tick in range(100_000):
        running.see(tick * SECOND // 100, ReferencePrice(100 + tick))
    assert len(running._times) <= 3600
    found = running.over(940 * SECOND, 1000 * SECOND)
    assert found is not None and abs(found.price - 97_100) < 20


def test_nothing_is_known_before_the_first_tick() -> None:
    assert RunningMean().over(0, SECOND) is None
