"""What the journal says that each strategy did in each market."""

import re
from collections import Counter
from collections.abc import Iterable

from attrs import Factory, define

from messages.fills import Fill
from messages.identity import MarketId, OrderId, Side, StrategyName
from messages.intents import Cancel, Flatten, IntentRefused, Place
from messages.orders import Order, OrderMoved, OrderState
from messages.units import Shares
from polyactors.summary.document import Activity

Owner = tuple[StrategyName, MarketId]


@define
class Tally:
    """The growing form of an `Activity`."""

    intents: int = 0
    place_intents: int = 0
    orders: int = 0
    cancels: int = 0
    expired: int = 0
    refused: Counter[str] = Factory(Counter)
    rejected: Counter[str] = Factory(Counter)
    fills: int = 0
    bought: int = 0
    sold: int = 0

    def activity(self) -> Activity:
        return Activity(
            self.intents,
            self.place_intents,
            self.orders,
            self.cancels,
            self.expired,
            dict(sorted(self.refused.items())),
            dict(sorted(self.rejected.items())),
            self.fills,
            Shares(self.bought),
            Shares(self.sold),
        )


def tallies(records: Iterable[object]) -> dict[Owner, Tally]:
    """A tally for each strategy and market that the journal's records name."""
    found: dict[Owner, Tally] = {}
    orders: dict[OrderId, Order] = {}

    def of(strategy: StrategyName, market: MarketId) -> Tally:
        return found.setdefault((strategy, market), Tally())

    for record in records:
        match record:
            case Place() | Cancel() | Flatten():
                tally = of(record.strategy, record.market)
                tally.intents += 1
                tally.place_intents += isinstance(record, Place)
            case IntentRefused():
                reason = f"{record.gate.value}: {record.refusal.value}"
                of(record.strategy, record.market).refused[reason] += 1
            case Order():
                orders[record.order] = record
                of(record.strategy, record.market).orders += 1
            case OrderMoved() if record.order in orders:
                order = orders[record.order]
                _moved(of(order.strategy, order.market), record)
            case Fill():
                tally = of(record.strategy, record.market)
                tally.fills += 1
                tally.bought += record.size if record.side is Side.BUY else 0
                tally.sold += record.size if record.side is Side.SELL else 0
    return found


def added(several: Iterable[Tally]) -> Tally:
    """All of them as one."""
    total = Tally()
    for each in several:
        total.intents += each.intents
        total.place_intents += each.place_intents
        total.orders += each.orders
        total.cancels += each.cancels
        total.expired += each.expired
        total.refused += each.refused
        total.rejected += each.rejected
        total.fills += each.fills
        total.bought += each.bought
        total.sold += each.sold
    return total


def without_particulars(text: str) -> str:
    """A venue's reject without the order's id and amounts, so that equal reasons count as one."""
    text = re.sub(r"^order \S+ is invalid\.", "order is invalid.", text)
    text = re.sub(r" \([^)]*\)", "", text)
    return re.sub(r": [0-9.$]+", "", text)


def _moved(tally: Tally, moved: OrderMoved) -> None:
    match moved.state:
        case OrderState.REJECTED:
            tally.rejected[without_particulars(moved.reason)] += 1
        case OrderState.CANCELLED:
            tally.cancels += 1
        case OrderState.EXPIRED:
            tally.expired += 1
        case _:
            pass
