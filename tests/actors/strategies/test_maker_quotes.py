"""What the maker wants to have resting, under random books, positions and settings."""

from typing import NamedTuple

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from actors.strategies.maker_quotes import MakerSettings, NoQuote, Quote, Quotes, covered_price, edge_of, quotes
from messages.identity import Outcome, Side
from messages.market_data import Snapshot
from messages.portfolio import Position
from messages.units import ONE, PRICE_SCALE, Price, Shares, whole_lots
from tests.actors.actor_world import BUY, MAKER_SETTINGS, NO, SELL, YES, snapshot
from tests.actors.samples import GAME, MAKER, shares

DEFAULTS = MAKER_SETTINGS
MINIMUM = shares(5)


class Case(NamedTuple):
    snapshot: Snapshot
    position: Position
    volatility: float
    settings: MakerSettings

    def quotes(self) -> Quotes | NoQuote:
        return quotes(self.snapshot, self.position, self.volatility, MINIMUM, self.settings)


def position(yes: int = 0, no: int = 0) -> Position:
    """Whole shares."""
    return Position(GAME, MAKER, shares(yes), shares(no))


@st.composite
def books(draw: st.DrawFn) -> Snapshot:
    """Closed books of up to eight levels a side, on the ticks of the venue."""
    tick = draw(st.sampled_from([100, 50, 10, 1, 1000]))
    last = PRICE_SCALE // tick - 1
    bid = draw(st.integers(1, last - 1))
    ask = draw(st.integers(bid + 1, min(last, bid + draw(st.integers(1, 30)))))

    def side(best: int) -> dict[int, int]:
        depths = draw(st.lists(st.integers(0, best - 1), max_size=7))
        return {(best - down) * tick: draw(st.integers(1, 3000)) for down in (0, *depths)}

    return snapshot(side(bid), side(PRICE_SCALE // tick - ask), tick=tick)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    quote_size = draw(st.integers(5, 100))
    chosen = evolve(
        DEFAULTS,
        quote_size=shares(quote_size),
        maximum_inventory=shares(quote_size * draw(st.integers(1, 8))),
        minimum_edge=Price(draw(st.integers(1, 300))),
        skew_at_full=Price(draw(st.integers(0, 400))),
        depth_ahead=shares(draw(st.integers(0, 3000))),
        width_of_volatility=draw(st.floats(0, 3)),
        lowest_price=Price(draw(st.integers(0, 500))),
    )
    held = st.integers(0, 2_000_000_000).map(Shares)
    where = Position(GAME, MAKER, draw(held), draw(held))
    return Case(draw(books()), where, draw(st.floats(0, 500)), chosen)


def both(case: Case) -> list[Quote]:
    wanted = case.quotes()
    return [] if isinstance(wanted, NoQuote) else [each for each in (wanted.bid, wanted.ask) if each is not None]


def in_yes_terms(quote: Quote) -> int:
    return quote.price if quote.outcome is YES else PRICE_SCALE - quote.price


def gains(quote: Quote) -> int:
    """How the inventory (YES less NO) changes when the whole quote is filled."""
    sign = 1 if (quote.outcome is YES) == (quote.side is BUY) else -1
    return sign * quote.size


@given(cases())
def test_every_price_is_on_the_tick_and_inside_0_and_1(case: Case) -> None:
    for quote in both(case):
        assert quote.price % case.snapshot.tick_size == 0
        assert 0 < quote.price < ONE


@given(cases())
def test_no_quote_crosses_or_touches_the_other_side_of_the_book(case: Case) -> None:
    for quote in both(case):
        if quote.side is BUY:
            assert quote.price < case.snapshot.best_ask_of(quote.outcome)
        else:
            assert quote.price > case.snapshot.bids(quote.outcome).best


@given(cases())
def test_if_both_quotes_fill_the_pair_never_locks_a_loss(case: Case) -> None:
    """A BUY of YES and one of NO make a set worth 1; in YES terms the bid is below the ask."""
    wanted = case.quotes()
    if isinstance(wanted, Quotes) and wanted.bid is not None and wanted.ask is not None:
        assert in_yes_terms(wanted.bid) < in_yes_terms(wanted.ask)
        if wanted.bid.side is wanted.ask.side is BUY:
            assert wanted.bid.price + wanted.ask.price < ONE


@given(cases())
def test_the_bid_gains_exposure_to_yes_and_the_ask_gives_it_up(case: Case) -> None:
    wanted = case.quotes()
    if isinstance(wanted, Quotes):
        assert wanted.bid is None or gains(wanted.bid) > 0
        assert wanted.ask is None or gains(wanted.ask) < 0


@given(cases())
def test_no_buy_takes_the_inventory_beyond_the_maximum(case: Case) -> None:
    inventory = case.position.yes - case.position.no
    for quote in both(case):
        if quote.side is BUY:
            after = inventory + gains(quote)
            toward = after if gains(quote) > 0 else -after
            assert toward <= case.settings.maximum_inventory


@given(cases())
def test_only_what_is_held_is_sold_in_whole_lots_and_no_less_than_the_venue_takes(case: Case) -> None:
    for quote in both(case):
        assert MINIMUM <= quote.size <= case.settings.quote_size
        assert quote.size == whole_lots(quote.size)
        if quote.side is SELL:
            assert quote.size <= case.position.shares(quote.outcome)


@given(cases())
def test_what_adds_to_the_inventory_earns_the_minimum_edge_and_nothing_is_quoted_at_a_loss(case: Case) -> None:
    wanted = case.quotes()
    inventory = case.position.yes - case.position.no
    for quote in both(case):
        assert isinstance(wanted, Quotes)
        assert edge_of(quote, wanted.fair) >= 0
        assert quote.edge <= edge_of(quote, wanted.fair) + 1e-6
        if inventory * gains(quote) >= 0:
            assert edge_of(quote, wanted.fair) >= case.settings.minimum_edge - 1e-6


@given(cases())
def test_no_quote_stands_before_the_depth_that_is_to_be_ahead_of_it(case: Case) -> None:
    """Displayed at the price or better, in terms of the bids that the quote joins."""
    for quote in both(case):
        joined = quote.outcome if quote.side is BUY else quote.outcome.other
        price = quote.price if quote.side is BUY else PRICE_SCALE - quote.price
        ahead = sum(size for level, size in case.snapshot.bids(joined).levels() if level >= price)
        assert ahead >= case.settings.depth_ahead


@given(cases(), st.integers(1, 2_000_000_000))
def test_the_more_is_held_the_lower_are_both_quotes(case: Case, more: int) -> None:
    fuller = case._replace(position=evolve(case.position, yes=Shares(case.position.yes + more)))
    less, greater = case.quotes(), fuller.quotes()
    if isinstance(less, NoQuote) or isinstance(greater, NoQuote):
        assert type(less) is type(greater)
        return
    assert greater.reservation <= less.reservation
    assert greater.fair == less.fair
    for one, other in ((less.bid, greater.bid), (less.ask, greater.ask)):
        if one is not None and other is not None:
            assert in_yes_terms(other) <= in_yes_terms(one)


@given(cases(), st.floats(0, 500))
def test_the_wilder_the_price_the_wider_are_the_quotes(case: Case, more: float) -> None:
    calm, wild = case.quotes(), case._replace(volatility=case.volatility + more).quotes()
    if isinstance(calm, NoQuote) or isinstance(wild, NoQuote):
        return
    if calm.bid is not None and wild.bid is not None:
        assert in_yes_terms(wild.bid) <= in_yes_terms(calm.bid)
    if calm.ask is not None and wild.ask is not None:
        assert in_yes_terms(wild.ask) >= in_yes_terms(calm.ask)


def mirrored(snapshot: Snapshot) -> Snapshot:
    return Snapshot(
        snapshot.market,
        snapshot.epoch,
        snapshot.number,
        snapshot.no_bids,
        snapshot.yes_bids,
        snapshot.tick_size,
        snapshot.phase,
        snapshot.proof,
        snapshot.exchange_ms,
        snapshot.received_ns,
    )


@settings(max_examples=50)
@given(books(), st.integers(0, 300), st.integers(0, 300))
def test_the_two_tokens_are_treated_alike(book: Snapshot, yes: int, no: int) -> None:
    """With the names of the tokens exchanged the quotes are the same with the names exchanged. Prices on the edge
    between two ticks are left out, since rounding of floats may differ there."""
    chosen = evolve(DEFAULTS, minimum_edge=Price(23), skew_at_full=Price(0))
    one = quotes(book, position(yes, no), 0.0, MINIMUM, chosen)
    other = quotes(mirrored(book), position(no, yes), 0.0, MINIMUM, chosen)
    if isinstance(one, NoQuote) or isinstance(other, NoQuote):
        assert type(one) is type(other)
        return
    distance = (one.reservation - one.half_spread) % book.tick_size
    assume(1e-3 < distance < book.tick_size - 1e-3)
    distance = (other.reservation - other.half_spread) % book.tick_size
    assume(1e-3 < distance < book.tick_size - 1e-3)
    for here, there in ((one.bid, other.ask), (one.ask, other.bid)):
        assert (here is None) == (there is None)
        if here is not None and there is not None:
            assert (here.price, here.size, here.side) == (there.price, there.size, there.side)
            assert here.outcome is there.outcome.other


class TestNothingIsQuoted:
    @pytest.mark.parametrize("book", [snapshot(yes={}), snapshot(no={}), snapshot(yes={}, no={})])
    def test_on_a_book_with_an_empty_side(self, book: Snapshot) -> None:
        assert isinstance(quotes(book, position(), 0.0, MINIMUM, DEFAULTS), NoQuote)

    @pytest.mark.parametrize(("yes", "no"), [({100: 9000}, {9800: 9000}), ({9800: 9000}, {100: 9000})])
    def test_near_to_certainty(self, yes: dict[int, int], no: dict[int, int]) -> None:
        assert isinstance(quotes(snapshot(yes, no), position(), 0.0, MINIMUM, DEFAULTS), NoQuote)

    def test_behind_a_book_that_is_thinner_than_the_depth_ahead(self) -> None:
        wanted = quotes(snapshot({4500: 10}, {5300: 10}), position(), 0.0, MINIMUM, DEFAULTS)
        assert isinstance(wanted, Quotes)
        assert wanted.bid is wanted.ask is None


def test_a_usual_book_is_quoted_on_both_sides_with_buys() -> None:
    wanted = quotes(snapshot(), position(), 0.0, MINIMUM, DEFAULTS)
    assert isinstance(wanted, Quotes)
    assert wanted.bid == Quote(YES, BUY, Price(4500), shares(50), 100)
    assert wanted.ask == Quote(NO, BUY, Price(5300), shares(50), 100)


def test_what_is_held_is_sold_rather_than_the_other_token_bought() -> None:
    wanted = quotes(snapshot(), position(yes=30), 0.0, MINIMUM, DEFAULTS)
    assert isinstance(wanted, Quotes)
    assert wanted.ask is not None
    assert (wanted.ask.outcome, wanted.ask.side, wanted.ask.size) == (YES, SELL, shares(30))


@given(books(), st.sampled_from(Outcome), st.integers(0, 10_000))
def test_the_covered_price_is_the_best_one_with_enough_at_it_or_better(
    book: Snapshot, outcome: Outcome, wanted: int
) -> None:
    price = covered_price(book, outcome, shares(wanted))

    def at_or_better(limit: int) -> int:
        return sum(size for level, size in book.bids(outcome).levels() if level >= limit)

    if price:
        assert at_or_better(price) >= shares(wanted)
    better = price + book.tick_size
    if better <= book.bids(outcome).best and wanted:
        assert at_or_better(better) < shares(wanted)


def test_prices_are_on_the_declared_tick_also_on_a_book_whose_grid_is_finer() -> None:
    """Incident nhl-20260607: a tick change was never announced; the venue still takes orders on the old tick only."""
    book = snapshot({5000: 5000}, {4990: 5000}, tick=100, step=10)
    wanted = quotes(book, position(no=4), 0.0, MINIMUM, evolve(DEFAULTS, maximum_inventory=shares(54)))
    short = quotes(book, position(no=200), 0.0, MINIMUM, DEFAULTS)
    for each in (wanted, short):
        assert isinstance(each, Quotes)
        for quote in (each.bid, each.ask):
            assert quote is None or quote.price % 100 == 0


def test_a_buy_that_turns_the_inventory_round_earns_the_minimum_edge() -> None:
    """4.99 NO are too few to sell, so 50 YES are bought: the inventory goes from -4.99 to +45.01."""
    few = Position(GAME, MAKER, Shares(0), Shares(4_990_000))
    chosen = evolve(DEFAULTS, minimum_edge=Price(25), maximum_inventory=shares(50), skew_at_full=Price(400))
    book = snapshot({5010: 5000}, {4980: 5000}, tick=10)
    wanted = quotes(book, few, 0.0, MINIMUM, chosen)
    assert isinstance(wanted, Quotes)
    assert wanted.bid is not None
    assert wanted.bid.side is Side.BUY
    assert edge_of(wanted.bid, wanted.fair) >= chosen.minimum_edge


def test_edges_are_told_for_the_token_that_is_traded() -> None:
    assert edge_of(Quote(YES, BUY, Price(4500), shares(1), 0), 4600.0) == 100
    assert edge_of(Quote(YES, SELL, Price(4700), shares(1), 0), 4600.0) == 100
    assert edge_of(Quote(NO, BUY, Price(5300), shares(1), 0), 4600.0) == 100
    assert edge_of(Quote(NO, SELL, Price(5500), shares(1), 0), 4600.0) == 100
