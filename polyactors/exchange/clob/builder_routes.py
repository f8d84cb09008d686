"""GET /builder/trades: what a builder's orders traded, for anybody who asks (polymarket_wire.md 4.1 and 5.5)."""

from collections.abc import Iterator, Sequence

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.identity import OrderId, Outcome, Side
from messages.units import Cash, Price, Shares, format_cash, format_price, format_shares, notional
from polyactors.exchange.chain.json_bodies import BadBody, hexadecimal
from polyactors.exchange.clob.answering import answering
from polyactors.exchange.clob.builder_orders import BuilderOrders
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.clob.known_listings import KnownListings
from polyactors.exchange.clob.own_data_routes import BAD_TRADE_QUERY, ROWS_A_PAGE
from polyactors.exchange.clob.own_documents import label, outcome_index, seconds_text
from polyactors.exchange.clob.pagination import page
from polyactors.exchange.clob.row_filters import RowFilter, row_filter
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import ApiKey, Listing, Trade, Wallet
from polyactors.venues.polymarket.signing.orders import NO_BYTES


@frozen
class _Part:
    """What one order of a builder had in a trade, in that order's own terms."""

    order: OrderId
    owner: ApiKey
    wallet: Wallet
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    fee: Cash
    role: str


@frozen
class _BuilderTrades:
    exchange: Exchange
    listings: KnownListings
    builders: BuilderOrders

    def trades(self, request: Request, body: bytes) -> object:
        query = request.query_params
        builder = _builder(query.get("builder_code", ""))
        rows = list(self._rows(builder, row_filter(query, BAD_TRADE_QUERY)))
        return page(rows, query.get("next_cursor"), ROWS_A_PAGE)

    def _rows(self, builder: bytes, wanted: RowFilter) -> Iterator[dict[str, object]]:
        """Of the newest orders first."""
        for order in self.builders.orders_of(builder):
            view = self.exchange.order(order)
            for trade_id in reversed(() if view is None else view.trades):
                trade = self.exchange.trade(trade_id)
                listing = None if trade is None else self.listings.find(trade.market)
                if trade is None or listing is None or not wanted.has_trade(trade, None, listing):
                    continue
                for part in _parts(trade):
                    if part.order == order:
                        yield _document(trade, part, listing, builder)


def routes(exchange: Exchange, listings: KnownListings, builders: BuilderOrders) -> Sequence[BaseRoute]:
    return [Route("/builder/trades", answering(_BuilderTrades(exchange, listings, builders).trades))]


def _builder(text: str) -> bytes:
    try:
        code = hexadecimal(text, "builder_code")
    except BadBody:
        raise Rejected(BAD_TRADE_QUERY) from None
    if len(code) != len(NO_BYTES) or code == NO_BYTES:
        raise Rejected(BAD_TRADE_QUERY)
    return code


def _parts(trade: Trade) -> Iterator[_Part]:
    yield _Part(
        trade.taker_order,
        trade.taker_owner,
        trade.taker_wallet,
        trade.outcome,
        trade.side,
        trade.price,
        trade.size,
        trade.fee,
        "TAKER",
    )
    for maker in trade.makers:
        yield _Part(
            maker.order,
            maker.owner,
            maker.wallet,
            maker.outcome,
            maker.side,
            maker.price,
            maker.size,
            Cash(0),
            "MAKER",
        )


def _document(trade: Trade, part: _Part, listing: Listing, builder: bytes) -> dict[str, object]:
    fee = format_cash(part.fee)
    return {
        "id": trade.trade,
        "tradeType": part.role,
        "takerOrderHash": trade.taker_order,
        "builder": "0x" + builder.hex(),
        "market": trade.market,
        "assetId": listing.market.token(part.outcome),
        "side": part.side.value,
        "size": format_shares(part.size),
        "sizeUsdc": format_cash(notional(part.price, part.size)),
        "price": format_price(part.price),
        "status": trade.status.value,
        "outcome": label(listing, part.outcome),
        "outcomeIndex": outcome_index(part.outcome),
        "owner": part.owner,
        "maker": part.wallet,
        "transactionHash": trade.transaction,
        "matchTime": seconds_text(trade.matched_ns),
        "bucketIndex": trade.bucket,
        "fee": fee,
        "feeUsdc": fee,
        "createdAt": seconds_text(trade.matched_ns),
        "updatedAt": seconds_text(trade.updated_ns),
    }
