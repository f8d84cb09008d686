"""The frames of the market channel as the venue writes them (polymarket.md 5.3), and its older shapes of the same."""

from typing import Annotated

import msgspec

from polyactors.venues.polymarket.json_frames import EVENT_TYPE
from polyactors.venues.refused import Refused

LONGEST_TIMESTAMP = 16
Milliseconds = Annotated[int, msgspec.Meta(ge=0, lt=10**LONGEST_TIMESTAMP)]
"""A text of digits on the wire: the fast decoder, which is lax about numbers in quotes, reads it on its way."""


class WireLevel(msgspec.Struct, gc=False):
    price: str
    size: str


class Leg(msgspec.Struct, gc=False):
    """A changed level of one token, and that token's best prices and hash after the batch."""

    asset_id: str
    price: str
    size: str
    side: str
    best_bid: str | None = None
    best_ask: str | None = None
    hash: str | None = None


class PriceChangeFrame(msgspec.Struct, tag_field=EVENT_TYPE, tag="price_change", gc=False):
    market: str
    price_changes: list[Leg]
    timestamp: Milliseconds


class BookFrame(msgspec.Struct, tag_field=EVENT_TYPE, tag="book"):
    market: str
    asset_id: str
    bids: list[WireLevel]
    asks: list[WireLevel]
    timestamp: Milliseconds
    hash: str | None = None
    tick_size: str | None = None
    min_order_size: str | None = None
    neg_risk: bool | None = None
    last_trade_price: str | None = None


class LastTradeFrame(msgspec.Struct, tag_field=EVENT_TYPE, tag="last_trade_price", gc=False):
    market: str
    asset_id: str
    price: str
    size: str
    side: str
    timestamp: Milliseconds


class TickSizeFrame(msgspec.Struct, tag_field=EVENT_TYPE, tag="tick_size_change", gc=False):
    market: str
    asset_id: str
    new_tick_size: str
    timestamp: Milliseconds


class BestPricesFrame(msgspec.Struct, tag_field=EVENT_TYPE, tag="best_bid_ask", gc=False):
    market: str
    asset_id: str
    best_bid: str
    best_ask: str
    timestamp: Milliseconds


class NewMarketFrame(msgspec.Struct, tag_field=EVENT_TYPE, tag="new_market"):
    market: str
    slug: str = ""
    assets_ids: list[str] | None = None
    clob_token_ids: list[str] | None = None


class ResolvedFrame(msgspec.Struct, tag_field=EVENT_TYPE, tag="market_resolved"):
    market: str
    winning_asset_id: str | None = None


MarketFrame = (
    PriceChangeFrame | BookFrame | LastTradeFrame | TickSizeFrame | BestPricesFrame | NewMarketFrame | ResolvedFrame
)

FRAME_OF: dict[str, type[MarketFrame]] = {
    "price_change": PriceChangeFrame,
    "book": BookFrame,
    "last_trade_price": LastTradeFrame,
    "tick_size_change": TickSizeFrame,
    "best_bid_ask": BestPricesFrame,
    "new_market": NewMarketFrame,
    "market_resolved": ResolvedFrame,
}

_BY_FIELDS = (
    ("price_change", {"price_changes"}),
    ("book", {"bids", "asks"}),
    ("tick_size_change", {"new_tick_size"}),
    ("last_trade_price", {"asset_id", "price", "side", "size", "fee_rate_bps"}),
    ("price_change", {"asset_id", "price", "side", "size"}),
    ("best_bid_ask", {"asset_id", "best_bid", "best_ask"}),
    ("market_resolved", {"winning_asset_id"}),
    ("new_market", {"slug", "clob_token_ids"}),
)
"""What a frame without event_type is: the first whose fields it has. An old price_change has no fee, a trade has."""


def in_todays_shape(plain: object) -> tuple[type[MarketFrame], dict[str, object]]:
    """The class of the frame, and its fields with the event_type among them.

    An old price_change of a single level becomes a list of one.

    Raises `Refused`: wrong_type for what is no object, unknown_type for one that is none of the known frames,
    bad_timestamp for a text that is no number of milliseconds.
    """
    if not isinstance(plain, dict):
        raise Refused("wrong_type", f"expected an object, got {str(plain)[:100]!r}")
    kind = plain.get(EVENT_TYPE)
    if kind is None:
        kind = next((kind for kind, fields in _BY_FIELDS if fields <= plain.keys()), None)
        if kind is None:
            raise Refused("unknown_type", f"neither an event_type nor known fields: {', '.join(map(str, plain))}")
    elif not isinstance(kind, str):
        raise Refused("wrong_type", f"event_type is {str(kind)[:80]!r}")
    elif kind not in FRAME_OF:
        raise Refused("unknown_type", f"event_type {kind!r}")
    frame = {**plain, EVENT_TYPE: kind}
    if kind == "price_change" and "price_changes" not in frame and "price" in frame:
        frame["price_changes"] = [plain]
    stamp = frame.get("timestamp")
    if isinstance(stamp, str):
        frame["timestamp"] = _milliseconds(stamp)
    return FRAME_OF[kind], frame


def _milliseconds(text: str) -> int:
    if len(text) <= LONGEST_TIMESTAMP and text.isascii() and text.isdecimal():
        return int(text)
    raise Refused("bad_timestamp", f"{text[:40]!r} is no number of milliseconds")
