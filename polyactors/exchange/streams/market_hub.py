"""Tells everybody who subscribed to a token what happens to it: one text a frame, shared by all connections."""

from collections.abc import Callable, Iterable

from attrs import define, field

from messages.identity import MarketId, Outcome, TokenId
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.exchange.books import BookTimes
from polyactors.exchange.core import Exchange
from polyactors.exchange.streams import market_frames
from polyactors.exchange.streams.book_texts import BookTexts
from polyactors.exchange.streams.outbox import Outbox
from polyactors.exchange.streams.stream_faults import DropFrame, FrameFault, StreamFaults, StreamKind, WrongHash
from polyactors.exchange.streams.wire import Wire
from polyactors.exchange.words import (
    BookChanged,
    EventListing,
    ExchangeEvent,
    Listing,
    MarketOpened,
    MarketResolved,
    TickSizeChanged,
    TradeReported,
    TradeStatus,
)


@define(eq=False)
class MarketSubscriber:
    """One connection, its tokens, and whether it wants the custom features: best prices, new and resolved markets."""

    outbox: Outbox
    tokens: dict[TokenId, None] = field(factory=dict)
    wants_custom: bool = False


Subscribers = dict[MarketSubscriber, None]
BookWriter = Callable[[BookTexts, Outcome, market_frames.HashOf], str]


