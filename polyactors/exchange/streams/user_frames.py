"""The frames of the user stream (polymarket.md 5.4): times in seconds, but for the timestamp, which is milliseconds."""

import json

from messages.identity import Outcome
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, format_price, format_shares
from polyactors.exchange.words import ApiKey, Listing, MakerPart, OrderEvent, OrderReported, Trade


def order_frame(reported: OrderReported, listing: Listing) -> str:
    """For the order's owner. An order that was just placed, and took nothing, has null for its trades."""
    view = reported.view
    order = view.order
    trades = list(view.trades)
    return _compact(
        {
            "asset_id": listing.market.token(order.outcome),
            "associate_trades": None if not trades and reported.event is OrderEvent.PLACEMENT else trades,
            "created_at": _seconds(view.created_ns),
            "event_type": "order",
            "expiration": str(order.expiration_s),
            "id": order.order,
            "maker_address": order.wallet,
            "market": order.market,
            "order_owner": order.owner,
            "order_type": order.order_type.value,
            "original_size": format_shares(order.size),
            "outcome": _label(listing, order.outcome),
            "owner": order.owner,
            "price": format_price(order.price),
            "side": order.side.value,
            "size_matched": format_shares(view.matched),
            "status": view.status.value,
            "timestamp": _milliseconds(reported.at_ns),
            "type": reported.event.value,
        }
    )


def trade_frame(trade: Trade, listing: Listing, viewer: ApiKey) -> str:
    """As one of its parties sees it. Side, token, price and size are the taker's, whoever looks: what a maker gave is
    among the `maker_orders`, by its `owner` (field note 18)."""
    return _compact(
        {
            "asset_id": listing.market.token(trade.outcome),
            "bucket_index": trade.bucket,
            "event_type": "trade",
            "fee_rate_bps": "0",
            "id": trade.trade,
            "last_update": _seconds(trade.updated_ns),
            "maker_address": trade.taker_wallet,
            "maker_orders": [_maker_order(part, listing) for part in trade.makers],
            "market": trade.market,
            "match_time": _seconds(trade.matched_ns),
            "outcome": _label(listing, trade.outcome),
            "owner": viewer,
            "price": format_price(trade.price),
            "side": trade.side.value,
            "size": format_shares(trade.size),
            "status": trade.status.value,
            "taker_order_id": trade.taker_order,
            "timestamp": _milliseconds(trade.updated_ns),
            "trade_owner": trade.taker_owner,
            "trader_side": "TAKER" if viewer == trade.taker_owner else "MAKER",
            "transaction_hash": trade.transaction,
            "type": "TRADE",
        }
    )


def _maker_order(part: MakerPart, listing: Listing) -> dict[str, object]:
    return {
        "asset_id": listing.market.token(part.outcome),
        "fee_rate_bps": "0",
        "maker_address": part.wallet,
        "matched_amount": format_shares(part.size),
        "order_id": part.order,
        "outcome": _label(listing, part.outcome),
        "outcome_index": 0 if part.outcome is Outcome.YES else 1,
        "owner": part.owner,
        "price": format_price(part.price),
        "side": part.side.value,
    }


def _label(listing: Listing, outcome: Outcome) -> str:
    return listing.labels[0 if outcome is Outcome.YES else 1]


def _seconds(at_ns: int) -> str:
    return str(at_ns // NANOSECONDS_PER_SECOND)


def _milliseconds(at_ns: int) -> str:
    return str(at_ns // NANOSECONDS_PER_MILLISECOND)


def _compact(document: dict[str, object]) -> str:
    return json.dumps(document, separators=(",", ":"))
