"""Which orders stay: as many as can stand in for something that is wanted, for each spares a cancel and a place."""

from collections.abc import Sequence

from actors.order_management.desired import Desired, Stage, WorkingOrder
from actors.order_management.settings import OrderManagerSettings
from messages.units import TickSize


def can_stay(
    order: WorkingOrder, wanted: Desired, tick_size: TickSize, now_ns: int, settings: OrderManagerSettings
) -> bool:
    """Whether `order` may rest in the place of `wanted`, which is on the grid.

    another token or side, off the tick, at a price that `wanted` forbids, or too large  -> no
    too young to be replaced                                                            -> yes
    `replace_min_ticks` away, or too small                                              -> no
    """
    if (order.outcome, order.side) != (wanted.outcome, wanted.side) or order.price % tick_size:
        return False
    if wanted.forbids(order.price) or order.remaining > wanted.size:
        return False
    if order.stage is Stage.ASKED or now_ns - order.since_ns < settings.replace_min_age_ns:
        return True
    is_near = abs(order.price - wanted.price) < settings.replace_min_ticks * tick_size
    return is_near and order.remaining * 100 >= settings.replace_min_size_percent * wanted.size


def keep(
    desired: Sequence[Desired],
    orders: Sequence[WorkingOrder],
    tick_size: TickSize,
    now_ns: int,
    settings: OrderManagerSettings,
) -> dict[int, int]:
    """The index in `orders` of each order that stays -> the index in `desired` of what it stands in for.

    As many as possible (a maximum matching, by augmenting paths), the nearer in price first. Orders that are ending do
    not stay.
    """
    choices = {
        number: _nearest_first(order, desired, tick_size, now_ns, settings)
        for number, order in enumerate(orders)
        if order.stage_at(now_ns) is not Stage.ENDING
    }
    taken: dict[int, int] = {}
    distances = {number: abs(desired[each[0]].price - orders[number].price) for number, each in choices.items() if each}
    for number in sorted(distances, key=distances.__getitem__):
        _take(number, choices, taken, set())
    return {number: which for which, number in taken.items()}


def _nearest_first(
    order: WorkingOrder,
    desired: Sequence[Desired],
    tick_size: TickSize,
    now_ns: int,
    settings: OrderManagerSettings,
) -> list[int]:
    """The indices of those in whose place the order may stay."""
    possible = [which for which, each in enumerate(desired) if can_stay(order, each, tick_size, now_ns, settings)]
    return sorted(possible, key=lambda which: abs(desired[which].price - order.price))


def _take(number: int, choices: dict[int, list[int]], taken: dict[int, int], seen: set[int]) -> bool:
    """Find a place for an order, free ones first, then those whose order can move to another."""
    for which in choices[number]:
        if which not in taken:
            taken[which] = number
            return True
    for which in choices[number]:
        if which not in seen:
            seen.add(which)
            if _take(taken[which], choices, taken, seen):
                taken[which] = number
                return True
    return False
