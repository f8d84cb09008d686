"""From the venue's terms, two tokens with bids and asks each, to ours: bids of YES and bids of NO, in integers.

| the venue says | it means            |
|----------------|---------------------|
| YES BUY at p   | a bid of YES at p   |
| YES SELL at p  | a bid of NO at 1-p  |
| NO BUY at p    | a bid of NO at p    |
| NO SELL at p   | a bid of YES at 1-p |
"""

from collections.abc import Iterable

from attrs import frozen

from messages.construction import quick_constructor
from messages.identity import MarketId, Outcome, Side, TokenId
from messages.market_data import (
    BestPrices,
    BookDelta,
    Level,
    MarketData,
    MarketListed,
    MarketResolution,
    TickSizeChange,
    TradePrint,
    WholeBook,
)
from messages.markets import Market
from messages.units import ONE, PRICE_SCALE, BadDecimal, Price, Shares, TickSize, complement, parse_tick_size
from polyactors.venues.polymarket.market_frames import (
    BestPricesFrame,
    BookFrame,
    LastTradeFrame,
    MarketFrame,
    NewMarketFrame,
    PriceChangeFrame,
    ResolvedFrame,
    TickSizeFrame,
    WireLevel,
)
from polyactors.venues.polymarket.number_texts import PriceTexts, SizeTexts
from polyactors.venues.refused import Refused

YES, NO = Outcome.YES, Outcome.NO

# What NamedTuple's own constructor calls, without the Python function around it.
_new_level = tuple.__new__
_new_delta = quick_constructor(BookDelta)


@frozen
class Token:
    """One of the two tokens of a known market."""

    market: MarketId
    outcome: Outcome
    other: TokenId
    is_yes: bool


