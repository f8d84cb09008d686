"""Two implementations of the same rules agree on everything that can be seen, after every step."""

import os
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exchange.naive_pair import Pair

EFFORT = int(os.environ.get("POLYACTORS_EXCHANGE_EFFORT", "1"))
"""How many times as many examples as usual."""


@settings(max_examples=100 * EFFORT, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(note_method_calls=False, use_true_random=False), steps=st.integers(1, 40))
def test_both_exchanges_do_the_same_with_small_random_flows(chance: random.Random, steps: int) -> None:
    pair = Pair(chance)
    for _ in range(steps):
        pair.step()


def test_both_exchanges_do_the_same_with_long_random_flows() -> None:
    for seed in range(60 * EFFORT):
        pair = Pair(random.Random(f"flow {seed}"))
        for _ in range(150):
            pair.step()
