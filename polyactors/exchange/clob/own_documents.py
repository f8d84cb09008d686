"""Orders and trades as the CLOB shows them to those whose they are (polymarket_wire.md 4.5, polymarket.md 2.5)."""

from messages.identity import Outcome
from messages.units import NANOSECONDS_PER_SECOND, format_price, format_shares
from polyactors.exchange.words import ApiKey, Listing, MakerPart, OrderView, Trade

NO_FEE_BPS = "0"
"""What the clients want to read; what a taker paid is in the Data API."""


def order_document(view: OrderView, listing: Listing) -> dict[str, object]:
    order = view.order
    return {
        "id": order.order,
        "status": view.status.value,
        "owner": order.owner,
        "maker_address": order.wallet,
        "market": order.market,
        "asset_id": listing.market.token(order.outcome),
        "side": order.side.value,
        "original_size": format_shares(order.size),
        "size_matched": format_shares(view.matched),
        "price": format_price(order.price),
        "outcome": label(listing, order.outcome),
        "expiration": str(order.expiration_s),
        "order_type": order.order_type.value,
        "associate_trades": list(view.trades),
        "created_at": view.created_ns // NANOSECONDS_PER_SECOND,
    }


def trade_document(trade: Trade, owner: ApiKey, listing: Listing) -> dict[str, object]:
    """As `owner` sees it, who took or was taken from. All but `trader_side` is in the taker's terms."""
    return {
        "id": trade.trade,
        "taker_order_id": trade.taker_order,
        "market": trade.market,
        "asset_id": listing.market.token(trade.outcome),
        "side": trade.side.value,
        "size": format_shares(trade.size),
        "fee_rate_bps": NO_FEE_BPS,
        "price": format_price(trade.price),
        "status": trade.status.value,
        "match_time": seconds_text(trade.matched_ns),
        "last_update": seconds_text(trade.updated_ns),
        "outcome": label(listing, trade.outcome),
        "bucket_index": trade.bucket,
        "owner": trade.taker_owner,
        "maker_address": trade.taker_wallet,
        "transaction_hash": trade.transaction,
        "trader_side": "TAKER" if trade.taker_owner == owner else "MAKER",
        "maker_orders": [_maker_document(part, listing) for part in trade.makers],
    }


def _maker_document(part: MakerPart, listing: Listing) -> dict[str, object]:
    return {
        "order_id": part.order,
        "owner": part.owner,
        "maker_address": part.wallet,
        "matched_amount": format_shares(part.size),
        "price": format_price(part.price),
        "fee_rate_bps": NO_FEE_BPS,
        "asset_id": listing.market.token(part.outcome),
        "outcome": label(listing, part.outcome),
        "outcome_index": outcome_index(part.outcome),
        "side": part.side.value,
    }


def label(listing: Listing, outcome: Outcome) -> str:
    return listing.labels[outcome_index(outcome)]


def outcome_index(outcome: Outcome) -> int:
    return 0 if outcome is Outcome.YES else 1


def seconds_text(at_ns: int) -> str:
    return str(at_ns // NANOSECONDS_PER_SECOND)
