"""The two amounts of an order, exactly as the venue's newest client rounds them (polymarket_wire.md 5.4).

A size, or a market order's amount, is cut to whole hundredths. What that costs at a price on the grid is a whole number
of the tick's decimals, so that a limit order is never rounded. What a market BUY wants for its cash is cut to the
tick's decimals and two: its signed price is a little above the one that was meant, never below, where it could not take
what rests at that price. The client rounds up by four more decimals first, which never changes anything: a quotient by
a price of at most four decimals cannot be that close below a whole.
"""

from attrs import frozen

from messages.identity import Side
from messages.units import (
    CASH_SCALE,
    ONE,
    PRICE_SCALE,
    Cash,
    Price,
    Shares,
    TickSize,
    format_price,
    proceeds,
    whole_lots,
)

_SIZE_DECIMALS = 2


class BadAmounts(ValueError):
    """No order can be made of these numbers."""


@frozen
class OrderAmounts:
    """What the maker gives and gets, in base units: millionths of a share or of a dollar."""

    maker: int
    taker: int


def limit_amounts(side: Side, price: Price, size: Shares, tick_size: TickSize) -> OrderAmounts:
    """Of an order that may rest. Raises `BadAmounts` for a price that is not on the grid, or a size of no lot."""
    _demand_on_grid(price, tick_size)
    shares = whole_lots(size)
    _demand_something(shares)
    cash = proceeds(price, shares)
    return OrderAmounts(cash, shares) if side is Side.BUY else OrderAmounts(shares, cash)


def market_buy_amounts(worst_price: Price, budget: Cash, tick_size: TickSize) -> OrderAmounts:
    """Of a FOK or FAK that spends `budget` (without fees) at `worst_price` or better. Raises `BadAmounts`, also where
    rounding a very small order would sign a price at which something dearer can be bought."""
    _demand_on_grid(worst_price, tick_size)
    cash = whole_lots(Shares(budget))
    _demand_something(cash)
    wanted = cash * PRICE_SCALE // worst_price
    shares = wanted - wanted % _unit(tick_size)
    # The grid may become the finest one after this was signed.
    if cash * PRICE_SCALE >= shares * (worst_price + 1):
        raise BadAmounts(f"{budget} millionths are too few to be rounded at {format_price(worst_price)}")
    return OrderAmounts(cash, shares)


def market_sell_amounts(worst_price: Price, size: Shares, tick_size: TickSize) -> OrderAmounts:
    """Of a FOK or FAK that sells `size` at `worst_price` or better: the same as a limit order's."""
    return limit_amounts(Side.SELL, worst_price, size, tick_size)


def _demand_on_grid(price: Price, tick_size: TickSize) -> None:
    if price % tick_size or not tick_size <= price <= ONE - tick_size:
        tick = format_price(Price(tick_size))
        raise BadAmounts(f"a price of {format_price(price)} is not on the grid of {tick} between 0 and 1")


def _demand_something(lots: Shares) -> None:
    if lots <= 0:
        raise BadAmounts("less than a hundredth is nothing")


def _unit(tick_size: TickSize) -> int:
    """The smallest amount with two decimals more than prices on the grid have, in base units."""
    decimals = len(format_price(Price(tick_size))) - len("0.") + _SIZE_DECIMALS
    unit: int = CASH_SCALE // 10**decimals
    return unit
