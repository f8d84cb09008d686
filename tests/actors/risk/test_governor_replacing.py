"""What replaces an order is judged and counted by the difference; modes that parts of the service hold."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.portfolio.ledger import Ledger
from actors.risk.governor import Governor, GovernorSettings
from actors.risk.limits import RiskLimits
from actors.risk.replacing import replaceable, without
from actors.risk.reservations import NOTHING_PENDING, PendingReservations, Replaced
from messages.control import ClearMode, SetMode
from messages.intents import IntentRefused, Place, Refusal
from messages.markets import NO_FEES, FeeSchedule
from messages.orders import OrderState
from messages.portfolio import PortfolioView
from messages.risk import (
    Authorise,
    Authorised,
    ExecutionReady,
    HoldMode,
    ModeChanged,
    ReleaseMode,
    Reservation,
    RiskMode,
)
from messages.units import LOT, Cash, Price, Shares, notional
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import BUY, EXECUTOR_PATH, GOVERNOR_PATH, JOURNAL_PATH, MAKER_PATH, NO, YES, heard, world
from tests.actors.samples import (
    ARBITRAGE,
    GAME,
    OTHER_GAME,
    TAKER_FEES,
    dollars,
    fill_of,
    market,
    moved,
    order_of,
    place,
    shares,
)

OLD = order_of(place("i1", BUY, YES, 4000, shares(100)), "o1")


def replacing(intent: str = "i2", price: int = 4100, size: Shares = shares(100), known: int = 0) -> Place:
    return evolve(place(intent, BUY, YES, price, size), replaces=OLD.order, replaced_filled=shares(known))


def ledger_with(*, deposit: int = 100) -> Ledger:
    ledger = Ledger(dollars(deposit), [market(), market(OTHER_GAME)])
    ledger.write(OLD)
    return ledger


def pending_for(wish: Place, view: PortfolioView, fees: FeeSchedule = NO_FEES) -> PendingReservations:
    pending = PendingReservations()
    found = replaceable(wish, view, pending)
    assert not isinstance(found, str)
    pending.add(wish, Reservation(wish.intent, GAME, Cash(0), Shares(0), Shares(0)), Replaced(found, fees))
    return pending


class TestWhatIsPending:
    def test_of_what_replaces_an_order_is_the_difference_while_that_is_open(self) -> None:
        ledger = ledger_with()
        pending = pending_for(replacing(), ledger.view())
        assert (pending.cash, pending.of(GAME).orders) == (dollars(1), 0)

    def test_is_all_of_it_as_soon_as_the_ledger_has_freed_the_old_order(self) -> None:
        ledger = ledger_with()
        pending = pending_for(replacing(), ledger.view())
        booked = ledger.move(moved(OLD, OrderState.CANCELLED))
        pending.follow(ledger.view())
        assert (pending.cash, pending.of(GAME).orders) == (dollars(41), 1)
        assert booked is not None
        assert booked.order is not None
        pending.seen(booked.order)
        assert pending.cash == dollars(41)

    def test_is_less_by_what_was_filled_of_the_old_order(self) -> None:
        ledger = ledger_with()
        pending = pending_for(replacing(), ledger.view())
        ledger.fill(fill_of(OLD, size=shares(30)))
        booked = ledger.move(moved(OLD, OrderState.CANCELLED))
        pending.follow(ledger.view())
        assert booked is not None
        assert booked.order is not None
        pending.seen(booked.order)
        assert pending.cash == 70 * 410_000

    def test_covers_fills_of_a_dearer_order_that_make_the_new_one_smaller_only_at_its_own_price(self) -> None:
        """Found by the state machine: 150 shares at 0.30 cost less than 100 at 0.60, but with 100 filled, not."""
        old = order_of(place("i1", BUY, YES, 6000, shares(100)), "o1")
        ledger = Ledger(dollars(100), [market(), market(OTHER_GAME)])
        ledger.write(old)
        pending = pending_for(replacing(price=3000, size=shares(150)), ledger.view())
        assert pending.cash == dollars(15)

    def test_is_nothing_when_it_was_released(self) -> None:
        ledger = ledger_with()
        wish = replacing()
        pending = pending_for(wish, ledger.view())
        assert pending.is_being_replaced(OLD.order)
        pending.release(wish.intent)
        assert not pending.is_being_replaced(OLD.order)
        assert (pending.of(GAME), pending.cash) == (NOTHING_PENDING, 0)

    @given(
        old_price=st.integers(1, 99),
        new_price=st.integers(1, 99),
        old_lots=st.integers(1, 500),
        new_lots=st.integers(1, 500),
        fills=st.lists(st.integers(1, 200), max_size=6),
        post_only=st.booleans(),
    )
    def test_and_what_the_ledger_reserves_never_grow_by_fills_of_the_old_order_nor_by_its_end(
        self, old_price: int, new_price: int, old_lots: int, new_lots: int, fills: list[int], post_only: bool
    ) -> None:
        """Fees are those of the worst fill, or none."""
        fees = NO_FEES if post_only else TAKER_FEES
        ledger = Ledger(dollars(10_000), [market(fees=fees), market(OTHER_GAME)])
        old = order_of(place("i1", BUY, YES, old_price * 100, Shares(old_lots * LOT), post_only=post_only), "o1")
        ledger.write(old)
        wish = replacing(price=new_price * 100, size=Shares(new_lots * LOT))
        wish = evolve(wish, post_only=post_only)
        pending = pending_for(wish, ledger.view(), fees)
        free = ledger.view().wallet.free - pending.cash
        filled = 0
        for number, lots in enumerate(fills):
            size = min(lots, old_lots - filled)
            if size:
                filled += size
                booked = ledger.fill(fill_of(old, f"t{number}", Shares(size * LOT)))
                pending.follow(ledger.view())
                assert booked is not None
                assert booked.order is not None
                pending.seen(booked.order)
                assert ledger.view().wallet.free - pending.cash >= free
        booked = ledger.move(moved(old, OrderState.CANCELLED))
        pending.follow(ledger.view())
        if booked is not None and booked.order is not None:
            pending.seen(booked.order)
        assert ledger.view().wallet.free - pending.cash >= free
        left = max(0, new_lots - filled)
        if post_only:
            assert pending.cash == notional(Price(new_price * 100), Shares(left * LOT))


class TestWhichOrderIsReplaced:
    def test_is_an_open_one_of_the_same_strategy_on_the_same_side_of_the_same_token(self) -> None:
        view, pending = ledger_with().view(), PendingReservations()
        assert not isinstance(replaceable(replacing(), view, pending), str)
        for other in (
            evolve(replacing(), outcome=NO),
            evolve(replacing(), strategy=ARBITRAGE),
            evolve(replacing(), market=OTHER_GAME),
            evolve(replacing(), replaces=None),
        ):
            assert isinstance(replaceable(other, view, pending), str)

    def test_is_as_if_it_had_ended_for_all_limits(self) -> None:
        view = ledger_with().view()
        found = replaceable(replacing(), view, PendingReservations())
        assert not isinstance(found, str)
        after = without(view, found, replacing(), NO_FEES)
        portfolio = after.market(GAME)
        assert portfolio is not None
        assert (portfolio.open_orders, portfolio.reserved_cash, after.wallet.reserved) == ((), 0, 0)


def test_nobody_is_given_what_is_passed_on_in_the_instant_between_the_old_order_and_the_new() -> None:
    ledger = ledger_with(deposit=45)

    async def script(tree: Tree) -> None:
        tree.tell(GOVERNOR_PATH, ledger.view(), ExecutionReady(1))
        await tree.settle()
        tree.tell(GOVERNOR_PATH, Authorise(replacing(), 1))
        await tree.settle()
        ledger.move(moved(OLD, OrderState.CANCELLED))
        tree.tell(GOVERNOR_PATH, ledger.view(), Authorise(place("i3", BUY, YES, 4000, shares(20)), 1))
        await tree.settle()
        assert [each.place.intent for each in heard(diary, EXECUTOR_PATH, Authorised)] == ["i2"]
        assert [each.refusal for each in heard(diary, MAKER_PATH, IntentRefused)] == [Refusal.NOT_ENOUGH_CASH]

    diary = Diary()
    run_tree(world(diary, {GOVERNOR_PATH: governor_without_a_quiet_period}), script)


def governor_without_a_quiet_period() -> Governor:
    limits = RiskLimits(dollars(1000), dollars(1000), 6, dollars(100))
    return Governor((market(), market(OTHER_GAME)), GovernorSettings(limits=limits, quiet_ns=0))


def test_a_mode_that_a_part_of_the_service_holds_ends_a_quiet_period_after_it_is_released() -> None:
    """Nothing of it is kept for the next life but how the mode changed."""
    diary = Diary()
    limits = RiskLimits(dollars(1000), dollars(1000), 6, dollars(100))

    def modes() -> list[RiskMode]:
        return [each.mode for each in heard(diary, JOURNAL_PATH, ModeChanged)]

    async def script(tree: Tree) -> None:
        tree.tell(GOVERNOR_PATH, ledger_with().view(), ExecutionReady(1))
        await tree.advance(SECOND)
        diary.forget()
        tree.tell(GOVERNOR_PATH, HoldMode(RiskMode.HALT, "the user feed is down"))
        await tree.settle()
        assert modes() == [RiskMode.HALT]
        tree.tell(GOVERNOR_PATH, SetMode(RiskMode.REDUCE_ONLY, "an operator"), ClearMode("an operator"))
        tree.tell(GOVERNOR_PATH, ReleaseMode("another cause"))
        await tree.advance(10 * SECOND)
        assert modes() == [RiskMode.HALT]
        tree.tell(GOVERNOR_PATH, ReleaseMode("the user feed is down"))
        await tree.advance(SECOND - 1)
        assert modes() == [RiskMode.HALT]
        await tree.advance(1)
        assert modes() == [RiskMode.HALT, RiskMode.NORMAL]
        assert not heard(diary, JOURNAL_PATH, HoldMode)
        assert not heard(diary, JOURNAL_PATH, ReleaseMode)

    settings = GovernorSettings(limits=limits, quiet_ns=SECOND)
    run_tree(world(diary, {GOVERNOR_PATH: lambda: Governor((market(), market(OTHER_GAME)), settings)}), script)
