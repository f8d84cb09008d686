"""When a difference between the fair value and the market is traded on, and when it is let go."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.order_management.desired import Funds
from actors.strategies.divergence_rules import (
    DivergenceSettings,
    Gap,
    difference,
    entry,
    gap_now,
    is_due,
    leaving,
    spent,
)
from actors.strategies.stance import Fair
from actors.strategies.way_out import exposure_to
from messages.identity import Outcome
from messages.markets import Phase
from messages.portfolio import Position
from messages.units import Price
from supervision.specs import SECOND
from tests.actors.actor_world import BUY, NO, SELL, YES, snapshot
from tests.actors.samples import GAME, MAKER, dollars, shares
from tests.actors.session_world import period_market

MARKET = period_market()
SETTINGS = DivergenceSettings(threshold=Price(400), close_at=Price(100), hold_ns=2 * SECOND, minimum_edge=Price(50))
BOOK = snapshot({4500: 100}, {5300: 100})
"""The market says 0.46."""
RICH = Funds(dollars(1000), shares(1000), shares(1000))
NOTHING = Position(GAME, MAKER)
HELD = Position(GAME, MAKER, shares(10))


def fair(price: int, *, uncertain: bool = False) -> Fair:
    return Fair(price, price, price, uncertain)


def walk(*steps: tuple[int, int]) -> Gap | None:
    """What is known after fair values at seconds."""
    gap = None
    for at_s, price in steps:
        gap = gap_now(gap, BOOK, fair(price), at_s * SECOND, SETTINGS)
    return gap


class TestAGap:
    def test_begins_at_the_threshold_and_lasts_while_it_is_there(self) -> None:
        assert walk((0, 4999)) is None
        assert walk((0, 5000), (1, 5400), (2, 5000)) == Gap(YES, 0)
        assert walk((0, 4200), (5, 4100)) == Gap(NO, 0)

    def test_begins_anew_after_a_break_or_on_the_other_side(self) -> None:
        assert walk((0, 5100), (1, 4900), (2, 5100)) == Gap(YES, 2 * SECOND)
        assert walk((0, 5100), (1, 4100)) == Gap(NO, SECOND)

    def test_is_none_where_the_fair_value_is_uncertain_or_the_book_says_nothing(self) -> None:
        assert gap_now(None, BOOK, fair(5500, uncertain=True), 0, SETTINGS) is None
        assert gap_now(None, snapshot({4500: 1}, {}), fair(5500), 0, SETTINGS) is None
        assert difference(snapshot({}, {}), fair(5500), YES) is None

    def test_that_was_traded_on_for_too_long_has_to_close_first(self) -> None:
        gap: Gap | None = spent(walk((0, 5100)), YES, SECOND)
        for price in (5100, 4900, 5300):
            gap = gap_now(gap, BOOK, fair(price), 3 * SECOND, SETTINGS)
            assert gap is not None
            assert gap.is_spent
        gap = gap_now(gap, BOOK, fair(4650), 4 * SECOND, SETTINGS)
        assert gap is None
        assert gap_now(gap, BOOK, fair(5100), 5 * SECOND, SETTINGS) == Gap(YES, 5 * SECOND)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.booleans(), st.floats(0, 1), st.integers(0, 30))
def test_nothing_is_bought_that_is_not_cheap_for_long_enough_with_its_edge(
    since_s: int, price: int, is_yes: bool, share: float, held: int
) -> None:
    now_ns = 10_000 * SECOND
    gap = Gap(YES if is_yes else NO, since_s * SECOND)
    position = Position(GAME, MAKER, shares(held))
    wish = entry(gap, BOOK, fair(price), share, now_ns, position, RICH, MARKET, SETTINGS)
    if wish is None:
        return
    assert now_ns - gap.since_ns >= SETTINGS.hold_ns
    assert (wish.outcome, wish.side, wish.takes) == (gap.outcome, BUY, True)
    worth = price if is_yes else 10_000 - price
    assert wish.edge >= SETTINGS.minimum_edge
    assert wish.price + wish.edge <= worth
    assert wish.size + exposure_to(position, wish.outcome) <= SETTINGS.maximum_position * share


def test_a_gap_is_traded_on_when_it_has_lasted_and_not_when_it_is_spent() -> None:
    def wish(gap: Gap | None, at_s: int = 2) -> bool:
        return entry(gap, BOOK, fair(5500), 1.0, at_s * SECOND, NOTHING, RICH, MARKET, SETTINGS) is not None

    assert wish(Gap(YES, 0))
    assert not wish(Gap(YES, 1))
    assert not wish(Gap(YES, 0, True))
    assert not wish(None)


def test_nothing_is_bought_in_the_close_window() -> None:
    late = evolve(BOOK, phase=Phase.CLOSE_WINDOW)
    assert entry(Gap(YES, 0), late, fair(5500), 1.0, 9 * SECOND, NOTHING, RICH, MARKET, SETTINGS) is None


def test_it_is_let_go_when_the_difference_has_closed_or_after_its_time() -> None:
    def due(price: int, held_s: int = 1) -> bool:
        return is_due(BOOK, fair(price), HELD, 0, held_s * SECOND, SETTINGS)

    assert not due(5200)
    assert not due(4701)
    assert due(4700)
    assert due(4000), "it has turned round"
    assert not due(5200, 59)
    assert due(5200, 60)


def test_it_leaves_by_the_bids() -> None:
    wish = leaving(BOOK, fair(4700), HELD, MARKET, SETTINGS)
    assert wish is not None
    assert (wish.outcome, wish.side, wish.price, wish.takes) == (Outcome.YES, SELL, 4500, True)


def test_settings_that_would_let_go_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="close_at"):
        evolve(SETTINGS, close_at=Price(400))
