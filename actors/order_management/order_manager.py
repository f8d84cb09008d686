"""From what should rest to the fewest cancels and places that get there.

What is asked for instead of an order on the same side replaces it: it hands over what is reserved for it, and execution
sends the new one when the old one has ended. Everywhere else the cancel comes first, and the place once the cancel is
confirmed: what the old order reserves is never needed twice, and both can never fill. So `plan` is asked again whenever
something was heard of an order.
"""

from collections.abc import Sequence

from attrs import frozen

from actors.order_management.desired import Desired, Funds, Stage, WorkingOrder
from actors.order_management.keeping import keep
from actors.order_management.mutation_budget import MutationBudget
from actors.order_management.settings import OrderManagerSettings, time_to_live_ns
from messages.identity import OrderId, Outcome
from messages.units import Price, Shares, TickSize, format_price

LARGEST_BATCH = 15
"""The venue's limit on orders in one call (reference polymarket.md, 2.3)."""


@frozen
class PlaceOrder:
    """`replaces` is the order whose place it takes: that one is cancelled by this, so that it is among no cancels."""

    wanted: Desired
    time_to_live_ns: int
    replaces: OrderId | None = None


@frozen
class CancelOrder:
    """`is_urgent`: it does not wait for the cooldown."""

    order: OrderId
    reason: str
    is_urgent: bool


@frozen
class MarketNow:
    """When and on what grid is planned; `end_ns` is when the market closes, None where that is not known."""

    tick_size: TickSize
    now_ns: int
    end_ns: int | None = None


@frozen
class Plan:
    """`look_again_ns` is when more may be done that was held back now; None if only news can change anything."""

    cancels: tuple[CancelOrder, ...]
    places: tuple[PlaceOrder, ...]
    budget: MutationBudget
    look_again_ns: int | None = None


def plan(
    desired: Sequence[Desired],
    orders: Sequence[WorkingOrder],
    market: MarketNow,
    budget: MutationBudget,
    settings: OrderManagerSettings,
    funds: Funds | None = None,
) -> Plan:
    """What to do now, cancels before places, at most `LARGEST_BATCH` of both together and within `budget`.

    | an order                                              | action                                         |
    |-------------------------------------------------------|------------------------------------------------|
    | asked for, or ending                                  | wait for the answer                            |
    | not wanted, too many, off the tick, at a loss         | cancel, at once                                |
    | about where it should be, or too young to be replaced | keep it                                        |
    | elsewhere                                             | replace it or cancel it, after the cooldown    |

    | what is wanted and no order stands in for             | action                                         |
    |-------------------------------------------------------|------------------------------------------------|
    | an order elsewhere on the same side of the same token | replace that, if with what that one counts and |
    | that may be replaced                                  | reserves the next two rows would not say wait  |
    | while orders that may still fill make up the whole    | wait                                           |
    | wanted exposure or number on its side                 |                                                |
    | without the cash or the shares free for it            | wait                                           |
    | otherwise                                             | place, after the cooldown                      |

    Earlier ones in `desired` come first. A place leaves room in the budget for the cancel that it may need, and one
    that replaces an order counts as a cancel and a place. `funds` None means that they are not known, and the governor
    will judge.
    """
    now_ns, tick_size = market.now_ns, market.tick_size
    wanted = [each for each in (one.on_grid(tick_size) for one in desired) if each is not None]
    kept = keep(wanted, orders, tick_size, now_ns, settings)
    cancels = sorted(_cancels(wanted, orders, kept, market), key=lambda each: not each.is_urgent)
    missing = [each for which, each in enumerate(wanted) if which not in kept.values()]
    life_ns = time_to_live_ns(now_ns, market.end_ns, settings)
    allowance = _Allowance(wanted, orders, funds)
    places = [which for which, each in enumerate(missing) if life_ns is not None and allowance.take(each)]
    if not cancels and not places:
        return Plan((), (), budget)

    cooled_ns = budget.cooled_ns(settings.cooldown_ns, now_ns)
    is_cool = cooled_ns <= now_ns
    left = budget.left(settings.mutations_per_second, now_ns)
    ready = [each for each in cancels if is_cool or each.is_urgent]
    cancelled = ready[: min(left, LARGEST_BATCH)]
    placed: list[PlaceOrder] = []
    if is_cool and life_ns is not None:
        most = max(0, min(left - len(cancelled) - 1, LARGEST_BATCH - len(cancelled)))
        instead = _instead(missing, places, _leaving(cancelled, orders), allowance)
        placed = [PlaceOrder(missing[which], life_ns, replaced) for which, replaced in instead][:most]
    replaced = {each.replaces for each in placed if each.replaces is not None}
    after = budget.spent(len(cancelled) + len(placed), now_ns)
    is_all = len(cancelled) == len(cancels) and len(placed) - len(replaced) == len(places)
    is_pressing = any(each.is_urgent and each not in cancelled for each in cancels)
    return Plan(
        tuple(each for each in cancelled if each.order not in replaced),
        tuple(placed),
        after,
        None if is_all else _look_again_ns(after, now_ns, is_pressing, settings),
    )


