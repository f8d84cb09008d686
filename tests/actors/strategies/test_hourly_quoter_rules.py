"""What a quoter of periods wants to have resting, under random books, fair values, holdings and settings."""

import math
from itertools import pairwise
from typing import NamedTuple

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.order_management.desired import Desired
from actors.strategies.hourly_quoter_rules import (
    Left,
    NoQuotes,
    PeriodQuotes,
    half_spreads,
    largest_inventory,
    period_quotes,
    reservation_price,
    size_of_new,
)
from actors.strategies.hourly_quoter_settings import HourlyQuoterSettings
from actors.strategies.stance import Fair
from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.markets import Phase
from messages.portfolio import Position
from messages.units import ONE, PRICE_SCALE, Price, Shares, whole_lots
from tests.actors.actor_world import BUY, NO, SELL, YES, snapshot
from tests.actors.samples import GAME, MAKER, shares

DEFAULTS = HourlyQuoterSettings()
MINIMUM = shares(5)


class Case(NamedTuple):
    snapshot: Snapshot
    fair: Fair
    left: Left
    position: Position
    settings: HourlyQuoterSettings

    def quotes(self, share: float | None = None) -> PeriodQuotes | NoQuotes:
        left = self.left if share is None else Left(self.left.time, share)
        return period_quotes(self.snapshot, self.fair, left, self.position, MINIMUM, self.settings)

    def desired(self, share: float | None = None) -> tuple[Desired, ...]:
        found = self.quotes(share)
        return () if isinstance(found, NoQuotes) else found.desired

    @property
    def inventory(self) -> int:
        return self.position.yes - self.position.no


@st.composite
def books(draw: st.DrawFn) -> Snapshot:
    """Uncrossed, with two sides, one or none."""
    tick = draw(st.sampled_from([100, 50, 10]))
    last = PRICE_SCALE // tick - 1
    bid = draw(st.integers(0, last - 1))
    ask = draw(st.integers(bid + 1, last + 1))
    yes = {bid * tick: draw(st.integers(1, 3000))} if bid else {}
    no = {(last + 1 - ask) * tick: draw(st.integers(1, 3000))} if ask <= last else {}
    phase = draw(st.sampled_from([Phase.NORMAL, Phase.NORMAL, Phase.NORMAL, Phase.CLOSE_WINDOW]))
    return evolve(snapshot(yes, no, tick=tick), phase=phase)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    size = draw(st.integers(5, 60))
    chosen = evolve(
        DEFAULTS,
        quote_size=shares(size),
        maximum_inventory=shares(size * draw(st.integers(1, 8))),
        levels=draw(st.integers(1, 3)),
        level_ticks=draw(st.integers(1, 4)),
        minimum_edge=Price(draw(st.one_of(st.integers(1, 20), st.integers(1, 300)))),
        half_spread_ticks=draw(st.one_of(st.just(1), st.integers(1, 4))),
        band_percent=draw(st.one_of(st.just(0), st.integers(0, 100))),
        skew_at_full=Price(draw(st.one_of(st.integers(0, 500), st.integers(1000, 5000)))),
        give_up_at_end=Price(draw(st.integers(0, 300))),
        lowest_price=Price(draw(st.integers(0, 500))),
    )
    price = draw(st.floats(0, 10_000))
    below, above = draw(st.one_of(st.just((0.0, 0.0)), st.tuples(st.floats(0, 800), st.floats(0, 800))))
    low, high = max(0.0, price - below), min(10_000.0, price + above)
    most = draw(st.sampled_from([20, 60, 500])) * 10**6
    pairs, more = draw(st.integers(0, 100_000_000)), draw(st.integers(0, most))
    yes, no = (pairs + more, pairs) if draw(st.booleans()) else (pairs, pairs + more)
    position = Position(
        GAME,
        MAKER,
        Shares(yes),
        Shares(no),
        provisional_yes=Shares(draw(st.one_of(st.just(0), st.integers(0, yes)))),
        provisional_no=Shares(draw(st.one_of(st.just(0), st.integers(0, no)))),
    )
    fair = Fair(price, low, high, draw(st.booleans()))
    left = Left(draw(st.floats(0, 1)), draw(st.one_of(st.just(1.0), st.floats(0, 1))))
    return Case(draw(books()), fair, left, position, chosen)


