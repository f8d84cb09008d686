"""Reward configurations and earnings as the CLOB writes them (reference polymarket_wire.md 4.6)."""

from messages.identity import Outcome
from messages.units import (
    CASH_SCALE,
    NANOSECONDS_PER_MILLISECOND,
    PRICE_SCALE,
    SHARE_SCALE,
    Cash,
    complement,
    format_cash,
)
from polyactors.exchange.clob.market_documents import plain, spread_in_cents, tokens
from polyactors.exchange.clob.rewards_sampling import Earning
from polyactors.exchange.core import Exchange
from polyactors.exchange.gamma.statistics import MarketCount
from polyactors.exchange.gamma.wire_times import iso_day, iso_time
from polyactors.exchange.words import Listing, RewardTerms
from polyactors.venues.polymarket.signing.addresses import COLLATERAL

_FAR_AWAY = "2500-12-31"
_DAY_MS = 24 * 3600 * 1000
_DAY_NS = _DAY_MS * NANOSECONDS_PER_MILLISECOND


def current_document(listing: Listing, terms: RewardTerms) -> dict[str, object]:
    rate = plain(terms.daily_rate, CASH_SCALE)
    return {
        "condition_id": listing.market.market,
        **_terms(terms),
        "rewards_config": [_config(listing, terms)],
        "sponsored_daily_rate": 0,
        "sponsors_count": 0,
        "native_daily_rate": rate,
        "total_daily_rate": rate,
    }


def market_rewards_document(
    exchange: Exchange, listing: Listing, terms: RewardTerms, competition: float
) -> dict[str, object]:
    return {
        "condition_id": listing.market.market,
        "question": listing.market.question,
        "tokens": _tokens(exchange, listing),
        "market_slug": listing.market.slug,
        "event_slug": listing.market.event,
        "image": "",
        **_terms(terms),
        "market_competitiveness": competition,
        "rewards_config": [_config(listing, terms)],
    }


def discovered_document(
    exchange: Exchange, listing: Listing, terms: RewardTerms, competition: float, count: MarketCount, now_ns: int
) -> dict[str, object]:
    """A row of `/rewards/markets/multi`."""
    market = listing.market
    event = exchange.events.get(market.event)
    return market_rewards_document(exchange, listing, terms, competition) | {
        "market_id": str(listing.number),
        "spread": spread_of(exchange, listing),
        "group_item_title": listing.group_title,
        "volume_24hr": day_volume(count, now_ns),
        "event_id": "" if event is None else str(event.number),
        "created_at": iso_time(count.listed_ns // NANOSECONDS_PER_MILLISECOND),
        "one_day_price_change": day_change(exchange, listing, count, now_ns),
        "end_date": None if market.end_ms is None else iso_time(market.end_ms),
    }


def earning_document(earning: Earning, day: int) -> dict[str, object]:
    """A row of `/rewards/user`."""
    return {"condition_id": earning.market, **total_document(earning.wallet, earning.cash, day)}


def total_document(wallet: str, cash: Cash, day: int) -> dict[str, object]:
    return {
        "asset_address": COLLATERAL,
        "asset_rate": 1,
        "date": iso_time(day * _DAY_MS),
        "earnings": plain(cash, CASH_SCALE),
        "maker_address": wallet,
    }


def user_market_document(
    exchange: Exchange, listing: Listing, terms: RewardTerms, competition: float, wallet: str, earning: Earning | None
) -> dict[str, object]:
    """A row of `/rewards/user/markets`; every configuration needs an end there."""
    earned = 0.0 if earning is None else plain(earning.cash, CASH_SCALE)
    return market_rewards_document(exchange, listing, terms, competition) | {
        "earning_percentage": 0.0 if earning is None else round(100 * earning.share, 4),
        "earnings": [{"asset_address": COLLATERAL, "asset_rate": 1, "earnings": earned}],
        "maker_address": wallet,
    }


def rebate_document(market: str, wallet: str, cash: Cash, day: int) -> dict[str, object]:
    return {
        "date": iso_day(day * _DAY_MS),
        "condition_id": market,
        "asset_address": COLLATERAL,
        "maker_address": wallet,
        "rebated_fees_usdc": format_cash(cash),
    }


def day_volume(count: MarketCount, now_ns: int) -> float:
    return count.volume_since(now_ns - _DAY_NS) / CASH_SCALE


def day_change(exchange: Exchange, listing: Listing, count: MarketCount, now_ns: int) -> float:
    before = count.price_before(now_ns - _DAY_NS)
    return 0.0 if before is None else round(first_price(exchange, listing) - before / PRICE_SCALE, 4)


def spread_of(exchange: Exchange, listing: Listing) -> float:
    market = listing.market.market
    ask = complement(exchange.best_bid(market, Outcome.NO))
    return (ask - exchange.best_bid(market, Outcome.YES)) / PRICE_SCALE


def first_price(exchange: Exchange, listing: Listing) -> float:
    """What the first token is said to cost."""
    price = tokens(exchange, listing)[0]["price"]
    return price if isinstance(price, float) else 0.0


def _terms(terms: RewardTerms) -> dict[str, object]:
    return {
        "rewards_max_spread": spread_in_cents(terms),
        "rewards_min_size": plain(terms.minimum_size, SHARE_SCALE),
    }


def _config(listing: Listing, terms: RewardTerms) -> dict[str, object]:
    return {
        "id": listing.number,
        "asset_address": COLLATERAL,
        "start_date": iso_day(listing.accepts_from_ms),
        "end_date": _FAR_AWAY,
        "rate_per_day": plain(terms.daily_rate, CASH_SCALE),
        "total_rewards": 0,
    }


def _tokens(exchange: Exchange, listing: Listing) -> list[dict[str, object]]:
    return [
        {"token_id": token["token_id"], "outcome": token["outcome"], "price": token["price"]}
        for token in tokens(exchange, listing)
    ]
