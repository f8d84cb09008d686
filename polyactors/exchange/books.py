"""A token's book as the venue shows it, with the hash that proves it (polymarket_wire.md 4.3; polymarket.md 5.6).

REST and streams show the same book: same levels, same time of the last change, same hash.
"""

from functools import cached_property, lru_cache
from hashlib import sha1
from typing import TYPE_CHECKING, TypedDict

from attrs import define

from messages.identity import MarketId, Outcome, TokenId
from messages.units import (
    NANOSECONDS_PER_MILLISECOND,
    PRICE_SCALE,
    Price,
    Shares,
    TickSize,
    format_price,
    format_shares,
)
from polyactors.exchange.words import BookChanged, ExchangeEvent, Listing, MarketOpened, TickSizeChanged

if TYPE_CHECKING:
    from polyactors.exchange.core import Exchange


class LevelDocument(TypedDict):
    price: str
    size: str


class BookDocument(TypedDict):
    market: str
    asset_id: str
    timestamp: str
    hash: str
    bids: list[LevelDocument]
    asks: list[LevelDocument]
    min_order_size: str
    tick_size: str
    neg_risk: bool
    last_trade_price: str


"""As on the wire. The order of the keys is part of the hash."""


@define(frozen=True, slots=False, eq=False)
class TokenBook:
    """The whole book of `token` at `changed_ms`. `bids` and `asks` go from the worst to the best price."""

    market: MarketId
    token: TokenId
    changed_ms: int
    bids: tuple[tuple[Price, Shares], ...]
    asks: tuple[tuple[Price, Shares], ...]
    minimum_size: Shares
    tick_size: TickSize
    neg_risk: bool
    last_trade_price: str

    @property
    def best_bid(self) -> Price | None:
        return self.bids[-1][0] if self.bids else None

    @property
    def best_ask(self) -> Price | None:
        return self.asks[-1][0] if self.asks else None

    @cached_property
    def hash(self) -> str:
        """sha1 of the compact JSON of the document whose own hash is empty."""
        neg_risk = "true" if self.neg_risk else "false"
        text = (
            f'{{"market":"{self.market}","asset_id":"{self.token}","timestamp":"{self.changed_ms}","hash":"",'
            f'"bids":[{_levels_text(self.bids)}],"asks":[{_levels_text(self.asks)}],'
            f'"min_order_size":"{format_shares(self.minimum_size)}","tick_size":"{_price(Price(self.tick_size))}",'
            f'"neg_risk":{neg_risk},"last_trade_price":"{self.last_trade_price}"}}'
        )
        return sha1(text.encode(), usedforsecurity=False).hexdigest()

    def document(self) -> BookDocument:
        """What GET /book answers, and what a `book` frame carries."""
        return {
            "market": self.market,
            "asset_id": self.token,
            "timestamp": str(self.changed_ms),
            "hash": self.hash,
            "bids": _levels(self.bids),
            "asks": _levels(self.asks),
            "min_order_size": format_shares(self.minimum_size),
            "tick_size": _price(Price(self.tick_size)),
            "neg_risk": self.neg_risk,
            "last_trade_price": self.last_trade_price,
        }


def token_book(exchange: "Exchange", listing: Listing, outcome: Outcome, changed_ms: int) -> TokenBook:
    """The book of the listing's `outcome` token as it is now, said to have last changed at `changed_ms`."""
    market = listing.market.market
    bids = exchange.bids(market, outcome)
    mirrored = exchange.bids(market, outcome.other)
    return TokenBook(
        market=market,
        token=listing.market.token(outcome),
        changed_ms=changed_ms,
        bids=tuple(reversed(bids)),
        asks=tuple((Price(PRICE_SCALE - price), size) for price, size in reversed(mirrored)),
        minimum_size=listing.market.minimum_size,
        tick_size=exchange.tick_size(market),
        neg_risk=listing.market.neg_risk,
        last_trade_price=exchange.last_trade_price(market),
    )


def book_document(exchange: "Exchange", token: TokenId, changed_ms: int) -> BookDocument | None:
    """The book of a token as JSON, None for a token that is not listed."""
    found = exchange.listing_of(token)
    return None if found is None else token_book(exchange, *found, changed_ms).document()


class BookTimes:
    """When each book last changed, by listening to the exchange. Make one before the exchange lists its markets."""

    def __init__(self, exchange: "Exchange", now_ns: int) -> None:
        self._begun_ms = now_ns // NANOSECONDS_PER_MILLISECOND
        self._changed_ms: dict[MarketId, int] = {}
        exchange.listeners.append(self._heard)

    def changed_ms(self, market: MarketId) -> int:
        """Epoch milliseconds of the market's last change; of the beginning for one that never changed."""
        return self._changed_ms.get(market, self._begun_ms)

    def _heard(self, event: ExchangeEvent) -> None:
        if isinstance(event, BookChanged | TickSizeChanged):
            self._changed_ms[event.market] = event.at_ns // NANOSECONDS_PER_MILLISECOND
        elif isinstance(event, MarketOpened):
            self._changed_ms[event.listing.market.market] = event.at_ns // NANOSECONDS_PER_MILLISECOND


@lru_cache(maxsize=PRICE_SCALE + 1)
def _price(price: Price) -> str:
    return format_price(price)


def _levels(levels: tuple[tuple[Price, Shares], ...]) -> list[LevelDocument]:
    return [{"price": _price(price), "size": format_shares(size)} for price, size in levels]


def _levels_text(levels: tuple[tuple[Price, Shares], ...]) -> str:
    return ",".join([f'{{"price":"{_price(price)}","size":"{format_shares(size)}"}}' for price, size in levels])