def gained(quote: Desired) -> int:
    """How the inventory (YES less NO) changes when it is filled."""
    return quote.size if quote.gains is YES else -quote.size


def cost(quote: Desired) -> int:
    """Of a share of what it gains exposure to."""
    return quote.price if quote.side is BUY else ONE - quote.price


def worth(quote: Desired, case: Case) -> float:
    return case.fair.price if quote.gains is YES else ONE - case.fair.price


@given(cases())
def test_every_price_is_on_the_tick_and_inside_0_and_1(case: Case) -> None:
    for quote in case.desired():
        assert quote.price % case.snapshot.tick_size == 0
        assert 0 < quote.price < ONE


@settings(max_examples=250)
@given(cases())
def test_no_quote_crosses_or_locks_the_book(case: Case) -> None:
    for quote in case.desired():
        if quote.side is BUY:
            assert quote.price < case.snapshot.best_ask_of(quote.outcome)
        else:
            assert quote.price > case.snapshot.bids(quote.outcome).best


@settings(max_examples=250)
@given(cases())
def test_what_adds_to_the_inventory_has_the_edge_and_what_reduces_gives_up_no_more_than_it_may(case: Case) -> None:
    inventory = {YES: case.inventory, NO: -case.inventory}
    for quote in case.desired():
        edge = worth(quote, case) - cost(quote)
        if inventory[quote.gains] + quote.size > 0:
            assert edge >= case.settings.minimum_edge - 1e-6
        else:
            assert edge >= -case.settings.give_up_at_end * (1 - case.left.share) - 1e-6
        assert quote.edge <= edge + 1e-6
        inventory[quote.gains] += quote.size


@given(cases())
def test_an_uncertain_fair_value_is_quoted_outside_of_its_band(case: Case) -> None:
    """As far as the inventory does not pull: then the other limits hold."""
    flat = Position(GAME, MAKER, case.position.yes, case.position.yes)
    case = case._replace(fair=evolve(case.fair, is_uncertain=True), position=flat)
    for quote in case.desired()[:2]:
        edge = worth(quote, case) - cost(quote)
        band = case.fair.price - case.fair.low if quote.gains is YES else case.fair.high - case.fair.price
        assert edge >= band + case.settings.minimum_edge - 1e-6


@given(cases())
def test_uncertainty_never_narrows_and_the_spread_is_never_less_than_was_said(case: Case) -> None:
    tick, settings = case.snapshot.tick_size, case.settings
    sure = half_spreads(evolve(case.fair, is_uncertain=False), tick, settings)
    unsure = half_spreads(evolve(case.fair, is_uncertain=True), tick, settings)
    assert unsure[0] >= sure[0] >= max(settings.minimum_edge, settings.half_spread_ticks * tick)
    assert unsure[1] >= sure[1] >= max(settings.minimum_edge, settings.half_spread_ticks * tick)


@given(cases())
def test_if_all_quotes_fill_the_pairs_lock_no_loss(case: Case) -> None:
    """In ACTIVE: what is paid for a YES and a NO together is less than 1."""
    bids = [cost(each) for each in case.desired(1.0) if each.gains is YES]
    asks = [cost(each) for each in case.desired(1.0) if each.gains is NO]
    assert all(bid + ask < ONE for bid in bids for ask in asks)


@given(cases())
def test_there_are_no_more_quotes_than_levels_and_the_best_comes_first(case: Case) -> None:
    for gains in Outcome:
        costs = [cost(each) for each in case.desired() if each.gains is gains]
        assert len(costs) <= case.settings.levels
        assert all(one > other for one, other in pairwise(costs))


@settings(max_examples=250)
@given(cases())
def test_only_settled_shares_are_sold_in_whole_lots_and_no_less_than_the_venue_takes(case: Case) -> None:
    sold: dict[Outcome, int] = {YES: 0, NO: 0}
    for quote in case.desired():
        assert MINIMUM <= quote.size <= case.settings.quote_size
        assert quote.size == whole_lots(quote.size)
        if quote.side is SELL:
            sold[quote.outcome] += quote.size
    for outcome in Outcome:
        assert sold[outcome] <= max(0, case.position.settled(outcome))


