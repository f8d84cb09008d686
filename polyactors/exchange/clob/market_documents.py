"""A market as the CLOB writes it, in full, simplified, and with short keys (reference polymarket_wire.md 4.1, 4.2)."""

from messages.identity import Outcome
from messages.markets import FEE_RATE_SCALE
from messages.units import (
    CASH_SCALE,
    NANOSECONDS_PER_MILLISECOND,
    NANOSECONDS_PER_SECOND,
    PRICE_SCALE,
    SHARE_SCALE,
    format_price,
    format_shares,
)
from polyactors.exchange.core import Exchange
from polyactors.exchange.gamma.quotes import quote
from polyactors.exchange.gamma.wire_times import iso_time
from polyactors.exchange.words import Kind, Listing, RewardTerms, Trade
from polyactors.venues.polymarket.signing.addresses import COLLATERAL

BASE_FEE_BPS = 1000
"""What the venue still writes into the fields of the old fees, wherever takers pay anything."""


def market_document(exchange: Exchange, listing: Listing, now_ns: int) -> dict[str, object]:
    market = listing.market
    base_fee = base_fee_bps(listing)
    event = exchange.events.get(market.event)
    document: dict[str, object] = {
        "enable_order_book": True,
        **_standing(exchange, listing, now_ns),
        "accepting_order_timestamp": iso_time(listing.accepts_from_ms),
        "minimum_order_size": plain(market.minimum_size, SHARE_SCALE),
        "minimum_tick_size": tick_size(exchange, listing),
        "condition_id": market.market,
        "question_id": listing.question_id,
        "question": market.question,
        "description": listing.description,
        "market_slug": market.slug,
        "end_date_iso": None if market.end_ms is None else iso_time(market.end_ms),
        "game_start_time": iso_time(listing.opens_ms) if listing.kind is Kind.UP_DOWN else None,
        "seconds_delay": listing.taker_delay_ns // NANOSECONDS_PER_SECOND,
        "fpmm": "",
        "maker_base_fee": base_fee,
        "taker_base_fee": base_fee,
        "notifications_enabled": True,
        "neg_risk": market.neg_risk,
        "neg_risk_market_id": event.neg_risk_id if event is not None and market.neg_risk else "",
        "neg_risk_request_id": listing.question_id if market.neg_risk else "",
        "icon": "",
        "image": "",
        "rewards": _rewards(listing.rewards),
        "is_50_50_outcome": exchange.resolution(market.market) == PRICE_SCALE // 2,
        "tokens": tokens(exchange, listing),
        "tags": [listing.category, "All"],
    }
    return document


def simplified_document(exchange: Exchange, listing: Listing, now_ns: int) -> dict[str, object]:
    return {
        "condition_id": listing.market.market,
        "rewards": _rewards(listing.rewards),
        "tokens": tokens(exchange, listing),
        **_standing(exchange, listing, now_ns),
    }


def short_document(exchange: Exchange, listing: Listing, now_ns: int) -> dict[str, object]:
    """`/clob-markets`: what a client has to know to make an order. Rates are numbers, since clients calculate."""
    market, base_fee = listing.market, base_fee_bps(listing)
    document: dict[str, object] = {
        "c": market.market,
        "t": [{"t": market.token(outcome), "o": label} for outcome, label in zip(Outcome, listing.labels, strict=True)],
        "mts": tick_size(exchange, listing),
        "mos": plain(market.minimum_size, SHARE_SCALE),
        "mbf": base_fee,
        "tbf": base_fee,
        "nr": market.neg_risk,
        "ao": exchange.is_accepting(market.market, now_ns),
        "aot": iso_time(listing.accepts_from_ms),
        "sd": listing.taker_delay_ns // NANOSECONDS_PER_SECOND,
        "itode": 0 < listing.taker_delay_ns < NANOSECONDS_PER_SECOND,
        "cbos": False,
        "rfqe": False,
        "ibce": False,
    }
    if market.fees.rate_ppm:
        document["fd"] = {"r": market.fees.rate_ppm / FEE_RATE_SCALE, "e": market.fees.exponent, "to": True}
    if listing.rewards is not None:
        document["r"] = {
            "mi": plain(listing.rewards.minimum_size, SHARE_SCALE),
            "ma": spread_in_cents(listing.rewards),
            "rates": _rates(listing.rewards),
        }
    return document


def trade_event_document(listing: Listing, trade: Trade) -> dict[str, object]:
    """A row of the live activity: the taker's side of a trade."""
    return {
        "event_type": "trade",
        "market": {
            "condition_id": trade.market,
            "asset_id": listing.market.token(trade.outcome),
            "question": listing.market.question,
            "icon": "",
            "slug": listing.market.slug,
        },
        "user": {
            "address": trade.taker_wallet,
            "username": trade.taker_wallet,
            "profile_picture": "",
            "optimized_profile_picture": "",
            "pseudonym": trade.taker_wallet[:10],
        },
        "side": trade.side.value,
        "size": format_shares(trade.size),
        "fee_rate_bps": "0",
        "price": format_price(trade.price),
        "outcome": listing.labels[0 if trade.outcome is Outcome.YES else 1],
        "outcome_index": 0 if trade.outcome is Outcome.YES else 1,
        "transaction_hash": trade.transaction,
        "timestamp": str(trade.matched_ns // NANOSECONDS_PER_MILLISECOND),
    }


def tokens(exchange: Exchange, listing: Listing) -> list[dict[str, object]]:
    market = listing.market
    now, payout = quote(exchange, market.market), exchange.resolution(market.market)
    winner = {PRICE_SCALE: Outcome.YES, 0: Outcome.NO}.get(-1 if payout is None else payout)
    return [
        {
            "token_id": market.token(outcome),
            "outcome": label,
            "price": now.of(outcome),
            "winner": outcome is winner,
        }
        for outcome, label in zip(Outcome, listing.labels, strict=True)
    ]


def tick_size(exchange: Exchange, listing: Listing) -> float:
    return exchange.tick_size(listing.market.market) / PRICE_SCALE


def base_fee_bps(listing: Listing) -> int:
    return BASE_FEE_BPS if listing.market.fees.rate_ppm else 0


def spread_in_cents(terms: RewardTerms) -> float:
    return plain(terms.maximum_spread * 100, PRICE_SCALE)


def plain(units: int, scale: int) -> float:
    """Whole numbers without a point, as the venue writes them."""
    return units // scale if units % scale == 0 else units / scale


def _standing(exchange: Exchange, listing: Listing, now_ns: int) -> dict[str, object]:
    market = listing.market.market
    return {
        "active": True,
        "closed": exchange.resolution(market) is not None,
        "archived": False,
        "accepting_orders": exchange.is_accepting(market, now_ns),
    }


def _rewards(terms: RewardTerms | None) -> dict[str, object]:
    if terms is None:
        return {"rates": None, "min_size": 0, "max_spread": 0}
    return {
        "rates": _rates(terms),
        "min_size": plain(terms.minimum_size, SHARE_SCALE),
        "max_spread": spread_in_cents(terms),
    }


def _rates(terms: RewardTerms) -> list[dict[str, object]]:
    return [{"asset_address": COLLATERAL, "rewards_daily_rate": plain(terms.daily_rate, CASH_SCALE)}]
