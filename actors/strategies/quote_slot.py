"""One side of a market maker: what rests there now, and whether that is a reason to act.

| now        | wanted                         | action                                   |
|------------|--------------------------------|------------------------------------------|
| empty      | a quote                        | place it, unless a refusal is too recent |
| empty      | nothing                        | -                                        |
| asked      | anything                       | wait for the answer                      |
| resting    | nothing                        | cancel                                   |
| resting    | other token or side            | cancel                                   |
| resting    | its edge is less than half of  | cancel: the order is too generous now    |
|            | the minimum, or it is          |                                          |
|            | `replace_min_ticks` too near   |                                          |
| resting    | nearer by `replace_min_ticks`, | cancel, the next look places anew        |
|            | and it has rested long enough  |                                          |
| resting    | about the same                 | keep the place in the queue              |
| cancelling | anything                       | wait for the answer                      |

Replacing is cancel first, place once the cancel is confirmed: the reservation is never needed twice, and both orders
can never fill (field note 24: churn loses the queue, so there has to be a reason).
"""

from attrs import frozen

from actors.strategies.maker_quotes import MakerSettings, Quote, edge_of
from messages.identity import IntentId, OrderId, Side
from messages.intents import Refusal
from messages.orders import OrderChanged, OrderState
from messages.units import PRICE_SCALE


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
    order: OrderId
    quote: Quote
    since_ns: int


@frozen
class Cancelling:
    """`intent` is that of the cancel; None when it was not we who asked for it."""

    order: OrderId
    quote: Quote
    intent: IntentId | None = None


Slot = Empty | Asked | Resting | Cancelling


@frozen
class PlaceQuote:
    quote: Quote


@frozen
class CancelQuote:
    order: OrderId
    reason: str


@frozen
class Keep:
    pass


Action = PlaceQuote | CancelQuote | Keep

KEEP = Keep()


def act(slot: Slot, wanted: Quote | None, fair: float, tick_size: int, now_ns: int, settings: MakerSettings) -> Action:
    """What to do about one side (table above), when YES is worth `fair`, in price units."""
    match slot:
        case Empty(not_before_ns):
            return PlaceQuote(wanted) if wanted is not None and now_ns >= not_before_ns else KEEP
        case Asked() | Cancelling():
            return KEEP
        case Resting(order, quote, since_ns):
            if wanted is None:
                return CancelQuote(order, "no quote wanted here")
            if (wanted.outcome, wanted.side) != (quote.outcome, quote.side):
                return CancelQuote(order, "inventory changed the token to trade")
            if 2 * edge_of(quote, fair) < min(settings.minimum_edge, wanted.edge):
                return CancelQuote(order, f"its edge fell to {edge_of(quote, fair) / PRICE_SCALE:.4f}")
            nearer = _more_generous(wanted, quote)
            if nearer <= -settings.replace_min_ticks * tick_size:
                return CancelQuote(order, f"{-nearer // tick_size} ticks too near")
            old_enough = now_ns - since_ns >= settings.replace_min_age_ns
            if nearer >= settings.replace_min_ticks * tick_size and old_enough:
                return CancelQuote(order, f"{nearer // tick_size} ticks behind")
            return KEEP


def answered(slot: Slot, changed: OrderChanged, now_ns: int, settings: MakerSettings) -> Slot:
    """The slot after news of an order; news of any other order leaves it as it is. After a rejection there is a pause,
    for what the venue does not want now it will not want at once.
    """
    match slot:
        case Asked(intent, quote) if changed.order.intent == intent:
            if changed.state.is_final:
                return _emptied(changed, now_ns, settings)
            return Resting(changed.order.order, quote, now_ns)
        case Resting(order) | Cancelling(order) if changed.order.order == order:
            if changed.state.is_final:
                return _emptied(changed, now_ns, settings)
            if changed.state is OrderState.CANCELLING and isinstance(slot, Resting):
                return Cancelling(order, slot.quote)
            return slot
        case _:
            return slot


def _emptied(changed: OrderChanged, now_ns: int, settings: MakerSettings) -> Empty:
    return Empty(now_ns + settings.retry_after_ns if changed.state is OrderState.REJECTED else now_ns)


def refused(slot: Slot, intent: IntentId, refusal: Refusal, now_ns: int, settings: MakerSettings) -> Slot:
    """The slot after an intent stopped at a gate: ask again later; an order that nobody knows is not resting."""
    match slot:
        case Asked(asked) if asked == intent:
            return Empty(now_ns + settings.retry_after_ns)
        case Cancelling(intent=cancel) if cancel == intent and refusal is Refusal.UNKNOWN_ORDER:
            return Empty(now_ns + settings.retry_after_ns)
        case Cancelling(order, quote, cancel) if cancel == intent:
            # It may rest all the same; look at it again as at any other.
            return Resting(order, quote, now_ns)
        case _:
            return slot


def _more_generous(wanted: Quote, resting: Quote) -> int:
    """By how much `wanted` gives more to the other side than `resting`: positive is nearer to the market."""
    if resting.side is Side.BUY:
        return wanted.price - resting.price
    return resting.price - wanted.price