@given(cases())
def test_near_the_end_of_the_market_nothing_is_bought(case: Case) -> None:
    late = case._replace(snapshot=evolve(case.snapshot, phase=Phase.CLOSE_WINDOW))
    assert all(each.side is SELL for each in late.desired())
    over = case._replace(snapshot=evolve(case.snapshot, phase=Phase.CLOSED))
    assert over.desired() == ()


@settings(max_examples=250)
@given(cases())
def test_no_quote_leads_beyond_what_may_be_held_by_now(case: Case) -> None:
    most = largest_inventory(case.left.share, case.settings)
    reached = {YES: case.inventory, NO: -case.inventory}
    for quote in case.desired():
        reached[quote.gains] += quote.size
        assert reached[quote.gains] <= max(most, 0)


# Winding down


@given(st.lists(st.floats(0, 1), min_size=2), cases())
def test_what_may_be_held_and_what_is_new_fall_to_nothing_and_never_grow(downs: list[float], case: Case) -> None:
    held = [largest_inventory(1 - each, case.settings) for each in sorted(downs)]
    new = [size_of_new(1 - each, case.settings) for each in sorted(downs)]
    assert held == sorted(held, reverse=True)
    assert new == sorted(new, reverse=True)
    assert largest_inventory(0.0, case.settings) == size_of_new(0.0, case.settings) == 0
    assert largest_inventory(1.0, case.settings) == case.settings.maximum_inventory
    assert size_of_new(1.0, case.settings) == case.settings.quote_size


@settings(max_examples=250)
@given(cases(), st.floats(0, 1), st.floats(0, 1))
def test_no_quote_grows_while_it_is_wound_down(case: Case, one: float, other: float) -> None:
    """All else equal: neither the size of a side nor of its best quote."""
    single = case._replace(settings=evolve(case.settings, levels=1, lowest_price=Price(0)))
    earlier, later = max(one, other), min(one, other)
    for gains in Outcome:
        before = sum(each.size for each in single.desired(earlier) if each.gains is gains)
        after = sum(each.size for each in single.desired(later) if each.gains is gains)
        # A quote that was kept back for its price alone may come in: no farther than to be rid of what is held.
        if after > before:
            exposure = case.inventory if gains is YES else -case.inventory
            assert before == 0
            assert exposure + after <= 0


@given(cases())
def test_at_the_end_of_wind_down_only_what_reduces_is_quoted(case: Case) -> None:
    for quote in case.desired(0.0):
        assert gained(quote) * case.inventory < 0
        assert abs(case.inventory + gained(quote)) < abs(case.inventory)


@given(cases(), st.floats(0, 1), st.floats(0, 1))
def test_the_skew_pushes_harder_against_the_inventory_the_more_is_wound_down(
    case: Case, one: float, other: float
) -> None:
    fair, time = case.fair.price, case.left.time
    earlier = reservation_price(fair, case.inventory, Left(time, max(one, other)), case.settings)
    later = reservation_price(fair, case.inventory, Left(time, min(one, other)), case.settings)
    sign = math.copysign(1, case.inventory) if case.inventory else 0
    assert (later - earlier) * sign <= 1e-9
    assert (earlier - fair) * sign <= 1e-9


