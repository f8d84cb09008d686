"""What a trade of the venue means for our ledger: a fill for each part that an order of ours had in it."""

from actors.execution.live.words import OwnPart, VenueTrade, VenueTradeStatus
from messages.fills import Fill
from messages.identity import Outcome, TradeId
from messages.orders import Order
from messages.units import Price, complement


def fill_id(trade: VenueTrade, part: OwnPart) -> TradeId:
    """The same whoever tells of the trade, and however often."""
    return TradeId(f"{trade.trade}:{part.venue_order}:{part.price}")


def trade_of(fill: TradeId) -> TradeId:
    """The venue's own name of the trade that a fill is a part of."""
    return TradeId(fill.split(":", 1)[0])


def fill_of(trade: VenueTrade, part: OwnPart, order: Order, middle: Price | None) -> Fill:
    """`middle` is that of the market at the time, in YES terms; where nobody knows it, the fill was worth its price."""
    price_of_yes = part.price if part.outcome is Outcome.YES else complement(part.price)
    return Fill(
        trade=fill_id(trade, part),
        order=order.order,
        strategy=order.strategy,
        market=part.market,
        outcome=part.outcome,
        side=part.side,
        price=part.price,
        size=part.size,
        fee=part.fee,
        liquidity=part.liquidity,
        middle=price_of_yes if middle is None else middle,
        at_ns=trade.matched_ns,
        provisional=trade.status is not VenueTradeStatus.CONFIRMED,
    )