class MarketHub:
    """Listens to the exchange from its making on. Books are kept of those markets alone that somebody subscribed to.

    Subscriptions come between the calls of the exchange, never from one of its listeners.
    """

    def __init__(self, exchange: Exchange, times: BookTimes, faults: StreamFaults) -> None:
        self._exchange = exchange
        self._times = times
        self._wire = Wire(StreamKind.MARKET, faults)
        self._everybody: Subscribers = {}
        self._by_token: dict[TokenId, Subscribers] = {}
        self._books: dict[MarketId, BookTexts] = {}
        self._market_of: dict[TokenId, MarketId] = {}
        exchange.listeners.append(self._heard)

    def __len__(self) -> int:
        """How many are connected."""
        return len(self._everybody)

    def enter(self, subscriber: MarketSubscriber) -> None:
        self._everybody[subscriber] = None

    def leave(self, subscriber: MarketSubscriber) -> None:
        self._everybody.pop(subscriber, None)
        self.unsubscribe(subscriber, tuple(subscriber.tokens))

    def subscribe(self, subscriber: MarketSubscriber, tokens: Iterable[TokenId]) -> list[TokenId]:
        """Those of the tokens that it had not subscribed to before. A token may be of a market that is yet to come."""
        new = [token for token in tokens if token not in subscriber.tokens]
        for token in new:
            subscriber.tokens[token] = None
            self._by_token.setdefault(token, {})[subscriber] = None
            if token not in self._market_of and (found := self._exchange.listing_of(token)) is not None:
                self._keep(found[0], self._times.changed_ms(found[0].market.market))
        return new

    def unsubscribe(self, subscriber: MarketSubscriber, tokens: Iterable[TokenId]) -> None:
        for token in tokens:
            if token in subscriber.tokens:
                del subscriber.tokens[token]
                remaining = self._by_token[token]
                del remaining[subscriber]
                if not remaining:
                    del self._by_token[token]
                    self._drop_if_unwanted(token)

    def dump(self, tokens: Iterable[TokenId]) -> str:
        """The books of those tokens that are listed, as one array."""
        books = []
        for token in tokens:
            book = self._books.get(self._market_of.get(token, MarketId("")))
            if book is not None and not self._wire.is_silent(token):
                books.append(market_frames.first_book(book, _outcome(book, token), book.hash))
        return market_frames.array_of(books)

    def breaks(self, now_ns: int) -> bool:
        """Whether all connections break now, by a fault."""
        return self._wire.breaks(self._everybody, now_ns)

    def advance(self, now_ns: int) -> None:
        """Send the frames that a fault held back long enough."""
        self._wire.advance(now_ns)

    def next_due_ns(self) -> int | None:
        return self._wire.next_due_ns()

    def _keep(self, listing: Listing, changed_ms: int) -> BookTexts:
        market = listing.market.market
        book = BookTexts(
            listing,
            {outcome: self._exchange.bids(market, outcome) for outcome in Outcome},
            self._exchange.tick_size(market),
            self._exchange.last_trade_price(market),
            changed_ms,
        )
        self._books[market] = book
        for token in book.tokens.values():
            self._market_of[token] = market
        return book

    def _drop_if_unwanted(self, token: TokenId) -> None:
        market = self._market_of.get(token)
        if market is not None and not any(each in self._by_token for each in self._books[market].tokens.values()):
            for each in self._books.pop(market).tokens.values():
                del self._market_of[each]

    def _heard(self, event: ExchangeEvent) -> None:
        if not self._everybody:
            return
        match event:
            case BookChanged():
                self._book_changed(event)
            case TradeReported(trade) if trade.status is TradeStatus.MATCHED:
                self._traded(event)
            case TickSizeChanged():
                self._tick_size_changed(event)
            case MarketOpened():
                self._opened(event)
            case MarketResolved():
                self._resolved(event)

    def _book_changed(self, change: BookChanged) -> None:
        book = self._books.get(change.market)
        if book is None or self.breaks(change.at_ns):
            return
        bests = {outcome: (book.best_bid(outcome), book.best_ask(outcome)) for outcome in Outcome}
        last = self._exchange.last_trade_price(change.market) if change.by_trade else book.last_trade_price
        book.change(change.levels, last, change.at_ns // NANOSECONDS_PER_MILLISECOND)
        first, second = change.placed_on, change.placed_on.other
        subscribers = tuple(dict.fromkeys((*self._of(book.tokens[first]), *self._of(book.tokens[second]))))
        # The frame is of both tokens: it cannot say of one what it may not say of the other.
        is_silent = self._wire.is_silent(book.tokens[second])
        fault = DropFrame() if is_silent else self._wire.fault_for(book.tokens[first], change.at_ns)
        text = market_frames.price_change(book, change.levels, first, _hash_of(book, fault))
        self._wire.send(change.market, text, subscribers, fault, change.at_ns)
        if change.by_trade:
            for outcome in Outcome:
                self._whole_book(book, outcome, change.at_ns, market_frames.book_after_trade)
        for outcome in Outcome:
            if bests[outcome] != (book.best_bid(outcome), book.best_ask(outcome)):
                self._best_prices(book, outcome, change.at_ns)

    def _whole_book(self, book: BookTexts, outcome: Outcome, at_ns: int, written: BookWriter) -> None:
        subscribers = self._of(book.tokens[outcome])
        if subscribers:
            fault = self._wire.fault_for(book.tokens[outcome], at_ns)
            text = written(book, outcome, _hash_of(book, fault))
            self._wire.send(book.market, text, subscribers, fault, at_ns)

    def _best_prices(self, book: BookTexts, outcome: Outcome, at_ns: int) -> None:
        subscribers = [each for each in self._of(book.tokens[outcome]) if each.wants_custom]
        if subscribers:
            fault = self._wire.fault_for(book.tokens[outcome], at_ns)
            self._wire.send(book.market, market_frames.best_bid_ask(book, outcome), subscribers, fault, at_ns)

    def _traded(self, reported: TradeReported) -> None:
        trade = reported.trade
        book = self._books.get(trade.market)
        if book is None:
            return
        token = book.tokens[trade.outcome]
        subscribers = self._of(token)
        if subscribers:
            fault = self._wire.fault_for(token, reported.at_ns)
            text = market_frames.last_trade_price(trade, book)
            self._wire.send(trade.market, text, subscribers, fault, reported.at_ns)

    def _tick_size_changed(self, change: TickSizeChanged) -> None:
        """Clients throw their books away then, and wait for the next ones (polymarket.md 3.2): these come at once."""
        book = self._books.get(change.market)
        if book is None:
            return
        book.change_tick_size(change.new, change.at_ns // NANOSECONDS_PER_MILLISECOND)
        for outcome in Outcome:
            token = book.tokens[outcome]
            subscribers = self._of(token)
            if subscribers:
                fault = self._wire.fault_for(token, change.at_ns)
                text = market_frames.tick_size_change(book, outcome, change.old, change.new)
                self._wire.send(change.market, text, subscribers, fault, change.at_ns)
        for outcome in Outcome:
            self._whole_book(book, outcome, change.at_ns, market_frames.first_book)

    def _opened(self, opened: MarketOpened) -> None:
        """Everybody with the custom features hears of every market; who waited for this one gets its books."""
        listing = opened.listing
        market = listing.market.market
        self._to_all(market, market_frames.new_market(listing, self._event_of(listing), opened.at_ns), opened.at_ns)
        awaited = [outcome for outcome in Outcome if listing.market.token(outcome) in self._by_token]
        if awaited:
            book = self._keep(listing, opened.at_ns // NANOSECONDS_PER_MILLISECOND)
            for outcome in awaited:
                text = market_frames.array_of([market_frames.first_book(book, outcome, book.hash)])
                fault = self._wire.fault_for(book.tokens[outcome], opened.at_ns)
                self._wire.send(market, text, self._of(book.tokens[outcome]), fault, opened.at_ns)

    def _resolved(self, resolved: MarketResolved) -> None:
        listing = self._exchange.listings.get(resolved.market)
        if listing is not None:
            text = market_frames.market_resolved(listing, resolved.yes_payout, resolved.at_ns)
            self._to_all(resolved.market, text, resolved.at_ns)

    def _to_all(self, market: MarketId, text: str, at_ns: int) -> None:
        subscribers = [each for each in self._everybody if each.wants_custom]
        if subscribers:
            self._wire.send(market, text, subscribers, self._wire.fault_for(None, at_ns), at_ns)

    def _event_of(self, listing: Listing) -> EventListing | None:
        return self._exchange.events.get(listing.market.event)

    def _of(self, token: TokenId) -> tuple[MarketSubscriber, ...]:
        """A copy: who is dropped while it is sent to leaves the subscriptions at once."""
        return tuple(self._by_token.get(token, ()))


def _hash_of(book: BookTexts, fault: FrameFault | None) -> market_frames.HashOf:
    if isinstance(fault, WrongHash):
        return lambda outcome: market_frames.falsified(book.hash(outcome))
    return book.hash


def _outcome(book: BookTexts, token: TokenId) -> Outcome:
    return Outcome.YES if book.tokens[Outcome.YES] == token else Outcome.NO
