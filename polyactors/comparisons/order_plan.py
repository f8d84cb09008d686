"""Orders that follow from the recording alone, so that every simulation gets the same ones."""

from collections.abc import Iterator

from attrs import frozen

from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, SHARE_SCALE, Price, Shares
from polyactors.comparisons.market_history import MarketHistory

HALF_A_MILLISECOND = NANOSECONDS_PER_MILLISECOND // 2
"""Recorded times are whole milliseconds: orders come between them, so that no simulation has to break a tie."""


@frozen
class PlanRules:
    """Every `every_ns`, on both ladders: join the best bid with `size`, post-only; cancel after `life_ns`.

    An order is gone before the next one of its ladder comes: simulations differ in what they make of two orders of ours
    at one price. `phases` plans of the same kind, each by itself, are shifted against each other over `every_ns`.
    """

    size: Shares = Shares(50 * SHARE_SCALE)
    every_ns: int = 30 * NANOSECONDS_PER_SECOND
    life_ns: int = 29 * NANOSECONDS_PER_SECOND
    latency_ns: int = 50 * NANOSECONDS_PER_MILLISECOND
    phases: int = 6


@frozen
class PlannedOrder:
    """A bid for `outcome`; `number` is unique in its plan. Sent and cancelled from here at these times."""

    number: int
    outcome: Outcome
    price: Price
    size: Shares
    sent_ns: int
    cancelled_ns: int


def plan(history: MarketHistory, rules: PlanRules, phase: int) -> tuple[PlannedOrder, ...]:
    """The orders of one phase, in the order in which they are sent."""
    return tuple(_orders(history, rules, history.begin_ns + rules.every_ns * phase // rules.phases))


def _orders(history: MarketHistory, rules: PlanRules, first_ns: int) -> Iterator[PlannedOrder]:
    at_ns = first_ns + HALF_A_MILLISECOND
    last: Snapshot | None = None
    number = 0
    for seen in history.seen:
        while at_ns < seen.received_ns:
            # All that is cancelled within the recording: what is open at its end nobody can compare.
            if at_ns + rules.life_ns + rules.every_ns > history.end_ns:
                return
            if last is not None and last.is_two_sided:
                for outcome in Outcome:
                    number += 1
                    best = last.bids(outcome).best
                    yield PlannedOrder(number, outcome, best, rules.size, at_ns, at_ns + rules.life_ns)
            at_ns += rules.every_ns
        if isinstance(seen, Snapshot):
            last = seen
