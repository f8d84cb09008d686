"""The venue's hash of a token's whole book: it proves that ours is the same (field notes 1 to 3, polymarket.md 5.6).

sha1 over compact JSON in a fixed order of keys, with the hash itself empty and the last trade price at the end.
"""

from collections.abc import Iterable
from hashlib import sha1

from actors.markets.ladder import Ladder
from actors.markets.last_trade_price import LastTradePrices
from actors.markets.level_texts import LevelTexts
from messages.identity import Outcome
from messages.market_data import Level, TradePrint
from messages.markets import Market
from messages.units import Price, TickSize, complement, format_price, format_shares


class BookHash:
    """The hashes of one market's two books, each level's JSON kept until that level changes.

    `minimum_size` and `neg_risk` come from the market and may be corrected by a book frame: websocket frames never
    carry them. Whoever fills the ladders anew, or changes them without a word to `changed`, has to set `stale`.
    """

    __slots__ = ("_market", "_no", "_texts", "_yes", "last_trade", "minimum_size", "neg_risk", "stale", "tick_size")

    def __init__(self, market: Market) -> None:
        self._market = market
        self.minimum_size = format_shares(market.minimum_size)
        self.neg_risk = market.neg_risk
        self.tick_size: TickSize = market.tick_size
        self.last_trade = LastTradePrices()
        self.follow(Ladder(market.tick_size), Ladder(market.tick_size))

    def follow(self, yes: Ladder, no: Ladder) -> None:
        """From now on the book is kept in these ladders."""
        self._yes, self._no = yes, no
        self._texts: dict[Outcome, tuple[LevelTexts, LevelTexts]] = {}
        self.stale = False

    def changed(self, levels: Iterable[Level], step: int) -> None:
        """These levels were set in the ladders, by a frame that carries a hash."""
        for outcome, price, _ in levels:
            self.last_trade.touched(price if outcome is Outcome.YES else complement(price))
            for token, (bids, asks) in self._texts.items():
                (bids if token is outcome else asks).changed(price // step)

    def printed(self, trade: TradePrint) -> None:
        self.last_trade.printed(trade.price_text, trade.price)
        self.last_trade.printed(trade.price_text, Price(complement(trade.price)))

    def matches(self, outcome: Outcome, venue_hash: str, exchange_ms: int) -> bool:
        """Whether the book of `outcome`'s token has this hash at that time, with any of the likely last trade prices.

        The candidates differ in the last few bytes alone, so that each but the first costs next to nothing.
        """
        begun = sha1(self._text_up_to_the_last_trade_price(outcome, exchange_ms), usedforsecurity=False)
        for text in self.last_trade.candidates():
            whole = begun.copy()
            whole.update(f'{text}"}}'.encode())
            if whole.hexdigest() == venue_hash:
                self.last_trade.proven(text)
                return True
        return False

    def _text_up_to_the_last_trade_price(self, outcome: Outcome, exchange_ms: int) -> bytes:
        if self.stale:
            self._texts.clear()
            self.stale = False
        texts = self._texts.get(outcome)
        if texts is None:
            own, other = (self._yes, self._no) if outcome is Outcome.YES else (self._no, self._yes)
            texts = self._texts[outcome] = LevelTexts(own, as_asks=False), LevelTexts(other, as_asks=True)
        bids, asks = texts
        neg_risk = "true" if self.neg_risk else "false"
        return b"".join(
            (
                f'{{"market":"{self._market.market}","asset_id":"{self._market.token(outcome)}",'
                f'"timestamp":"{exchange_ms}","hash":"","bids":['.encode(),
                bids.text(),
                b'],"asks":[',
                asks.text(),
                f'],"min_order_size":"{self.minimum_size}","tick_size":"{format_price(Price(self.tick_size))}",'
                f'"neg_risk":{neg_risk},"last_trade_price":"'.encode(),
            )
        )
