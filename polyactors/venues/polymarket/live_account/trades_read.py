"""Our parts in trades, the same whether a trade was read by REST or heard on the stream (field notes 17 and 18).

The taker pays or gets the makers' prices: by theirs, in the taker's terms, its part is priced, not by the trade's own,
which is an average where several were met. Nothing is guessed: what does not add up raises `Refused`.
"""

from collections.abc import Iterable, Iterator

from attrs import frozen

from actors.execution.live.words import OwnPart, VenueTrade, VenueTradeStatus
from messages.fills import Liquidity
from messages.identity import OrderId, Side, TokenId, TradeId, VenueOrderId
from messages.markets import Market
from messages.units import NANOSECONDS_PER_MILLISECOND, Cash, Price, Shares, complement
from polyactors.venues.polymarket.live_account.orders_read import is_same_market
from polyactors.venues.polymarket.live_account.tokens import Place, Tokens
from polyactors.venues.polymarket.rest.own_trades import MakerPart, OwnTrade, TradeStatus
from polyactors.venues.refused import Refused

_STATUSES = {
    TradeStatus.MATCHED: VenueTradeStatus.MATCHED,
    TradeStatus.MATCHED_NOT_BROADCASTED: VenueTradeStatus.MATCHED,
    TradeStatus.MINED: VenueTradeStatus.MINED,
    TradeStatus.CONFIRMED: VenueTradeStatus.CONFIRMED,
    TradeStatus.RETRYING: VenueTradeStatus.RETRYING,
    TradeStatus.FAILED: VenueTradeStatus.FAILED,
}


@frozen
class Ourselves:
    """By what the venue tells us: the API key, and the wallet where it names no key."""

    api_key: str
    wallet: str

    def is_us(self, owner: str, wallet: str) -> bool:
        return owner == self.api_key if owner else wallet.lower() == self.wallet.lower()


def venue_trade(trade: OwnTrade, ourselves: Ourselves, tokens: Tokens) -> VenueTrade | None:
    """None where we have no part in a market that is traded here. Raises `Refused` (does_not_add_up, wrong_market,
    wrong_token, bad_time)."""
    place = tokens.find(trade.token)
    if place is None or place.market is None:
        return None
    if not is_same_market(trade.market, place.market_id):
        raise Refused("wrong_market", f"a token of {place.market_id} in {trade.market[:80]!r}")
    makers = [(maker, _outcome_of(maker, place, tokens)) for maker in trade.makers]
    met = [_Met(trade, place, maker, outcome) for maker, outcome in makers]
    parts = tuple(_parts(trade, place.market, met, place, ourselves))
    if not parts:
        _demand_stranger(trade, ourselves)
        return None
    matched_ms = trade.matched_ms or trade.updated_ms
    if matched_ms is None:
        raise Refused("bad_time", "a trade without a time")
    return VenueTrade(
        trade=TradeId(f"{trade.trade}/{trade.bucket}"),
        status=_STATUSES[trade.status],
        parts=parts,
        matched_ns=matched_ms * NANOSECONDS_PER_MILLISECOND,
    )


class _Met:
    """A maker that the trade met, in its own terms and in the taker's. Raises `Refused` for a side that cannot be."""

    def __init__(self, trade: OwnTrade, place: Place, maker: MakerPart, of: Place) -> None:
        is_same_token = of.outcome is place.outcome
        self.maker = maker
        self.place = of
        self.side = trade.side.opposite if is_same_token else trade.side
        self.takers_price = maker.price if is_same_token else complement(maker.price)
        if maker.side is not None and maker.side is not self.side:
            token = "same" if is_same_token else "other"
            raise Refused("does_not_add_up", f"a {trade.side.value} met a {maker.side.value} of the {token} token")


def _outcome_of(maker: MakerPart, place: Place, tokens: Tokens) -> Place:
    found = tokens.find(maker.token)
    if found is None or found.market_id != place.market_id:
        raise Refused("wrong_token", f"a maker's token {maker.token} is not of {place.market_id}")
    return found


def _parts(
    trade: OwnTrade, market: Market | None, met: list[_Met], place: Place, ourselves: Ourselves
) -> Iterator[OwnPart]:
    """The taker's first, then the makers' in the venue's order; of one order at one price there is one part."""
    assert market is not None
    if _is_taker(trade, ourselves):
        sizes = _sizes_by((each.takers_price, each.maker.size) for each in met)
        if sum(sizes.values()) != trade.size:
            raise Refused("does_not_add_up", f"makers gave {sum(sizes.values())} to a trade of {trade.size}")
        for price, size in sorted(sizes.items()):
            fee = market.fees.taker_fee(price, size)
            yield _part(trade.taker_order, place, trade.side, price, size, fee, Liquidity.TAKER)
    ours: dict[tuple[OrderId, TokenId, Price], list[_Met]] = {}
    for each in met:
        maker = each.maker
        if ourselves.is_us(maker.owner, maker.maker_address):
            ours.setdefault((maker.order, maker.token, maker.price), []).append(each)
    for (order, _, price), each_time in ours.items():
        size = Shares(sum(each.maker.size for each in each_time))
        yield _part(order, each_time[0].place, each_time[0].side, price, size, Cash(0), Liquidity.MAKER)


def _is_taker(trade: OwnTrade, ourselves: Ourselves) -> bool:
    """The venue says which part is ours; a trade of another key of the same wallet is not."""
    return trade.our_part is Liquidity.TAKER and trade.owner in ("", ourselves.api_key)


def _demand_stranger(trade: OwnTrade, ourselves: Ourselves) -> None:
    """A trade in which we find no part of ours can only be one of our wallet's by another key."""
    wallets = [trade.maker_address, *(maker.maker_address for maker in trade.makers)]
    if not any(wallet.lower() == ourselves.wallet.lower() for wallet in wallets):
        raise Refused("does_not_add_up", "a trade that none of ours had a part in")


def _part(
    order: OrderId, place: Place, side: Side, price: Price, size: Shares, fee: Cash, liquidity: Liquidity
) -> OwnPart:
    return OwnPart(VenueOrderId(order), place.market_id, place.outcome, side, price, size, fee, liquidity)


def _sizes_by(sizes: Iterable[tuple[Price, Shares]]) -> dict[Price, Shares]:
    found: dict[Price, Shares] = {}
    for price, size in sizes:
        found[price] = Shares(found.get(price, 0) + size)
    return found
