"""The Data API, version 2: what a wallet holds and did (polymarket_wire.md 10).

It lags by seconds and calculates in floating point: to look at, never to decide on (field note 21). Its numbers are
rounded to the nearest unit.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from enum import Enum
from typing import Self

import msgspec
from attrs import frozen

from messages.identity import MarketId, Side, TokenId
from messages.units import CASH_SCALE, SHARE_SCALE, Cash, Shares
from polyactors.venues.polymarket.rest import endpoints
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import USUAL_TIMEOUTS, Call, Caller, Timeouts
from polyactors.venues.polymarket.rest.decoding import decoded, market_of, side_of, token_of
from polyactors.venues.polymarket.rest.exact_numbers import milliseconds_of, nearest
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.polymarket.rest.pages import MOST_PAGES, Page, all_rows
from polyactors.venues.polymarket.rest.transport import Pairs, Transport
from polyactors.venues.refused import Refused

DATA_URL = "https://data-api.polymarket.com"
MOST_IN_A_PAGE = 1_000
_PRICE_MILLIONTHS = 1_000_000


class PositionStatus(Enum):
    """What rows say, and what can be asked for; the last two only be asked for."""

    OPEN = "OPEN"
    REDEEMABLE = "REDEEMABLE"
    CLOSED = "CLOSED"
    REDEEMABLE_LOST = "REDEEMABLE_LOST"
    MERGEABLE = "MERGEABLE"


@frozen
class Position:
    """What a wallet holds of a token. Prices in millionths of a pUSD; `outcome_index` None where it is not known."""

    market: MarketId
    token: TokenId
    size: Shares
    average_price_millionths: int
    current_price_millionths: int
    cost: Cash
    value: Cash
    realized: Cash
    status: PositionStatus
    is_redeemable: bool
    is_mergeable: bool
    neg_risk: bool
    outcome_index: int | None


@frozen
class Activity:
    """One thing that a wallet did. `kind` is the venue's word: TRADE, SPLIT, REDEEM and more; new ones may come."""

    kind: str
    at_ms: int
    transaction: str
    cash: Cash
    shares: Shares
    market: MarketId | None
    token: TokenId | None
    side: Side | None
    price_millionths: int | None


class _Pagination(msgspec.Struct):
    next_cursor: str | None = None
    has_more: bool | None = None


class _Position(msgspec.Struct):
    token_id: str
    condition_id: str
    current_size: Decimal
    avg_price: Decimal
    total_cost_usdc: Decimal
    current_price: Decimal
    current_value: Decimal
    realized_pnl: Decimal
    status: str
    redeemable: bool
    mergeable: bool
    negative_risk: bool
    outcome_index: int | None = None


class _Positions(msgspec.Struct):
    data: list[_Position]
    pagination: _Pagination


class _Activity(msgspec.Struct):
    type: str
    timestamp: int | str
    transaction_hash: str
    usdc_size: Decimal
    size: Decimal = Decimal(0)
    condition_id: str | None = None
    token_id: str | None = None
    side: str | None = None
    price: Decimal | None = None


class _Activities(msgspec.Struct):
    data: list[_Activity]
    pagination: _Pagination


class _ValueRow(msgspec.Struct):
    value: Decimal


class _Value(msgspec.Struct):
    data: list[_ValueRow] | _ValueRow


_STATUSES = {each.value: each for each in (PositionStatus.OPEN, PositionStatus.REDEEMABLE, PositionStatus.CLOSED)}


