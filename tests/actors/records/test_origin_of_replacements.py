"""Invariants 3 and 4 of orders that take the place of others: after their end, and no larger than what they left."""

from attrs import AttrsInstance, evolve

from actors.records.invariants import InvariantCheck
from messages.identity import Lease, Tier
from messages.orders import Order, OrderState
from messages.ownership import LeaseChanged
from messages.units import Shares
from tests.actors.samples import GAME, MAKER, authorised, dollars, fill_of, market, moved, order_of, place, shares

LEASE = LeaseChanged(GAME, Lease(GAME, MAKER, Tier.MARKET_MAKING, 1), "claimed", 0)
OLD = order_of(place(), "o1")
NEW = evolve(place("i2"), replaces=OLD.order)
BEFORE: list[AttrsInstance] = [LEASE, authorised(place()), OLD, authorised(NEW)]
ENDED = moved(OLD, OrderState.CANCELLED)


def new_order(size: Shares = NEW.size) -> Order:
    return evolve(order_of(NEW, "o2"), replaces=OLD.order, size=size)


def numbers(*records: AttrsInstance) -> list[int]:
    check = InvariantCheck.start(dollars(100), [market()])
    return [each.number for seq, record in enumerate(records, 1) for each in check.hear(record, seq)]


def test_written_after_the_end_it_is_in_order() -> None:
    assert numbers(*BEFORE, ENDED, new_order()) == []


def test_written_before_the_end_both_could_fill() -> None:
    assert numbers(*BEFORE, new_order()) == [4]


def test_an_order_that_is_filled_has_ended() -> None:
    assert numbers(*BEFORE, fill_of(OLD, size=shares(90)), ENDED, new_order(shares(10))) == []
    assert numbers(
        *BEFORE, fill_of(OLD, size=shares(95)), fill_of(OLD, "t2", size=shares(5)), new_order(shares(5))
    ) == [4]


def test_larger_than_what_was_left_is_more_than_was_wanted() -> None:
    filled = fill_of(OLD, size=shares(30))
    assert numbers(*BEFORE, filled, ENDED, new_order(shares(70))) == []
    assert numbers(*BEFORE, filled, ENDED, new_order(shares(71))) == [4]


def test_it_replaces_what_was_authorised_to_be_replaced() -> None:
    assert numbers(*BEFORE, ENDED, evolve(new_order(), replaces=None)) == [3]


def test_what_was_never_written_cannot_be_replaced() -> None:
    assert numbers(LEASE, authorised(NEW), new_order()) == [4]
