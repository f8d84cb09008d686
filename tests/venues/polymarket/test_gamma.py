"""Gamma's market objects: what is left out has a meaning, and every mistake is named at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.markets import NO_FEES, FeeSchedule, Market
from messages.serial import BadDocument
from polyactors.venues.polymarket.gamma import read_markets

PLAIN: dict[str, Any] = {
    "conditionId": "0xab",
    "slug": "will-it",
    "question": "Will it?",
    "clobTokenIds": '["11", "22"]',
    "outcomes": '["Yes", "No"]',
    "orderPriceMinTickSize": 0.01,
    "orderMinSize": 5,
    "endDate": "2026-06-07T05:00:00Z",
}


def read(**changes: Any) -> Market:
    (market,) = read_markets([{**PLAIN, **changes}])
    return market


def mistakes(plain: object) -> tuple[str, ...]:
    with pytest.raises(BadDocument) as error:
        read_markets(plain)
    return error.value.mistakes


def test_an_object_with_only_what_is_needed() -> None:
    market = read()
    assert (market.event, market.yes_token, market.no_token) == ("will-it", "11", "22")
    assert (market.tick_size, market.minimum_size, market.fees) == (100, 5_000_000, NO_FEES)
    assert (market.neg_risk, market.accepting_orders) == (False, True)
    assert market.end_ms == 1_780_808_400_000
    assert read(clobTokenIds=["11", "22"], outcomes=["Up", "Down"], unheard_of=1) == market


def test_numbers_may_be_texts() -> None:
    assert read(orderPriceMinTickSize="0.001", orderMinSize="15.5").tick_size == 10
    assert read(orderPriceMinTickSize=0.0001).tick_size == 1
    assert read(orderMinSize=15.5).minimum_size == 15_500_000


def test_the_event_is_the_first_one_s_slug() -> None:
    assert read(events=[{"slug": "the-event"}, {"slug": "another"}]).event == "the-event"
    assert read(events=[]).event == read(events=[{}]).event == "will-it"


def test_fees_are_exact_in_millionths_and_off_when_they_are_off() -> None:
    assert read(feeSchedule={"rate": 0.07, "exponent": 2}).fees == FeeSchedule(70_000, 2)
    assert read(feesEnabled=True, feeSchedule={"rate": "0.000001"}).fees == FeeSchedule(1)
    assert read(feesEnabled=False, feeSchedule={"rate": 0.07}).fees == NO_FEES
    assert read(feesEnabled=True).fees == NO_FEES


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("conditionId", None),
        ("conditionId", 5),
        ("slug", ""),
        ("clobTokenIds", None),
        ("clobTokenIds", '["11"]'),
        ("clobTokenIds", '["11", "11"]'),
        ("clobTokenIds", '["11", "abc"]'),
        ("clobTokenIds", "[" * 100_000),
        ("outcomes", '["Yes"]'),
        ("orderPriceMinTickSize", None),
        ("orderPriceMinTickSize", 0.02),
        ("orderPriceMinTickSize", True),
        ("orderMinSize", -1),
        ("orderMinSize", float("nan")),
        ("negRisk", "no"),
        ("acceptingOrders", 1),
        ("endDate", "soon"),
        ("endDate", 5),
        ("events", {}),
        ("events", [{"slug": 5}]),
        ("feeSchedule", 0.07),
        ("feeSchedule", {"rate": 7}),
        ("feeSchedule", {"rate": 0.0000001}),
        ("feeSchedule", {"exponent": 1.5}),
        ("feesEnabled", "yes"),
    ],
)
def test_a_mistake_is_named_with_its_place(field: str, value: object) -> None:
    (mistake,) = mistakes([PLAIN, {**PLAIN, "conditionId": "0xcd", "clobTokenIds": '["33", "44"]', field: value}])
    assert mistake.startswith(f"[1].{field}")
    assert ": " in mistake
    assert len(mistake) < 300


def test_all_mistakes_are_named_at_once() -> None:
    named = mistakes([5, {**PLAIN, "slug": 5, "orderMinSize": "x"}, PLAIN, {**PLAIN, "conditionId": "0xcd"}])
    assert [each.split(" ")[0] for each in named] == ["[0]", "[1].slug", "[1].orderMinSize", "11", "22"]


@pytest.mark.parametrize("plain", [None, {}, "[]", 5])
def test_a_document_that_is_no_list_is_a_mistake(plain: object) -> None:
    assert len(mistakes(plain)) == 1


def gamma_markets(shared: Path) -> dict[str, list[dict[str, Any]]]:
    """Every Gamma fixture, an event for the markets in it."""
    files = [*(shared / "fixtures/gamma").glob("*gamma*.json"), *(shared / "fixtures/negrisk").glob("*gamma*.json")]
    files += (shared / "fixtures/polymarket_frames/nautilus").glob("gamma_[me]*.json")
    files += (shared / "recordings").glob("*/markets.json")
    found = {}
    for file in files:
        document = json.loads(file.read_text())
        objects = document if isinstance(document, list) else [document]
        found[str(file.relative_to(shared))] = [market for each in objects for market in each.get("markets", [each])]
    assert len(found) >= 15
    return found


def test_every_real_market_is_read_or_lacks_a_tick_size(shared: Path) -> None:
    """The two legacy markets of 2020 and 2021 were never on the order book."""
    refused = []
    for name, objects in gamma_markets(shared).items():
        try:
            markets = read_markets(objects)
        except BadDocument as error:
            refused.append(name)
            assert [each.split(" ")[0] for each in error.mistakes] == ["[0].orderPriceMinTickSize"]
            continue
        assert [market.market for market in markets] == [each["conditionId"] for each in objects]
        assert [market.yes_token for market in markets] == [json.loads(each["clobTokenIds"])[0] for each in objects]
    assert all("legacy" in name for name in refused)
    assert len(refused) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*PLAIN, "feeSchedule", "events"]), inner)
    ),
    max_leaves=12,
)


@given(JSON | st.lists(JSON))
def test_nothing_but_bad_document_is_raised(plain: object) -> None:
    try:
        read_markets(plain)
    except BadDocument as error:
        assert error.mistakes
