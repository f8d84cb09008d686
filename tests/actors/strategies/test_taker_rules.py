"""What the taker buys is worth more than it costs; what it sells is settled; it never holds more than it may."""

from typing import NamedTuple

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.order_management.desired import Funds
from actors.portfolio.reserve import reserve_for
from actors.strategies.taker import TAKER
from actors.strategies.taker_rules import TakerSettings, entry, fair_value, imbalance, leaving
from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.markets import NO_FEES, FeeSchedule, Market, Phase
from messages.portfolio import Position
from messages.units import CASH_SCALE, LOT, PRICE_SCALE, Cash, Price, Shares, TickSize
from supervision.specs import SECOND
from supervision.testing import MILLISECOND
from tests.actors.actor_world import BUY, NO, SELL, YES, snapshot
from tests.actors.samples import GAME, TAKER_FEES, dollars, market, shares

TAKER_SETTINGS = TakerSettings(
    order_size=shares(20),
    maximum_position=shares(50),
    minimum_edge=Price(20),
    push_at_full=Price(300),
    levels=3,
    lowest_price=Price(300),
    holding_ns=60 * SECOND,
    look_every_ns=200 * MILLISECOND,
    replace_min_age_ns=2 * SECOND,
    time_to_live_ns=30 * SECOND,
    retry_after_ns=SECOND,
)
RICH = Funds(dollars(1000), shares(1000), shares(1000))


class Case(NamedTuple):
    snapshot: Snapshot
    position: Position
    funds: Funds
    market: Market
    settings: TakerSettings


