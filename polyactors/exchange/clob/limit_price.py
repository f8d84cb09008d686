"""Price, size and budget of an order from its two amounts (polymarket_wire.md 5.4).

A limit order's amounts are exact: whole hundredths of a share, and what they cost at its price. A market order (FOK,
FAK) has a rounded price: what it buys for, or sells, is in whole hundredths, and the other amount was cut to the
decimals of the tick, always so that the signed ratio is a little worse for the signer than what was meant. The texts
are those that the venue's clients report of it.
"""

from attrs import frozen

from messages.identity import Side
from messages.units import (
    CASH_SCALE,
    LARGEST_SHARES,
    LOT,
    PRICE_SCALE,
    Cash,
    Price,
    Shares,
    TickSize,
    format_cash,
    format_price,
    format_shares,
    notional,
)
from polyactors.exchange.admission import BAD_PAYLOAD, BAD_REQUEST
from polyactors.exchange.words import OrderType, Refused

_LARGEST_CASH = Cash(LARGEST_SHARES)
_SIZE_DECIMALS = 2
_MARKET_DECIMALS = 4


@frozen
class Terms:
    """What the amounts of an order mean. `budget` is what a FOK or FAK BUY offers, without fees."""

    price: Price
    size: Shares
    budget: Cash | None = None


def order_terms(
    side: Side,
    maker_amount: int,
    taker_amount: int,
    order_type: OrderType,
    tick_size: TickSize,
    *,
    strict_market_decimals: bool = False,
) -> Terms | Refused:
    """Amounts in base units; whether the price is on the grid is not looked at for limit orders.

    `strict_market_decimals` allows market orders four decimals whatever the tick, as the venue was seen to do; its own
    clients write more than that where the tick is finer than 0.01.
    """
    cash, shares = (maker_amount, taker_amount) if side is Side.BUY else (taker_amount, maker_amount)
    if not (0 < cash <= _LARGEST_CASH and 0 < shares <= LARGEST_SHARES):
        return BAD_PAYLOAD
    if order_type.rests:
        return _limit_terms(side, Cash(cash), Shares(shares), tick_size)
    decimals = _MARKET_DECIMALS if strict_market_decimals else max(amount_decimals(tick_size), _MARKET_DECIMALS)
    return _market_terms(side, Cash(cash), Shares(shares), tick_size, decimals)


def amount_decimals(tick_size: TickSize) -> int:
    """The decimals of what whole hundredths of a share cost: 4 for a tick of 0.01, 6 for one of 0.0025."""
    return _price_decimals(tick_size) + _SIZE_DECIMALS


def _limit_terms(side: Side, cash: Cash, shares: Shares, tick_size: TickSize) -> Terms | Refused:
    if shares % LOT:
        return _too_accurate(side, "", amount_decimals(tick_size))
    price, rest = divmod(cash * PRICE_SCALE, shares)
    return _wrong_amount(side, cash, shares, tick_size) if rest else Terms(Price(price), shares)


def _market_terms(side: Side, cash: Cash, shares: Shares, tick_size: TickSize, decimals: int) -> Terms | Refused:
    """The price is the worst one on the grid that is within the signed ratio."""
    given, wanted = (cash, shares) if side is Side.BUY else (shares, cash)
    if given % LOT or wanted % _unit(decimals):
        return _too_accurate(side, "market ", decimals)
    scaled, grid = cash * PRICE_SCALE, shares * tick_size
    if side is Side.BUY:
        return Terms(Price(scaled // grid * tick_size), shares, cash)
    return Terms(Price(-(-scaled // grid) * tick_size), shares)


def _too_accurate(side: Side, kind: str, decimals: int) -> Refused:
    is_market_buy = side is Side.BUY and kind != ""
    maker, taker = (decimals, _SIZE_DECIMALS) if side is Side.BUY and not is_market_buy else (_SIZE_DECIMALS, decimals)
    text = f"maker amount supports a max accuracy of {maker} decimals, taker amount a max of {taker} decimals"
    return Refused(BAD_REQUEST, f"invalid amounts, the {kind}{side.value.lower()} orders {text}")


def _wrong_amount(side: Side, cash: Cash, shares: Shares, tick_size: TickSize) -> Refused:
    """The amounts are of no price that can be written: most likely they were rounded by another rule."""
    step: int = PRICE_SCALE // 10 ** _price_decimals(tick_size)
    price = Price((2 * cash * PRICE_SCALE + shares * step) // (2 * shares * step) * step)
    which = "maker" if side is Side.BUY else "taker"
    return Refused(
        BAD_REQUEST,
        f"invalid amounts, the {which} amount for a ${format_price(price)} order of size {format_shares(shares)} "
        f"should be '{format_cash(notional(price, shares))}' but the value submited is '{format_cash(cash)}'.",
    )


def _price_decimals(tick_size: TickSize) -> int:
    return len(format_price(Price(tick_size))) - len("0.")


def _unit(decimals: int) -> int:
    """The smallest amount of so many decimals, in base units."""
    unit: int = CASH_SCALE // 10**decimals
    return unit
