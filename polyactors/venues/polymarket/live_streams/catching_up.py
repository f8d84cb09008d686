"""A whole book by REST, brought up to what the stream said while it was on its way.

Else it would go back in time: changes that came before the answer were dropped for want of a book, and nothing says
them again.
"""

from attrs import define, evolve, field

from messages.identity import Outcome
from messages.market_data import BookDelta, Level, MarketData, TickSizeChange, TradePrint, WholeBook
from messages.units import Price, Shares


@define
class Meanwhile:
    """What the stream says of one market from now on."""

    heard: list[MarketData] = field(factory=list)

    def hear(self, message: MarketData) -> None:
        if isinstance(message, BookDelta | WholeBook | TickSizeChange | TradePrint):
            self.heard.append(message)

    def applied_to(self, book: WholeBook) -> WholeBook | None:
        """`book` with everything newer; None where the grid has changed since, so that it has to be asked for again.

        Sizes are absolute: to apply again what the book has already changes nothing, as long as nothing newer is left
        out. So what has the same millisecond counts as newer.
        """
        for message in self.heard:
            match message:
                case TickSizeChange(tick_size=tick_size):
                    if book.tick_size != tick_size:
                        return None
                case TradePrint(exchange_ms=at_ms) if at_ms >= book.exchange_ms:
                    book = evolve(book, last_trade_price=None)
                case WholeBook(exchange_ms=at_ms) if at_ms >= book.exchange_ms:
                    book = _in_place_of(book, message)
                case BookDelta(exchange_ms=at_ms) if at_ms >= book.exchange_ms:
                    book = _with(book, message)
        return book


def _with(book: WholeBook, delta: BookDelta) -> WholeBook:
    sizes: dict[tuple[Outcome, Price], Shares] = {(each.outcome, each.price): each.size for each in book.levels}
    for outcome, price, size in delta.levels:
        sizes[outcome, price] = size
    return evolve(
        book,
        levels=tuple(Level(outcome, price, size) for (outcome, price), size in sizes.items() if size),
        hash=delta.yes_hash if book.outcome is Outcome.YES else delta.no_hash,
        exchange_ms=delta.exchange_ms,
    )


def _in_place_of(book: WholeBook, newer: WholeBook) -> WholeBook:
    """What the newer one does not say is as it was: frames after the first leave out all but the levels."""
    return evolve(
        newer,
        tick_size=book.tick_size if newer.tick_size is None else newer.tick_size,
        minimum_size=book.minimum_size if newer.minimum_size is None else newer.minimum_size,
        neg_risk=book.neg_risk if newer.neg_risk is None else newer.neg_risk,
        last_trade_price=book.last_trade_price if newer.last_trade_price is None else newer.last_trade_price,
    )
