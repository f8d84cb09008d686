"""A market as Gamma writes it (polymarket.md 6): lists as JSON texts, volumes as texts and as numbers."""

import json

from messages.markets import FEE_RATE_SCALE
from messages.units import CASH_SCALE, NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, PRICE_SCALE, SHARE_SCALE
from polyactors.exchange.gamma.catalogue import MarketRow
from polyactors.exchange.gamma.tags import Tag
from polyactors.exchange.gamma.wire_times import iso_day, iso_time, spaced_time
from polyactors.exchange.listings.categories import category_named
from polyactors.exchange.words import Kind

_COLLATERAL = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB"
_RESOLVER = "0x65070BE91477460D8A7AeEb94ef92fe056C2f2A7"
_HOUR_NS = 3600 * NANOSECONDS_PER_SECOND
_CHANGES = (("oneHourPriceChange", 1), ("oneDayPriceChange", 24), ("oneWeekPriceChange", 24 * 7))
_VOLUMES = (("volume24hr", 24), ("volume1wk", 24 * 7), ("volume1mo", 24 * 30), ("volume1yr", 24 * 365))


def market_document(row: MarketRow, tags: tuple[Tag, ...] | None = None) -> dict[str, object]:
    """Without the events that it belongs to; with tags only where they were asked for."""
    market, listing = row.listing.market, row.listing
    quote = row.quote
    document: dict[str, object] = {
        "id": str(listing.number),
        "version": "v2" if listing.is_protocol_two else "v1",
        "question": market.question,
        "conditionId": market.market,
        "slug": market.slug,
        "resolutionSource": "",
        "endDate": iso_time(row.end_ms),
        "startDate": iso_time(row.start_ms),
        "endDateIso": iso_day(row.end_ms),
        "startDateIso": iso_day(row.start_ms),
        "createdAt": iso_time(row.start_ms),
        "updatedAt": iso_time(max(row.count.changed_ns, row.count.listed_ns) // NANOSECONDS_PER_MILLISECOND),
        "acceptingOrdersTimestamp": iso_time(listing.accepts_from_ms),
        "image": "",
        "icon": "",
        "description": listing.description,
        "category": listing.category,
        "outcomes": json.dumps(list(listing.labels)),
        "outcomePrices": json.dumps([_plain(quote.price), _plain(quote.price_of_no)]),
        "clobTokenIds": json.dumps([market.yes_token, market.no_token]),
        "active": True,
        "closed": row.is_closed,
        "archived": False,
        "new": False,
        "featured": False,
        "restricted": True,
        "approved": True,
        "ready": False,
        "funded": False,
        "cyom": False,
        "enableOrderBook": True,
        "acceptingOrders": row.is_accepting,
        "marketMakerAddress": "",
        "resolvedBy": _RESOLVER,
        "groupItemTitle": listing.group_title,
        "questionID": listing.question_id,
        "orderPriceMinTickSize": row.tick_size / PRICE_SCALE,
        "orderMinSize": _short(market.minimum_size / SHARE_SCALE),
        "umaBond": "500",
        "umaReward": "5",
        "umaResolutionStatuses": _statuses(row),
        "customLiveness": 0,
        "comboStatus": "disabled",
        "clearBookOnStart": False,
        "rfqEnabled": False,
        "holdingRewardsEnabled": False,
        "makerBaseFee": 1000,
        "takerBaseFee": 1000,
        "automaticallyActive": True,
        "manualActivation": False,
        "competitive": row.competitive,
        "bestBid": quote.bid / PRICE_SCALE,
        "bestAsk": quote.ask / PRICE_SCALE,
        "spread": (quote.ask - quote.bid) / PRICE_SCALE,
        "lastTradePrice": row.last_trade_price,
    }
    document |= _volumes(row) | _price_changes(row) | _fees(row) | _rewards(row) | _neg_risk(row) | _ending(row)
    if listing.is_protocol_two:
        document |= _protocol_two(row)
    if listing.kind is Kind.UP_DOWN:
        document["eventStartTime"] = iso_time(listing.opens_ms)
        document["automaticallyResolved"] = True
    if listing.taker_delay_ns >= NANOSECONDS_PER_SECOND:
        document["secondsDelay"] = listing.taker_delay_ns // NANOSECONDS_PER_SECOND
    if tags is not None:
        document["tags"] = [tag.document() for tag in tags]
    return document


def _volumes(row: MarketRow) -> dict[str, object]:
    document: dict[str, object] = {
        "volume": _plain(row.volume),
        "volumeNum": row.volume,
        "volumeClob": row.volume,
        "liquidity": _plain(row.liquidity),
        "liquidityNum": row.liquidity,
        "liquidityClob": row.liquidity,
    }
    for name, hours in _VOLUMES:
        volume = row.count.volume_since(row.now_ns - hours * _HOUR_NS) / CASH_SCALE
        document[name] = document[f"{name}Clob"] = volume
    return document


def _price_changes(row: MarketRow) -> dict[str, object]:
    document: dict[str, object] = {}
    for name, hours in _CHANGES:
        before = row.count.price_before(row.now_ns - hours * _HOUR_NS)
        if before is not None:
            document[name] = round(row.quote.price - before / PRICE_SCALE, 4)
    return document


def _fees(row: MarketRow) -> dict[str, object]:
    fees = row.listing.market.fees
    category = category_named(row.listing.category)
    if not fees.rate_ppm:
        return {"feesEnabled": False, "feeType": None}
    return {
        "feesEnabled": True,
        "feeType": None if category is None else category.fee_type,
        "feeSchedule": {
            "exponent": fees.exponent,
            "rate": fees.rate_ppm / FEE_RATE_SCALE,
            "takerOnly": True,
            "rebateRate": row.listing.rebate_ppm / FEE_RATE_SCALE,
        },
        "makerRebatesFeeShareBps": row.listing.rebate_ppm // 100,
    }


def _rewards(row: MarketRow) -> dict[str, object]:
    terms = row.listing.rewards
    if terms is None:
        return {"rewardsMinSize": 0, "rewardsMaxSpread": 0}
    return {
        "rewardsMinSize": _short(terms.minimum_size / SHARE_SCALE),
        "rewardsMaxSpread": _short(terms.maximum_spread * 100 / PRICE_SCALE),
        "clobRewards": [
            {
                "id": str(row.listing.number),
                "conditionId": row.market,
                "assetAddress": _COLLATERAL,
                "rewardsAmount": 0,
                "rewardsDailyRate": _short(terms.daily_rate / CASH_SCALE),
                "startDate": iso_day(row.start_ms),
                "endDate": "2500-12-31",
            }
        ],
    }


def _neg_risk(row: MarketRow) -> dict[str, object]:
    document: dict[str, object] = {
        "negRisk": row.listing.market.neg_risk,
        "negRiskOther": row.listing.is_other,
        "negRiskRequestID": "",
    }
    if row.listing.market.neg_risk:
        document["negRiskMarketID"] = row.event.neg_risk_id
        document["negRiskRequestID"] = row.listing.question_id
    return document


def _ending(row: MarketRow) -> dict[str, object]:
    if row.is_closed:
        return {"closedTime": spaced_time(row.closed_ms), "umaResolutionStatus": "resolved"}
    if row.listing.kind is not Kind.UP_DOWN and row.end_ms * NANOSECONDS_PER_MILLISECOND <= row.now_ns:
        return {"umaResolutionStatus": "proposed"}
    return {}


def _protocol_two(row: MarketRow) -> dict[str, object]:
    market = row.listing.market
    is_over = row.end_ms * NANOSECONDS_PER_MILLISECOND <= row.now_ns
    return {
        "positionIds": [market.yes_token, market.no_token],
        "onchainEventId": f"{market.market}00",
        "requestId": f"{market.market}00",
        "resolutionStatus": "resolved" if row.is_closed else "active" if is_over else "inactive",
    }


def _statuses(row: MarketRow) -> str:
    return json.dumps(["proposed", "resolved"] if row.is_closed else [])


def _short(number: float) -> float:
    """Whole numbers without a point, as the venue writes them."""
    return int(number) if number == int(number) else number


def _plain(number: float) -> str:
    """Never with an exponent."""
    return f"{number:.6f}".rstrip("0").rstrip(".") or "0"