@given(cases(), st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_more_inventory_never_makes_it_bid_higher(case: Case, one: int, other: int) -> None:
    low, high = sorted((one, other))
    less = reservation_price(case.fair.price, low, case.left, case.settings)
    more = reservation_price(case.fair.price, high, case.left, case.settings)
    assert more <= less + 1e-9


def test_in_active_the_skew_shrinks_with_the_time_left() -> None:
    shifts = [5000 - reservation_price(5000, shares(100), Left(time, 1.0), DEFAULTS) for time in (1.0, 0.5, 0.0)]
    assert shifts == [200, 100, 0]


def test_in_wind_down_the_skew_grows_until_a_full_inventory_costs_all_of_it() -> None:
    shifts = [5000 - reservation_price(5000, shares(100), Left(0.0, share), DEFAULTS) for share in (1.0, 0.5, 0.0)]
    assert shifts == [0, 100, 200]


# By example


def desired(case: Case) -> list[tuple[Outcome, str, int, int]]:
    return [(each.outcome, each.side.value, each.price, each.size // 1_000_000) for each in case.desired()]


BOOK = snapshot({4000: 100}, {4000: 100})
EVEN = Case(BOOK, Fair(5000, 4900, 5100, False), Left(1.0, 1.0), Position(GAME, MAKER), DEFAULTS)


def test_one_quote_a_side_around_the_fair_value() -> None:
    assert desired(EVEN) == [(YES, "BUY", 4900, 20), (NO, "BUY", 4900, 20)]


def test_an_uncertain_fair_value_is_quoted_wider() -> None:
    unsure = EVEN._replace(fair=Fair(5000, 4900, 5100, True))
    assert desired(unsure) == [(YES, "BUY", 4800, 20), (NO, "BUY", 4800, 20)]


def test_an_empty_book_is_quoted_all_the_same() -> None:
    assert len(EVEN._replace(snapshot=snapshot({}, {})).desired()) == 2


def test_what_is_held_is_sold_and_not_the_other_token_bought() -> None:
    long = EVEN._replace(position=Position(GAME, MAKER, shares(40)))
    assert [each[:2] for each in desired(long)] == [(YES, "BUY"), (YES, "SELL")]
    unsettled = EVEN._replace(position=Position(GAME, MAKER, shares(40), provisional_yes=shares(40)))
    assert [each[:2] for each in desired(unsettled)] == [(YES, "BUY"), (NO, "BUY")]


def test_what_turns_the_inventory_round_has_the_edge_however_hard_the_skew_pulls() -> None:
    """Ten NO that cannot be sold yet: a bid for twenty YES ends with ten of those."""
    unsettled = Position(GAME, MAKER, no=shares(10), provisional_no=shares(10))
    pulled = EVEN._replace(position=unsettled, settings=evolve(DEFAULTS, skew_at_full=Price(5000)))
    assert desired(pulled)[0] == (YES, "BUY", 4900, 20)


def test_what_only_reduces_goes_down_to_the_fair_value_and_beyond_it_in_wind_down_alone() -> None:
    held = Position(GAME, MAKER, shares(40))
    pulled = EVEN._replace(position=held, settings=evolve(DEFAULTS, skew_at_full=Price(5000)))
    sales = {share: [each.price for each in pulled.desired(share) if each.side is SELL] for share in (1.0, 0.5, 0.0)}
    assert sales == {1.0: [5000], 0.5: [5000], 0.0: [4900]}


def test_levels_are_as_far_apart_as_was_said() -> None:
    three = EVEN._replace(settings=evolve(DEFAULTS, levels=3))
    assert [each[2] for each in desired(three)] == [4900, 4700, 4500, 4900, 4700, 4500]


def test_a_fair_value_near_certainty_is_not_quoted_but_for_getting_out() -> None:
    sure = EVEN._replace(fair=Fair(9900, 9850, 9950, False), snapshot=snapshot({9700: 10}, {}))
    assert desired(sure) == []
    holding = sure._replace(position=Position(GAME, MAKER, shares(0), shares(30)))
    assert {(each[0], each[1]) for each in desired(holding)} == {(NO, "SELL")}


def test_settings_that_would_let_orders_live_longer_towards_the_end_are_refused() -> None:
    with pytest.raises(ValueError, match="time_to_live_at_end"):
        evolve(DEFAULTS, time_to_live_at_end_ns=DEFAULTS.time_to_live_ns + 1)


@given(st.lists(st.floats(0, 1), min_size=2))
def test_times_to_live_only_shorten(parts: list[float]) -> None:
    lives = [DEFAULTS.time_to_live_at(1 - each) for each in sorted(parts)]
    assert lives == sorted(lives, reverse=True)
    assert (DEFAULTS.time_to_live_at(1.0), DEFAULTS.time_to_live_at(0.0)) == (60 * 10**9, 5 * 10**9)
