"""The user channel of Polymarket's websocket: what happens to our own orders and trades (polymarket.md 5.4).

The frames are typed but not interpreted: numbers stay the venue's texts, for what may be made of a half-filled field
("size_matched" is empty after a killed FOK, times come in seconds and in milliseconds) is for the order state machine.
"""

from collections.abc import Callable

import msgspec

from messages.market_data import BadInput
from polyactors.venues.polymarket.json_frames import EVENT_TYPE, KEEP_ALIVE, Frame, as_typed, frame_text, plain_json
from polyactors.venues.refused import Refused


class UserOrder(msgspec.Struct, frozen=True, tag_field=EVENT_TYPE, tag="order"):
    """An order of ours was placed, matched further, or ended. `type` is PLACEMENT, UPDATE or CANCELLATION."""

    id: str
    market: str
    asset_id: str
    side: str
    price: str
    original_size: str
    size_matched: str
    type: str
    status: str = ""
    order_type: str = ""
    outcome: str = ""
    owner: str = ""
    order_owner: str = ""
    maker_address: str = ""
    associate_trades: tuple[str, ...] | None = None
    created_at: str | None = None
    expiration: str | None = None
    timestamp: str | None = None


class MakerOrder(msgspec.Struct, frozen=True):
    """One resting order that a trade took from; it need not be ours, nor of the trade's own token."""

    order_id: str
    asset_id: str
    matched_amount: str
    price: str
    side: str | None = None
    outcome: str = ""
    owner: str = ""
    maker_address: str = ""
    fee_rate_bps: str | None = None


class UserTrade(msgspec.Struct, frozen=True, tag_field=EVENT_TYPE, tag="trade"):
    """A trade of ours moved on. `status` is MATCHED, MINED, CONFIRMED, RETRYING or FAILED, in any order."""

    id: str
    market: str
    asset_id: str
    side: str
    price: str
    size: str
    status: str
    taker_order_id: str
    maker_orders: tuple[MakerOrder, ...] = ()
    trader_side: str = ""
    outcome: str = ""
    owner: str = ""
    trade_owner: str = ""
    maker_address: str = ""
    match_time: str | None = None
    last_update: str | None = None
    timestamp: str | None = None
    bucket_index: int | None = None
    fee_rate_bps: str | None = None
    transaction_hash: str | None = None


UserEvent = UserOrder | UserTrade


class UserChannel:
    """Decodes user frames. What cannot be taken goes to `on_bad`, and nothing is raised.

    The kinds of bad input: not_json, not_utf8, too_deep, wrong_type, missing_field, unknown_type.
    """

    def __init__(self, on_bad: Callable[[BadInput], None]) -> None:
        self._on_bad = on_bad

    def decode(self, frame: Frame, source: str) -> list[UserEvent]:
        """The events of `frame`, an object or an array; a bad element does not take the others with it."""
        try:
            text = frame_text(frame)
            if text.strip() in KEEP_ALIVE:
                return []
            plain = plain_json(text)
        except Refused as refused:
            self._on_bad(refused.as_bad_input(source))
            return []
        events: list[UserEvent] = []
        for element in plain if isinstance(plain, list) else [plain]:
            try:
                events.append(_event(element))
            except Refused as refused:
                self._on_bad(refused.as_bad_input(source))
        return events


def _event(plain: object) -> UserEvent:
    if not isinstance(plain, dict):
        raise Refused("wrong_type", f"expected an object, got {str(plain)[:100]!r}")
    kind = plain.get(EVENT_TYPE)
    if kind is None:
        kind = _kind_by_fields(plain)
    if not isinstance(kind, str):
        raise Refused("wrong_type", f"event_type is {str(kind)[:80]!r}")
    fields: dict[str, object] = {**plain, EVENT_TYPE: kind}
    if kind == "order":
        return as_typed(fields, UserOrder)
    if kind == "trade":
        fields.setdefault("match_time", fields.get("matchtime"))
        return as_typed(fields, UserTrade)
    raise Refused("unknown_type", f"event_type {kind[:80]!r}")


def _kind_by_fields(plain: dict[str, object]) -> str:
    """An older frame without event_type: a trade names the taker's order, an order its original size."""
    if "taker_order_id" in plain:
        return "trade"
    if "original_size" in plain:
        return "order"
    raise Refused("unknown_type", f"neither an event_type nor known fields: {', '.join(map(str, plain))}")
