"""Decimals of venues: exact in hundred-millionths, or refused; never anything between."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyactors.venues.reference.numbers import (
    LARGEST_PRICE,
    LARGEST_SIZE,
    MOST_REMEMBERED,
    PriceTexts,
    SizeTexts,
    price_of_number,
    size_of_number,
)
from polyactors.venues.reference.times import IsoTimes, of_milliseconds
from polyactors.venues.refused import Refused

UNIT = Decimal("0.00000001")


def written(units: int, places: int) -> str:
    """With `places` of eight, as long as nothing is lost by it."""
    whole, rest = divmod(units, 10**8)
    digits = f"{rest:08d}"[:places]
    return f"{whole}.{digits}" if places else str(whole)


class TestTexts:
    @given(st.integers(1, LARGEST_PRICE))
    def test_a_price_is_what_is_written(self, units: int) -> None:
        assert PriceTexts()[written(units, 8)] == units

    @given(st.integers(0, 10**9), st.integers(0, 10**8 - 1), st.integers(0, 12))
    def test_zeros_at_the_end_change_nothing(self, whole: int, rest: int, zeros: int) -> None:
        units = whole * 10**8 + rest
        if 0 < units <= LARGEST_PRICE:
            assert PriceTexts()[f"{whole}.{rest:08d}{'0' * zeros}"] == units

    @given(st.text(max_size=30))
    def test_every_text_is_exact_or_refused(self, text: str) -> None:
        try:
            units = SizeTexts(takes_zero=True)[text]
        except Refused as refused:
            assert refused.kind == "bad_size"
        else:
            assert Decimal(text) == units * UNIT

    @pytest.mark.parametrize(
        "text",
        ["", ".", "1.", ".5", "-1", "+1", "1e5", "1_000", " 1", "1 ", "0x10", "NaN", "Infinity", "1.2.3", "١٢", "1,5"],
    )
    def test_what_is_no_plain_decimal_is_refused(self, text: str) -> None:
        with pytest.raises(Refused, match="bad_price"):
            PriceTexts()[text]

    @pytest.mark.parametrize("text", ["0", "0.0", "0.00000000", "1000000000.00000001", "0.000000001", "9" * 41])
    def test_zero_the_absurd_and_what_is_too_fine_is_no_price(self, text: str) -> None:
        with pytest.raises(Refused, match="bad_price"):
            PriceTexts()[text]

    def test_a_size_of_zero_is_one_where_sizes_were_not_recorded(self) -> None:
        assert SizeTexts(takes_zero=True)["0"] == 0
        with pytest.raises(Refused, match="bad_size"):
            SizeTexts()["0"]

    def test_what_is_remembered_has_an_end(self) -> None:
        prices = PriceTexts()
        for number in range(1, 2 * MOST_REMEMBERED):
            assert prices[str(number)] == number * 10**8
        assert len(prices) <= MOST_REMEMBERED
        assert prices["1.000000000000000000000000000000"] == 10**8
        assert "1.000000000000000000000000000000" not in prices


class TestNumbersInJson:
    @given(st.integers(1, LARGEST_SIZE), st.integers(-8, 8))
    def test_a_number_is_what_is_written_with_an_exponent_or_without(self, units: int, exponent: int) -> None:
        number = Decimal((0, tuple(map(int, str(units))), exponent - 8))
        found = units * 10**exponent if exponent >= 0 else units // 10**-exponent
        if 0 < found <= LARGEST_SIZE and (exponent >= 0 or units % 10**-exponent == 0):
            assert size_of_number(number) == found
        else:
            with pytest.raises(Refused, match="bad_size"):
                size_of_number(number)

    @pytest.mark.parametrize(
        "text", ["-1", "0", "NaN", "Infinity", "1e99999999", "1e-99999999", "-1e-5", "1e-9", "123456789.123456789"]
    )
    def test_what_is_no_price_is_refused(self, text: str) -> None:
        with pytest.raises(Refused, match="bad_price"):
            price_of_number(Decimal(text))

    def test_small_sizes_come_with_an_exponent(self) -> None:
        assert size_of_number(Decimal("2.7625e-4")) == 27625
        assert size_of_number(Decimal("0E-8"), takes_zero=True) == 0


class TestTimes:
    @given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)), st.integers(0, 9))
    def test_are_read_to_the_nanosecond(self, moment: datetime, places: int) -> None:
        fraction = "123456789"[:places]
        text = f"{moment:%Y-%m-%dT%H:%M:%S}{'.' if places else ''}{fraction}Z"
        whole_s = int(moment.replace(microsecond=0).timestamp())
        if 0 < whole_s < 4_102_444_800:
            assert IsoTimes().read(text) == whole_s * 10**9 + int(fraction.ljust(9, "0"))
        else:
            with pytest.raises(Refused, match="bad_timestamp"):
                IsoTimes().read(text)

    @given(st.text(max_size=40))
    def test_every_other_text_is_refused(self, text: str) -> None:
        with pytest.raises(Refused, match="bad_timestamp"):
            IsoTimes().read(text)

    def test_the_second_that_is_remembered_is_not_that_of_another(self) -> None:
        times = IsoTimes()
        first = times.read("2026-11-07T08:19:27.028459Z")
        with pytest.raises(Refused):
            times.read("2026-13-07T08:19:27.028459Z")
        assert times.read("2026-11-07T08:19:28Z") - first == 971_541_000
        assert times.read("2026-11-07T08:19:27.028459+00:00") == first

    @pytest.mark.parametrize("at_ms", [0, -1, 4_102_444_800_000, 1_672_515_782_136_000, 10**40])
    def test_milliseconds_that_are_none_are_refused(self, at_ms: int) -> None:
        with pytest.raises(Refused, match="bad_timestamp"):
            of_milliseconds(at_ms)
