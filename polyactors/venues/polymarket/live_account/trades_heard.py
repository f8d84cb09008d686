"""A trade of the stream in the form that REST has it in, so that both are read the same way."""

from messages.fills import Liquidity
from messages.identity import TradeId
from messages.units import BadDecimal, Price, parse_price
from polyactors.venues.polymarket.live_account.trades_read import Ourselves
from polyactors.venues.polymarket.rest.decoding import market_of, named, order_of, side_of, token_of
from polyactors.venues.polymarket.rest.exact_numbers import milliseconds_of, price_of, size_of
from polyactors.venues.polymarket.rest.own_trades import MakerPart, OwnTrade, TradeStatus
from polyactors.venues.polymarket.user_channel import MakerOrder, UserTrade
from polyactors.venues.refused import Refused

_STATUSES = {status.value: status for status in TradeStatus}
_PARTS = {part.value: part for part in Liquidity}
_PREFIX = "TRADE_STATUS_"


def as_own_trade(heard: UserTrade, ourselves: Ourselves) -> OwnTrade:
    """Raises `Refused`. What the stream may leave out: which part is ours, then told by the taker's key or wallet; the
    bucket, then the first; the time of the match, then that of the news."""
    status = _STATUSES.get(heard.status.removeprefix(_PREFIX))
    if status is None:
        raise Refused("unknown_status", f"a trade is {heard.status[:80]!r}")
    if heard.bucket_index is not None and heard.bucket_index < 0:
        raise Refused("bad_number", f"bucket {heard.bucket_index}")
    return OwnTrade(
        trade=TradeId(named(heard.id, "trade")),
        market=market_of(heard.market),
        token=token_of(heard.asset_id),
        taker_order=order_of(heard.taker_order_id),
        side=side_of(heard.side),
        price=_price(heard.price),
        size=size_of(heard.size),
        status=status,
        our_part=_our_part(heard, ourselves),
        owner=heard.trade_owner,
        maker_address=heard.maker_address,
        makers=tuple(_maker(each) for each in heard.maker_orders),
        bucket=heard.bucket_index or 0,
        matched_ms=milliseconds_of(heard.match_time) or milliseconds_of(heard.timestamp),
        updated_ms=milliseconds_of(heard.last_update),
        transaction=heard.transaction_hash or None,
    )


def _our_part(heard: UserTrade, ourselves: Ourselves) -> Liquidity:
    if not heard.trader_side:
        is_taker = ourselves.is_us(heard.trade_owner, heard.maker_address)
        return Liquidity.TAKER if is_taker else Liquidity.MAKER
    part = _PARTS.get(heard.trader_side)
    if part is None:
        raise Refused("unknown_side", f"we are {heard.trader_side[:40]!r} of a trade")
    return part


def _maker(maker: MakerOrder) -> MakerPart:
    return MakerPart(
        order=order_of(maker.order_id),
        owner=maker.owner,
        maker_address=maker.maker_address,
        token=token_of(maker.asset_id),
        side=side_of(maker.side) if maker.side else None,
        price=price_of(maker.price),
        size=size_of(maker.matched_amount),
    )


def _price(text: str) -> Price | None:
    """None where it is finer than a price can be: nothing is priced by it, for it is an average of several."""
    try:
        return parse_price(text)
    except BadDecimal as error:
        whole, _, fraction = text.partition(".")
        if whole == "0" and fraction.isascii() and fraction.isdecimal() and len(fraction) <= 40:
            return None
        raise Refused("bad_price", str(error)) from None
