"""In which state an order is after something was heard of it: total, and sound for news that is late or repeated.

What was filled is not told here: a fill is booked whatever the state says (actors.portfolio.ledger), and only moves the
state along by `after_fill`.
"""

from collections.abc import Mapping

from messages.orders import OrderState
from messages.units import Shares

_WRITTEN = OrderState.WRITTEN
_SENT = OrderState.SENT
_LIVE = OrderState.LIVE
_CANCELLING = OrderState.CANCELLING
_UNKNOWN = OrderState.UNKNOWN
_FILLED = OrderState.FILLED
_CANCELLED = OrderState.CANCELLED
_EXPIRED = OrderState.EXPIRED
_REJECTED = OrderState.REJECTED

_HEARD = (_WRITTEN, _SENT, _UNKNOWN, _LIVE, _CANCELLING, _FILLED, _CANCELLED, _EXPIRED, _REJECTED)

_ROWS: Mapping[OrderState, tuple[OrderState, ...]] = {
    # What is known, and what it becomes when one of _HEARD is heard, in that order.
    _WRITTEN: (_WRITTEN, _SENT, _UNKNOWN, _LIVE, _CANCELLING, _FILLED, _CANCELLED, _EXPIRED, _REJECTED),
    _SENT: (_SENT, _SENT, _UNKNOWN, _LIVE, _CANCELLING, _FILLED, _CANCELLED, _EXPIRED, _REJECTED),
    # That it was sent, once or again, says nothing about what became of it.
    _UNKNOWN: (_UNKNOWN, _UNKNOWN, _UNKNOWN, _LIVE, _CANCELLING, _FILLED, _CANCELLED, _EXPIRED, _REJECTED),
    # An order that rests was not refused when it was sent, nor is the outcome of that unknown: such news is late.
    _LIVE: (_LIVE, _LIVE, _LIVE, _LIVE, _CANCELLING, _FILLED, _CANCELLED, _EXPIRED, _LIVE),
    # LIVE is a cancel that was refused while the order rests. The answer to the cancel will settle what is unknown.
    _CANCELLING: (_CANCELLING, _CANCELLING, _CANCELLING, _LIVE, _CANCELLING, _FILLED, _CANCELLED, _EXPIRED, _REJECTED),
}

_TABLE: Mapping[tuple[OrderState, OrderState], OrderState] = {
    (state, heard): then for state, row in _ROWS.items() for heard, then in zip(_HEARD, row, strict=True)
}


def step(state: OrderState, heard: OrderState) -> OrderState:
    """The state of an order that was in `state` when `heard` is heard of it, in whatever order news arrives.

    A final state stays what it is. An order that is not final never goes back to WRITTEN, nor from resting to SENT.
    Raises nothing: each pair has an answer.
    """
    return state if state.is_final else _TABLE[state, heard]


def after_fill(state: OrderState, filled: Shares, size: Shares) -> OrderState:
    """The state after a fill that brings the whole amount to `filled` of `size`, both in micro-shares.

    All of it filled -> FILLED. A part of it -> it has come to rest, if that was not known; a cancel under way stays so,
    and an order that had ended stays ended.
    """
    if filled >= size:
        return step(state, _FILLED)
    return state if state is _CANCELLING else step(state, _LIVE)
