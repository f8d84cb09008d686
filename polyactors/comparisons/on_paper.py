"""A plan of orders through the paper venue."""

from collections import Counter, deque
from collections.abc import Sequence
from functools import partial

from actors.execution.paper.queue_position import CancelModel
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from messages.identity import IntentId, OrderId, Side, StrategyName
from messages.intents import SnapshotId, TimeInForce
from messages.market_data import Snapshot
from messages.orders import Executed, Order, VenueEvent
from messages.units import CASH_SCALE, Cash, Shares
from polyactors.comparisons.errands import errands
from polyactors.comparisons.market_history import MarketHistory
from polyactors.comparisons.order_plan import PlannedOrder
from polyactors.comparisons.outcome_of_orders import OrdersOutcome

ENOUGH = Cash(10**12 * CASH_SCALE)


def on_paper(
    history: MarketHistory, orders: Sequence[PlannedOrder], latency_ns: int, model: CancelModel
) -> OrdersOutcome:
    """What the paper venue fills of `orders`, where the queue follows `model`."""
    settings = PaperSettings(ENOUGH, latency_ns, latency_ns, cancel_model=model)
    venue = PaperVenue(settings, [history.market])
    numbers = {_order(history, planned).order: planned.number for planned in orders}
    moments: set[tuple[OrderId, int]] = set()
    filled: Counter[int] = Counter()

    def note(events: tuple[VenueEvent, ...]) -> None:
        for event in events:
            if isinstance(event, Executed):
                moments.add((event.fill.order, event.fill.at_ns))
                filled[numbers[event.fill.order]] += event.fill.size

    waiting = deque(errands(orders))
    for seen in history.seen:
        while waiting and waiting[0].at_ns <= seen.received_ns:
            errand = waiting.popleft()
            order = _order(history, errand.order)
            send = partial(venue.submit, order) if errand.is_new else partial(venue.withdraw, order.order)
            note(send(errand.at_ns))
        if isinstance(seen, Snapshot):
            note(venue.snapshot(seen, seen.received_ns))
        else:
            note(venue.trade(seen, seen.received_ns))
    return OrdersOutcome(len(moments), {number: Shares(size) for number, size in filled.items()})


def _order(history: MarketHistory, planned: PlannedOrder) -> Order:
    return Order(
        order=OrderId(f"{planned.number}"),
        intent=IntentId(f"{planned.number}"),
        strategy=StrategyName("comparison"),
        market=history.market.market,
        outcome=planned.outcome,
        side=Side.BUY,
        price=planned.price,
        size=planned.size,
        time_in_force=TimeInForce.GTC,
        post_only=True,
        expires_ns=0,
        fencing=1,
        snapshot=SnapshotId(1, 1),
        rationale="",
        written_ns=planned.sent_ns,
    )
