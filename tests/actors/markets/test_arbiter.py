"""The arbiter row by row: each refusal with its reason, and the first thing that speaks against an intent is told."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.markets.arbiter import Situation, refusal
from actors.markets.ownership_rules import Draining, Free, Held, Lock
from messages.identity import Lease, Side, StrategyName, Tier
from messages.intents import Place, Refusal, SnapshotId
from messages.markets import Phase
from messages.units import Price, Shares, TickSize
from supervision.specs import SECOND
from tests.actors.actor_world import BUY, SELL
from tests.actors.samples import ARBITRAGE, GAME, MAKER, place, shares

NOW = 100 * SECOND
LEASE = Lease(GAME, MAKER, Tier.MARKET_MAKING, 7)
GOOD = Situation(
    lock=Held(LEASE, NOW + 1),
    phase=Phase.NORMAL,
    epoch=1,
    is_clean=True,
    tick_size=TickSize(100),
    minimum_size=shares(5),
    decision_limit_ns=SECOND,
    now_ns=NOW,
)


def intent(side: Side = BUY, price: int = 4000) -> Place:
    return evolve(place(side=side, price=price, fencing=7), at_ns=NOW)


def told(wish: Place, situation: Situation) -> Refusal | None:
    answer = refusal(wish, situation)
    return None if answer is None else answer.refusal


def test_the_holder_s_intent_on_a_clean_and_fresh_book_goes_on() -> None:
    assert refusal(intent(), GOOD) is None


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        (Free(), Refusal.NOT_OWNER),
        (Draining(LEASE, None), Refusal.NOT_OWNER),
        (Held(evolve(LEASE, strategy=ARBITRAGE), NOW + 1), Refusal.NOT_OWNER),
        (Held(LEASE, NOW), Refusal.NOT_OWNER),
        (Held(evolve(LEASE, fencing=8), NOW + 1), Refusal.LEASE_OUTDATED),
        (Held(evolve(LEASE, fencing=6), NOW + 1), Refusal.LEASE_OUTDATED),
    ],
)
def test_only_the_holder_of_the_present_lease_may_place(lock: Lock, expected: Refusal) -> None:
    assert told(intent(), evolve(GOOD, lock=lock)) is expected


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("phase", Phase)
def test_orders_are_taken_in_normal_and_before_the_close_those_that_sell(phase: Phase, side: Side) -> None:
    may = phase is Phase.NORMAL or (phase is Phase.CLOSE_WINDOW and side is SELL)
    assert told(intent(side), evolve(GOOD, phase=phase)) is (None if may else Refusal.MARKET_NOT_TRADING)


def test_a_dirty_book_and_one_of_a_former_life_are_not_decided_on() -> None:
    assert told(intent(), evolve(GOOD, is_clean=False)) is Refusal.BOOK_NOT_CLOSED
    assert told(evolve(intent(), snapshot=SnapshotId(0, 5)), GOOD) is Refusal.BOOK_NOT_CLOSED


def test_a_decision_holds_for_its_limit_and_no_longer() -> None:
    assert told(evolve(intent(), at_ns=NOW - SECOND), GOOD) is None
    assert told(evolve(intent(), at_ns=NOW - SECOND - 1), GOOD) is Refusal.BOOK_STALE


@pytest.mark.parametrize("price", [-100, 0, 1, 4050, 9999, 10_000, 10_100])
def test_a_price_off_the_tick_or_beyond_0_and_1_is_refused(price: int) -> None:
    assert told(intent(price=price), GOOD) is Refusal.OFF_TICK


def test_a_size_below_the_minimum_is_refused() -> None:
    assert told(evolve(intent(), size=shares(5)), GOOD) is None
    assert told(evolve(intent(), size=Shares(shares(5) - 1)), GOOD) is Refusal.TOO_SMALL


def test_the_first_thing_that_is_wrong_is_told() -> None:
    """Everything is wrong; mended one by one in the order of the table."""
    wish = evolve(intent(price=4050), at_ns=0, size=Shares(1))
    situation = evolve(GOOD, lock=Free(), phase=Phase.WATCH, is_clean=False)
    heard = [told(wish, situation)]
    situation = evolve(situation, lock=Held(evolve(LEASE, fencing=9), NOW + 1))
    heard.append(told(wish, situation))
    situation = evolve(situation, lock=GOOD.lock)
    heard.append(told(wish, situation))
    situation = evolve(situation, phase=Phase.NORMAL)
    heard.append(told(wish, situation))
    situation = evolve(situation, is_clean=True)
    heard.append(told(wish, situation))
    wish = evolve(wish, at_ns=NOW)
    heard.append(told(wish, situation))
    wish = evolve(wish, price=Price(4000))
    heard.append(told(wish, situation))
    assert heard == [
        Refusal.NOT_OWNER,
        Refusal.LEASE_OUTDATED,
        Refusal.MARKET_NOT_TRADING,
        Refusal.BOOK_NOT_CLOSED,
        Refusal.BOOK_STALE,
        Refusal.OFF_TICK,
        Refusal.TOO_SMALL,
    ]


@given(
    strategy=st.sampled_from([MAKER, ARBITRAGE]),
    fencing=st.integers(5, 9),
    epoch=st.integers(0, 2),
    age_ns=st.integers(0, 2 * SECOND),
    until_ns=st.integers(NOW - 5, NOW + 5),
    phase=st.sampled_from(Phase),
    is_clean=st.booleans(),
    price=st.integers(-100, 10_100),
    size=st.integers(0, 10_000_000),
)
def test_what_is_admitted_breaks_no_rule(
    strategy: StrategyName,
    fencing: int,
    epoch: int,
    age_ns: int,
    until_ns: int,
    phase: Phase,
    is_clean: bool,
    price: int,
    size: int,
) -> None:
    wish = evolve(
        intent(price=price), strategy=strategy, fencing=fencing, snapshot=SnapshotId(epoch, 1), at_ns=NOW - age_ns
    )
    wish = evolve(wish, size=Shares(size))
    situation = evolve(GOOD, lock=Held(LEASE, until_ns), phase=phase, is_clean=is_clean)
    if refusal(wish, situation) is None:
        assert (strategy, fencing, epoch, is_clean, phase) == (MAKER, 7, 1, True, Phase.NORMAL)
        assert until_ns > NOW
        assert age_ns <= SECOND
        assert 0 < price < 10_000
        assert price % 100 == 0
        assert size >= shares(5)
