"""What happened on the exchange as market data: deltas that close by hash, trade prints, and the rest."""

from collections import deque
from collections.abc import Callable, Iterable

from messages.identity import MarketId, Outcome, Side
from messages.market_data import (
    BookDelta,
    Level,
    MarketData,
    MarketListed,
    MarketResolution,
    TickSizeChange,
    TradePrint,
    WholeBook,
)
from messages.units import NANOSECONDS_PER_MILLISECOND, ONE, Price, Shares, complement, format_shares
from polyactors.exchange.books import token_book
from polyactors.exchange.core import Exchange
from polyactors.exchange.market_state import last_price_text
from polyactors.exchange.words import (
    BookChanged,
    ExchangeEvent,
    MarketOpened,
    MarketResolved,
    TickSizeChanged,
    Trade,
    TradeReported,
    TradeStatus,
)

_NOTHING = Shares(0)


class BookChanges:
    """Listens to the exchange for some markets, and, where it `announces`, for those that it opens.

    Changes of a book are gathered until they are taken, and read from the book as it is then: so each delta is a whole
    batch, and its hash is that of the book that it makes. `on_first` is called when there is something to take and
    nothing was before.
    """

    def __init__(
        self,
        exchange: Exchange,
        markets: Iterable[MarketId],
        on_first: Callable[[], None],
        now_ns: int,
        *,
        announces: bool = True,
    ) -> None:
        self._exchange = exchange
        self._on_first = on_first
        self._announces = announces
        now_ms = now_ns // NANOSECONDS_PER_MILLISECOND
        self._changed_ms = dict.fromkeys(markets, now_ms)
        self._touched: dict[MarketId, dict[tuple[Outcome, Price], None]] = {}
        self._after_books: deque[ExchangeEvent] = deque()
        exchange.listeners.append(self._heard)

    @property
    def is_empty(self) -> bool:
        return not (self._touched or self._after_books)

    def close(self) -> None:
        """Hear no more."""
        self._exchange.listeners.remove(self._heard)
        self.forget()

    def forget(self) -> None:
        """For whoever starts with whole books."""
        self._touched.clear()
        self._after_books.clear()

    def take(self, received_ns: int) -> list[MarketData]:
        """What has happened since the last time: the books first, as at the venue."""
        messages: list[MarketData] = [
            self._delta(market, touched, received_ns)
            for market, touched in self._touched.items()
            if market in self._exchange.listings
        ]
        self._touched.clear()
        while self._after_books:
            messages.append(_other_message(self._after_books.popleft(), received_ns))
        return messages

    def whole_book(self, market: MarketId, received_ns: int) -> WholeBook | None:
        """As it is now; None for a market that the exchange does not have, or no more."""
        listing = self._exchange.listings.get(market)
        if listing is None or market not in self._changed_ms:
            return None
        book = token_book(self._exchange, listing, Outcome.YES, self._changed_ms[market])
        levels = [Level(Outcome.YES, price, size) for price, size in book.bids]
        levels += [Level(Outcome.NO, complement(price), size) for price, size in book.asks]
        return WholeBook(
            market=market,
            outcome=Outcome.YES,
            levels=tuple(levels),
            hash=book.hash,
            tick_size=book.tick_size,
            minimum_size=format_shares(book.minimum_size),
            neg_risk=book.neg_risk,
            last_trade_price=book.last_trade_price,
            exchange_ms=book.changed_ms,
            received_ns=received_ns,
        )

    def _delta(self, market: MarketId, touched: Iterable[tuple[Outcome, Price]], received_ns: int) -> BookDelta:
        changed_ms = self._changed_ms[market]
        book = token_book(self._exchange, self._exchange.listings[market], Outcome.YES, changed_ms)
        yes, no = dict(book.bids), {complement(price): size for price, size in book.asks}
        levels = tuple(
            Level(outcome, price, (yes if outcome is Outcome.YES else no).get(price, _NOTHING))
            for outcome, price in touched
        )
        # The hash of one token proves the whole book: that of the other would cost as much and say nothing new.
        return BookDelta(
            market=market,
            levels=levels,
            best_bid=book.best_bid or Price(0),
            best_ask=book.best_ask or ONE,
            yes_hash=book.hash,
            no_hash=None,
            exchange_ms=changed_ms,
            received_ns=received_ns,
        )

    def _heard(self, event: ExchangeEvent) -> None:
        was_empty = self.is_empty
        match event:
            case BookChanged() if event.market in self._changed_ms:
                self._changed_ms[event.market] = event.at_ns // NANOSECONDS_PER_MILLISECOND
                touched = self._touched.setdefault(event.market, {})
                touched.update(((level.outcome, level.price), None) for level in event.levels)
            case TickSizeChanged() if event.market in self._changed_ms:
                self._changed_ms[event.market] = event.at_ns // NANOSECONDS_PER_MILLISECOND
                self._after_books.append(event)
            case MarketResolved() if event.market in self._changed_ms:
                self._after_books.append(event)
            case MarketOpened() if self._announces:
                self._after_books.append(event)
            case TradeReported(trade) if trade.status is TradeStatus.MATCHED and trade.market in self._changed_ms:
                self._after_books.append(event)
        if was_empty and not self.is_empty:
            self._on_first()


def _other_message(event: ExchangeEvent, received_ns: int) -> MarketData:
    match event:
        case TradeReported():
            return _trade_print(event.trade, received_ns)
        case TickSizeChanged():
            return TickSizeChange(event.market, event.new, received_ns)
        case MarketResolved():
            winner = {0: Outcome.NO, ONE: Outcome.YES}.get(event.yes_payout)
            return MarketResolution(event.market, winner, received_ns)
        case MarketOpened():
            market = event.listing.market
            return MarketListed(market.market, market.slug, (market.yes_token, market.no_token), received_ns)
        case _:
            raise TypeError(f"{type(event).__name__} is no market data")


def _trade_print(trade: Trade, received_ns: int) -> TradePrint:
    is_yes = trade.outcome is Outcome.YES
    buys_yes = (trade.side is Side.BUY) is is_yes
    return TradePrint(
        market=trade.market,
        price=trade.price if is_yes else complement(trade.price),
        size=trade.size,
        taker_side=Side.BUY if buys_yes else Side.SELL,
        price_text=last_price_text(trade.price),
        exchange_ms=trade.matched_ns // NANOSECONDS_PER_MILLISECOND,
        received_ns=received_ns,
    )
