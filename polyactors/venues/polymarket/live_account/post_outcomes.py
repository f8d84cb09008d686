"""What the venue's answer to a new order means for execution."""

from actors.execution.live.words import InDoubt, NotSent, PostOutcome, Refused, Taken
from messages.identity import Side
from messages.intents import TimeInForce
from messages.units import LOT, NANOSECONDS_PER_SECOND
from polyactors.venues.polymarket.live_account.telling import told
from polyactors.venues.polymarket.rest.failures import (
    Failure,
    RateLimited,
    Rejected,
    RestrictedMode,
    UnknownOutcome,
    leaves_doubt,
)
from polyactors.venues.polymarket.rest.posting import OrderToPost, Placed
from polyactors.venues.polymarket.rest.reject_codes import RejectCode

_RESTING = (TimeInForce.GTC, TimeInForce.GTD)

_UNCLEAR = (RejectCode.DELAYED, RejectCode.UNMATCHED)
"""The venue's documents do not say whether such an order may rest after all (polymarket.md 2.4 and 2.6)."""


def post_outcome(order: OrderToPost, answer: Placed | Failure) -> PostOutcome:
    if isinstance(answer, Placed):
        return Taken(_is_resting(order, answer))
    if leaves_doubt(answer):
        return InDoubt(told(answer))
    match answer:
        case Rejected(code=RejectCode.DUPLICATED):
            return Taken(order.time_in_force in _RESTING)
        case Rejected(code=code) if code in _UNCLEAR:
            return InDoubt(told(answer))
        case Rejected():
            return Refused(told(answer))
        case RestrictedMode(retry_after_s=retry_after_s) | RateLimited(retry_after_s=retry_after_s):
            return NotSent(told(answer), _nanoseconds(retry_after_s))
        case UnknownOutcome():
            return InDoubt(told(answer))
        case _:
            return NotSent(told(answer))


def _is_resting(order: OrderToPost, placed: Placed) -> bool:
    """By what was executed at once: the documents are not clear about the status of an order that was filled in part
    and rests (polymarket.md 2.4). Less than a lot never rests."""
    if order.time_in_force not in _RESTING:
        return False
    signed = order.signed
    shares, wanted = (
        (placed.received, signed.taker_amount) if signed.side is Side.BUY else (placed.paid, signed.maker_amount)
    )
    return wanted - shares >= LOT


def _nanoseconds(seconds: float | None) -> int:
    return 0 if seconds is None else round(seconds * NANOSECONDS_PER_SECOND)
