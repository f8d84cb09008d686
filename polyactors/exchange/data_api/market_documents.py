"""Rows about markets as the Data API writes them: holders, tokens, resolutions."""

from messages.identity import Outcome
from messages.units import CASH_SCALE, NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, PRICE_SCALE, Price
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.documents import outcome_index, proxy_wallet
from polyactors.exchange.data_api.positions import PositionRow
from polyactors.exchange.data_api.selecting import long_id
from polyactors.exchange.gamma.statistics import MarketCount
from polyactors.exchange.words import Kind, Listing

_UNSET_PRICE = "69"
_PAYOUT_SCALE = 1_000_000


def holder_document(row: PositionRow, with_pnl: bool) -> dict[str, object]:
    document: dict[str, object] = {
        "proxy_wallet": proxy_wallet(row.portfolio),
        "token_id": row.token,
        "amount": row.size,
        "outcome_index": outcome_index(row.position.place.outcome),
        "display_username_public": False,
        "verified": False,
        "name": "",
        "pseudonym": "",
        "bio": "",
        "profile_image": "",
    }
    if with_pnl:
        cost = row.position.cost / CASH_SCALE
        document |= {
            "avg_price": round(cost / row.size, 6) if row.position.size else 0.0,
            "entry_cost_usdc": cost,
            "current_price": row.price,
            "current_value": round(row.value, 6),
            "realized_pnl": row.realized,
            "unrealized_pnl": round(row.unrealized, 6),
            "total_pnl": round(row.realized + row.unrealized, 6),
        }
    return document


def token_document(exchange: Exchange, listing: Listing, outcome: Outcome) -> dict[str, object]:
    """What a token is of. The number of a negRisk question stands in the last byte of its id."""
    market, index = listing.market, outcome_index(outcome)
    payout = exchange.resolution(market.market)
    event = exchange.events.get(market.event)
    is_member = market.neg_risk and event is not None
    return {
        "token_id": market.token(outcome),
        "condition_id": long_id(market.market),
        "structural_condition_id": long_id(market.market) if listing.is_protocol_two else None,
        "module": "binary" if listing.is_protocol_two else "v1_ctf",
        "outcome_index": index,
        "clob_index": index,
        "outcome": listing.labels[index],
        "opposite_token_id": market.token(outcome.other),
        "resolved": payout is not None,
        "final_price": None if payout is None else str(_share(payout, outcome) / PRICE_SCALE),
        "title": market.question,
        "market_slug": market.slug,
        "closed": payout is not None,
        "neg_risk": market.neg_risk,
        "neg_risk_market_id": event.neg_risk_id if is_member and event is not None else None,
        "question_index": int(listing.question_id[-2:], 16) if is_member else None,
        "event_id": None if event is None else event.number,
        "event_slug": market.event,
    }


def resolution_document(exchange: Exchange, listing: Listing, count: MarketCount, now_ns: int) -> dict[str, object]:
    """Up/down markets are told by a price feed, the others by proposals that nobody disputes here."""
    payout = exchange.resolution(listing.market.market)
    end_ms = listing.market.end_ms
    is_over = end_ms is not None and end_ms * NANOSECONDS_PER_MILLISECOND <= now_ns
    changed_ns = count.listed_ns if count.resolved_ns is None else count.resolved_ns
    price = _UNSET_PRICE if payout is None else f"{payout / PRICE_SCALE:g}"
    document: dict[str, object] = {
        "question_id": listing.question_id,
        "condition_id": long_id(listing.market.market),
        "status": "resolved" if payout is not None else "proposed" if is_over else "initialized",
        "extended_review": False,
        "was_disputed": False,
        "new_version_q": True,
        "proposed_price": price,
        "reproposed_price": _UNSET_PRICE,
        "price": price,
        "transaction_hash": "",
        "log_index": "",
        "last_update_timestamp": str(changed_ns // NANOSECONDS_PER_SECOND),
        "market_type": "INCREMENTAL_NEGRISK" if listing.market.neg_risk else "BINARY",
        "was_arbitrated": False,
    }
    if payout is not None:
        document |= {
            "payouts": [_share(payout, outcome) * _PAYOUT_SCALE // PRICE_SCALE for outcome in Outcome],
            "resolution_source": "reported",
            "reporter": "CHAINLINK" if listing.kind is Kind.UP_DOWN else "UMA_OO",
            "resolved_at": changed_ns // NANOSECONDS_PER_SECOND,
        }
    return document


def _share(yes_payout: Price, outcome: Outcome) -> int:
    return yes_payout if outcome is Outcome.YES else PRICE_SCALE - yes_payout