def holding(yes: int = 0, no: int = 0) -> Position:
    return Position(GAME, TAKER, shares(yes), shares(no))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    tick = draw(st.sampled_from([100, 50, 10]))
    step = draw(st.sampled_from([tick, 10 if tick % 10 == 0 else tick]))
    last = PRICE_SCALE // step - 1
    bid = draw(st.integers(1, last - 1))
    ask = draw(st.integers(bid + 1, min(last, bid + draw(st.integers(1, 20)))))
    size = st.integers(1, 400)

    def side(best: int) -> dict[int, int]:
        depths = draw(st.lists(st.integers(0, best - 1), max_size=3))
        return {(best - down) * step: draw(size) for down in (0, *depths)}

    book = evolve(snapshot(side(bid), side(PRICE_SCALE // step - ask), tick=tick, step=step), tick_size=TickSize(tick))
    held = st.one_of(st.just(Shares(0)), st.integers(5_000_000, 80_000_000).map(Shares))
    yes, no = draw(held), draw(held)
    unsettled = (Shares(draw(st.sampled_from([0, each // 3, each]))) for each in (yes, no))
    position = Position(GAME, TAKER, yes, no, provisional_yes=next(unsettled), provisional_no=next(unsettled))
    funds = Funds(Cash(draw(st.integers(0, 40)) * CASH_SCALE), draw(held), draw(held))
    fees = draw(st.sampled_from([NO_FEES, TAKER_FEES, FeeSchedule(rate_ppm=20_000)]))
    settings = evolve(
        TAKER_SETTINGS,
        order_size=shares(draw(st.integers(5, 60))),
        maximum_position=shares(draw(st.integers(5, 90))),
        push_at_full=Price(draw(st.integers(0, 2000))),
        minimum_edge=Price(draw(st.integers(1, 100))),
    )
    return Case(book, position, funds, market(fees=fees), settings)


def worth(case: Case, outcome: Outcome) -> float:
    fair = fair_value(case.snapshot, case.settings)
    return fair if outcome is YES else PRICE_SCALE - fair


class TestWhatIsBought:
    @given(cases())
    def test_is_worth_the_minimum_edge_more_than_all_it_can_cost(self, case: Case) -> None:
        wish = entry(*case)
        if wish is None:
            return
        fees = case.market.fees
        cost = reserve_for(BUY, wish.outcome, wish.price, wish.size, False, fees).cash
        value = worth(case, wish.outcome) * wish.size / PRICE_SCALE
        assert wish.edge >= case.settings.minimum_edge
        assert value - cost >= case.settings.minimum_edge * wish.size / PRICE_SCALE - 1
        assert wish.edge * wish.size / PRICE_SCALE <= value - cost + 1
        assert wish.price < worth(case, wish.outcome)

    @given(cases())
    def test_never_exceeds_the_position_the_order_the_display_or_the_cash(self, case: Case) -> None:
        wish = entry(*case)
        if wish is None:
            return
        book, position, funds, listing, settings = case
        assert position.yes + position.no + wish.size <= settings.maximum_position
        assert wish.size <= settings.order_size
        assert wish.size <= book.bids(wish.outcome.other).best_size
        assert reserve_for(BUY, wish.outcome, wish.price, wish.size, False, listing.fees).cash <= funds.cash

    @given(cases())
    def test_is_an_order_that_the_venue_takes(self, case: Case) -> None:
        """On the tick, meeting the best offer, of whole lots, cents and the least sizes."""
        wish = entry(*case)
        if wish is None:
            return
        book, _, _, listing, _ = case
        assert (wish.side, wish.takes) == (BUY, True)
        assert wish.price % book.tick_size == 0
        assert 0 <= wish.price - book.best_ask_of(wish.outcome) < book.tick_size
        assert wish.size % LOT == 0
        assert wish.size >= listing.minimum_size
        amount = wish.price * wish.size // PRICE_SCALE
        assert amount >= CASH_SCALE
        assert amount % (CASH_SCALE // 100) == 0

    def test_is_what_a_one_sided_push_promises(self) -> None:
        """Bid 0.45 for 900, offered 0.47 for 100: the micro-price is 0.468, and 0.8 of 3 cents are added."""
        book = snapshot({4500: 900}, {5300: 100})
        assert imbalance(book, 3) == pytest.approx(0.8)
        assert fair_value(book, TAKER_SETTINGS) == pytest.approx(4680 + 240)
        wish = entry(book, holding(), RICH, market(), TAKER_SETTINGS)
        assert wish is not None
        assert (wish.outcome, wish.price, wish.size, wish.edge) == (YES, 4700, shares(20), 220)
        mirrored = entry(snapshot({4500: 100}, {5300: 900}), holding(), RICH, market(), TAKER_SETTINGS)
        assert mirrored is not None
        assert (mirrored.outcome, mirrored.price) == (NO, 5500)

    def test_is_nothing_where_the_fee_eats_the_edge(self) -> None:
        book = snapshot({4500: 900}, {5300: 100})
        assert entry(book, holding(), RICH, market(fees=FeeSchedule(rate_ppm=100_000)), TAKER_SETTINGS) is None

    @pytest.mark.parametrize("phase", [each for each in Phase if each is not Phase.NORMAL])
    def test_is_nothing_outside_of_normal_trading(self, phase: Phase) -> None:
        book = evolve(snapshot({4500: 900}, {5300: 100}), phase=phase)
        assert entry(book, holding(), RICH, market(), TAKER_SETTINGS) is None

    def test_is_nothing_on_a_book_with_one_side_or_crossed(self) -> None:
        for book in (snapshot({4500: 900}, {}), snapshot({}, {5300: 9}), snapshot({5000: 900}, {5300: 100})):
            assert entry(book, holding(), RICH, market(), TAKER_SETTINGS) is None


class TestWhatIsSold:
    @given(cases(), st.integers(0, 100))
    def test_is_settled_and_free(self, case: Case, age_s: int) -> None:
        book, position, funds, listing, settings = case
        wish = leaving(book, position, funds, {YES: 0, NO: 0}, age_s * SECOND, listing, settings)
        if wish is None:
            return
        assert wish.side is SELL
        assert listing.minimum_size <= wish.size <= position.settled(wish.outcome)
        assert wish.size <= (funds.yes if wish.outcome is YES else funds.no)
        assert wish.price % book.tick_size == 0
        assert wish.size % LOT == 0

    @given(cases())
    def test_before_its_time_never_goes_for_less_than_it_is_worth(self, case: Case) -> None:
        book, position, funds, listing, settings = case
        wish = leaving(book, position, funds, {YES: 0, NO: 0}, 1, listing, settings)
        if wish is None:
            return
        assert wish.edge >= 0
        assert wish.price >= worth(case, wish.outcome)

    @given(cases(), st.integers(0, 100))
    def test_rests_only_where_nobody_bids_as_much(self, case: Case, age_s: int) -> None:
        book, position, funds, listing, settings = case
        wish = leaving(book, position, funds, {YES: 0, NO: 0}, age_s * SECOND, listing, settings)
        if wish is None:
            return
        bid = book.bids(wish.outcome).best
        assert wish.price <= bid if wish.takes else wish.price > bid

    def test_is_kept_while_the_offer_is_below_its_worth(self) -> None:
        book = snapshot({4500: 900}, {5300: 100})
        assert leaving(book, holding(yes=20), RICH, {YES: 0}, SECOND, market(), TAKER_SETTINGS) is None

    def test_is_offered_when_the_edge_is_gone_and_taken_to_the_bid_when_its_time_is_over(self) -> None:
        book = snapshot({4500: 500}, {5300: 500})
        offered = leaving(book, holding(yes=20), RICH, {YES: 0}, SECOND, market(), TAKER_SETTINGS)
        assert offered is not None
        assert (offered.price, offered.takes, offered.size) == (4600, False, shares(20))
        due = leaving(book, holding(yes=20), RICH, {YES: 0}, 60 * SECOND, market(), TAKER_SETTINGS)
        assert due is not None
        assert (due.price, due.takes, due.edge) == (4500, True, -100)

    def test_goes_to_a_bid_that_pays_its_worth(self) -> None:
        """Sellers outweigh: YES is worth 0.451 - 0.024, and the bid is 0.45."""
        book = snapshot({4500: 50}, {5300: 450})
        wish = leaving(book, holding(yes=20), RICH, {YES: 0}, SECOND, market(), TAKER_SETTINGS)
        assert wish is not None
        assert (wish.price, wish.takes) == (4500, True)
        assert wish.edge > 0

    def test_is_sold_in_the_last_minute_whatever_its_age(self) -> None:
        book = evolve(snapshot({4500: 900}, {5300: 100}), phase=Phase.CLOSE_WINDOW)
        wish = leaving(book, holding(yes=20), RICH, {YES: 0}, 0, market(), TAKER_SETTINGS)
        assert wish is not None
        assert (wish.price, wish.takes) == (4500, True)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="order_size"):
        evolve(TAKER_SETTINGS, order_size=Shares(1))
    with pytest.raises(ValueError, match="maximum_position"):
        evolve(TAKER_SETTINGS, maximum_position=Shares(0))
    with pytest.raises(ValueError, match="minimum_edge"):
        evolve(TAKER_SETTINGS, minimum_edge=Price(0))
    with pytest.raises(ValueError, match="levels"):
        evolve(TAKER_SETTINGS, levels=0)
    with pytest.raises(ValueError, match="time_to_live"):
        evolve(TAKER_SETTINGS, time_to_live_ns=0)
