"""How what is held is sold: never more than is there, at prices that fit the aim."""

from typing import NamedTuple

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.strategies.stance import Aim, Fair, NoFair
from actors.strategies.way_out import at_risk, sweep_price, way_out
from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.markets import Phase
from messages.portfolio import Position
from messages.units import ONE, PRICE_SCALE, Price, Shares
from tests.actors.actor_world import NO, SELL, YES, snapshot
from tests.actors.samples import GAME, MAKER, shares
from tests.actors.session_world import period_market

MARKET = period_market()
NONE = NoFair("stale")
FREE = Price(0)


class Case(NamedTuple):
    snapshot: Snapshot
    position: Position
    fair: Fair | NoFair


@st.composite
def any_books(draw: st.DrawFn) -> Snapshot:
    """Closed books, of one side or none too, on ticks that are as fine as the grid or coarser."""
    tick = draw(st.sampled_from([100, 50, 10]))
    last = PRICE_SCALE // tick - 1
    bid = draw(st.integers(0, last - 1))
    ask = draw(st.integers(bid + 1, last))

    def side(best: int) -> dict[int, int]:
        depths = draw(st.lists(st.integers(0, max(0, best - 1)), max_size=5)) if best > 0 else []
        return {(best - down) * tick: draw(st.integers(1, 300)) for down in (0, *depths)} if best > 0 else {}

    yes, no = side(bid), side(PRICE_SCALE // tick - ask)
    phase = draw(st.sampled_from([Phase.NORMAL, Phase.NORMAL, Phase.CLOSE_WINDOW, Phase.CLOSED]))
    return evolve(
        snapshot(yes if draw(st.booleans()) else {}, no if draw(st.booleans()) else {}, tick=tick), phase=phase
    )


@st.composite
def positions(draw: st.DrawFn) -> Position:
    held = st.one_of(st.integers(-(10**8), 10**8), st.integers(0, 10**8), st.just(0))
    unsettled = st.one_of(st.just(0), st.integers(0, 10**8))
    yes, no, unsettled_yes, unsettled_no = draw(held), draw(held), draw(unsettled), draw(unsettled)
    return Position(
        GAME,
        MAKER,
        Shares(yes),
        Shares(no),
        provisional_yes=Shares(min(max(0, yes), unsettled_yes)),
        provisional_no=Shares(min(max(0, no), unsettled_no)),
    )


@st.composite
def fairs(draw: st.DrawFn) -> Fair:
    low, price, high = sorted(draw(st.tuples(*[st.floats(0, 10_000)] * 3)))
    return Fair(price, low, high, draw(st.booleans()))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    return Case(draw(any_books()), draw(positions()), draw(st.one_of(fairs(), st.just(NONE))))


@settings(max_examples=250)
@given(cases(), st.sampled_from(Aim), st.integers(0, 10_000))
def test_nothing_but_what_reduces_is_ever_wished_for(case: Case, aim: Aim, lowest: int) -> None:
    """For any book, holding and fair value: a sale of settled shares that leaves less at risk, on the tick."""
    wish = way_out(aim, case.snapshot, case.position, case.fair, MARKET, Price(lowest))
    if wish is None:
        return
    position = case.position
    assert aim in (Aim.REDUCE, Aim.FLATTEN_RESTING, Aim.FLATTEN_TAKING)
    assert wish.side is SELL
    assert MARKET.minimum_size <= wish.size <= position.settled(wish.outcome)
    other = max(0, position.shares(wish.outcome.other))
    assert 0 <= position.shares(wish.outcome) - wish.size - other < position.shares(wish.outcome) - other
    assert wish.price % case.snapshot.tick_size == 0
    assert max(lowest, 1) <= wish.price < ONE
    assert wish.takes == (aim is Aim.FLATTEN_TAKING)
    best_bid = case.snapshot.bids(wish.outcome).best
    assert wish.price <= best_bid if wish.takes else wish.price > best_bid
    assert case.snapshot.phase is not Phase.CLOSED


@given(cases())
def test_at_the_end_everything_is_taken_out_that_the_bids_can_bear(case: Case) -> None:
    held = at_risk(case.position)
    wish = way_out(Aim.FLATTEN_TAKING, case.snapshot, case.position, case.fair, MARKET, FREE)
    levels = [each for each in case.snapshot.bids(held.outcome).levels() if each[0] >= case.snapshot.tick_size]
    if held.settled < MARKET.minimum_size or not levels or case.snapshot.phase is Phase.CLOSED:
        assert wish is None
        return
    assert wish is not None
    reached = sum(size for price, size in levels if price >= wish.price)
    assert reached >= held.settled or wish.price <= levels[-1][0]
    assert held.settled - wish.size < shares(1), "no more is left than the venue's amounts leave"


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_a_sweep_goes_as_deep_as_it_needs_and_no_deeper_than_it_may(size: int, lowest: int) -> None:
    book = snapshot({5000: 10, 4000: 20, 3000: 30}, {})
    found = sweep_price(book, YES, Shares(size), Price(lowest))
    deep = 5000 if size <= shares(10) else 4000 if size <= shares(30) else 3000
    allowed = [price for price in (5000, 4000, 3000) if price >= max(deep, lowest)]
    assert found == (min(allowed) if allowed else None)


def held(yes: int = 0, no: int = 0) -> Position:
    return Position(GAME, MAKER, shares(yes), shares(no))


def test_a_pair_is_not_at_risk() -> None:
    assert at_risk(held(20, 20)).size == 0
    assert (at_risk(held(25, 20)).outcome, at_risk(held(25, 20)).size) == (YES, shares(5))
    assert (at_risk(held(10, 30)).outcome, at_risk(held(10, 30)).size) == (NO, shares(20))


def test_it_joins_the_offers_while_it_only_reduces_and_goes_before_them_in_flatten() -> None:
    book = snapshot({4000: 100}, {5000: 100})
    prices = []
    for aim in (Aim.REDUCE, Aim.FLATTEN_RESTING, Aim.FLATTEN_TAKING):
        wish = way_out(aim, book, held(20), NONE, MARKET, FREE)
        assert wish is not None
        prices.append(wish.price)
    assert prices == [5000, 4900, 4000]


def test_nothing_is_offered_where_nobody_says_what_it_is_worth() -> None:
    for aim in (Aim.REDUCE, Aim.FLATTEN_RESTING):
        assert way_out(aim, snapshot({}, {}), held(20), NONE, MARKET, FREE) is None
    assert way_out(Aim.FLATTEN_TAKING, snapshot({}, {5000: 10}), held(20), NONE, MARKET, FREE) is None


def test_both_tokens_are_left_the_same_way() -> None:
    book = snapshot({4000: 100}, {5000: 100})
    mirrored = snapshot({5000: 100}, {4000: 100})
    for aim in (Aim.REDUCE, Aim.FLATTEN_RESTING, Aim.FLATTEN_TAKING):
        one, other = (
            way_out(aim, book, held(20), NONE, MARKET, FREE),
            way_out(aim, mirrored, held(0, 20), NONE, MARKET, FREE),
        )
        assert one is not None
        assert other is not None
        assert (one.price, one.size, one.edge) == (other.price, other.size, other.edge)
        assert (one.outcome, other.outcome) == (Outcome.YES, Outcome.NO)