def _leaving(cancelled: Sequence[CancelOrder], orders: Sequence[WorkingOrder]) -> list[WorkingOrder]:
    """Those that may hand over what is reserved for them. What is urgent does not wait for a place to be allowed."""
    names = {each.order for each in cancelled if not each.is_urgent}
    return [each for each in orders if each.may_be_replaced and each.order in names]


def _instead(
    missing: Sequence[Desired], places: Sequence[int], leaving: list[WorkingOrder], allowance: "_Allowance"
) -> list[tuple[int, OrderId | None]]:
    """The indices in `missing` of those that can be placed, and the order that each replaces."""
    found: list[tuple[int, OrderId | None]] = []
    for which, each in enumerate(missing):
        replaced = None if which in places else allowance.take_instead(each, leaving)
        if which in places or replaced is not None:
            found.append((which, replaced))
    return found


def _look_again_ns(budget: MutationBudget, now_ns: int, is_pressing: bool, settings: OrderManagerSettings) -> int:
    """When what was held back may be done: by the cooldown, unless it is pressing, and by the budget."""
    at_ns = now_ns if is_pressing else budget.cooled_ns(settings.cooldown_ns, now_ns)
    least = 1 if is_pressing else 2
    has_room = budget.left(settings.mutations_per_second, now_ns) >= least
    return at_ns if has_room else max(at_ns, budget.more_ns(now_ns))


def _cancels(
    wanted: Sequence[Desired], orders: Sequence[WorkingOrder], kept: dict[int, int], market: MarketNow
) -> list[CancelOrder]:
    cancels = []
    for number, order in enumerate(orders):
        if number in kept or order.order is None or order.stage_at(market.now_ns) is not Stage.RESTING:
            continue
        reason = _why_at_once(order, wanted, kept, market.tick_size)
        cancels.append(CancelOrder(order.order, reason or "it should rest elsewhere", reason is not None))
    return cancels


def _why_at_once(
    order: WorkingOrder, wanted: Sequence[Desired], kept: dict[int, int], tick_size: TickSize
) -> str | None:
    """None where it does no harm to let the order rest a little longer."""
    alike = {which for which, each in enumerate(wanted) if (each.outcome, each.side) == (order.outcome, order.side)}
    if not alike:
        return "nothing is wanted here"
    if order.price % tick_size:
        return f"it is off the tick of {format_price(Price(tick_size))}"
    if all(wanted[which].forbids(order.price) for which in alike):
        return f"{format_price(order.price)} is worse than {format_price(wanted[min(alike)].worst_price)}"
    if all(order.remaining > wanted[which].size for which in alike):
        return "it is larger than what is wanted"
    return "there are more orders than wanted" if alike <= set(kept.values()) else None


class _Allowance:
    """The room and the money for new orders, counting each order that may still fill, and nothing that a cancel will
    set free."""

    def __init__(self, wanted: Sequence[Desired], orders: Sequence[WorkingOrder], funds: Funds | None) -> None:
        self._rooms = {gains: _Room(gains, wanted, orders) for gains in Outcome}
        self._funds = funds

    def take(self, wanted: Desired) -> bool:
        """Whether there is enough of both; then it is taken."""
        order = (wanted.outcome, wanted.side, wanted.price, wanted.size)
        room = self._rooms[wanted.gains]
        if not room.holds(wanted.size) or not (self._funds is None or self._funds.pays(*order)):
            return False
        room.fill(wanted.size)
        self._funds = self._funds and self._funds.without(*order)
        return True

    def take_instead(self, wanted: Desired, leaving: list[WorkingOrder]) -> OrderId | None:
        """The one of `leaving` with which there is enough; it is taken out of them. What it hands over and is not
        needed is free for others only when it has ended."""
        room, funds = self._rooms[wanted.gains], self._funds
        order = (wanted.outcome, wanted.side, wanted.price, wanted.size)
        for each in leaving:
            if (each.outcome, each.side) != (wanted.outcome, wanted.side):
                continue
            free = funds and funds.instead_of(each)
            if (free is None or free.pays(*order)) and room.exchange(each.remaining, wanted.size):
                self._funds = funds and free and free.without(*order).at_most(funds)
                leaving.remove(each)
                return each.order
        return None


class _Room:
    """What may be added to one side, in orders and in shares, so that both stay within all that is wanted there."""

    def __init__(self, gains: Outcome, wanted: Sequence[Desired], orders: Sequence[WorkingOrder]) -> None:
        alive = [each.remaining for each in orders if each.gains is gains]
        sizes = [each.size for each in wanted if each.gains is gains]
        self._orders = len(sizes) - len(alive)
        self._shares = sum(sizes) - sum(alive)

    def holds(self, size: Shares) -> bool:
        return self._orders >= 1 and self._shares >= size

    def fill(self, size: Shares) -> None:
        self._orders -= 1
        self._shares -= size

    def exchange(self, remaining: Shares, size: Shares) -> bool:
        """Whether an order may take the place of another, of which so much remains; then its room is taken."""
        after = self._shares + remaining - size
        if self._orders < 0 or after < 0:
            return False
        self._shares = min(self._shares, after)
        return True
