"""A reservation covers whatever the venue makes of the order."""

from hypothesis import given
from hypothesis import strategies as st

from actors.portfolio.reserve import NOTHING, Reserve, reserve_for, worst_taker_fee
from messages.identity import Outcome, Side
from messages.markets import NO_FEES, FeeSchedule
from messages.units import LOT, Price, Shares, notional
from tests.actors.samples import TAKER_FEES, dollars, shares

schedules = st.builds(FeeSchedule, st.integers(0, 500_000), st.integers(1, 2))


@given(
    schedules,
    st.integers(1, 9999),
    st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 500)), min_size=1, max_size=30),
)
def test_into_however_many_matches_an_order_is_cut_its_cost_is_covered(
    fees: FeeSchedule, limit: int, matches: list[tuple[int, int]]
) -> None:
    size = Shares(sum(lots for _, lots in matches) * LOT)
    reserved = reserve_for(Side.BUY, Outcome.YES, Price(limit), size, False, fees).cash
    paid = sum(
        notional(Price(min(price, limit)), Shares(lots * LOT))
        + fees.taker_fee(Price(min(price, limit)), Shares(lots * LOT))
        for price, lots in matches
    )
    assert paid <= reserved


def test_where_there_are_no_fees_none_are_reserved() -> None:
    assert worst_taker_fee(NO_FEES, Price(5000), shares(100)) == 0


def test_a_post_only_order_takes_nothing_and_pays_no_fee() -> None:
    reserved = reserve_for(Side.BUY, Outcome.NO, Price(5000), shares(100), True, TAKER_FEES)
    assert reserved == Reserve(cash=dollars(50))


def test_a_sale_reserves_shares_of_its_token() -> None:
    assert reserve_for(Side.SELL, Outcome.NO, Price(5000), shares(7), False, TAKER_FEES) == Reserve(no=shares(7))


def test_nothing_remains_nothing_is_reserved() -> None:
    assert reserve_for(Side.BUY, Outcome.YES, Price(5000), Shares(-1), False, TAKER_FEES) == NOTHING
