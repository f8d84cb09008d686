"""What the exchange does, as market data in the order and with the omissions of the venue's own stream."""

from collections.abc import Callable

from messages.identity import MarketId, Outcome, Side
from messages.market_data import BookDelta, Level, MarketData, TickSizeChange, TradePrint, WholeBook
from messages.units import NANOSECONDS_PER_MILLISECOND, complement
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import BookChanged, ExchangeEvent, TickSizeChanged, TradeReported, TradeStatus


class ExchangeWatch:
    """Listens to the exchange from when it is made. Hashes are left out: they are not measured, and cost most.

    What a match changes comes as a whole book, not as changes, as in recordings of the venue.
    """

    def __init__(self, exchange: Exchange, tell: Callable[[MarketData], None]) -> None:
        self._exchange = exchange
        self._tell = tell
        exchange.listeners.append(self._heard)

    def _heard(self, event: ExchangeEvent) -> None:
        match event:
            case BookChanged(market, _, _, by_trade, at_ns):
                self._tell(self._whole_book(market, at_ns) if by_trade else self._delta(event))
            case TradeReported(trade, at_ns) if trade.status is TradeStatus.MATCHED:
                is_yes = trade.outcome is Outcome.YES
                self._tell(
                    TradePrint(
                        market=trade.market,
                        price=trade.price if is_yes else complement(trade.price),
                        size=trade.size,
                        taker_side=Side.BUY if (trade.side is Side.BUY) is is_yes else Side.SELL,
                        price_text="",
                        exchange_ms=at_ns // NANOSECONDS_PER_MILLISECOND,
                        received_ns=at_ns,
                    )
                )
            case TickSizeChanged(market, _, new, at_ns):
                self._tell(TickSizeChange(market, new, at_ns))

    def _delta(self, change: BookChanged) -> BookDelta:
        return BookDelta(
            market=change.market,
            levels=change.levels,
            best_bid=self._exchange.best_bid(change.market, Outcome.YES),
            best_ask=complement(self._exchange.best_bid(change.market, Outcome.NO)),
            yes_hash=None,
            no_hash=None,
            exchange_ms=change.at_ns // NANOSECONDS_PER_MILLISECOND,
            received_ns=change.at_ns,
        )

    def _whole_book(self, market: MarketId, at_ns: int) -> WholeBook:
        levels = tuple(
            Level(outcome, price, size) for outcome in Outcome for price, size in self._exchange.bids(market, outcome)
        )
        return WholeBook(
            market=market,
            outcome=Outcome.YES,
            levels=levels,
            hash=None,
            tick_size=self._exchange.tick_size(market),
            minimum_size=None,
            neg_risk=None,
            last_trade_price=None,
            exchange_ms=at_ns // NANOSECONDS_PER_MILLISECOND,
            received_ns=at_ns,
        )