@frozen
class DataApi:
    caller: Caller

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, budgets: Budgets, *, base_url: str = DATA_URL, timeouts: Timeouts = USUAL_TIMEOUTS
    ) -> AsyncIterator[Self]:
        async with Transport.opened(base_url) as transport:
            yield cls(Caller(transport, budgets, None, timeouts))

    async def positions(
        self, wallet: str, status: PositionStatus = PositionStatus.OPEN, most_pages: int = MOST_PAGES
    ) -> tuple[Position, ...] | Failure:
        """All of a wallet (not of its EOA), also those smaller than what the venue shows if it is not asked."""
        query = (("user", wallet), ("status", status.value), ("filter_type", "TOKENS"), ("filter_amount", "0"))

        async def page(cursor: str | None) -> Page[Position] | Failure:
            return await self.caller.ask(Call(endpoints.POSITIONS, query=_page(query, cursor)), read_positions)

        return await all_rows(page, lambda row: row.token, most_pages)

    async def activity(
        self, wallet: str, start_s: int | None = None, most_pages: int = MOST_PAGES
    ) -> tuple[Activity, ...] | Failure:
        """What it did since `start_s`, epoch seconds, newest first, deposits and withdrawals included."""
        start = () if start_s is None else (("start", str(start_s)),)
        query = (("user", wallet), *start, ("exclude_deposits_withdrawals", "false"))
        counted = 0

        def identity(row: Activity) -> int:
            # Rows have no name of their own, and two may be equal.
            nonlocal counted
            counted += 1
            return counted

        async def page(cursor: str | None) -> Page[Activity] | Failure:
            return await self.caller.ask(Call(endpoints.ACTIVITY, query=_page(query, cursor)), read_activity)

        return await all_rows(page, identity, most_pages)

    async def value(self, wallet: str) -> Cash | Failure:
        """What its positions are worth together."""
        return await self.caller.ask(Call(endpoints.VALUE, query=(("user", wallet),)), read_value)


def read_positions(body: bytes) -> Page[Position]:
    """Raises `Refused`, as all of these do."""
    page = decoded(body, _Positions)
    return Page(tuple(_position(row) for row in page.data), _cursor(page.pagination))


def read_activity(body: bytes) -> Page[Activity]:
    page = decoded(body, _Activities)
    return Page(tuple(_activity(row) for row in page.data), _cursor(page.pagination))


def read_value(body: bytes) -> Cash:
    data = decoded(body, _Value).data
    rows = data if isinstance(data, list) else [data]
    return Cash(sum(nearest(row.value, CASH_SCALE) for row in rows))


def _page(query: Pairs, cursor: str | None) -> Pairs:
    return (*query, ("limit", str(MOST_IN_A_PAGE)), *(() if cursor is None else (("cursor", cursor),)))


def _cursor(pagination: _Pagination) -> str | None:
    cursor = pagination.next_cursor or None
    if pagination.has_more is not None and pagination.has_more != (cursor is not None):
        raise Refused("bad_cursor", "has_more and next_cursor do not agree")
    return cursor


def _position(row: _Position) -> Position:
    status = _STATUSES.get(row.status)
    if status is None:
        raise Refused("unknown_status", f"a position is {row.status[:80]!r}")
    size = nearest(row.current_size, SHARE_SCALE)
    average, price = nearest(row.avg_price, _PRICE_MILLIONTHS), nearest(row.current_price, _PRICE_MILLIONTHS)
    if size < 0 or not 0 <= average <= _PRICE_MILLIONTHS or not 0 <= price <= _PRICE_MILLIONTHS:
        raise Refused("does_not_add_up", f"{size} at {average}, now {price}")
    return Position(
        market=market_of(row.condition_id),
        token=token_of(row.token_id),
        size=Shares(size),
        average_price_millionths=average,
        current_price_millionths=price,
        cost=Cash(nearest(row.total_cost_usdc, CASH_SCALE)),
        value=Cash(nearest(row.current_value, CASH_SCALE)),
        realized=Cash(nearest(row.realized_pnl, CASH_SCALE)),
        status=status,
        is_redeemable=row.redeemable,
        is_mergeable=row.mergeable,
        neg_risk=row.negative_risk,
        outcome_index=row.outcome_index if row.outcome_index in (0, 1) else None,
    )


def _activity(row: _Activity) -> Activity:
    at_ms = milliseconds_of(row.timestamp)
    if at_ms is None:
        raise Refused("bad_time", "an activity without a time")
    return Activity(
        kind=row.type,
        at_ms=at_ms,
        transaction=row.transaction_hash,
        cash=Cash(nearest(row.usdc_size, CASH_SCALE)),
        shares=Shares(nearest(row.size, SHARE_SCALE)),
        market=market_of(row.condition_id) if row.condition_id else None,
        token=token_of(row.token_id) if row.token_id else None,
        side=side_of(row.side) if row.side else None,
        price_millionths=None if row.price is None else nearest(row.price, _PRICE_MILLIONTHS),
    )
