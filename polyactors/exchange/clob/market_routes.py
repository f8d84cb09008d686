"""What is listed, by condition and by token (reference polymarket_wire.md 4.1 and 4.2)."""

from collections.abc import Callable

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from polyactors.exchange.clob.answering import Answering, answering
from polyactors.exchange.clob.asking import asked_token, listed_market, listed_token
from polyactors.exchange.clob.market_documents import (
    base_fee_bps,
    market_document,
    short_document,
    simplified_document,
    tick_size,
    trade_event_document,
)
from polyactors.exchange.clob.pagination import page
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import Listing

MOST_IN_A_PAGE = 500
MOST_TRADES = 100

Document = Callable[[Exchange, Listing, int], dict[str, object]]


@frozen
class MarketRequests:
    exchange: Exchange
    now_ns: Callable[[], int]

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/markets", answering(self._pages(market_document, sampling=False))),
            Route("/simplified-markets", answering(self._pages(simplified_document, sampling=False))),
            Route("/sampling-markets", answering(self._pages(market_document, sampling=True))),
            Route("/sampling-simplified-markets", answering(self._pages(simplified_document, sampling=True))),
            Route("/markets/live-activity/{condition}", answering(self.live_activity)),
            Route("/live-activity/events/{condition}", answering(self.live_activity)),
            Route("/markets/{condition}", answering(self.market)),
            Route("/clob-markets/{condition}", answering(self.short_market)),
            Route("/markets-by-token/{token}", answering(self.by_token)),
            Route("/tick-size", answering(self.tick_size)),
            Route("/tick-size/{token}", answering(self.tick_size)),
            Route("/neg-risk", answering(self.neg_risk)),
            Route("/neg-risk/{token}", answering(self.neg_risk)),
            Route("/fee-rate", answering(self.fee_rate)),
            Route("/fee-rate/{token}", answering(self.fee_rate)),
        ]

    def market(self, request: Request, body: bytes) -> object:
        return market_document(self.exchange, self._asked_market(request), self.now_ns())

    def short_market(self, request: Request, body: bytes) -> object:
        return short_document(self.exchange, self._asked_market(request), self.now_ns())

    def by_token(self, request: Request, body: bytes) -> object:
        market = self._asked_token(request).market
        return {
            "condition_id": market.market,
            "primary_token_id": market.yes_token,
            "secondary_token_id": market.no_token,
        }

    def tick_size(self, request: Request, body: bytes) -> object:
        return {"minimum_tick_size": tick_size(self.exchange, self._asked_token(request))}

    def neg_risk(self, request: Request, body: bytes) -> object:
        return {"neg_risk": self._asked_token(request).market.neg_risk}

    def fee_rate(self, request: Request, body: bytes) -> object:
        return {"base_fee": base_fee_bps(self._asked_token(request))}

    def live_activity(self, request: Request, body: bytes) -> object:
        listing = self._asked_market(request)
        newest = self.exchange.recent_trades(listing.market.market)[:MOST_TRADES]
        return [trade_event_document(listing, trade) for trade in newest]

    def _pages(self, document: Document, sampling: bool) -> Answering:
        """All markets, or those that pay rewards now, in the order of their listing."""

        def answer(request: Request, body: bytes) -> object:
            now_ns = self.now_ns()
            rows = [listing for listing in self.exchange.listings.values() if not sampling or self._pays(listing)]
            cursor = request.query_params.get("next_cursor")
            return page(rows, cursor, MOST_IN_A_PAGE, lambda listing: document(self.exchange, listing, now_ns))

        return answer

    def _pays(self, listing: Listing) -> bool:
        return listing.rewards is not None and self.exchange.is_accepting(listing.market.market, self.now_ns())

    def _asked_market(self, request: Request) -> Listing:
        return listed_market(self.exchange, request.path_params["condition"])

    def _asked_token(self, request: Request) -> Listing:
        return listed_token(self.exchange, request.path_params.get("token") or asked_token(request))[0]
