"""The journal's own witness: a clean history has no violation, and each way of breaking an invariant has one."""

from attrs import AttrsInstance, evolve

from actors.records.invariants import InvariantCheck
from actors.records.journal_store import Record
from actors.records.record_kinds import row_of
from actors.records.violation import Violation
from messages.identity import Lease, OrderId, Outcome, Side, StrategyName, Tier
from messages.intents import SnapshotId
from messages.orders import OrderState
from messages.ownership import LeaseChanged
from messages.portfolio import AccountMoved, MoveCause
from messages.risk import BookClean, BookDirty, ModeChanged, RiskMode
from messages.units import Cash, Shares
from tests.actors.samples import (
    ARBITRAGE,
    GAME,
    MAKER,
    OTHER_GAME,
    TAKER_FEES,
    authorised,
    dollars,
    fill_of,
    market,
    moved,
    order_of,
    place,
    shares,
)


def lease(strategy: StrategyName = MAKER, fencing: int = 1) -> LeaseChanged:
    return LeaseChanged(GAME, Lease(GAME, strategy, Tier.MARKET_MAKING, fencing), "claimed", 0)


WISH = place()
ORDER = order_of(WISH)
PLACED: list[AttrsInstance] = [lease(), authorised(WISH), ORDER]
BOUGHT: list[AttrsInstance] = [*PLACED, fill_of(ORDER)]


def violations(*records: AttrsInstance, deposit: int = 100) -> list[Violation]:
    check = InvariantCheck.start(dollars(deposit), [market(), market(OTHER_GAME, TAKER_FEES)])
    return [each for seq, record in enumerate(records, 1) for each in check.see(Record(seq, *row_of(record, seq)))]


def numbers(*records: AttrsInstance, deposit: int = 100) -> list[int]:
    return [each.number for each in violations(*records, deposit=deposit)]


def test_a_clean_history_has_no_violation() -> None:
    sale = place("i2", Side.SELL, price=6000)
    sold = order_of(sale, "o2")
    assert (
        violations(
            *PLACED,
            moved(ORDER, OrderState.SENT),
            moved(ORDER, OrderState.LIVE),
            fill_of(ORDER, size=shares(40)),
            fill_of(ORDER, "t2", size=shares(60)),
            BookDirty(GAME, "gap", 5),
            ModeChanged(GAME, RiskMode.REDUCE_ONLY, ("dirty",), 5),
            BookClean(GAME, 6),
            authorised(sale),
            sold,
            fill_of(sold, "t3"),
            LeaseChanged(GAME, None, "released", 7),
        )
        == []
    )


class TestOneTheWallet:
    def test_more_reserved_than_there_is(self) -> None:
        assert violations(*PLACED, deposit=39) == [Violation(1, "40 pUSD are reserved of 39", 3)]

    def test_what_has_ended_is_not_reserved(self) -> None:
        wish = place("i2")
        ended = moved(ORDER, OrderState.CANCELLED)
        assert numbers(*PLACED, ended, authorised(wish), order_of(wish, "o2"), deposit=79) == []
        assert numbers(*PLACED, authorised(wish), order_of(wish, "o2"), deposit=79) == [1]

    def test_a_sale_of_more_than_is_held(self) -> None:
        sale = place("i2", Side.SELL, size=shares(101))
        assert numbers(*BOUGHT, authorised(sale), order_of(sale, "o2")) == [1]

    def test_a_fee_that_nobody_reserved(self) -> None:
        assert numbers(*PLACED, fill_of(ORDER, fee=1), deposit=40) == [1]


class TestTwoThePermission:
    def test_an_order_on_a_dirty_book(self) -> None:
        dirty = BookDirty(GAME, "gap", 1)
        assert numbers(lease(), dirty, authorised(WISH), ORDER) == [2]
        assert numbers(lease(), dirty, BookClean(GAME, 2), authorised(WISH), ORDER) == []

    def test_an_order_that_was_authorised_before_is_let_go(self) -> None:
        assert numbers(lease(), authorised(WISH), BookDirty(GAME, "gap", 1), ORDER) == []

    def test_an_order_on_a_dirty_book_that_nobody_authorised_is_wrong_twice(self) -> None:
        assert numbers(lease(), BookDirty(GAME, "gap", 1), ORDER) == [2, 3]

    def test_the_book_of_another_market_does_not_matter(self) -> None:
        assert numbers(BookDirty(OTHER_GAME, "gap", 1), *PLACED) == []

    def test_authorised_in_halt_of_everything(self) -> None:
        assert numbers(ModeChanged(None, RiskMode.HALT, ("loss",), 1), *PLACED) == [2]

    def test_authorised_in_flatten_of_the_market_unless_it_reduces(self) -> None:
        flatten = ModeChanged(GAME, RiskMode.FLATTEN, ("end",), 1)
        sale = place("i2", Side.SELL)
        hedge = place("i3", outcome=Outcome.NO, price=1000)
        assert numbers(flatten, *PLACED) == [2]
        assert numbers(*BOUGHT, flatten, authorised(sale)) == []
        assert numbers(*BOUGHT, flatten, authorised(hedge)) == []
        assert numbers(*BOUGHT, flatten, authorised(evolve(hedge, size=shares(101)))) == [2]

    def test_normal_again_is_normal(self) -> None:
        modes = (ModeChanged(None, RiskMode.HALT, ("x",), 1), ModeChanged(None, RiskMode.NORMAL, (), 2))
        assert numbers(*modes, *PLACED) == []


