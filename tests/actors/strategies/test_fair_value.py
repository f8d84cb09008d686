"""The fair value lies in the spread, and volatility is what the price did, no more."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.strategies.fair_value import Volatility, micro_price
from messages.units import PRICE_SCALE
from supervision.specs import SECOND
from tests.actors.actor_world import snapshot

MINUTE = 60 * SECOND

prices = st.floats(0, PRICE_SCALE)
gaps_ns = st.integers(1, 10 * SECOND)


class TestTheMicroPrice:
    @given(bid=st.integers(1, 98), spread=st.integers(1, 98), sizes=st.tuples(*[st.integers(1, 10**7)] * 2))
    def test_is_never_outside_the_best_prices(self, bid: int, spread: int, sizes: tuple[int, int]) -> None:
        ask = min(99, bid + spread)
        book = snapshot({bid * 100: sizes[0]}, {PRICE_SCALE - ask * 100: sizes[1]})
        assert book.best_bid <= micro_price(book) <= book.best_ask

    def test_is_the_middle_of_equal_sizes(self) -> None:
        assert micro_price(snapshot({4500: 70}, {5300: 70})) == 4600

    def test_is_nearer_to_the_side_that_will_give_way_first(self) -> None:
        assert micro_price(snapshot({4500: 300}, {5300: 100})) == 4650
        assert micro_price(snapshot({4500: 100}, {5300: 300})) == 4550

    @given(first=st.integers(1, 10**6), more=st.integers(1, 10**6))
    def test_rises_with_the_size_that_is_bid(self, first: int, more: int) -> None:
        def fair(bid_size: int) -> float:
            return micro_price(snapshot({4500: bid_size}, {5300: 500}))

        assert fair(first) < fair(first + more)


class TestVolatility:
    @given(st.lists(st.tuples(prices, st.integers(-SECOND, 10 * SECOND)), max_size=40), st.integers(0, MINUTE))
    def test_is_never_negative_nor_more_than_the_whole_price(
        self, changes: list[tuple[float, int]], horizon_ns: int
    ) -> None:
        """Also when the clock of the frames goes back."""
        volatility, at_ns = Volatility(MINUTE), 0
        for price, gap_ns in changes:
            at_ns += gap_ns
            volatility.see(price, at_ns)
            assert 0 <= volatility.over(horizon_ns) <= PRICE_SCALE

    @given(prices, st.lists(gaps_ns, max_size=40))
    def test_of_a_price_that_stays_is_zero(self, price: float, gaps: list[int]) -> None:
        volatility, at_ns = Volatility(SECOND), 0
        for gap_ns in gaps:
            at_ns += gap_ns
            volatility.see(price, at_ns)
        assert volatility.over(MINUTE) == 0

    @given(st.lists(st.tuples(st.floats(-100, 100), gaps_ns), min_size=2, max_size=30), st.floats(1.5, 5))
    def test_grows_in_proportion_to_the_moves(self, moves: list[tuple[float, int]], factor: float) -> None:
        calm, wild = Volatility(SECOND), Volatility(SECOND)
        at_ns, price = 0, 0.0
        for move, gap_ns in moves:
            at_ns, price = at_ns + gap_ns, price + move
            calm.see(price, at_ns)
            wild.see(price * factor, at_ns)
        assert wild.over(SECOND) == pytest.approx(factor * calm.over(SECOND), abs=1e-6)

    def test_grows_when_the_price_moves(self) -> None:
        volatility = Volatility(MINUTE)
        for second in range(30):
            volatility.see(5000, second * SECOND)
        calm = volatility.over(SECOND)
        volatility.see(5100, 30 * SECOND)
        assert volatility.over(SECOND) > calm == 0

    def test_fades_when_the_price_rests(self) -> None:
        volatility = Volatility(10 * SECOND)
        for second in range(20):
            volatility.see(5000 + 50 * (second % 2), second * SECOND)
        wild = volatility.over(SECOND)
        for second in range(20, 100):
            volatility.see(5000, second * SECOND)
        assert volatility.over(SECOND) < wild / 10

    def test_of_a_walk_with_equal_steps_is_its_step_times_the_root_of_the_time(self) -> None:
        volatility = Volatility(MINUTE)
        for second in range(600):
            volatility.see(5000 + 20 * (second % 2), second * SECOND)
        assert volatility.over(SECOND) == pytest.approx(20, rel=0.02)
        assert volatility.over(4 * SECOND) == pytest.approx(40, rel=0.02)

    def test_is_not_told_before_a_tenth_of_its_time_constant_was_seen(self) -> None:
        volatility = Volatility(MINUTE)
        for second in range(6):
            volatility.see(5000 + 500 * (second % 2), second * SECOND)
            assert not volatility.is_ready
            assert volatility.over(MINUTE) == 0
        for second in range(6, 8):
            volatility.see(5000, second * SECOND)
        assert volatility.is_ready
        assert volatility.over(MINUTE) > 0

    def test_a_jump_within_one_instant_counts(self) -> None:
        volatility = Volatility(SECOND)
        volatility.see(5000, 0)
        volatility.see(5000, SECOND)
        volatility.see(5300, SECOND)
        assert volatility.over(SECOND) == pytest.approx(300)

    def test_nothing_seen_is_nothing_known(self) -> None:
        assert not Volatility(MINUTE).is_ready
        assert math.isclose(Volatility(MINUTE).over(MINUTE), 0)
