"""The actor that holds the ledger: rebuilt from the journal as it was, and nobody is told more than what is on disk."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.words import OpenOrders, OrderNotWritten, OrderOnDisk, TellOpenOrders, TellSettled
from actors.paths import LEDGER
from actors.portfolio.bookkeeper import Bookkeeper, TellMarketPortfolio, TellPortfolio
from actors.records.journal import Journal
from actors.records.journal_store import JournalStore
from actors.records.record_kinds import message_of, row_of
from actors.records.words import Confirm, Confirmed, ReadRecords, Records
from messages.control import AreYouThere, Here
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import MarketId, OrderId, Outcome, StrategyName
from messages.orders import Order, OrderChanged, OrderMoved, OrderState
from messages.portfolio import AccountMoved, MoveCause, PortfolioChanged, PortfolioView, SettledAccount
from messages.units import Cash, Shares
from supervision.actor import Actor
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import (
    EXECUTOR_PATH,
    GOVERNOR_PATH,
    JOURNAL_PATH,
    LEDGER_PATH,
    MAKER_PATH,
    MARKET_PATH,
    OTHER_MAKER_PATH,
    SELL,
    Create,
    heard,
    kinds,
    say,
    world,
)
from tests.actors.samples import GAME, MAKER, OTHER_GAME, dollars, fill_of, market, moved, order_of, place, shares

DEPOSIT = dollars(1000)
MARKETS = (market(), market(OTHER_GAME))
Script = Callable[["Bank"], Awaitable[None]]


class Bank:
    """A ledger and its journal, with probes around them."""

    def __init__(self, tree: Tree, diary: Diary, file: Path) -> None:
        self.tree = tree
        self.diary = diary
        self.file = file

    async def tell(self, *messages: object) -> None:
        say(self.tree, EXECUTOR_PATH, LEDGER_PATH, *messages)
        await self.tree.settle()

    async def ask(self, question: object, speaker: str = MARKET_PATH) -> None:
        say(self.tree, speaker, LEDGER_PATH, question)
        await self.tree.settle()

    async def account(self) -> tuple[PortfolioView, set[OrderId]]:
        """Everything that there is to know."""
        await self.ask(TellPortfolio())
        await self.ask(TellOpenOrders())
        orders = heard(self.diary, MARKET_PATH, OpenOrders)[-1].orders
        return heard(self.diary, MARKET_PATH, PortfolioView)[-1], {each.order.order for each in orders}

    async def restart(self) -> None:
        self.tree.kill(LEDGER_PATH)
        await self.tree.advance(SECOND)

    def records(self) -> list[object]:
        with JournalStore.open(self.file) as store:
            return [message_of(row) for row in store.read()]


def run(script: Script, *before: Order | OrderMoved | Fill, journal: Create | None = None) -> None:
    """`before` is in the journal when the ledger starts."""
    diary = Diary()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "journal.sqlite"
        if before:
            with JournalStore.open(file) as store:
                store.append([row_of(each, 1) for each in before])

        async def at_the_bank(tree: Tree) -> None:
            await script(Bank(tree, diary, file))

        run_tree(
            world(
                diary,
                {
                    JOURNAL_PATH: journal or (lambda: Journal(lambda: JournalStore.open(file))),
                    LEDGER_PATH: lambda: Bookkeeper(DEPOSIT, MARKETS),
                },
            ),
            at_the_bank,
        )


class UnhurriedJournal(Actor[object]):
    """Confirms when it is told "now"."""

    def __init__(self) -> None:
        self._asked: list[Confirm] = []

    def receive(self, message: object) -> None:
        match message:
            case ReadRecords():
                self.reply(Records(()))
            case Confirm():
                self._asked.append(message)
            case "now":
                for each in self._asked:
                    self.tell(self.address(LEDGER), Confirmed(each.record))


ORDER = order_of(place())
GAME_ORDERS = [order_of(place(f"i{n}", where=(GAME, OTHER_GAME)[n % 2], size=shares(20)), f"o{n}") for n in range(4)]


class TestAnOrder:
    def test_is_confirmed_to_the_executor_only_when_the_journal_has_confirmed_it(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(ORDER)
            assert heard(bank.diary, EXECUTOR_PATH, OrderOnDisk) == []
            assert len(heard(bank.diary, GOVERNOR_PATH, OrderChanged)) == 1
            bank.tree.tell(JOURNAL_PATH, "now")
            await bank.tree.settle()
            assert heard(bank.diary, EXECUTOR_PATH, OrderOnDisk) == [OrderOnDisk(ORDER)]

        run(script, journal=UnhurriedJournal)

    def test_is_on_disk_when_the_executor_is_told_so(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(ORDER)
            assert heard(bank.diary, EXECUTOR_PATH, OrderOnDisk) == [OrderOnDisk(ORDER)]
            assert bank.records() == [ORDER]

        run(script)

    def test_of_an_intent_that_is_an_order_already_is_not_written(self) -> None:
        async def script(bank: Bank) -> None:
            twin = order_of(place(), "o2")
            await bank.tell(ORDER, twin, ORDER)
            refused = heard(bank.diary, EXECUTOR_PATH, OrderNotWritten)
            assert [each.order for each in refused] == ["o2", "o1"]
            assert bank.records() == [ORDER]
            assert len(heard(bank.diary, EXECUTOR_PATH, OrderOnDisk)) == 1

        run(script)

    def test_that_the_wallet_does_not_cover_is_not_written(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(order_of(place(size=shares(10_000))))
            (refused,) = heard(bank.diary, EXECUTOR_PATH, OrderNotWritten)
            assert refused.reason
            assert bank.records() == []
            assert heard(bank.diary, GOVERNOR_PATH, OrderChanged) == []

        run(script)


class TestNews:
    def test_reaches_strategy_and_governor_the_view_before_the_order(self) -> None:
        """The governor drops its reservation when it sees the order, so it has to have the ledger's by then."""

        async def script(bank: Bank) -> None:
            await bank.tell(ORDER, moved(ORDER, OrderState.LIVE), fill_of(ORDER, size=shares(40)))
            governor = bank.diary.received(GOVERNOR_PATH)
            assert kinds(governor) == ["PortfolioView", "OrderChanged"] * 3
            changes = heard(bank.diary, MAKER_PATH, OrderChanged)
            assert [each.state for each in changes] == [
                OrderState.WRITTEN,
                OrderState.LIVE,
                OrderState.PARTIALLY_FILLED,
            ]
            assert changes[-1].filled == shares(40)
            changed = heard(bank.diary, MAKER_PATH, PortfolioChanged)[-1]
            assert changed.portfolio.position_of(MAKER).yes == shares(40)
            assert bank.diary.received(OTHER_MAKER_PATH) == []

        run(script)

    def test_that_is_none_is_neither_written_nor_told(self) -> None:
        async def script(bank: Bank) -> None:
            fill = fill_of(ORDER, size=shares(40))
            await bank.tell(ORDER, moved(ORDER, OrderState.LIVE), fill)
            before = len(bank.diary.lines)
            await bank.tell(fill, moved(ORDER, OrderState.SENT), moved(ORDER, OrderState.LIVE))
            assert len(bank.diary.lines) == before
            await bank.tree.advance(SECOND)
            assert kinds(bank.records()) == ["Order", "OrderMoved", "Fill"]

        run(script)

    def test_of_an_order_that_was_never_written_is_an_error_in_the_log(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(moved(ORDER, OrderState.LIVE))
            assert len(bank.tree.logged("the order was never written here")) == 1
            assert bank.records() == []

        run(script)

    def test_that_a_fill_is_settled_is_kept_as_that_and_not_as_a_second_fill(self) -> None:
        """The venue's report has fills as they are now; the auditor takes a trade that is booked twice for a broken
        invariant."""

        async def script(bank: Bank) -> None:
            fill = fill_of(ORDER)
            await bank.tell(ORDER, evolve(fill, provisional=True), fill, fill)
            await bank.tree.advance(SECOND)
            assert bank.records()[1:] == [
                evolve(fill, provisional=True),
                FillSettled(fill.trade, fill.order, fill.market, fill.at_ns),
            ]

        run(script)

    def test_that_its_only_fill_has_failed_reaches_the_strategy(self) -> None:
        async def script(bank: Bank) -> None:
            fill = evolve(fill_of(ORDER), provisional=True)
            await bank.tell(ORDER, fill, FillReversed(fill.trade, fill.order, fill.market, 9))
            told = heard(bank.diary, MAKER_PATH, PortfolioChanged)
            assert [each.portfolio.position_of(MAKER).yes for each in told] == [0, shares(100), 0]
            assert told[-1].wallet.cash == DEPOSIT

        run(script)


class TestWhatComesWithoutATrade:
    SPLIT = AccountMoved("s", MoveCause.SPLIT, MAKER, GAME, Cash(-5), Shares(5), Shares(5), 4)
    DEPOSIT = AccountMoved("d", MoveCause.DEPOSIT, None, None, dollars(5), Shares(0), Shares(0), 4)

    def test_is_kept_once_and_told_to_governor_and_strategy(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(self.SPLIT, self.SPLIT, self.DEPOSIT, self.DEPOSIT)
            await bank.tree.advance(SECOND)
            assert bank.records() == [self.SPLIT, self.DEPOSIT]
            wallets = [view.wallet.cash for view in heard(bank.diary, GOVERNOR_PATH, PortfolioView)]
            assert wallets == [DEPOSIT - 5, DEPOSIT - 5 + dollars(5)]
            (changed,) = heard(bank.diary, MAKER_PATH, PortfolioChanged)
            assert changed.portfolio.position_of(MAKER).no == 5

        run(script)

    def test_is_remembered_by_the_next_life(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(self.SPLIT, self.DEPOSIT)
            before = await bank.account()
            await bank.restart()
            assert await bank.account() == before
            await bank.tell(self.SPLIT, self.DEPOSIT)
            assert await bank.account() == before

        run(script)

    def test_that_does_not_add_up_is_an_error_in_the_log_and_nothing_else(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(evolve(self.SPLIT, no=Shares(6)))
            await bank.tree.advance(SECOND)
            assert len(bank.tree.logged("the amounts are not such as the cause of the move can move")) == 1
            assert bank.records() == []
            assert heard(bank.diary, GOVERNOR_PATH, PortfolioView) == []

        run(script)


class TestQuestions:
    def test_what_is_settled_is_told_as_if_the_rest_had_moved_nothing_yet(self) -> None:
        async def script(bank: Bank) -> None:
            sale = order_of(place("i2", SELL, price=6000, size=shares(30)), "o2")
            bought = fill_of(ORDER, "t1", shares(60))
            coming = evolve(fill_of(ORDER, "t2", shares(40), fee=7), provisional=True)
            going = evolve(fill_of(sale, "t3"), provisional=True)
            await bank.tell(ORDER, bought, coming, sale, going)
            await bank.ask(TellSettled())
            account = heard(bank.diary, MARKET_PATH, SettledAccount)[-1]
            assert account.cash == DEPOSIT - dollars(24)
            assert account.shares == ((GAME, Outcome.YES, shares(60)), (GAME, Outcome.NO, shares(0)))
            assert account.unsettled == (coming, going)
            await bank.tell(FillSettled(going.trade, going.order, GAME, 9))
            await bank.ask(TellSettled())
            after = heard(bank.diary, MARKET_PATH, SettledAccount)[-1]
            assert after.version == account.version + 1
            assert after.cash == account.cash + dollars(18)
            assert after.shares[0] == (GAME, Outcome.YES, shares(30))

        run(script)

    def test_whether_it_lives_is_answered_with_the_same_number(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.ask(AreYouThere(7))
            assert heard(bank.diary, MARKET_PATH, Here) == [Here(7)]

        run(script)

    def test_are_answered_to_who_asked(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(ORDER)
            await bank.ask(TellMarketPortfolio(GAME), MAKER_PATH)
            await bank.ask(TellMarketPortfolio(MarketId("nowhere")), MARKET_PATH)
            view, orders = await bank.account()
            assert orders == {ORDER.order}
            assert view.wallet.reserved == dollars(40)
            assert heard(bank.diary, MAKER_PATH, PortfolioChanged)[-1].portfolio == view.market(GAME)
            assert heard(bank.diary, MARKET_PATH, PortfolioChanged) == []

        run(script)


class TestANewLife:
    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    def test_knows_what_the_former_one_knew_whenever_it_was_killed(self, data: st.DataObject) -> None:
        steps = data.draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=20))

        async def script(bank: Bank) -> None:
            for number, (which, what) in enumerate(steps):
                order = GAME_ORDERS[which]
                match what:
                    case 0 | 1:
                        await bank.tell(order)
                    case 2:
                        state = data.draw(st.sampled_from(OrderState))
                        await bank.tell(moved(order, state, number))
                    case 3 | 4:
                        await bank.tell(fill_of(order, f"t{number}", shares(5), at_ns=number))
                    case 5:
                        before = await bank.account()
                        await bank.restart()
                        assert await bank.account() == before
            before = await bank.account()
            await bank.restart()
            assert await bank.account() == before

        run(script)

    def test_answers_what_waited_for_it(self) -> None:
        async def script(bank: Bank) -> None:
            bank.tree.kill(LEDGER_PATH)
            await bank.tell(ORDER)
            await bank.tree.advance(SECOND)
            assert heard(bank.diary, EXECUTOR_PATH, OrderOnDisk) == [OrderOnDisk(ORDER)]

        run(script)

    def test_writes_no_order_again_that_the_former_one_wrote(self) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(ORDER)
            await bank.restart()
            await bank.tell(ORDER, order_of(place(), "o2"))
            assert len(heard(bank.diary, EXECUTOR_PATH, OrderNotWritten)) == 2
            assert bank.records() == [ORDER]

        run(script)

    def test_books_a_fill_again_that_the_former_one_booked_only_once(self) -> None:
        async def script(bank: Bank) -> None:
            fill = fill_of(ORDER)
            await bank.tell(ORDER, fill)
            await bank.restart()
            await bank.tell(fill)
            view, _ = await bank.account()
            assert view.wallet.cash == DEPOSIT - dollars(40)

        run(script)


class TestWhatAnEarlierConfigurationLeftBehind:
    """The journal has orders of strategies and markets that this tree does not have: they can still be ended."""

    STRANGER = order_of(place("s1", strategy=StrategyName("stranger")), "s1")
    ELSEWHERE = order_of(place("e1", where=MarketId("0x" + "e" * 64)), "e1")

    @pytest.mark.parametrize("order", [STRANGER, ELSEWHERE], ids=["strategy", "market"])
    def test_is_booked_and_told_to_who_is_there(self, order: Order) -> None:
        async def script(bank: Bank) -> None:
            await bank.tell(moved(order, OrderState.CANCELLED), TellOpenOrders())
            assert heard(bank.diary, EXECUTOR_PATH, OpenOrders) == [OpenOrders(())]
            assert heard(bank.diary, GOVERNOR_PATH, OrderChanged)[-1].state is OrderState.CANCELLED
            assert bank.tree.cell(LEDGER_PATH).generation == 1

        run(script, order)

    def test_does_not_keep_the_others_of_that_market_from_being_told(self) -> None:
        sold = order_of(place("s2", SELL, strategy=StrategyName("stranger")), "s2")

        async def script(bank: Bank) -> None:
            await bank.tell(ORDER)
            assert len(heard(bank.diary, MAKER_PATH, OrderChanged)) == 1
            assert bank.tree.cell(LEDGER_PATH).generation == 1

        run(script, self.STRANGER, fill_of(self.STRANGER), sold)