class YesTerms:
    """Says the venue's frames in our words, for the markets that it knows. Every method raises `Refused`."""

    def __init__(self, markets: Iterable[Market]) -> None:
        self._markets: dict[str, Market] = {}
        self._tokens: dict[str, Token] = {}
        self._prices = PriceTexts()
        self._sizes = SizeTexts()
        for market in markets:
            self.know(market)

    def know(self, market: Market) -> None:
        self._markets[market.market] = market
        self._tokens[market.yes_token] = Token(market.market, YES, market.no_token, is_yes=True)
        self._tokens[market.no_token] = Token(market.market, NO, market.yes_token, is_yes=False)

    def forget(self, market: Market) -> None:
        self._markets.pop(market.market, None)
        self._tokens.pop(market.yes_token, None)
        self._tokens.pop(market.no_token, None)

    def said(self, frame: MarketFrame, received_ns: int) -> MarketData | None:
        """`frame` in our words; None where it says nothing that concerns us."""
        match frame:
            case PriceChangeFrame():
                return self.delta(frame, received_ns)
            case BookFrame():
                return self._whole_book(frame, received_ns)
            case LastTradeFrame():
                return self._trade(frame, received_ns)
            case BestPricesFrame():
                return self._best_prices(frame, received_ns)
            case TickSizeFrame():
                market = self._token(frame.asset_id, frame.market).market
                return TickSizeChange(market, _tick_size(frame.new_tick_size), received_ns)
            case ResolvedFrame():
                return self._resolution(frame, received_ns)
            case NewMarketFrame():
                return self._listing(frame, received_ns)

    def delta(self, frame: PriceChangeFrame, received_ns: int) -> BookDelta:
        """The levels that changed. The usual frame says one change twice, once for each token: that is one level.

        The hot path: whatever is unusual about the two legs, be it a price not met before, is left to `_any_delta`.
        """
        legs = frame.price_changes
        if len(legs) != 2:
            return self._any_delta(frame, received_ns)
        buy, sell = legs
        if buy.side != "BUY":
            buy, sell = sell, buy
        token = self._tokens.get(buy.asset_id)
        if (
            token is None
            or sell.asset_id != token.other
            or sell.size != buy.size
            or buy.side != "BUY"
            or sell.side != "SELL"
            or frame.market != token.market
        ):
            return self._any_delta(frame, received_ns)
        yes, no = (buy, sell) if token.is_yes else (sell, buy)
        yes_bid, yes_ask, no_bid, no_ask = yes.best_bid, yes.best_ask, no.best_bid, no.best_ask
        if yes_bid is None or yes_ask is None or no_bid is None or no_ask is None:
            return self._any_delta(frame, received_ns)
        prices = self._prices.known
        try:
            price, best_bid, best_ask = self._prices.known_levels[buy.price], prices[yes_bid], prices[yes_ask]
            if (
                prices[sell.price] + price != PRICE_SCALE
                or prices[no_ask] + best_bid != PRICE_SCALE
                or prices[no_bid] + best_ask != PRICE_SCALE
            ):
                return self._any_delta(frame, received_ns)
        except KeyError:
            return self._any_delta(frame, received_ns)
        level = _new_level(Level, (token.outcome, price, self._sizes[buy.size]))
        return _new_delta(token.market, (level,), best_bid, best_ask, yes.hash, no.hash, frame.timestamp, received_ns)

    def _any_delta(self, frame: PriceChangeFrame, received_ns: int) -> BookDelta:
        """The same for legs of any number and kind. What is said twice is kept once; later legs override earlier."""
        if not frame.price_changes:
            raise Refused("missing_field", "price_changes is empty")
        levels: list[Level] = []
        said: dict[tuple[Outcome, Price], Shares] = {}
        bids: set[Price] = set()
        asks: set[Price] = set()
        hashes: dict[Outcome, str | None] = {YES: None, NO: None}
        for leg in frame.price_changes:
            token = self._token(leg.asset_id, frame.market)
            level = self._level(token.outcome, _side(leg.side), leg.price, leg.size)
            if said.get(level[:2]) != level.size:
                said[level[:2]] = level.size
                levels.append(level)
            bid, ask = self._best(token, leg.best_bid, leg.best_ask)
            if bid is not None:
                bids.add(bid)
            if ask is not None:
                asks.add(ask)
            hashes[token.outcome] = leg.hash or hashes[token.outcome]
        if len(bids) > 1 or len(asks) > 1:
            raise Refused("contradiction", f"the legs declare best bids {sorted(bids)} and best asks {sorted(asks)}")
        return BookDelta(
            market=MarketId(frame.market),
            levels=tuple(levels),
            best_bid=bids.pop() if bids else None,
            best_ask=asks.pop() if asks else None,
            yes_hash=hashes[YES],
            no_hash=hashes[NO],
            exchange_ms=frame.timestamp,
            received_ns=received_ns,
        )

    def _whole_book(self, frame: BookFrame, received_ns: int) -> WholeBook:
        token = self._token(frame.asset_id, frame.market)
        return WholeBook(
            market=token.market,
            outcome=token.outcome,
            levels=(*self._levels(token, Side.BUY, frame.bids), *self._levels(token, Side.SELL, frame.asks)),
            hash=frame.hash,
            tick_size=None if frame.tick_size is None else _tick_size(frame.tick_size),
            minimum_size=frame.min_order_size,
            neg_risk=frame.neg_risk,
            last_trade_price=frame.last_trade_price,
            exchange_ms=frame.timestamp,
            received_ns=received_ns,
        )

    def _trade(self, frame: LastTradeFrame, received_ns: int) -> TradePrint:
        token = self._token(frame.asset_id, frame.market)
        price, side = self._prices.read(frame.price), _side(frame.side)
        return TradePrint(
            market=token.market,
            price=price if token.is_yes else complement(price),
            size=self._sizes[frame.size],
            taker_side=side if token.is_yes else side.opposite,
            price_text=frame.price,
            exchange_ms=frame.timestamp,
            received_ns=received_ns,
        )

    def _best_prices(self, frame: BestPricesFrame, received_ns: int) -> BestPrices:
        token = self._token(frame.asset_id, frame.market)
        bid, ask = self._best(token, frame.best_bid, frame.best_ask)
        assert bid is not None and ask is not None
        return BestPrices(token.market, bid, ask, frame.timestamp, received_ns)

    def _resolution(self, frame: ResolvedFrame, received_ns: int) -> MarketResolution | None:
        """None for a market that we do not know: the venue tells everybody of every market."""
        market = self._markets.get(frame.market)
        if market is None:
            return None
        if not frame.winning_asset_id:
            return MarketResolution(market.market, None, received_ns)
        winner = self._token(frame.winning_asset_id, frame.market).outcome
        return MarketResolution(market.market, winner, received_ns)

    def _listing(self, frame: NewMarketFrame, received_ns: int) -> MarketListed | None:
        if frame.market in self._markets:
            return None
        tokens = frame.clob_token_ids or frame.assets_ids or ()
        return MarketListed(MarketId(frame.market), frame.slug, tuple(map(TokenId, tokens)), received_ns)

    def _token(self, token: str, market: str) -> Token:
        known = self._tokens.get(token)
        if known is None:
            raise Refused("unknown_asset", f"token {token[:80]!r} of market {market[:80]!r}")
        if known.market != market:
            raise Refused("contradiction", f"token {token} is of market {known.market}, not of {market[:80]!r}")
        return known

    def _levels(self, token: Token, side: Side, levels: list[WireLevel]) -> list[Level]:
        return [self._level(token.outcome, side, level.price, level.size) for level in levels]

    def _level(self, outcome: Outcome, side: Side, price_text: str, size_text: str) -> Level:
        price, size = self._prices.read_level(price_text), self._sizes[size_text]
        return Level(outcome, price, size) if side is Side.BUY else Level(outcome.other, complement(price), size)

    def _best(self, token: Token, bid_text: str | None, ask_text: str | None) -> tuple[Price | None, Price | None]:
        """Best bid and ask of YES as the book of `token` declares them. An empty side is 0 for a bid and 1 for an ask;
        some say 0 for that too."""
        bid = None if bid_text is None else self._prices.read(bid_text)
        ask = None if ask_text is None else self._prices.read(ask_text) or Price(ONE)
        if token.is_yes:
            return bid, ask
        return None if ask is None else Price(ONE - ask), None if bid is None else Price(ONE - bid)


def _side(text: str) -> Side:
    if text == "BUY":
        return Side.BUY
    if text == "SELL":
        return Side.SELL
    raise Refused("bad_side", f"{text[:40]!r} is neither BUY nor SELL")


def _tick_size(text: str) -> TickSize:
    try:
        return parse_tick_size(text)
    except BadDecimal as error:
        raise Refused("bad_tick_size", str(error)) from None
