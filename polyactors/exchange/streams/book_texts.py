"""The book of one market as the streams write it: after each batch the levels' texts, best prices and true hashes.

It is kept from what the exchange tells, not read from it again: a batch that is told late still gets the hash of the
book as that batch left it. The hash is that of `books.TokenBook` (polymarket.md 5.6).
"""

from collections.abc import Iterable
from hashlib import sha1

from messages.identity import MarketId, Outcome, TokenId
from messages.market_data import Level
from messages.units import PRICE_SCALE, Price, Shares, TickSize, format_shares
from polyactors.exchange.streams.ladder_texts import LadderTexts, price_text
from polyactors.exchange.words import Listing


class BookTexts:
    """Both tokens' books of one market. `changed_ms` is the time of the last change, `last_trade_price` its text."""

    def __init__(
        self,
        listing: Listing,
        bids: dict[Outcome, Iterable[tuple[Price, Shares]]],
        tick_size: TickSize,
        last_trade_price: str,
        changed_ms: int,
    ) -> None:
        market = listing.market
        self.market: MarketId = market.market
        self.tokens: dict[Outcome, TokenId] = {outcome: market.token(outcome) for outcome in Outcome}
        self.changed_ms = changed_ms
        self.last_trade_price = last_trade_price
        self._tick_size = price_text(tick_size)
        self._ladders = {outcome: LadderTexts(bids[outcome]) for outcome in Outcome}
        neg_risk = "true" if market.neg_risk else "false"
        self._minimum_size = format_shares(market.minimum_size)
        self._neg_risk = neg_risk
        self._hashes: dict[Outcome, str] = {}

    @property
    def tick_size(self) -> str:
        return self._tick_size

    def change(self, levels: Iterable[Level], last_trade_price: str, changed_ms: int) -> None:
        """One batch changed the book."""
        for outcome, price, size in levels:
            self._ladders[outcome].set(price, size)
        self.last_trade_price = last_trade_price
        self._changed(changed_ms)

    def change_tick_size(self, tick_size: TickSize, changed_ms: int) -> None:
        self._tick_size = price_text(tick_size)
        self._changed(changed_ms)

    def _changed(self, changed_ms: int) -> None:
        self.changed_ms = changed_ms
        self._hashes.clear()

    def best_bid(self, outcome: Outcome) -> int:
        """0 when nobody bids."""
        return self._ladders[outcome].best

    def best_ask(self, outcome: Outcome) -> int:
        """1 when nobody offers."""
        return PRICE_SCALE - self._ladders[outcome.other].best

    def bids(self, outcome: Outcome) -> str:
        """The levels of the token's bids, with commas between them."""
        return self._ladders[outcome].as_bids()

    def asks(self, outcome: Outcome) -> str:
        return self._ladders[outcome.other].as_asks()

    def hash(self, outcome: Outcome) -> str:
        found = self._hashes.get(outcome)
        if found is None:
            text = (
                f'{{"market":"{self.market}","asset_id":"{self.tokens[outcome]}","timestamp":"{self.changed_ms}",'
                f'"hash":"","bids":[{self.bids(outcome)}],"asks":[{self.asks(outcome)}],'
                f'"min_order_size":"{self._minimum_size}","tick_size":"{self._tick_size}",'
                f'"neg_risk":{self._neg_risk},"last_trade_price":"{self.last_trade_price}"}}'
            )
            found = self._hashes[outcome] = sha1(text.encode(), usedforsecurity=False).hexdigest()
        return found
