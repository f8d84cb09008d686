"""What comes and goes without a trade, by the incidents."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.portfolio.booking import Booked, Oddity
from actors.portfolio.ledger import Ledger
from actors.portfolio.moves import legs
from messages.identity import MarketId, Outcome, StrategyName
from messages.portfolio import ACCOUNT, AccountIncome, AccountMoved, MoveCause, Position
from messages.units import PRICE_SCALE, Cash, Price, Shares
from tests.actors.samples import ARBITRAGE, GAME, MAKER, dollars, fill_of, market, order_of, place, shares


def move(
    cause: MoveCause,
    cash: int = 0,
    yes: int = 0,
    no: int = 0,
    *,
    who: StrategyName | None = MAKER,
    where: MarketId | None = GAME,
    name: str = "m1",
    pays: int | None = None,
) -> AccountMoved:
    paid = None if pays is None else Price(pays)
    return AccountMoved(name, cause, who, where, dollars(cash), shares(yes), shares(no), 9, paid)


DEPOSITED = move(MoveCause.DEPOSIT, 50, who=None, where=None)


def a_ledger() -> Ledger:
    return Ledger(dollars(1_000), [market()])


def holding(*held: tuple[StrategyName, Outcome, int, int]) -> Ledger:
    """A ledger in which each of these strategies bought so many shares of a token, at that price."""
    ledger = a_ledger()
    for number, (who, outcome, size, price) in enumerate(held):
        wish = place(f"i{number}", outcome=outcome, price=price, size=shares(size), strategy=who)
        order = order_of(wish, f"o{number}")
        ledger.write(order)
        ledger.fill(fill_of(order, f"t{number}", middle=5000))
    return ledger


def position(ledger: Ledger, who: StrategyName = MAKER) -> Position:
    return ledger.view().markets[0].position_of(who)


def oddity(booked: Booked | None) -> Oddity:
    assert booked is not None
    (irregularity,) = booked.irregularities
    return irregularity.oddity


class TestMoney:
    def test_that_is_put_in_can_be_used_and_is_no_profit(self) -> None:
        ledger = a_ledger()
        ledger.transfer(DEPOSITED)
        wallet = ledger.wallet()
        assert (wallet.cash, wallet.deposited, wallet.free) == (dollars(1_050),) * 3
        assert ledger.profit({}).total == 0

    def test_that_is_taken_out_is_no_loss(self) -> None:
        ledger = a_ledger()
        ledger.transfer(move(MoveCause.WITHDRAWAL, -400, who=None, where=None))
        assert (ledger.wallet().cash, ledger.wallet().deposited) == (dollars(600), dollars(600))
        assert ledger.profit({}).total == 0

    def test_that_orders_need_is_a_shortfall_when_it_is_taken_out(self) -> None:
        ledger = a_ledger()
        ledger.write(order_of(place(size=shares(2_000))))
        booked = ledger.transfer(move(MoveCause.WITHDRAWAL, -400, who=None, where=None))
        assert oddity(booked) is Oddity.SHORTFALL
        assert booked is not None
        assert booked.is_booked
        assert ledger.wallet().free == -dollars(200)

    def test_that_is_heard_of_twice_is_booked_once(self) -> None:
        ledger = a_ledger()
        ledger.transfer(DEPOSITED)
        before = ledger.view()
        assert ledger.transfer(DEPOSITED) is None
        assert ledger.transfer(evolve(DEPOSITED, at_ns=77)) is None
        assert oddity(ledger.transfer(evolve(DEPOSITED, cash=dollars(51)))) is Oddity.CONTRADICTION
        assert ledger.view() == before

    def test_that_the_venue_pays_is_a_column_of_its_own(self) -> None:
        ledger = a_ledger()
        ledger.transfer(move(MoveCause.MAKER_REBATE, 3, name="a"))
        ledger.transfer(move(MoveCause.REWARD, 4, name="b"))
        (line,) = ledger.profit({}).lines
        assert (line.rebates, line.rewards, line.spread, line.inventory) == (dollars(3), dollars(4), 0, 0)
        assert line.realised == line.total == dollars(7)
        assert position(ledger).realised == dollars(7)

    def test_that_the_venue_pays_for_all_markets_together_is_in_the_sum_too(self) -> None:
        ledger = a_ledger()
        ledger.transfer(move(MoveCause.MAKER_REBATE, 3, name="a", where=None))
        ledger.transfer(move(MoveCause.REWARD, 4, name="b", who=None, where=None))
        assert ledger.view().incomes == (
            AccountIncome(MAKER, rebates=dollars(3)),
            AccountIncome(ACCOUNT, rewards=dollars(4)),
        )
        profit = ledger.profit({})
        assert [(line.market, line.strategy) for line in profit.lines] == [(None, MAKER), (None, ACCOUNT)]
        assert profit.total == profit.realised == ledger.cash - dollars(1_000) == dollars(7)


class TestSets:
    def test_a_set_that_was_split_has_cost_its_price_and_is_no_profit(self) -> None:
        ledger = a_ledger()
        ledger.transfer(move(MoveCause.SPLIT, -100, 100, 100))
        held = position(ledger)
        assert (held.yes, held.no, held.cost_yes, held.cost_no) == (shares(100), shares(100), dollars(50), dollars(50))
        profit = ledger.profit({GAME: Price(3000)})
        assert (profit.total, profit.realised, profit.spread, profit.inventory) == (0, 0, 0, 0)

    def test_a_set_bought_below_one_and_merged_has_earned_the_difference(self) -> None:
        """The maker's box (field note 4): 100 YES at 0.48 and 100 NO at 0.49, merged for 100."""
        ledger = holding((MAKER, Outcome.YES, 100, 4800), (MAKER, Outcome.NO, 100, 4900))
        ledger.transfer(move(MoveCause.MERGE, 100, -100, -100))
        assert (position(ledger).yes, position(ledger).no) == (0, 0)
        assert position(ledger).realised == dollars(3) == ledger.profit({}).total
        assert ledger.profit({}).spread == dollars(3)
        assert ledger.cash == dollars(1_003)

    def test_a_merge_of_nobody_in_particular_takes_from_those_who_hold(self) -> None:
        ledger = holding((MAKER, Outcome.YES, 100, 4800), (ARBITRAGE, Outcome.NO, 60, 5100))
        ledger.transfer(move(MoveCause.MERGE, 60, -60, -60, who=None))
        assert (position(ledger).yes, position(ledger).cost_yes) == (shares(40), 19_200_000)
        assert (position(ledger, ARBITRAGE).no, position(ledger, ARBITRAGE).cost_no) == (0, 0)


