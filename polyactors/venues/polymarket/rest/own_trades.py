"""Our trades as the CLOB has them (polymarket_wire.md 4.5 and 7.3, field notes 17 and 18)."""

from enum import Enum

import msgspec
from attrs import frozen

from messages.fills import Liquidity
from messages.identity import MarketId, OrderId, Side, TokenId, TradeId
from messages.units import BadDecimal, Price, Shares, parse_price
from polyactors.venues.polymarket.rest.decoding import decoded, market_of, named, order_of, side_of, token_of
from polyactors.venues.polymarket.rest.exact_numbers import milliseconds_of, price_of, size_of
from polyactors.venues.polymarket.rest.pages import Page, PageRows, end_of_page
from polyactors.venues.refused import Refused


class TradeStatus(Enum):
    """Only CONFIRMED and FAILED are final; the others come in any order, and more than once."""

    MATCHED = "MATCHED"
    MATCHED_NOT_BROADCASTED = "MATCHED_NOT_BROADCASTED"
    MINED = "MINED"
    CONFIRMED = "CONFIRMED"
    RETRYING = "RETRYING"
    FAILED = "FAILED"


@frozen
class MakerPart:
    """What a resting order gave to a trade, in that order's own terms: its token and side need not be the trade's."""

    order: OrderId
    owner: str
    maker_address: str
    token: TokenId
    side: Side | None
    price: Price
    size: Shares


@frozen
class OwnTrade:
    """A trade that we had a part in, in the taker's terms. What we had of it as a maker are the `makers` that we own.

    `price` is an average where several makers were met: None where it is finer than a price can be.
    """

    trade: TradeId
    market: MarketId
    token: TokenId
    taker_order: OrderId
    side: Side
    price: Price | None
    size: Shares
    status: TradeStatus
    our_part: Liquidity
    owner: str
    maker_address: str
    makers: tuple[MakerPart, ...]
    bucket: int
    matched_ms: int | None
    updated_ms: int | None
    transaction: str | None


class _Maker(msgspec.Struct):
    order_id: str
    owner: str
    maker_address: str
    asset_id: str
    price: str
    matched_amount: str
    side: str | None = None


class _Trade(msgspec.Struct):
    id: str
    market: str
    asset_id: str
    owner: str
    maker_address: str
    taker_order_id: str
    side: str
    trader_side: str
    price: str
    size: str
    status: str
    bucket_index: int
    maker_orders: list[_Maker]
    match_time: int | str
    last_update: int | str
    transaction_hash: str | None = None


class _Page(PageRows):
    data: list[_Trade]


_STATUSES = {status.value: status for status in TradeStatus}
_PARTS = {part.value: part for part in Liquidity}
_PREFIX = "TRADE_STATUS_"


def read_trade_page(body: bytes) -> Page[OwnTrade]:
    """Raises `Refused`: a page with one bad row is no page, for it would hide a fill."""
    page = decoded(body, _Page)
    return Page(tuple(_trade(each) for each in page.data), end_of_page(page))


def _trade(trade: _Trade) -> OwnTrade:
    status, part = _STATUSES.get(trade.status.removeprefix(_PREFIX)), _PARTS.get(trade.trader_side)
    if status is None:
        raise Refused("unknown_status", f"a trade is {trade.status[:80]!r}")
    if part is None:
        raise Refused("unknown_side", f"we are {trade.trader_side[:40]!r} of a trade")
    makers = tuple(_maker(each) for each in trade.maker_orders)
    if part is Liquidity.MAKER and not makers:
        raise Refused("does_not_add_up", "we are the maker of a trade without makers")
    return OwnTrade(
        trade=TradeId(named(trade.id, "trade")),
        market=market_of(trade.market),
        token=token_of(trade.asset_id),
        taker_order=order_of(trade.taker_order_id),
        side=side_of(trade.side),
        price=_average(trade.price),
        size=size_of(trade.size),
        status=status,
        our_part=part,
        owner=trade.owner,
        maker_address=trade.maker_address,
        makers=makers,
        bucket=trade.bucket_index,
        matched_ms=milliseconds_of(trade.match_time),
        updated_ms=milliseconds_of(trade.last_update),
        transaction=trade.transaction_hash or None,
    )


def _maker(maker: _Maker) -> MakerPart:
    return MakerPart(
        order=order_of(maker.order_id),
        owner=maker.owner,
        maker_address=maker.maker_address,
        token=token_of(maker.asset_id),
        side=side_of(maker.side) if maker.side else None,
        price=price_of(maker.price),
        size=size_of(maker.matched_amount),
    )


def _average(text: str) -> Price | None:
    """Raises `Refused` for what is no number from 0 to 1 at all."""
    try:
        return parse_price(text)
    except BadDecimal:
        whole, _, fraction = text.partition(".")
        if whole == "0" and fraction.isascii() and fraction.isdecimal() and len(fraction) <= 40:
            return None
        raise Refused("bad_price", f"{text[:40]!r} is no price") from None
