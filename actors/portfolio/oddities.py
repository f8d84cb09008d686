"""What is strange about a fill: told, never a reason not to book it where money moved."""

from actors.portfolio.booking import Irregularity, Oddity
from messages.fills import Fill
from messages.identity import Side
from messages.markets import FeeSchedule
from messages.orders import Order, OrderChanged, OrderState
from messages.units import LOT, ONE, Cash, format_cash, format_price, format_shares


def oddities(fill: Fill, order: OrderChanged | None, fees: FeeSchedule) -> tuple[Irregularity, ...]:
    """Everything about the fill that its order, as it was before, and the market's fees do not explain."""
    if order is None:
        return (Irregularity(Oddity.UNKNOWN_ORDER, text_of(fill)),)
    if not is_of(fill, order.order):
        return (Irregularity(Oddity.ANOTHER_ORDER, text_of(fill)),)
    table = (
        (Oddity.AFTER_THE_END, order.state.is_final and order.state is not OrderState.FILLED),
        (Oddity.OVERFILL, order.filled + fill.size > order.order.size),
        (Oddity.BEYOND_LIMIT, _is_beyond(fill, order.order)),
        (Oddity.FEE, fill.fee > 0 and fill.fee > _worst_fee(fill, order.order, fees)),
        (Oddity.NO_WHOLE_LOTS, fill.size % LOT != 0),
    )
    return tuple(Irregularity(oddity, f"{text_of(fill)}; {_text_of(order)}") for oddity, is_so in table if is_so)


def is_of(fill: Fill, order: Order) -> bool:
    """Whether the fill can be one of this order."""
    named = (fill.strategy, fill.market, fill.outcome, fill.side)
    return named == (order.strategy, order.market, order.outcome, order.side)


def is_same_trade(one: Fill, other: Fill) -> bool:
    """Whether two fills of one trade id say the same; fee, middle and time may differ by where it was heard."""
    told = (other.order, other.market, other.outcome, other.side, other.price, other.size)
    return (one.order, one.market, one.outcome, one.side, one.price, one.size) == told


def can_be(fill: Fill) -> bool:
    """Whether the fill is one at all: more than nothing, at a price from 0 to 1."""
    return fill.size > 0 and 0 <= fill.price <= ONE and 0 <= fill.middle <= ONE


def text_of(fill: Fill) -> str:
    what = f"{fill.side.value} {format_shares(fill.size)} {fill.outcome.value} at {format_price(fill.price)}"
    return f"trade {fill.trade} of order {fill.order}, {what} for a fee of {format_cash(fill.fee)}"


def _text_of(order: OrderChanged) -> str:
    filled, size = format_shares(order.filled), format_shares(order.order.size)
    return f"before it was {order.state.value}, {filled} filled of {size}, limit {format_price(order.order.price)}"


def _worst_fee(fill: Fill, order: Order, fees: FeeSchedule) -> Cash:
    return Cash(0) if order.post_only else fees.taker_fee(fill.price, fill.size)


def _is_beyond(fill: Fill, order: Order) -> bool:
    return fill.price > order.price if order.side is Side.BUY else fill.price < order.price
