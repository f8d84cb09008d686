"""Orders in execution's words: the same by REST and by stream, or refused by both."""

import json

import pytest

from actors.execution.live.words import (
    UserNewsLost,
    VenueOrder,
    VenueOrderStatus,
)
from messages.identity import Outcome, Side, VenueOrderId
from messages.units import Price, parse_shares
from polyactors.venues.polymarket.live_account.orders_read import order_of_rest
from polyactors.venues.polymarket.rest.own_orders import read_order_page
from polyactors.venues.refused import Refused
from tests.venues.polymarket.account_news import (
    FOREIGN,
    KEY,
    MARKET,
    MATCHED_S,
    TOKENS,
    WALLET,
    YES,
    Plain,
    hear,
)

ORDER: Plain = {
    "id": "0xorder",
    "market": MARKET.market,
    "asset_id": YES,
    "owner": KEY,
    "maker_address": WALLET,
    "side": "BUY",
    "price": "0.57",
    "original_size": "10",
    "size_matched": "4",
    "order_type": "GTC",
    "status": "LIVE",
    "created_at": MATCHED_S,
}


def order_by_rest(**changes: object) -> VenueOrder:
    """Raises `Refused`."""
    row = read_order_page(json.dumps({"data": [ORDER | changes], "next_cursor": None}).encode()).rows[0]
    place = TOKENS.find(row.token)
    assert place is not None
    return order_of_rest(row, place)


def order_by_stream(kind: str = "UPDATE", **changes: object) -> object:
    return hear(ORDER | {"type": kind, "created_at": str(MATCHED_S)} | changes, "order")[0]


def test_an_open_order_is_the_same_by_both() -> None:
    found = order_by_rest()
    assert found == order_by_stream()
    assert found == VenueOrder(
        VenueOrderId("0xorder"),
        MARKET.market,
        Outcome.YES,
        Side.BUY,
        Price(5_700),
        parse_shares("10"),
        parse_shares("4"),
        VenueOrderStatus.LIVE,
    )


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("LIVE", VenueOrderStatus.LIVE),
        ("ORDER_STATUS_LIVE", VenueOrderStatus.LIVE),
        ("DELAYED", VenueOrderStatus.DELAYED),
        ("MATCHED", VenueOrderStatus.MATCHED),
        ("UNMATCHED", VenueOrderStatus.CANCELLED),
        ("CANCELED", VenueOrderStatus.CANCELLED),
        ("CANCELED_MARKET_RESOLVED", VenueOrderStatus.CANCELLED),
        ("CANCELED_NOT_ENOUGH_BALANCE", VenueOrderStatus.CANCELLED),
        ("CANCELED_EXPIRED_ORDER", VenueOrderStatus.EXPIRED),
        ("CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed.", VenueOrderStatus.CANCELLED),
        ("INVALID", VenueOrderStatus.CANCELLED),
    ],
)
def test_each_status_of_an_order_has_its_meaning_and_an_end_its_reason(told: str, meant: VenueOrderStatus) -> None:
    found, heard = order_by_rest(status=told), order_by_stream(status=told)
    assert isinstance(heard, VenueOrder)
    assert found.status is heard.status is meant
    is_evident = meant in (VenueOrderStatus.LIVE, VenueOrderStatus.MATCHED)
    assert bool(found.reason) is bool(heard.reason) is not is_evident


def test_without_a_status_the_kind_of_the_event_says_as_much() -> None:
    for kind, matched, meant in (
        ("PLACEMENT", "0", VenueOrderStatus.LIVE),
        ("UPDATE", "4", VenueOrderStatus.LIVE),
        ("UPDATE", "10", VenueOrderStatus.MATCHED),
        ("CANCELLATION", "4", VenueOrderStatus.CANCELLED),
    ):
        heard = order_by_stream(kind, status="", size_matched=matched)
        assert isinstance(heard, VenueOrder)
        assert heard.status is meant


def test_nothing_is_open_after_a_cancellation_whatever_its_status() -> None:
    for status in ("LIVE", "MATCHED", "CANCELED_EXPIRED_ORDER"):
        heard = order_by_stream("CANCELLATION", status=status)
        assert isinstance(heard, VenueOrder)
        assert not heard.status.is_open


def test_the_frame_of_a_killed_order_has_nothing_where_its_sizes_belong() -> None:
    heard = order_by_stream("CANCELLATION", size_matched="", created_at="", status="CANCELED_killed")
    assert isinstance(heard, VenueOrder)
    assert (heard.matched, heard.status) == (0, VenueOrderStatus.CANCELLED)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "RESTING"},
        {"size_matched": "10.01"},
        {"size_matched": "-1"},
        {"original_size": "0"},
        {"original_size": "many"},
        {"price": "1"},
        {"side": "HOLD"},
        {"id": ""},
        {"market": "0x" + "33" * 32},
    ],
)
def test_an_order_that_does_not_add_up_is_refused_by_rest_and_lost_on_the_stream(changes: Plain) -> None:
    with pytest.raises(Refused):
        order_by_rest(**changes)
    assert isinstance(order_by_stream(**changes), UserNewsLost)


def test_an_unknown_kind_of_event_is_lost() -> None:
    assert isinstance(order_by_stream("AMENDMENT"), UserNewsLost)


def test_an_order_elsewhere_is_not_told_by_the_stream() -> None:
    assert order_by_stream(asset_id=FOREIGN, market="0x" + "33" * 32) is None
