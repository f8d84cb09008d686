"""Order books as the CLOB gives them (polymarket_wire.md 4.3)."""

from collections.abc import Collection

import msgspec
from attrs import frozen

from messages.identity import MarketId, Outcome, TokenId
from messages.market_data import Level, WholeBook
from messages.units import Price, Shares, TickSize, complement
from polyactors.venues.polymarket.rest.decoding import decoded, market_of, token_of
from polyactors.venues.polymarket.rest.exact_numbers import milliseconds_of, price_of, size_of, tick_size_of
from polyactors.venues.refused import Refused

Levels = tuple[tuple[Price, Shares], ...]


@frozen
class TokenBook:
    """The book of one token, best level first. `hash` proves it; the texts are the venue's, for they are hashed.

    What the venue left out is None.
    """

    market: MarketId
    token: TokenId
    bids: Levels
    asks: Levels
    hash: str
    exchange_ms: int | None
    tick_size: TickSize | None
    minimum_size: str | None
    neg_risk: bool | None
    last_trade_price: str | None

    def whole_book(self, outcome: Outcome, received_ns: int) -> WholeBook:
        """The same in bids of both tokens, as market data has it; `outcome` is what the token is of its market."""
        bids = (Level(outcome, price, size) for price, size in self.bids)
        asks = (Level(outcome.other, complement(price), size) for price, size in self.asks)
        return WholeBook(
            market=self.market,
            outcome=outcome,
            levels=(*bids, *asks),
            hash=self.hash or None,
            tick_size=self.tick_size,
            minimum_size=self.minimum_size,
            neg_risk=self.neg_risk,
            last_trade_price=self.last_trade_price,
            exchange_ms=self.exchange_ms or 0,
            received_ns=received_ns,
        )


class _Level(msgspec.Struct, gc=False):
    price: str
    size: str


class _Book(msgspec.Struct):
    market: str
    bids: list[_Level]
    asks: list[_Level]
    hash: str
    asset_id: str = ""
    token_id: str = ""
    timestamp: str | None = None
    min_order_size: str | None = None
    tick_size: str | None = None
    neg_risk: bool | None = None
    last_trade_price: str | None = None


def read_book(body: bytes, token: TokenId) -> TokenBook:
    """The book that was asked for. Raises `Refused`."""
    book = _book(decoded(body, _Book))
    if book.token != token:
        raise Refused("wrong_token", f"the book is that of {book.token}")
    return book


def read_books(body: bytes, tokens: Collection[TokenId]) -> tuple[TokenBook, ...]:
    """Those of `tokens` that the venue knows, in its order. Raises `Refused` for one that nobody asked for."""
    books = tuple(_book(each) for each in decoded(body, list[_Book]))
    for book in books:
        if book.token not in tokens:
            raise Refused("wrong_token", f"nobody asked for the book of {book.token}")
    if len({book.token for book in books}) < len(books):
        raise Refused("twice", "a book is there twice")
    return books


def _book(book: _Book) -> TokenBook:
    return TokenBook(
        market=market_of(book.market),
        token=token_of(book.asset_id or book.token_id),
        bids=_levels(book.bids, is_descending=True),
        asks=_levels(book.asks, is_descending=False),
        hash=book.hash,
        exchange_ms=milliseconds_of(book.timestamp),
        tick_size=None if book.tick_size is None else tick_size_of(book.tick_size),
        minimum_size=book.min_order_size,
        neg_risk=book.neg_risk,
        last_trade_price=book.last_trade_price,
    )


def _levels(levels: list[_Level], *, is_descending: bool) -> Levels:
    """The venue's own order is worst first, and not promised."""
    found = sorted(((price_of(each.price), size_of(each.size)) for each in levels), reverse=is_descending)
    if len({price for price, _ in found}) < len(found):
        raise Refused("twice", "a price is there twice")
    return tuple(found)
