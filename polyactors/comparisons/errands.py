"""When what is sent of a plan: its orders and their cancels, in the order of time."""

from collections.abc import Iterable

from attrs import frozen

from polyactors.comparisons.order_plan import PlannedOrder


@frozen
class Errand:
    """An order is sent if `is_new`, and cancelled otherwise."""

    at_ns: int
    is_new: bool
    order: PlannedOrder


def errands(orders: Iterable[PlannedOrder]) -> list[Errand]:
    """Of what is sent at one time, cancels first."""
    found = [
        errand
        for order in orders
        for errand in (Errand(order.sent_ns, True, order), Errand(order.cancelled_ns, False, order))
    ]
    return sorted(found, key=lambda errand: (errand.at_ns, errand.is_new, errand.order.number))
