"""Decimal strings to integers and back, exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.units import (
    LARGEST_SHARES,
    LOT,
    PRICE_SCALE,
    TICK_SIZES,
    BadDecimal,
    Cash,
    Price,
    Shares,
    complement,
    format_cash,
    format_price,
    format_shares,
    notional,
    parse_cash,
    parse_price,
    parse_shares,
    parse_tick_size,
    proceeds,
    whole_lots,
)

prices = st.integers(0, PRICE_SCALE).map(Price)
sizes = st.integers(0, LARGEST_SHARES).map(Shares)


@given(prices)
def test_a_price_comes_back_as_it_was(price: Price) -> None:
    assert parse_price(format_price(price)) == price
    assert Decimal(format_price(price)) * PRICE_SCALE == price


@given(sizes)
def test_a_size_comes_back_as_it_was(size: Shares) -> None:
    assert parse_shares(format_shares(size)) == size
    assert Decimal(format_shares(size)) * 1_000_000 == size


@given(st.integers(0, 10**22 - 1).map(Cash))
def test_an_amount_comes_back_as_it_was(cash: Cash) -> None:
    assert parse_cash(format_cash(cash)) == cash


@given(st.integers(1, 10**15))
def test_a_loss_carries_a_minus_sign(units: int) -> None:
    assert format_cash(Cash(-units)) == "-" + format_cash(Cash(units))


@given(st.integers(0, 9999), st.integers(0, 12))
def test_zeros_that_do_not_count_change_nothing(units: int, zeros: int) -> None:
    assert parse_price(f"0.{units:04d}" + "0" * zeros) == units


@pytest.mark.parametrize(("text", "units"), [("0.57", 5700), ("0.46", 4600), ("0.0025", 25), ("1", 10_000), ("0", 0)])
def test_prices_that_floats_lose(text: str, units: int) -> None:
    assert parse_price(text) == units


def test_a_size_that_floats_cut() -> None:
    assert parse_shares("8.2") == 8_200_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0.5 ",
        "\n0.5",
        "0.5\n",
        "+0.5",
        "-0.5",
        ".5",
        "5.",
        "1e-1",
        "0x1",
        "nan",
        "inf",
        "0,5",
        "\u0660.\u0665",
        "1_0",
    ],
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    for parse in (parse_price, parse_shares, parse_cash, parse_tick_size):
        with pytest.raises(BadDecimal):
            parse(text)


@pytest.mark.parametrize("text", ["0.00001", "0.46001", "1.0001", "2"])
def test_a_price_off_the_unit_or_above_one_is_refused(text: str) -> None:
    with pytest.raises(BadDecimal):
        parse_price(text)


@pytest.mark.parametrize("text", ["0.0000001", "1000000000000.000001", "9" * 17])
def test_a_size_too_fine_or_absurd_is_refused(text: str) -> None:
    with pytest.raises(BadDecimal):
        parse_shares(text)


@given(st.text(max_size=12))
def test_any_text_is_a_price_or_refused(text: str) -> None:
    try:
        assert 0 <= parse_price(text) <= PRICE_SCALE
    except BadDecimal as error:
        assert "price" in str(error)


@pytest.mark.parametrize("tick", TICK_SIZES)
def test_a_tick_size_is_one_of_the_venue_s(tick: int) -> None:
    assert parse_tick_size(format_price(Price(tick))) == tick
    assert PRICE_SCALE % tick == 0


@pytest.mark.parametrize("text", ["0", "0.02", "0.05", "1"])
def test_another_tick_size_is_refused(text: str) -> None:
    with pytest.raises(BadDecimal, match=r"none of 0\.1, 0\.01"):
        parse_tick_size(text)


@given(prices, st.integers(0, 10**9).map(lambda lots: Shares(lots * LOT)))
def test_whole_lots_cost_exactly_what_they_bring(price: Price, size: Shares) -> None:
    assert notional(price, size) == proceeds(price, size) == Decimal(price) * size / PRICE_SCALE


@given(prices, sizes)
def test_otherwise_the_rounding_is_against_us_by_less_than_a_unit(price: Price, size: Shares) -> None:
    exact = Decimal(price * size) / PRICE_SCALE
    assert 0 <= notional(price, size) - exact < 1
    assert 0 <= exact - proceeds(price, size) < 1


@given(prices)
def test_both_tokens_together_cost_one(price: Price) -> None:
    assert complement(complement(price)) == price
    assert price + complement(price) == PRICE_SCALE


@given(sizes)
def test_what_is_smaller_than_a_lot_is_cut(size: Shares) -> None:
    assert whole_lots(size) % LOT == 0
    assert 0 <= size - whole_lots(size) < LOT
