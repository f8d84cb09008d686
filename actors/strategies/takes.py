"""What taking costs and brings: fees to the worst, prices on the tick, sizes that the venue takes."""

import math

from attrs import Attribute

from actors.portfolio.reserve import worst_taker_fee
from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.markets import FeeSchedule, Market
from messages.units import CASH_SCALE, LOT, ONE, PRICE_SCALE, Cash, Price, Shares, notional, proceeds

LEAST_TAKEN = Cash(CASH_SCALE)
"""What a BUY that takes has to amount to (reference polymarket.md, 3.1)."""

_CENTS = 10**8
_HUNDREDTHS_OF_A_CENT = 10**6
"""Price units times micro-shares that make one."""


def ask_on_tick(snapshot: Snapshot, outcome: Outcome) -> Price | None:
    """The limit that takes the best ask; None where nobody offers below 1. The book's grid may be finer than the
    tick."""
    tick = snapshot.tick_size
    price = -(-snapshot.best_ask_of(outcome) // tick) * tick
    return Price(price) if 0 < price < ONE else None


def bid_on_tick(snapshot: Snapshot, outcome: Outcome) -> Price | None:
    """The limit that takes the best bid; None where nobody bids a tick."""
    tick = snapshot.tick_size
    price = snapshot.bids(outcome).best // tick * tick
    return Price(price) if 0 < price < ONE else None


def cost_of_buying(fees: FeeSchedule, price: Price, size: Shares) -> Cash:
    """The most that taking `size` at `price` or better costs."""
    return Cash(notional(price, size) + worst_taker_fee(fees, price, size))


def gain_of_selling(fees: FeeSchedule, price: Price, size: Shares) -> Cash:
    """The least that selling `size` at `price` or better brings."""
    return Cash(proceeds(price, size) - worst_taker_fee(fees, price, size))


def per_share(amount: int, size: Shares) -> int:
    """An amount for `size` as price units a share, rounded down."""
    return amount * PRICE_SCALE // size


def bought_at_once(size: Shares, *prices: Price) -> Shares:
    """`size`, cut to what costs whole cents at each price: a BUY that takes is signed for an amount of cents
    (reference polymarket.md, 3.2)."""
    return Shares(size - size % _bought_step(*prices))


def sold_at_once(size: Shares, *prices: Price) -> Shares:
    """`size`, cut to what brings four decimals at most at each price."""
    step = math.lcm(LOT, *(_HUNDREDTHS_OF_A_CENT // math.gcd(price, _HUNDREDTHS_OF_A_CENT) for price in prices))
    return Shares(size - size % step)


def least_bought(market: Market, *prices: Price) -> Shares:
    """The least that can be bought at once at each of the prices."""
    step = _bought_step(*prices)
    least = max(market.minimum_size, *(-(-LEAST_TAKEN * PRICE_SCALE // price) for price in prices))
    return Shares(-(-least // step) * step)


def whole_lots_only(_: object, attribute: "Attribute[Shares]", size: Shares) -> None:
    """A validator. Raises `ValueError`."""
    if size <= 0 or size % LOT:
        raise ValueError(f"{attribute.name} has to be of whole hundredths of a share, and more than none")


def _bought_step(*prices: Price) -> int:
    return math.lcm(LOT, *(_CENTS // math.gcd(price, _CENTS) for price in prices))