class TestRedemption:
    def test_of_the_winner_brings_one_a_share_and_what_it_cost_is_realised(self) -> None:
        ledger = holding((MAKER, Outcome.YES, 100, 4000))
        ledger.transfer(move(MoveCause.REDEMPTION, 100, -100))
        assert ledger.cash == dollars(1_060)
        assert (position(ledger).yes, position(ledger).cost_yes, position(ledger).realised) == (0, 0, dollars(60))
        profit = ledger.profit({})
        assert (profit.spread, profit.inventory) == (dollars(10), dollars(50))

    def test_of_the_loser_brings_nothing(self) -> None:
        ledger = holding((MAKER, Outcome.YES, 100, 4000))
        ledger.transfer(move(MoveCause.REDEMPTION, 0, -100))
        assert (ledger.cash, position(ledger).yes, position(ledger).realised) == (dollars(960), 0, -dollars(40))

    def test_at_half_brings_a_half_each(self) -> None:
        ledger = holding((MAKER, Outcome.YES, 100, 4000), (ARBITRAGE, Outcome.NO, 40, 4500))
        ledger.transfer(move(MoveCause.REDEMPTION, 70, -100, -40, who=None, pays=PRICE_SCALE // 2))
        assert position(ledger).realised == dollars(10)
        assert position(ledger, ARBITRAGE).realised == dollars(2)

    @pytest.mark.parametrize("pays", [PRICE_SCALE, None], ids=["told", "found out from the amounts"])
    def test_of_everything_at_once_gives_each_its_own(self, pays: int | None) -> None:
        ledger = holding((MAKER, Outcome.YES, 100, 4000), (ARBITRAGE, Outcome.NO, 40, 4500))
        ledger.transfer(move(MoveCause.REDEMPTION, 100, -100, -40, who=None, pays=pays))
        assert position(ledger).realised == dollars(60)
        assert position(ledger, ARBITRAGE).realised == -dollars(18)
        assert ledger.profit({}).total == ledger.cash - dollars(1_000) == dollars(42)

    def test_of_more_than_anybody_is_known_to_hold_is_booked_to_the_account(self) -> None:
        ledger = holding((MAKER, Outcome.YES, 100, 4000))
        ledger.transfer(move(MoveCause.REDEMPTION, 130, -130, who=None))
        assert position(ledger).yes == 0
        assert (position(ledger, ACCOUNT).yes, position(ledger, ACCOUNT).cash) == (-shares(30), dollars(30))


@pytest.mark.parametrize(
    "moved",
    [
        move(MoveCause.DEPOSIT, -1),
        move(MoveCause.DEPOSIT, 1, 1),
        move(MoveCause.WITHDRAWAL, 1),
        move(MoveCause.MAKER_REBATE, 0),
        move(MoveCause.REWARD, 5, no=1),
        move(MoveCause.SPLIT, -5, 5, 4),
        move(MoveCause.SPLIT, 5, -5, -5),
        move(MoveCause.SPLIT, -5, 5, 5, where=None),
        move(MoveCause.MERGE, -5, 5, 5),
        move(MoveCause.MERGE, 4, -5, -5),
        move(MoveCause.REDEMPTION, 6, -5),
        move(MoveCause.REDEMPTION, -1, -5),
        move(MoveCause.REDEMPTION, 0, 5),
        move(MoveCause.REDEMPTION, 0),
        move(MoveCause.REDEMPTION, 5, -5, where=None),
        move(MoveCause.REDEMPTION, 5, -5, pays=PRICE_SCALE + 1),
        move(MoveCause.REDEMPTION, 5, -5, pays=0),
    ],
    ids=lambda moved: f"{moved.cause.value} {moved.cash} {moved.yes} {moved.no}",
)
def test_amounts_that_do_not_add_up_are_told_and_not_booked(moved: AccountMoved) -> None:
    ledger = a_ledger()
    before = ledger.view()
    booked = ledger.transfer(moved)
    assert oddity(booked) is Oddity.NO_MOVE
    assert booked is not None
    assert not booked.is_booked
    assert ledger.view() == before


sizes, holdings = st.integers(0, 10**9), st.integers(-(10**8), 10**9)


@given(
    held=st.dictionaries(st.sampled_from([MAKER, ARBITRAGE, ACCOUNT]), st.tuples(holdings, holdings)),
    yes=sizes,
    no=sizes,
    pays=st.none() | st.integers(0, PRICE_SCALE),
    who=st.none() | st.sampled_from([MAKER, ARBITRAGE]),
    cash=st.data(),
)
def test_the_parts_of_a_move_are_the_whole_to_the_unit(
    held: dict[StrategyName, tuple[int, int]],
    yes: int,
    no: int,
    pays: int | None,
    who: StrategyName | None,
    cash: st.DataObject,
) -> None:
    brought = cash.draw(st.integers(0, max(yes, no)))
    moved = AccountMoved("m", MoveCause.REDEMPTION, who, GAME, Cash(brought), Shares(-yes), Shares(-no), 1)
    moved = evolve(moved, yes_pays=None if pays is None else Price(pays))
    positions = {name: Position(GAME, name, Shares(has[0]), Shares(has[1])) for name, has in held.items()}
    parts = list(legs(moved, positions))
    assert sum(leg.came for leg in parts if leg.outcome is Outcome.YES) == -yes
    assert sum(leg.came for leg in parts if leg.outcome is Outcome.NO) == -no
    assert sum(leg.cash for leg in parts) == (brought if yes or no else 0)
    for leg in parts:
        if leg.strategy not in (ACCOUNT, who):
            assert 0 < -leg.came <= positions[leg.strategy].shares(leg.outcome)
