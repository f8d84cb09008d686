"""One side of a market maker: what rests there now, as far as was heard of it.

| now        | heard                         | then                                                     |
|------------|-------------------------------|----------------------------------------------------------|
| asked      | that the order was written    | resting                                                  |
| asked      | that it was refused           | empty, and not to be asked for at once                   |
| resting    | that somebody cancels it      | cancelling                                               |
| replacing  | that the old order ended      | asked                                                    |
| replacing  | that the new one was refused  | the old one rests, and is not to be replaced any more;   |
|            |                               | cancelling, if somebody cancels it                       |
| any of all | that the order ended          | empty; after a rejection not to be asked at once         |
| cancelling | that nobody knows the order   | empty, and not to be asked for at once                   |
| cancelling | that its cancel was refused   | resting                                                  |

What to do about it is for `actors.order_management` to say.
"""

from typing import Protocol

from attrs import evolve, frozen

from actors.order_management.desired import Stage, WorkingOrder
from actors.strategies.maker_quotes import Quote
from messages.identity import IntentId, OrderId
from messages.intents import Refusal
from messages.orders import OrderChanged, OrderState
from messages.units import Shares


class Patience(Protocol):
    """How long a refused quote is not asked for again."""

    @property
    def retry_after_ns(self) -> int: ...


@frozen
class Empty:
    """Nothing rests. `not_before_ns` keeps a refused quote from being asked for again at once."""

    not_before_ns: int = 0


@frozen
class Asked:
    """An intent is on its way and has not been answered."""

    intent: IntentId
    quote: Quote


@frozen
class Resting:
    """`may_be_replaced` is False once that was refused: what cannot be replaced is cancelled."""

    order: OrderId
    quote: Quote
    since_ns: int
    expires_ns: int | None = None
    filled: Shares = Shares(0)
    may_be_replaced: bool = True


@frozen
class Replacing:
    """`intent` is on its way to take the place of `old`, which may be filled until its end is heard."""

    old: Resting
    intent: IntentId
    quote: Quote
    is_ending: bool = False


@frozen
class Cancelling:
    """`intent` is that of the cancel; None when it was not we who asked for it."""

    order: OrderId
    quote: Quote
    intent: IntentId | None = None
    filled: Shares = Shares(0)


Slot = Empty | Asked | Resting | Replacing | Cancelling


def answered(slot: Slot, changed: OrderChanged, now_ns: int, patience: Patience) -> Slot:
    """The slot after news of an order; news of any other order leaves it as it is. After a rejection there is a pause,
    for what the venue does not want now it will not want at once.
    """
    order, filled = changed.order.order, changed.filled
    match slot:
        case Asked(intent, quote) if changed.order.intent == intent:
            if changed.state.is_final:
                return _emptied(changed, now_ns, patience)
            # One that replaces another may have become smaller on the way.
            return Resting(order, evolve(quote, size=changed.order.size), now_ns, changed.order.expires_ns, filled)
        case Replacing(old, intent, quote) if old.order == order:
            if changed.state.is_final:
                return Asked(intent, quote)
            is_ending = slot.is_ending or changed.state is OrderState.CANCELLING
            return evolve(slot, old=evolve(old, filled=max(old.filled, filled)), is_ending=is_ending)
        case Resting(known) | Cancelling(known) if known == order:
            if changed.state.is_final:
                return _emptied(changed, now_ns, patience)
            if changed.state is OrderState.CANCELLING and isinstance(slot, Resting):
                return Cancelling(order, slot.quote, None, filled)
            # News may be late; what was filled stays filled.
            return evolve(slot, filled=max(slot.filled, filled))
        case _:
            return slot


def _emptied(changed: OrderChanged, now_ns: int, patience: Patience) -> Empty:
    return Empty(now_ns + patience.retry_after_ns if changed.state is OrderState.REJECTED else now_ns)


def refused(slot: Slot, intent: IntentId, refusal: Refusal, now_ns: int, patience: Patience) -> Slot:
    """The slot after an intent stopped at a gate: ask again later; an order that nobody knows is not resting."""
    match slot:
        case Asked(asked) if asked == intent:
            return Empty(now_ns + patience.retry_after_ns)
        case Replacing(old, asked, _, is_ending) if asked == intent:
            if is_ending:
                return Cancelling(old.order, old.quote, None, old.filled)
            return evolve(old, may_be_replaced=False)
        case Cancelling(intent=cancel) if cancel == intent and refusal is Refusal.UNKNOWN_ORDER:
            return Empty(now_ns + patience.retry_after_ns)
        case Cancelling(order, quote, cancel, filled) if cancel == intent:
            # It may rest all the same; look at it again as at any other.
            return Resting(order, quote, now_ns, None, filled)
        case _:
            return slot


def working_order(slot: Slot) -> WorkingOrder | None:
    """The order of the slot that may still be filled, as the order manager sees it."""
    match slot:
        case Asked(quote=quote):
            return _working(None, quote, quote.size, Stage.ASKED)
        case Resting(order, quote, since_ns, expires_ns, filled, may_be_replaced):
            remaining = Shares(quote.size - filled)
            working = _working(order, quote, remaining, Stage.RESTING)
            return evolve(working, since_ns=since_ns, expires_ns=expires_ns, may_be_replaced=may_be_replaced)
        case Replacing(old, _, quote):
            # One of the two may be filled, and not both.
            return _working(None, quote, Shares(max(quote.size, old.quote.size - old.filled)), Stage.ASKED)
        case Cancelling(order, quote, _, filled):
            return _working(order, quote, Shares(quote.size - filled), Stage.ENDING)
        case Empty():
            return None


def _working(order: OrderId | None, quote: Quote, remaining: Shares, stage: Stage) -> WorkingOrder:
    return WorkingOrder(order, quote.outcome, quote.side, quote.price, remaining, stage, 0)
