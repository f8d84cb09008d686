"""What a market costs at the moment, as the catalogue and the portfolio show it."""

from attrs import frozen

from messages.identity import MarketId, Outcome
from messages.units import PRICE_SCALE, Price, Shares, complement
from polyactors.exchange.core import Exchange

_TWICE = 2 * PRICE_SCALE


@frozen
class Quote:
    """Best prices of YES: 0 and 1 where a side is empty. `doubled_price` is twice what YES is said to cost."""

    bid: Price
    ask: Price
    doubled_price: int

    @property
    def price(self) -> float:
        return self.doubled_price / _TWICE

    @property
    def price_of_no(self) -> float:
        return (_TWICE - self.doubled_price) / _TWICE

    def of(self, outcome: Outcome) -> float:
        return self.price if outcome is Outcome.YES else self.price_of_no


def quote(exchange: Exchange, market: MarketId) -> Quote:
    """The payout once resolved; else the middle of the book, else the last trade, else a half."""
    bid = exchange.best_bid(market, Outcome.YES)
    ask = complement(exchange.best_bid(market, Outcome.NO))
    return Quote(bid, ask, _doubled_price(exchange, market, bid, ask))


def liquidity(exchange: Exchange, market: MarketId) -> int:
    """What all resting orders are worth, in cash units."""
    return sum(_worth(exchange.bids(market, outcome)) for outcome in Outcome)


def _doubled_price(exchange: Exchange, market: MarketId, bid: Price, ask: Price) -> int:
    payout = exchange.resolution(market)
    if payout is not None:
        return 2 * payout
    if bid > 0 and ask < PRICE_SCALE:
        return bid + ask
    last = exchange.last_trade(market)
    if last is None:
        return PRICE_SCALE
    outcome, price, _ = last
    return 2 * (price if outcome is Outcome.YES else complement(price))


def _worth(levels: list[tuple[Price, Shares]]) -> int:
    return sum(price * size for price, size in levels) // PRICE_SCALE
