"""How much resting orders earn of a market's liquidity rewards (polymarket.md 4.3), in whole numbers throughout.

An order that bids YES, or offers NO, stands on the first side of the market; the others on the second. Its score is
((v - s) / v)^2 times its size, v the widest spread that counts and s its distance from the middle. All scores of a
market are in the same unit, so that only their shares mean something.
"""

from collections.abc import Iterable, Mapping

from attrs import frozen

from messages.identity import Outcome, Side
from messages.units import NANOSECONDS_PER_SECOND, PRICE_SCALE, Price, complement
from polyactors.exchange.words import OrderView, RewardTerms, Wallet

ONE_SIDE_COUNTS = 3
"""Near the middle one side alone earns a third; towards the ends it earns nothing."""

YOUNGEST_NS = 7 * NANOSECONDS_PER_SECOND // 2
"""An order that came later than that before the sample does not count yet."""

_LOWEST_DOUBLED, _HIGHEST_DOUBLED = 2 * PRICE_SCALE // 10, 2 * PRICE_SCALE * 9 // 10


@frozen
class Scored:
    """An order in terms of YES. `is_first` is its side."""

    wallet: Wallet
    is_first: bool
    price: Price
    size: int


def counted(orders: Iterable[OrderView], terms: RewardTerms, now_ns: int) -> list[Scored]:
    """The orders that are large and old enough. Source of the age: polymarket.md 4.3."""
    return [
        scored(view)
        for view in orders
        if view.remaining >= terms.minimum_size and view.created_ns + YOUNGEST_NS <= now_ns
    ]


def scored(view: OrderView) -> Scored:
    order = view.order
    is_yes = order.outcome is Outcome.YES
    price = order.price if is_yes else complement(order.price)
    return Scored(order.wallet, is_yes is (order.side is Side.BUY), price, view.remaining)


def doubled_middle(orders: Iterable[Scored]) -> int | None:
    """Twice the middle of the best orders that count, in price units; None if one side has none."""
    bid, ask = 0, PRICE_SCALE
    for order in orders:
        if order.is_first:
            bid = max(bid, order.price)
        else:
            ask = min(ask, order.price)
    return bid + ask if bid > 0 and ask < PRICE_SCALE else None


def score(order: Scored, middle: int, terms: RewardTerms) -> int:
    """0 for an order that is not nearer than the widest spread. `middle` is the doubled one."""
    distance = abs(2 * order.price - middle)
    room = 2 * terms.maximum_spread - distance
    return room * room * order.size if room > 0 else 0


def wallet_scores(orders: Iterable[Scored], terms: RewardTerms) -> Mapping[Wallet, int]:
    """What each wallet has in this sample; wallets that earn nothing are left out."""
    among = tuple(orders)
    middle = doubled_middle(among)
    if middle is None:
        return {}
    sides: dict[Wallet, list[int]] = {}
    for order in among:
        found = score(order, middle, terms)
        if found:
            sides.setdefault(order.wallet, [0, 0])[0 if order.is_first else 1] += found
    is_central = _LOWEST_DOUBLED <= middle <= _HIGHEST_DOUBLED
    earned = {wallet: _of_both(first, second, is_central) for wallet, (first, second) in sides.items()}
    return {wallet: found for wallet, found in earned.items() if found}


def _of_both(first: int, second: int, is_central: bool) -> int:
    """In thirds, so that nothing is rounded."""
    both = ONE_SIDE_COUNTS * min(first, second)
    return max(both, first, second) if is_central else both
