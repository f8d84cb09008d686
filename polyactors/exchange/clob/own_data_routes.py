"""GET /data/...: a key's own orders and trades, newest trades first (polymarket_wire.md 4.5)."""

from collections.abc import Callable, Sequence

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.identity import OrderId, TradeId
from polyactors.exchange.admission import BAD_REQUEST, NOT_FOUND
from polyactors.exchange.clob.answering import answering
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.clob.known_listings import KnownListings
from polyactors.exchange.clob.own_documents import order_document, trade_document
from polyactors.exchange.clob.pagination import page, rows_asked
from polyactors.exchange.clob.row_filters import row_filter
from polyactors.exchange.clob.signed_in import SignedIn
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import ApiKey, OrderView, Refused, Trade

ROWS_A_PAGE = 500

_NO_ORDER = Refused(NOT_FOUND, "order not found")
_BAD_ORDER_QUERY = Refused(BAD_REQUEST, "invalid order params payload")
BAD_TRADE_QUERY = Refused(BAD_REQUEST, "Invalid trade params payload")


@frozen
class _OwnData:
    """The endpoints, apart from their paths."""

    exchange: Exchange
    listings: KnownListings
    who: SignedIn
    rows_a_page: int

    def order(self, request: Request, body: bytes) -> object:
        """Open or ended not long ago; those of others are not found."""
        credentials = self.who(request, body)
        view = self.exchange.order(OrderId(request.path_params["order"]))
        listing = None if view is None else self.listings.find(view.order.market)
        if view is None or listing is None or view.order.owner != credentials.key:
            raise Rejected(_NO_ORDER)
        return order_document(view, listing)

    def orders(self, request: Request, body: bytes) -> object:
        """The open ones, in the order of their arrival."""
        credentials = self.who(request, body)
        wanted = row_filter(request.query_params, _BAD_ORDER_QUERY)
        limit = self._limit(request, _BAD_ORDER_QUERY)
        rows: list[dict[str, object]] = []
        views: Sequence[OrderView] = self.exchange.open_orders(credentials.key)
        for view in views:
            listing = self.listings.find(view.order.market)
            if listing is not None and wanted.has_order(view, listing):
                rows.append(order_document(view, listing))
        return self._page(request, rows, limit)

    def no_orders(self, request: Request, body: bytes) -> object:
        """There is nothing here from before the venue's second version."""
        self.who(request, body)
        return self._page(request, (), self._limit(request, _BAD_ORDER_QUERY))

    def trades(self, request: Request, body: bytes) -> object:
        credentials = self.who(request, body)
        wanted = row_filter(request.query_params, BAD_TRADE_QUERY)
        limit = self._limit(request, BAD_TRADE_QUERY)
        rows: list[dict[str, object]] = []
        for trade in self._trades(credentials.key, wanted.row):
            listing = self.listings.find(trade.market)
            if listing is not None and wanted.has_trade(trade, credentials.key, listing):
                rows.append(trade_document(trade, credentials.key, listing))
        return self._page(request, rows, limit)

    def _trades(self, owner: ApiKey, trade_id: str) -> Sequence[Trade]:
        """All of the owner's, or the one that is asked for: clients ask for that until it is settled."""
        if not trade_id:
            return self.exchange.trades_of(owner)
        trade = self.exchange.trade(TradeId(trade_id))
        owners = () if trade is None else (trade.taker_owner, *(part.owner for part in trade.makers))
        return () if trade is None or owner not in owners else (trade,)

    def _limit(self, request: Request, invalid: Refused) -> int:
        return rows_asked(request.query_params.get("limit"), self.rows_a_page, invalid)

    def _page(self, request: Request, rows: Sequence[object], limit: int) -> object:
        return page(rows, request.query_params.get("next_cursor"), limit)


def routes(
    exchange: Exchange,
    listings: KnownListings,
    who: SignedIn,
    now_ns: Callable[[], int],
    rows_a_page: int = ROWS_A_PAGE,
) -> Sequence[BaseRoute]:
    own = _OwnData(exchange, listings, who, rows_a_page)
    return [
        Route("/data/order/{order}", answering(own.order)),
        Route("/data/orders", answering(own.orders)),
        Route("/data/pre-migration-orders", answering(own.no_orders)),
        Route("/data/trades", answering(own.trades)),
    ]