class TestThreeTheOrigin:
    def test_an_order_that_nobody_authorised(self) -> None:
        assert numbers(lease(), ORDER) == [3]

    def test_an_order_without_a_lease(self) -> None:
        assert numbers(authorised(WISH), ORDER) == [3]

    def test_a_late_order_of_a_former_owner(self) -> None:
        assert numbers(lease(), authorised(WISH), lease(ARBITRAGE, 2), ORDER) == [3]

    def test_a_lease_that_just_ended_still_covers_what_was_on_its_way(self) -> None:
        assert numbers(lease(), authorised(WISH), LeaseChanged(GAME, None, "released", 1), ORDER) == []

    def test_fencing_numbers_that_go_back_or_have_two_owners(self) -> None:
        assert numbers(lease(fencing=2), lease(fencing=1)) == [3]
        assert numbers(lease(), lease(ARBITRAGE)) == [3]

    def test_an_order_that_names_no_rationale_or_snapshot(self) -> None:
        assert numbers(lease(), authorised(WISH), evolve(ORDER, rationale=" ")) == [3]
        nowhere = evolve(WISH, snapshot=SnapshotId(1, 0))
        assert numbers(lease(), authorised(nowhere), order_of(nowhere)) == [3]

    def test_an_order_larger_or_dearer_than_what_was_authorised(self) -> None:
        assert numbers(lease(), authorised(WISH), evolve(ORDER, size=shares(101))) == [3]
        assert numbers(lease(), authorised(WISH), evolve(ORDER, price=place(price=4100).price)) == [3]


class TestFourOnceAndFirst:
    def test_one_intent_that_made_two_orders(self) -> None:
        assert numbers(*PLACED, evolve(ORDER, order=OrderId("o2"))) == [4]

    def test_an_order_that_is_written_twice(self) -> None:
        assert numbers(*PLACED, ORDER) == [4]

    def test_an_order_heard_of_before_it_was_written(self) -> None:
        assert numbers(lease(), authorised(WISH), moved(ORDER, OrderState.LIVE), ORDER) == [4, 4]


class TestFiveTheVenue:
    def test_a_fill_of_an_order_that_was_never_written(self) -> None:
        assert 5 in numbers(fill_of(ORDER))

    def test_more_filled_than_ordered(self) -> None:
        assert numbers(*BOUGHT, fill_of(ORDER, "t2", size=shares(1))) == [5]

    def test_a_trade_that_is_booked_twice(self) -> None:
        assert numbers(*BOUGHT, fill_of(ORDER)) == [5]

    def test_money_that_came_and_shares_that_were_redeemed_are_reckoned_with(self) -> None:
        check = InvariantCheck.start(dollars(100), [market()])
        put_in = AccountMoved("d", MoveCause.DEPOSIT, None, None, dollars(5), Shares(0), Shares(0), 4)
        redeemed = AccountMoved("r", MoveCause.REDEMPTION, MAKER, GAME, dollars(90), Shares(-shares(90)), Shares(0), 5)
        for seq, message in enumerate((*BOUGHT, put_in, redeemed), 1):
            assert check.hear(message, seq) == []
        assert check.agrees_with_venue(dollars(155), {(GAME, Outcome.YES): shares(10)}, set()) == []

    def test_a_move_that_is_booked_twice_or_makes_something_out_of_nothing(self) -> None:
        split = AccountMoved("s", MoveCause.SPLIT, MAKER, GAME, Cash(-5), Shares(5), Shares(5), 4)
        assert numbers(split) == []
        assert numbers(split, split) == [5]
        assert numbers(evolve(split, no=Shares(6))) == [5]
        assert numbers(evolve(split, cash=Cash(-4))) == [5]
        assert numbers(evolve(split, market=None)) == [5, 5]

    def test_agrees_with_the_venue_in_the_end(self) -> None:
        rest = place("i2", price=1000)
        resting = order_of(rest, "o2")
        check = InvariantCheck.start(dollars(100), [market()])
        for seq, message in enumerate((*BOUGHT, authorised(rest), resting), 1):
            assert check.hear(message, seq) == []
        assert check.agrees_with_venue(dollars(60), {(GAME, Outcome.YES): shares(100)}, {resting.order}) == []
        texts = [each.text for each in check.agrees_with_venue(dollars(59), {}, {OrderId("o9")})]
        assert texts == [
            "the venue has 59 pUSD, the journal 60",
            f"the venue has 0 YES of {GAME}, the journal 100",
            "order o2 is open in the journal and not at the venue",
            "order o9 is open at the venue and not in the journal",
        ]
