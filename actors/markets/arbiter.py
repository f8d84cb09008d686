"""Whether an intent may go on to the governor: who asks, on which book, with what."""

from typing import NamedTuple

from attrs import frozen

from actors.markets.ownership_rules import Held, Lock
from messages.identity import Side
from messages.intents import Place, Refusal
from messages.markets import Phase
from messages.units import ONE, Shares, TickSize, format_price, format_shares


class NotAdmitted(NamedTuple):
    refusal: Refusal
    detail: str


@frozen
class Situation:
    """What the market actor knows when an intent comes. `is_clean`: the book is closed and not dirty. Times in
    nanoseconds.
    """

    lock: Lock
    phase: Phase
    epoch: int
    is_clean: bool
    tick_size: TickSize
    minimum_size: Shares
    decision_limit_ns: int
    now_ns: int


def refusal(place: Place, situation: Situation) -> NotAdmitted | None:
    """The first thing that speaks against the intent, or None.

    not the holder of a lease that has not expired          -> NOT_OWNER
    another lease than the present one                      -> LEASE_OUTDATED
    the phase takes no orders, or only those that sell      -> MARKET_NOT_TRADING
    the book is open, dirty, or of a former life            -> BOOK_NOT_CLOSED
    decided too long ago                                    -> BOOK_STALE
    the price not on the tick or not inside (0, 1)          -> OFF_TICK
    the size below the venue's minimum                      -> TOO_SMALL
    """
    lock = situation.lock
    if not isinstance(lock, Held) or lock.lease.strategy != place.strategy or lock.expired(situation.now_ns):
        return NotAdmitted(Refusal.NOT_OWNER, f"{place.strategy} holds no lease")
    if lock.lease.fencing != place.fencing:
        return NotAdmitted(Refusal.LEASE_OUTDATED, f"{place.fencing} is not {lock.lease.fencing}")
    phase = situation.phase
    if phase is not Phase.NORMAL and not (phase is Phase.CLOSE_WINDOW and place.side is Side.SELL):
        return NotAdmitted(Refusal.MARKET_NOT_TRADING, phase.value)
    if not situation.is_clean or place.snapshot.epoch != situation.epoch:
        return NotAdmitted(Refusal.BOOK_NOT_CLOSED, f"snapshot {place.snapshot.epoch}/{place.snapshot.number}")
    age_ns = situation.now_ns - place.at_ns
    if age_ns > situation.decision_limit_ns:
        return NotAdmitted(Refusal.BOOK_STALE, f"decided {age_ns / 1e6:.0f} ms ago")
    if place.price % situation.tick_size or not 0 < place.price < ONE:
        return NotAdmitted(Refusal.OFF_TICK, format_price(place.price))
    if place.size < situation.minimum_size:
        return NotAdmitted(Refusal.TOO_SMALL, format_shares(place.size))
    return None
