"""In which state an order is after something was heard of it: total, and sound for news that is late or repeated.

An order only goes on: written, sent (or unknown), live, partially filled, cancelling, ended. So news may come in any
order and any number of times. What was filled is not told here: a fill is booked whatever the state says
(actors.portfolio.ledger), and only moves the state along by `after_fill`.
"""

from collections.abc import Mapping

from messages.orders import OrderState
from messages.units import Shares

_WRITTEN = OrderState.WRITTEN
_SENT = OrderState.SENT
_UNKNOWN = OrderState.UNKNOWN
_LIVE = OrderState.LIVE
_PARTLY = OrderState.PARTIALLY_FILLED
_CANCEL = OrderState.CANCELLING
_FILLED = OrderState.FILLED
_CANCELLED = OrderState.CANCELLED
_EXPIRED = OrderState.EXPIRED
_REJECTED = OrderState.REJECTED

_HEARD = (_WRITTEN, _SENT, _UNKNOWN, _LIVE, _PARTLY, _CANCEL, _FILLED, _CANCELLED, _EXPIRED, _REJECTED)

_ROWS: Mapping[OrderState, tuple[OrderState, ...]] = {
    # What is known, and what it becomes when one of _HEARD is heard, in that order.
    _WRITTEN: (_WRITTEN, _SENT, _UNKNOWN, _LIVE, _PARTLY, _CANCEL, _FILLED, _CANCELLED, _EXPIRED, _REJECTED),
    _SENT: (_SENT, _SENT, _UNKNOWN, _LIVE, _PARTLY, _CANCEL, _FILLED, _CANCELLED, _EXPIRED, _REJECTED),
    # That it was sent, once or again, says nothing about what became of it.
    _UNKNOWN: (_UNKNOWN, _UNKNOWN, _UNKNOWN, _LIVE, _PARTLY, _CANCEL, _FILLED, _CANCELLED, _EXPIRED, _REJECTED),
    # An order that rests was not refused when it was sent, nor is the outcome of that unknown: such news is late.
    _LIVE: (_LIVE, _LIVE, _LIVE, _LIVE, _PARTLY, _CANCEL, _FILLED, _CANCELLED, _EXPIRED, _LIVE),
    # That it rests was heard late, too: it rests with the rest of it.
    _PARTLY: (_PARTLY, _PARTLY, _PARTLY, _PARTLY, _PARTLY, _CANCEL, _FILLED, _CANCELLED, _EXPIRED, _PARTLY),
    # A cancel is never given up (actors.execution.executor), so that nothing but the end is news. Whether the order had
    # come to rest is not known here: REJECTED of one that had is kept away by who heard both.
    _CANCEL: (_CANCEL, _CANCEL, _CANCEL, _CANCEL, _CANCEL, _CANCEL, _FILLED, _CANCELLED, _EXPIRED, _REJECTED),
    # An end is the end.
    _FILLED: (_FILLED,) * len(_HEARD),
    _CANCELLED: (_CANCELLED,) * len(_HEARD),
    _EXPIRED: (_EXPIRED,) * len(_HEARD),
    _REJECTED: (_REJECTED,) * len(_HEARD),
}

_TABLE: Mapping[tuple[OrderState, OrderState], OrderState] = {
    (state, heard): then for state, row in _ROWS.items() for heard, then in zip(_HEARD, row, strict=True)
}


def step(state: OrderState, heard: OrderState) -> OrderState:
    """The state of an order that was in `state` when `heard` is heard of it, in whatever order news arrives.

    A final state stays what it is, and an order that is not final never goes back. Raises nothing: each pair has an
    answer.
    """
    return _TABLE[state, heard]


def after_fill(state: OrderState, filled: Shares, size: Shares) -> OrderState:
    """The state after a fill that brings the whole amount to `filled` of `size`, both in micro-shares.

    All of it filled -> FILLED. A part of it -> PARTIALLY_FILLED, which proves that it had come to rest; a cancel under
    way stays so, and an order that had ended stays ended.
    """
    return step(state, _FILLED if filled >= size else _PARTLY)
