"""Rows of the Data API as they are written: snake case, amounts as numbers, times in seconds."""

from messages.identity import Outcome
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, PRICE_SCALE, SHARE_SCALE
from polyactors.exchange.data_api.activity import ActivityRow
from polyactors.exchange.data_api.portfolio import Place, PnlPoint, Portfolio
from polyactors.exchange.gamma.wire_times import iso_day


def outcome_index(outcome: Outcome) -> int:
    return 0 if outcome is Outcome.YES else 1


def label(place: Place) -> str:
    return place.listing.labels[outcome_index(place.outcome)]


def trade_document(row: ActivityRow) -> dict[str, object]:
    return _happening(row) | _traded(row) | {"name": "", "pseudonym": "", "bio": "", "profile_image": ""}


def activity_document(row: ActivityRow) -> dict[str, object]:
    document = _happening(row) | {
        "type": row.kind,
        "size": row.shares / SHARE_SCALE,
        "usdc_size": row.cash / CASH_SCALE,
    }
    if row.place is None:
        return document
    document |= _described(row.place) | {"condition_id": row.place.listing.market.market}
    if row.kind == "TRADE":
        document |= _traded(row) | {"is_combo": False}
    elif row.kind == "REDEEM":
        document |= {"outcome": label(row.place), "outcome_index": outcome_index(row.place.outcome)}
    return document


def pnl_document(point: PnlPoint, at_s: int) -> dict[str, object]:
    realized = point.realized / CASH_SCALE
    return {
        "timestamp": at_s,
        "source_block": at_s // 2,
        "trade_count": point.trades,
        "realized_market_pnl": realized,
        "realized_lp_pnl": 0.0,
        "realized_combo_pnl": 0.0,
        "realized_pnl": realized,
        "volume": point.volume / SHARE_SCALE,
        "volume_usdc": point.volume_cash / CASH_SCALE,
        "maker_rebate": point.rebates / CASH_SCALE,
        "reward_income": point.rewards / CASH_SCALE,
        "deposits": point.deposits / CASH_SCALE,
        "fees_paid": point.fees / CASH_SCALE,
    }


def proxy_wallet(portfolio: Portfolio) -> str:
    return portfolio.wallet.lower()


def _happening(row: ActivityRow) -> dict[str, object]:
    return {
        "proxy_wallet": row.wallet.lower(),
        "timestamp": row.at_ns // NANOSECONDS_PER_SECOND,
        "transaction_hash": row.transaction,
    }


def _traded(row: ActivityRow) -> dict[str, object]:
    if row.place is None or row.side is None or row.price is None:
        return {}
    market = row.place.listing.market
    return {
        "side": row.side.value,
        "token_id": market.token(row.place.outcome),
        "condition_id": market.market,
        "size": row.shares / SHARE_SCALE,
        "price": row.price / PRICE_SCALE,
        "outcome": label(row.place),
        "outcome_index": outcome_index(row.place.outcome),
    } | _described(row.place)


def _described(place: Place) -> dict[str, object]:
    market = place.listing.market
    return {"title": market.question, "slug": market.slug, "icon": "", "event_slug": market.event}


def place_document(place: Place) -> dict[str, object]:
    """What a position says about its token."""
    market = place.listing.market
    other = place.outcome.other
    return _described(place) | {
        "token_id": market.token(place.outcome),
        "condition_id": market.market,
        "event_id": "0" if place.event is None else str(place.event.number),
        "outcome": label(place),
        "outcome_index": outcome_index(place.outcome),
        "opposite_outcome": place.listing.labels[outcome_index(other)],
        "opposite_token_id": market.token(other),
        "end_date": "" if market.end_ms is None else iso_day(market.end_ms),
        "negative_risk": market.neg_risk,
    }
