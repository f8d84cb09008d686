"""The fast way to read numbers says what the exact way in messages.units says, for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.units import BadDecimal, parse_price, parse_shares
from polyactors.venues.polymarket import number_texts
from polyactors.venues.polymarket.number_texts import PriceTexts, SizeTexts
from polyactors.venues.refused import Refused

NUMBERS = st.from_regex(r"[0-9]{0,14}\.?[0-9]{0,9}", fullmatch=True) | st.text(
    alphabet="0123456789.-+e_ ٣²", max_size=8
)


@given(NUMBERS)
def test_a_size_is_what_the_exact_parser_says(text: str) -> None:
    sizes = SizeTexts()
    try:
        exact = parse_shares(text)
    except BadDecimal:
        with pytest.raises(Refused) as refused:
            sizes[text]
        assert refused.value.kind == "bad_size"
    else:
        assert sizes[text] == sizes[text] == exact


@given(NUMBERS)
def test_a_price_is_what_the_exact_parser_says(text: str) -> None:
    prices = PriceTexts()
    try:
        exact = parse_price(text)
    except BadDecimal:
        with pytest.raises(Refused) as refused:
            prices.read(text)
        assert refused.value.kind == "bad_price"
    else:
        assert prices.read(text) == prices.read(text) == exact


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_texts, "MOST_PRICES", 8)
    monkeypatch.setattr(number_texts, "MOST_SIZES", 8)
    prices, sizes = PriceTexts(), SizeTexts()
    for number in range(1000):
        prices.read(f"0.{number:04}")
        prices.read("0.5" + "0" * (15 + number % 3))
        assert sizes[str(number)] == number * 1_000_000
        assert len(prices.known) <= 8 >= len(sizes)
