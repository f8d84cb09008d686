"""One price off the grid is a broken frame; several that fit one finer tick are a tick change that was missed."""

import pytest
from attrs.exceptions import FrozenInstanceError

from actors.markets.grid import GridRule, OffGridFrame, finer_step, with_frame
from messages.units import NANOSECONDS_PER_SECOND, Price

RULE = GridRule()


def frames(*prices: int, seconds_apart: int = 1) -> tuple[OffGridFrame, ...]:
    evidence: tuple[OffGridFrame, ...] = ()
    for count, price in enumerate(prices):
        at_ns = count * seconds_apart * NANOSECONDS_PER_SECOND
        evidence = with_frame(evidence, OffGridFrame(at_ns, (Price(price),)), RULE)
    return evidence


def test_four_frames_prove_nothing() -> None:
    assert finer_step(100, frames(2490, 1860, 3120, 1230), RULE) is None


def test_the_fifth_proves_the_coarsest_tick_that_all_fit() -> None:
    assert finer_step(100, frames(2490, 1860, 3120, 1230, 3750), RULE) == 10
    assert finer_step(100, frames(2450, 1850, 3150, 1250, 3750), RULE) == 50


def test_frames_that_fit_no_common_coarser_tick_do_not_count_for_it() -> None:
    assert finer_step(100, frames(2490, 1860, 3120, 1230, 3750, 1234), RULE) == 10


def test_a_tick_on_which_the_old_prices_would_not_be_legal_is_out_of_question() -> None:
    assert finer_step(25, frames(2490, 1860, 3120, 1230, 3740), RULE) == 1


def test_what_is_older_than_a_minute_is_forgotten() -> None:
    assert finer_step(100, frames(2490, 1860, 3120, 1230, 3750, seconds_apart=20), RULE) is None


def test_both_numbers_are_settings() -> None:
    assert finer_step(100, frames(2490), GridRule(frames=1)) == 10
    with pytest.raises(ValueError):
        GridRule(frames=0)
    with pytest.raises(FrozenInstanceError):
        RULE.frames = 3  # type: ignore[misc]
