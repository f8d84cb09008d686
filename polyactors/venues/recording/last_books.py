"""The venue's books as a recording shows them: what GET /book would answer at this moment of the replay."""

from attrs import define, field

from actors.markets.grid import GridRule
from messages.identity import MarketId, Outcome
from messages.market_data import BookDelta, FeedLost, Level, MarketData, TickSizeChange, TradePrint, WholeBook
from messages.units import PRICE_SCALE, Price, Shares, TickSize

YES = Outcome.YES


@define(eq=False)
class _Seen:
    """One market: its levels by price, and what the frames declared last."""

    yes: dict[Price, Shares]
    no: dict[Price, Shares]
    tick_size: TickSize | None
    minimum_size: str | None
    neg_risk: bool | None
    last_trade_price: str | None
    exchange_ms: int
    best_bid: Price | None = field(default=None)
    best_ask: Price | None = field(default=None)
    held_aside: list[BookDelta] = field(factory=list)
    is_finer: bool = field(default=False)


class LastBooks:
    """Remembers every market's levels from the `MarketData` that goes by.

    Deltas alone leave levels behind that a trade has taken (field note 5). The best prices that the venue declared with
    its last change tell which: those are pruned from the answer.
    """

    def __init__(self) -> None:
        self._markets: dict[MarketId, _Seen] = {}
        self._rule = GridRule()

    def see(self, message: MarketData) -> None:
        """Takes in what the venue said; to be called with each message, in order."""
        if type(message) is BookDelta:
            seen = self._markets.get(message.market)
            if seen is not None and self._fits(seen, message):
                for outcome, price, size in message.levels:
                    (seen.yes if outcome is YES else seen.no)[price] = size
                seen.best_bid = message.best_bid
                seen.best_ask = message.best_ask
                seen.exchange_ms = message.exchange_ms
        elif isinstance(message, WholeBook):
            self._start(message)
        elif isinstance(message, FeedLost):
            self._markets.pop(message.market, None)
        elif isinstance(message, TradePrint | TickSizeChange) and (seen := self._markets.get(message.market)):
            if isinstance(message, TradePrint):
                seen.last_trade_price = message.price_text
            else:
                seen.tick_size = message.tick_size

    def _fits(self, seen: "_Seen", delta: BookDelta) -> bool:
        """Whether `delta` keeps to the declared tick, or enough have not for a finer one to be believed.

        As the book of the market does it: a price off the grid is a broken frame until it is one of several.
        """
        tick = seen.tick_size
        if tick is None or seen.is_finer:
            return True
        if not any(price % tick for _, price, _ in delta.levels) and not (delta.best_bid or 0) % tick:
            return not (delta.best_ask or 0) % tick
        since_ns = delta.received_ns - self._rule.within_ns
        seen.held_aside = [*(held for held in seen.held_aside if held.received_ns >= since_ns), delta]
        if len(seen.held_aside) < self._rule.frames:
            return False
        for held in seen.held_aside:
            for outcome, price, size in held.levels:
                (seen.yes if outcome is YES else seen.no)[price] = size
        seen.held_aside, seen.is_finer = [], True
        return True

    def whole_book(self, market: MarketId, received_ns: int) -> WholeBook | None:
        """The book of YES now, without a hash, as if received at `received_ns`.

        None if no whole book has been seen, or if what is left still is not what the venue declares.
        """
        seen = self._markets.get(market)
        if seen is None:
            return None
        highest_no = None if seen.best_ask is None else Price(PRICE_SCALE - seen.best_ask)
        yes, no = _pruned(seen.yes, seen.best_bid), _pruned(seen.no, highest_no)
        best_yes, best_no = max(yes, default=Price(0)), max(no, default=Price(0))
        if best_yes + best_no >= PRICE_SCALE:
            return None
        if seen.best_bid not in (None, best_yes) or highest_no not in (None, best_no):
            return None
        return WholeBook(
            market=market,
            outcome=YES,
            levels=(
                *(Level(YES, price, size) for price, size in sorted(yes.items())),
                *(Level(Outcome.NO, price, size) for price, size in sorted(no.items())),
            ),
            hash=None,
            tick_size=seen.tick_size,
            minimum_size=seen.minimum_size,
            neg_risk=seen.neg_risk,
            last_trade_price=seen.last_trade_price,
            exchange_ms=seen.exchange_ms,
            received_ns=received_ns,
        )

    def _start(self, book: WholeBook) -> None:
        before = self._markets.get(book.market)
        self._markets[book.market] = seen = _Seen(
            yes={level.price: level.size for level in book.levels if level.outcome is YES},
            no={level.price: level.size for level in book.levels if level.outcome is Outcome.NO},
            tick_size=book.tick_size,
            minimum_size=book.minimum_size,
            neg_risk=book.neg_risk,
            last_trade_price=book.last_trade_price,
            exchange_ms=book.exchange_ms,
        )
        if before is None:
            return
        seen.is_finer, seen.held_aside = before.is_finer, before.held_aside
        # Only the first book of a connection carries everything.
        if seen.tick_size is None:
            seen.tick_size = before.tick_size
        if seen.minimum_size is None:
            seen.minimum_size = before.minimum_size
        if seen.neg_risk is None:
            seen.neg_risk = before.neg_risk
        if seen.last_trade_price is None:
            seen.last_trade_price = before.last_trade_price


def _pruned(levels: dict[Price, Shares], highest: Price | None) -> dict[Price, Shares]:
    """The levels that are there, and not above what the venue calls the best."""
    return {price: size for price, size in levels.items() if size and (highest is None or price <= highest)}
