"""One order of a strategy that acts now and then, from the wish to its end, as far as was heard of it.

| now     | heard                              | then                                                       |
|---------|------------------------------------|------------------------------------------------------------|
| asked   | that the order was written         | working                                                    |
| asked   | that it was refused                | nothing, and not to be asked for at once                   |
| working | that its cancel was refused        | working as before; nothing if nobody knows the order       |
| both    | that the order ended               | nothing; after a rejection not to be asked for at once     |
"""

from attrs import evolve, frozen

from messages.identity import IntentId, OrderId, Outcome, Side
from messages.intents import IntentRefused, Refusal
from messages.orders import OrderChanged, OrderState
from messages.units import Price, Shares


@frozen
class Wish:
    """An order that a rule wants. One that `takes` is filled at once or killed; any other only rests.

    `edge` is what a fill earns a share after fees, in price units; below zero where getting out costs something.
    """

    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    takes: bool
    edge: int
    rationale: str


@frozen
class Nothing:
    """No order. `not_before_ns` keeps what was refused from being asked for again at once."""

    not_before_ns: int = 0


@frozen
class Asked:
    """The intent is on its way and has not been answered."""

    intent: IntentId
    wish: Wish


@frozen
class Working:
    """The order may be filled. `cancel` is the intent to take it back; `is_ending`: somebody is doing so."""

    order: OrderId
    wish: Wish
    since_ns: int
    is_ending: bool = False
    cancel: IntentId | None = None


InHand = Nothing | Asked | Working


def answered(hand: InHand, changed: OrderChanged, now_ns: int, retry_after_ns: int) -> InHand:
    """After news of an order; news of any other leaves it as it is."""
    order = changed.order
    match hand:
        case Asked(intent, wish) if intent == order.intent and not changed.state.is_final:
            return Working(order.order, wish, now_ns, changed.state is OrderState.CANCELLING)
        case Working(known) if known == order.order and not changed.state.is_final:
            return evolve(hand, is_ending=True) if changed.state is OrderState.CANCELLING else hand
        case Asked(intent=intent) if intent == order.intent:
            return _ended(changed, now_ns, retry_after_ns)
        case Working(order=known) if known == order.order:
            return _ended(changed, now_ns, retry_after_ns)
    return hand


def refused(hand: InHand, refusal: IntentRefused, now_ns: int, retry_after_ns: int) -> InHand:
    """After an intent stopped at a gate: that of the order itself, or that of its cancel."""
    match hand:
        case Asked(intent=intent) if intent == refusal.intent:
            return Nothing(now_ns + retry_after_ns)
        case Working(cancel=cancel) if cancel == refusal.intent:
            if refusal.refusal is Refusal.UNKNOWN_ORDER:
                return Nothing(now_ns + retry_after_ns)
            return evolve(hand, is_ending=False, cancel=None, since_ns=now_ns)
    return hand


def _ended(changed: OrderChanged, now_ns: int, retry_after_ns: int) -> Nothing:
    return Nothing(now_ns + retry_after_ns if changed.state is OrderState.REJECTED else now_ns)
