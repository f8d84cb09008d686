"""The phases of a market: only time, its listing, its book and its resolution decide."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.markets.phases import next_change_ns, phase_of
from messages.markets import Phase
from supervision.specs import SECOND
from tests.actors.samples import market

MINUTE = 60 * SECOND
END_MS = 1_000_000
END = END_MS * 1_000_000
LISTED = evolve(market(), end_ms=END_MS)


def phase(
    now_ns: int, *, has_book: bool = True, is_resolved: bool = False, accepting: bool = True, ends: bool = True
) -> Phase:
    listing = evolve(LISTED, accepting_orders=accepting, end_ms=END_MS if ends else None)
    return phase_of(listing, has_book=has_book, is_resolved=is_resolved, now_ns=now_ns, close_window_ns=MINUTE)


@pytest.mark.parametrize(
    ("now_ns", "expected"),
    [
        (0, Phase.NORMAL),
        (END - MINUTE - 1, Phase.NORMAL),
        (END - MINUTE, Phase.CLOSE_WINDOW),
        (END - 1, Phase.CLOSE_WINDOW),
        (END, Phase.CLOSED),
        (END + MINUTE, Phase.CLOSED),
    ],
)
def test_time_takes_a_market_from_normal_to_closed(now_ns: int, expected: Phase) -> None:
    assert phase(now_ns) is expected
    assert phase(now_ns, ends=False) is Phase.NORMAL


@given(st.integers(0, 2 * END), st.booleans(), st.booleans(), st.booleans())
def test_a_resolved_market_is_resolved_whatever_else(now_ns: int, has_book: bool, accepting: bool, ends: bool) -> None:
    assert phase(now_ns, has_book=has_book, accepting=accepting, ends=ends, is_resolved=True) is Phase.RESOLVED


def test_without_a_book_it_is_only_discovered_and_without_orders_only_watched() -> None:
    assert phase(0, has_book=False) is Phase.DISCOVERED
    assert phase(0, accepting=False) is Phase.WATCH
    assert phase(0, has_book=False, accepting=False) is Phase.DISCOVERED
    assert phase(END, has_book=False) is Phase.CLOSED


@given(st.integers(0, 2 * END), st.booleans())
def test_between_now_and_the_next_change_nothing_changes_and_then_it_does(now_ns: int, ends: bool) -> None:
    listing = evolve(LISTED, end_ms=END_MS if ends else None)
    at_ns = next_change_ns(listing, now_ns, MINUTE)
    if at_ns is None:
        assert phase(now_ns, ends=ends) is phase(10 * END, ends=ends)
        return
    assert at_ns > now_ns
    assert phase(now_ns) is phase(at_ns - 1)
    assert phase(at_ns) is not phase(at_ns - 1)
