"""What `/rewards/markets/multi` may be filtered and ordered by (reference polymarket_wire.md 4.6)."""

import math
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen
from starlette.datastructures import QueryParams

from messages.units import SHARE_SCALE
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.clob.rewards_documents import day_change, day_volume, first_price, spread_of
from polyactors.exchange.core import Exchange
from polyactors.exchange.gamma.statistics import MarketCount
from polyactors.exchange.gamma.tags import tags_of
from polyactors.exchange.words import EventListing, Listing, Refused, RewardTerms

MOST_IN_A_PAGE, USUAL_PAGE = 500, 100

_MOST_VALUES = 500


@frozen
class RewardRow:
    """A market that pays rewards, with what it is found by."""

    exchange: Exchange
    listing: Listing
    terms: RewardTerms
    event: EventListing | None
    count: MarketCount
    competition: float
    now_ns: int

    @property
    def volume(self) -> float:
        return day_volume(self.count, self.now_ns)

    @property
    def spread(self) -> float:
        return spread_of(self.exchange, self.listing)

    @property
    def change(self) -> float:
        return day_change(self.exchange, self.listing, self.count, self.now_ns)

    @property
    def price(self) -> float:
        return first_price(self.exchange, self.listing)


_ORDERS: Mapping[str, Callable[[RewardRow], float | str]] = {
    "market_id": lambda row: row.listing.number,
    "created_at": lambda row: row.count.listed_ns,
    "volume_24hr": lambda row: row.volume,
    "spread": lambda row: row.spread,
    "competitiveness": lambda row: row.competition,
    "max_spread": lambda row: row.terms.maximum_spread,
    "min_size": lambda row: row.terms.minimum_size / SHARE_SCALE,
    "question": lambda row: row.listing.market.question,
    "one_day_price_change": lambda row: row.change,
    "rate_per_day": lambda row: row.terms.daily_rate,
    "price": lambda row: row.price,
    "end_date": lambda row: row.listing.market.end_ms or 0,
    "start_date": lambda row: row.listing.accepts_from_ms,
    "reward_end_date": lambda row: row.listing.number,
}

_BOUNDS: Mapping[str, Callable[[RewardRow], float]] = {
    "volume_24hr": lambda row: row.volume,
    "spread": lambda row: row.spread,
    "price": lambda row: row.price,
}


def wanted_rows(rows: Sequence[RewardRow], query: QueryParams) -> list[RewardRow]:
    """Those that the query asks for, in its order. Raises `Rejected`."""
    found = [row for row in rows if _is_named(row, query)]
    for name, value in _BOUNDS.items():
        least, most = _number(query, f"min_{name}"), _number(query, f"max_{name}")
        if least is not None:
            found = [row for row in found if value(row) >= least]
        if most is not None:
            found = [row for row in found if value(row) <= most]
    return _ordered(found, query)


def page_size(query: QueryParams) -> int:
    text = query.get("page_size") or str(USUAL_PAGE)
    if len(text) > 4 or not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= MOST_IN_A_PAGE:
        raise _rejected("page_size")
    return int(text)


def _is_named(row: RewardRow, query: QueryParams) -> bool:
    market, event = row.listing.market, row.event
    text, title = query.get("q", "").lower(), query.get("event_title", "").lower()
    if text and text not in market.question.lower() and text not in market.slug:
        return False
    if title and (event is None or title not in event.title.lower()):
        return False
    number = query.get("market_id")
    if number and number != str(row.listing.number):
        return False
    events, slugs = _values(query, "event_id"), _values(query, "tag_slug")
    if events and (event is None or str(event.number) not in events):
        return False
    return not slugs or (event is not None and any(tag.slug in slugs for tag in tags_of(event)))


def _ordered(rows: list[RewardRow], query: QueryParams) -> list[RewardRow]:
    name, position = query.get("order_by"), query.get("position") or "DESC"
    if position.upper() not in ("ASC", "DESC"):
        raise _rejected("position")
    if not name:
        return rows
    if name not in _ORDERS:
        raise _rejected("order_by")
    return sorted(rows, key=_ORDERS[name], reverse=position.upper() == "DESC")


def _values(query: QueryParams, name: str) -> frozenset[str]:
    found = [each for text in (*query.getlist(name), *query.getlist(f"{name}[]")) for each in text.split(",") if each]
    if len(found) > _MOST_VALUES:
        raise _rejected(name)
    return frozenset(found)


def _number(query: QueryParams, name: str) -> float | None:
    text = query.get(name)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise _rejected(name) from None
    if not math.isfinite(number):
        raise _rejected(name)
    return number


def _rejected(name: str) -> Rejected:
    return Rejected(Refused(400, f"Invalid {name}"))
