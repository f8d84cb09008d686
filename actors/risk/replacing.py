"""An order that takes the place of another is judged as if that one had ended: on the difference alone."""

from attrs import evolve

from actors.risk.reservations import PendingReservations, handed_over, open_order
from messages.intents import Place
from messages.markets import FeeSchedule
from messages.orders import OrderChanged
from messages.portfolio import PortfolioView
from messages.units import Cash, Shares


def replaceable(place: Place, view: PortfolioView, pending: PendingReservations) -> OrderChanged | str:
    """The open order that `place` names, or why it cannot be replaced by it."""
    if place.replaces is None:
        return "it replaces nothing"
    changed = open_order(view.market(place.market), place.replaces)
    if changed is None:
        return f"{place.replaces} is not open"
    order = changed.order
    if (order.strategy, order.outcome, order.side) != (place.strategy, place.outcome, place.side):
        return f"{place.replaces} is not on the same side of {place.strategy}"
    if pending.is_being_replaced(place.replaces):
        return f"{place.replaces} is being replaced already"
    return changed


def without(view: PortfolioView, changed: OrderChanged, place: Place, fees: FeeSchedule) -> PortfolioView:
    """The account as if an order that is open in it had ended and left `place` all that it will for certain."""
    free = handed_over(place, changed, fees)
    markets = tuple(
        evolve(
            each,
            open_orders=tuple(one for one in each.open_orders if one.order.order != changed.order.order),
            reserved_cash=Cash(each.reserved_cash - free.cash),
            reserved_yes=Shares(each.reserved_yes - free.yes),
            reserved_no=Shares(each.reserved_no - free.no),
        )
        if each.market == changed.order.market
        else each
        for each in view.markets
    )
    wallet = evolve(view.wallet, reserved=Cash(view.wallet.reserved - free.cash))
    return evolve(view, wallet=wallet, markets=markets)
