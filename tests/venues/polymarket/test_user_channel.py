"""The user channel: every real order and trade frame is typed; what is broken has a name."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.market_data import BadInput
from polyactors.venues.polymarket.user_channel import UserChannel, UserEvent, UserOrder, UserTrade

ORDER = {
    "event_type": "order",
    "id": "0x1",
    "market": "0x2",
    "asset_id": "3",
    "side": "BUY",
    "price": "0.5",
    "original_size": "10",
    "size_matched": "",
    "type": "PLACEMENT",
}
TRADE = {
    "event_type": "trade",
    "id": "t",
    "market": "0x2",
    "asset_id": "3",
    "side": "BUY",
    "price": "0.5",
    "size": "10",
    "status": "MATCHED",
    "taker_order_id": "0x1",
    "maker_orders": [{"order_id": "0x4", "asset_id": "5", "matched_amount": "10", "price": "0.5"}],
}


def decode(frame: object) -> tuple[list[UserEvent], list[str]]:
    bad: list[BadInput] = []
    sent = frame if isinstance(frame, str | bytes) else json.dumps(frame)
    return UserChannel(bad.append).decode(sent, "here"), [each.kind for each in bad]


def test_every_real_user_frame_is_taken(shared: Path) -> None:
    folder = shared / "fixtures/polymarket_frames"
    patterns = ("ws_*user*.json", "ws_*order*.json", "ws_*trades.json")
    files = sorted({file for pattern in patterns for file in folder.rglob(pattern)})
    assert len(files) >= 15
    for file in files:
        document: Any = json.loads(file.read_text())
        events, bad = decode(document)
        assert bad == [], file.name
        for event, frame in zip(events, document if isinstance(document, list) else [document], strict=True):
            assert isinstance(event, UserTrade if "taker_order_id" in frame else UserOrder), file.name
            assert event.id == frame["id"]
            if isinstance(event, UserTrade):
                assert [maker.order_id for maker in event.maker_orders] == [
                    maker["order_id"] for maker in frame.get("maker_orders", [])
                ]


def test_a_killed_order_keeps_its_empty_fields() -> None:
    ((order,), _) = decode(ORDER)
    assert isinstance(order, UserOrder)
    assert order.size_matched == ""


def test_the_match_time_has_two_spellings() -> None:
    for spelling in ("match_time", "matchtime"):
        ((trade,), _) = decode({**TRADE, spelling: "1780449130"})
        assert isinstance(trade, UserTrade)
        assert trade.match_time == "1780449130"


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ("INVALID OPERATION", "not_json"),
        (b"\xff", "not_utf8"),
        ("[" * 100_000, "too_deep"),
        ("7", "wrong_type"),
        ({**ORDER, "price": 0.5}, "wrong_type"),
        ({**ORDER, "event_type": []}, "wrong_type"),
        ({**ORDER, "event_type": "balance"}, "unknown_type"),
        ({"id": "1"}, "unknown_type"),
        ({key: value for key, value in TRADE.items() if key != "size"}, "missing_field"),
    ],
)
def test_what_cannot_be_taken_has_a_name(frame: object, kind: str) -> None:
    assert decode(frame) == ([], [kind])


def test_a_bad_element_does_not_take_the_others_with_it() -> None:
    events, bad = decode([ORDER, 5, TRADE])
    assert [type(event) for event in events] == [UserOrder, UserTrade]
    assert bad == ["wrong_type"]


@pytest.mark.parametrize("text", ["PONG", "PING", "[]"])
def test_a_keep_alive_says_nothing(text: str) -> None:
    assert decode(text) == ([], [])


@given(st.binary(max_size=100) | st.text(max_size=100))
def test_no_bytes_raise(frame: bytes | str) -> None:
    decode(frame)
