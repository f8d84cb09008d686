"""An event as Gamma writes it: its markets, its series and its tags in it."""

from polyactors.exchange.gamma.catalogue import EventRow, MarketRow
from polyactors.exchange.gamma.market_document import market_document
from polyactors.exchange.gamma.wire_times import iso_day, iso_time, spaced_time
from polyactors.exchange.words import EventListing


def event_document(row: EventRow) -> dict[str, object]:
    """With everything that belongs to it."""
    return event_reference(row) | {
        "markets": [market_document(market) for market in row.markets],
        "tags": [tag.document() for tag in row.tags],
    }


def event_reference(row: EventRow) -> dict[str, object]:
    """What a market says of its event."""
    event = row.event
    document: dict[str, object] = {
        "id": str(event.number),
        "ticker": event.event,
        "slug": event.event,
        "title": event.title,
        "description": event.description,
        "category": event.category,
        "resolutionSource": "",
        "startDate": iso_time(row.start_ms),
        "creationDate": iso_time(row.start_ms),
        "createdAt": iso_time(row.start_ms),
        "updatedAt": iso_time(row.now_ns // 1_000_000),
        "endDate": iso_time(event.end_ms),
        "image": "",
        "icon": "",
        "active": True,
        "closed": row.is_closed,
        "archived": False,
        "new": False,
        "featured": False,
        "restricted": True,
        "liquidity": row.liquidity,
        "liquidityClob": row.liquidity,
        "volume": row.volume,
        "volume24hr": row.day_volume,
        "openInterest": 0,
        "competitive": row.competitive,
        "enableOrderBook": True,
        "negRisk": event.neg_risk,
        "enableNegRisk": event.neg_risk,
        "negRiskAugmented": event.is_augmented,
        "cyom": False,
        "showAllOutcomes": True,
        "showMarketImages": False,
        "automaticallyActive": True,
        "commentCount": 0,
        "version": _version(row.markets),
    }
    if event.neg_risk:
        document["negRiskMarketID"] = event.neg_risk_id
    if event.series_slug:
        document |= {
            "startTime": iso_time(event.opens_ms),
            "eventDate": iso_day(event.opens_ms),
            "seriesSlug": event.series_slug,
            "series": [series_document(event)],
        }
    if row.closed_ms:
        document["closedTime"] = spaced_time(row.closed_ms)
    return document


def series_document(event: EventListing) -> dict[str, object]:
    """The series that the event is one of."""
    return {
        "id": str(event.series_number),
        "ticker": event.series_slug,
        "slug": event.series_slug,
        "title": event.series_slug.replace("-", " ").title(),
        "seriesType": "single",
        "recurrence": event.recurrence,
        "active": True,
        "closed": False,
        "archived": False,
        "featured": False,
        "restricted": True,
        "commentCount": 0,
    }


def _version(markets: tuple[MarketRow, ...]) -> str:
    return "v2" if markets and all(row.listing.is_protocol_two for row in markets) else "v1"
