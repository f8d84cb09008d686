"""Books and what follows from them, for one token by GET and for many by POST (reference polymarket_wire.md 4.1)."""

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.identity import Outcome, Side
from messages.units import PRICE_SCALE, Price, complement, format_price
from polyactors.exchange.books import BookDocument, BookTimes, token_book
from polyactors.exchange.clob.answering import answering
from polyactors.exchange.clob.asking import asked_token, booked_token, booked_tokens, listed_token, side_of
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import Listing

_NEVER_TRADED = {"price": "0.5", "side": ""}


@frozen
class BookRequests:
    """`times` has to have listened to the exchange from its beginning."""

    exchange: Exchange
    times: BookTimes

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/book", answering(self.book)),
            Route("/books", answering(self.books), methods=["POST"]),
            Route("/midpoint", answering(self.midpoint)),
            Route("/midpoints", answering(self.midpoints), methods=["POST"]),
            Route("/price", answering(self.price)),
            Route("/prices", answering(self.prices), methods=["POST"]),
            Route("/spread", answering(self.spread)),
            Route("/spreads", answering(self.spreads), methods=["POST"]),
            Route("/last-trade-price", answering(self.last_trade)),
            Route("/last-trades-prices", answering(self.last_trades), methods=["POST"]),
        ]

    def book(self, request: Request, body: bytes) -> object:
        return self._document(*booked_token(self.exchange, asked_token(request)))

    def books(self, request: Request, body: bytes) -> object:
        return [self._document(listing, outcome) for listing, outcome, _ in booked_tokens(self.exchange, body)]

    def midpoint(self, request: Request, body: bytes) -> object:
        return {"mid": self._middle(*booked_token(self.exchange, asked_token(request)))}

    def midpoints(self, request: Request, body: bytes) -> object:
        return {
            listing.market.token(outcome): self._middle(listing, outcome)
            for listing, outcome, _ in booked_tokens(self.exchange, body)
        }

    def price(self, request: Request, body: bytes) -> object:
        token = booked_token(self.exchange, asked_token(request))
        return {"price": self._price(*token, side_of(request.query_params.get("side")))}

    def prices(self, request: Request, body: bytes) -> object:
        found: dict[str, dict[str, str]] = {}
        for listing, outcome, row in booked_tokens(self.exchange, body):
            side = side_of(row.get("side"))
            found.setdefault(listing.market.token(outcome), {})[side.value] = self._price(listing, outcome, side)
        return found

    def spread(self, request: Request, body: bytes) -> object:
        return {"spread": self._spread(*booked_token(self.exchange, asked_token(request)))}

    def spreads(self, request: Request, body: bytes) -> object:
        return {
            listing.market.token(outcome): self._spread(listing, outcome)
            for listing, outcome, _ in booked_tokens(self.exchange, body)
        }

    def last_trade(self, request: Request, body: bytes) -> object:
        return self._last(*listed_token(self.exchange, asked_token(request))) or _NEVER_TRADED

    def last_trades(self, request: Request, body: bytes) -> object:
        """Without the tokens that never traded: the newest client takes no empty side in a list."""
        found = []
        for listing, outcome, _ in booked_tokens(self.exchange, body):
            last = self._last(listing, outcome)
            if last is not None:
                found.append({"token_id": listing.market.token(outcome), **last})
        return found

    def _document(self, listing: Listing, outcome: Outcome) -> BookDocument:
        changed_ms = self.times.changed_ms(listing.market.market)
        return token_book(self.exchange, listing, outcome, changed_ms).document()

    def _best(self, listing: Listing, outcome: Outcome) -> tuple[Price, Price]:
        """Bid and ask, 0 and 1 where there is none."""
        market = listing.market.market
        ask = complement(self.exchange.best_bid(market, outcome.other))
        return self.exchange.best_bid(market, outcome), ask

    def _middle(self, listing: Listing, outcome: Outcome) -> str:
        bid, ask = self._best(listing, outcome)
        return middle_text(bid, ask)

    def _spread(self, listing: Listing, outcome: Outcome) -> str:
        bid, ask = self._best(listing, outcome)
        return format_price(Price(ask - bid))

    def _price(self, listing: Listing, outcome: Outcome, side: Side) -> str:
        """The best price on that side of the book, "0" where it is empty: BUY is the bid.

        The venue's pages contradict each other about the side (polymarket.md 2.2); this is what its API page says.
        """
        bid, ask = self._best(listing, outcome)
        if side is Side.BUY:
            return format_price(bid)
        return format_price(ask) if ask < PRICE_SCALE else "0"

    def _last(self, listing: Listing, outcome: Outcome) -> dict[str, str] | None:
        """In the token's own terms, whichever token was traded."""
        last = self.exchange.last_trade(listing.market.market)
        if last is None:
            return None
        traded, price, side = last
        if traded is not outcome:
            price, side = complement(price), side.opposite
        return {"price": format_price(price), "side": side.value}


def middle_text(bid: Price, ask: Price) -> str:
    """Exact, so with a fifth decimal where it needs one."""
    doubled = bid + ask
    if doubled % 2 == 0:
        return format_price(Price(doubled // 2))
    return f"{doubled // (2 * PRICE_SCALE)}.{doubled * 5 % (10 * PRICE_SCALE):05d}"
