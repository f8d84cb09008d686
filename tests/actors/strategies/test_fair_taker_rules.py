"""What the fair taker takes and lets go, under random books, fair values and holdings."""

from typing import NamedTuple

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.order_management.desired import Funds
from actors.strategies.fair_taker_rules import FairTakerSettings, entry, leaving
from actors.strategies.order_in_hand import Wish
from actors.strategies.stance import Fair
from actors.strategies.takes import cost_of_buying, gain_of_selling
from actors.strategies.way_out import exposure_to
from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.markets import Phase
from messages.portfolio import Position
from messages.units import LOT, ONE, PRICE_SCALE, Cash, Price, Shares
from tests.actors.actor_world import BUY, NO, SELL, YES, snapshot
from tests.actors.samples import GAME, MAKER, dollars, shares
from tests.actors.session_world import period_market

MARKET = period_market()
SETTINGS = FairTakerSettings()
RICH = Funds(dollars(1000), shares(1000), shares(1000))
NOTHING = Position(GAME, MAKER)


class Case(NamedTuple):
    snapshot: Snapshot
    fair: Fair
    share: float
    position: Position

    def entry(self) -> Wish | None:
        return entry(self.snapshot, self.fair, self.share, self.position, RICH, MARKET, SETTINGS)

    def leaving(self) -> Wish | None:
        return leaving(self.snapshot, self.fair, self.share, self.position, RICH, MARKET, SETTINGS)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    tick = draw(st.sampled_from([100, 50, 10]))
    last = PRICE_SCALE // tick - 1
    bid = draw(st.integers(1, last - 1))
    ask = draw(st.integers(bid + 1, min(last, bid + 30)))
    yes, no = {bid * tick: draw(st.integers(1, 100))}, {(last + 1 - ask) * tick: draw(st.integers(1, 100))}
    price = draw(st.floats(0, 10_000))
    band = draw(st.floats(0, 600))
    fair = Fair(price, max(0.0, price - band), min(10_000.0, price + band), draw(st.booleans()))
    share = draw(st.one_of(st.just(1.0), st.floats(0, 1)))
    held = st.integers(0, 60).map(shares)
    return Case(snapshot(yes, no, tick=tick), fair, share, Position(GAME, MAKER, draw(held), draw(held)))


@given(cases())
def test_what_is_taken_costs_less_with_its_fee_than_the_worse_end_of_the_band(case: Case) -> None:
    wish = case.entry()
    if wish is None:
        return
    assert (wish.side, wish.takes) == (BUY, True)
    a_share = cost_of_buying(MARKET.fees, wish.price, wish.size) * PRICE_SCALE / wish.size
    fair = case.fair.cautious
    assert a_share < fair.least_worth(wish.outcome is YES)
    assert fair.worth(wish.outcome is YES) - a_share >= SETTINGS.minimum_edge
    assert wish.price >= case.snapshot.best_ask_of(wish.outcome)


@given(cases())
def test_no_more_is_taken_than_may_be_held_by_now_or_is_displayed(case: Case) -> None:
    wish = case.entry()
    if wish is not None:
        assert wish.size <= SETTINGS.order_size * case.share
        held = exposure_to(case.position, wish.outcome)
        assert wish.size + held <= SETTINGS.maximum_position * case.share
        assert wish.size <= case.snapshot.bids(wish.outcome.other).best_size
        assert wish.size % LOT == 0


@given(cases())
def test_an_uncertain_fair_value_takes_nothing_that_a_sure_one_would_not(case: Case) -> None:
    unsure = case._replace(fair=evolve(case.fair, is_uncertain=True)).entry()
    sure = case._replace(fair=evolve(case.fair, is_uncertain=False)).entry()
    assert unsure is None or sure == evolve(unsure, rationale=sure.rationale if sure else "")


@given(cases())
def test_what_is_let_go_is_settled_and_brings_what_it_is_worth_where_it_takes(case: Case) -> None:
    wish = case.leaving()
    if wish is None:
        return
    assert wish.side is SELL
    assert MARKET.minimum_size <= wish.size <= case.position.settled(wish.outcome)
    worth = case.fair.worth(wish.outcome is YES)
    if wish.takes:
        gain = gain_of_selling(MARKET.fees, wish.price, wish.size) * PRICE_SCALE / wish.size
        assert gain >= worth - 2, "less than a price unit a share is lost to rounding"
    elif case.position.shares(wish.outcome) - case.position.shares(wish.outcome.other) <= (
        SETTINGS.maximum_position * case.share
    ):
        assert wish.price >= worth - 1e-6
    if not wish.takes:
        assert case.snapshot.bids(wish.outcome).best < wish.price < ONE


def fair(price: int, band: int = 100, *, uncertain: bool = False) -> Fair:
    return Fair(price, price - band, price + band, uncertain)


BOOK = snapshot({4500: 100}, {5300: 100})
"""0.45 bid and 0.47 asked. A taker pays up to 0.07 x p (1 - p) a share."""


def taken(price: int, band: int = 100, **more: bool) -> tuple[Outcome, int] | None:
    wish = Case(BOOK, fair(price, band, **more), 1.0, NOTHING).entry()
    return None if wish is None else (wish.outcome, wish.price)


def test_it_takes_what_is_cheap_beyond_fee_band_and_edge_on_either_side() -> None:
    assert taken(5100) == (YES, 4700)
    assert taken(4950) is None, "the fee is 174: it costs 4874, which the band does not allow"
    assert taken(5100, 300) is None, "it may be worth 4800"
    assert taken(5100, uncertain=True) == (YES, 4700)
    assert taken(5100, 120, uncertain=True) is None
    assert taken(4100) == (NO, 5500)
    assert taken(4600) is None


def test_without_cash_it_takes_nothing() -> None:
    poor = Funds(Cash(1), Shares(0), Shares(0))
    assert entry(BOOK, fair(6000), 1.0, NOTHING, poor, MARKET, SETTINGS) is None


def test_near_certainty_and_near_the_end_it_takes_nothing() -> None:
    high = snapshot({9000: 100}, {900: 100})
    assert Case(high, fair(9600), 1.0, NOTHING).entry() is not None
    assert Case(high, fair(9750), 1.0, NOTHING).entry() is None
    assert Case(evolve(high, phase=Phase.CLOSE_WINDOW), fair(9600), 1.0, NOTHING).entry() is None


def test_it_leaves_when_the_edge_is_gone_and_holds_as_long_as_it_is_there() -> None:
    held = Position(GAME, MAKER, shares(10))
    ways = {}
    for price in (5000, 4600, 4300):
        wish = Case(BOOK, fair(price), 1.0, held).leaving()
        ways[price] = None if wish is None else (wish.takes, wish.price)
    assert ways == {5000: None, 4600: (False, 4600), 4300: (True, 4500)}


def test_in_wind_down_it_offers_what_is_too_much_by_now() -> None:
    held = Position(GAME, MAKER, shares(30))
    assert Case(BOOK, fair(5500), 1.0, held).leaving() is None
    wish = Case(BOOK, fair(5500), 0.5, held).leaving()
    assert wish is not None
    assert (wish.takes, wish.price) == (False, 4700)


def test_what_it_may_not_sell_cheaper_it_keeps() -> None:
    held, dear = Position(GAME, MAKER, shares(10)), evolve(SETTINGS, lowest_sale=Price(4800))
    assert leaving(BOOK, fair(4300), 1.0, held, RICH, MARKET, dear) is None
    assert NO is YES.other
