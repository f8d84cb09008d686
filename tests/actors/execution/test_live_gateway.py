"""The live gateway before an account that loses answers: written before it is sent, sent once, cancelled for sure."""

from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve

from actors.execution.live import prepared
from actors.execution.live.gateway import LiveCounts, LiveGateway, LiveGatewaySettings, LiveGatewayState
from actors.execution.live.words import (
    AskFailed,
    InDoubt,
    NoSuchOrder,
    NotSent,
    NotSigned,
    OpenOrdersRead,
    PostOutcome,
    ReconcileNow,
    Refused,
    Taken,
    VenueOrderStatus,
    VenueTradeStatus,
)
from actors.execution.words import Prepare, Sending, TellVenueState
from actors.paths import EXECUTOR, GATEWAY, JOURNAL, RECONCILER
from actors.records.words import Confirm, Confirmed, ReadRecords, Record, Records
from messages.identity import OrderId, VenueOrderId
from messages.orders import (
    Accepted,
    Doubtful,
    Ended,
    Executed,
    Order,
    OrderSigned,
    OrderState,
    Rejected,
    Submit,
    VenueEvent,
    VenueReport,
    Withdraw,
)
from messages.units import Price, Shares
from supervision.kill_everywhere import Prepare as BeforeRun
from supervision.kill_everywhere import kill_at_every_message
from supervision.mailbox import MailboxSpec
from supervision.runtime import Runtime
from supervision.specs import SECOND, ActorSpec, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, ORIGIN_NS, Diary, Probe, Tree, run_tree
from tests.actors.actor_world import AT_ONCE, Create, heard, say
from tests.actors.execution.live_watch_world import resting
from tests.actors.execution.scripted_account import ScriptedAccount
from tests.actors.samples import GAME, order_of, place, shares

SETTINGS = LiveGatewaySettings(lost_after_ns=10 * SECOND, look_after_ns=500 * MILLISECOND)
FIRST = VenueOrderId(f"0x{1:064x}")


class Disk:
    """What is in the journal, whoever lives. While it `is_stuck`, nothing is confirmed."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.is_stuck = False


class JournalOnDisk(Probe):
    def __init__(self, diary: Diary, disk: Disk) -> None:
        super().__init__(diary)
        self._disk = disk

    def receive(self, message: object) -> None:
        match message:
            case ReadRecords(kinds):
                self.reply(Records(tuple(each for each in self._disk.records if type(each).__name__ in kinds)))
            case Confirm(record) if not self._disk.is_stuck:
                self._disk.records.append(record)
                self.reply(Confirmed(record))
            case _:
                super().receive(message)


class Scene:
    def __init__(self, settings: LiveGatewaySettings = SETTINGS) -> None:
        self.account = ScriptedAccount()
        self.diary = Diary()
        self.disk = Disk()
        self.counts = LiveCounts()
        self.settings = settings

    def run(self, script: Callable[[Tree], Awaitable[None]]) -> Tree:
        return run_tree(self.root(), script)

    def root(self) -> SupervisorSpec:
        one = Strategy.ONE_FOR_ONE

        def spec(path: str) -> ActorSpec:
            creates: dict[str, Create] = {
                JOURNAL.text: lambda: JournalOnDisk(self.diary, self.disk),
                GATEWAY.text: lambda: LiveGateway(self.account, self.settings, self.counts),
            }
            create = creates.get(path, lambda: Probe(self.diary))
            return ActorSpec(name=path.rpartition("/")[2], create=create, mailbox=MailboxSpec(capacity=10_000))

        execution = SupervisorSpec(
            name="execution",
            strategy=one,
            intensity=1000,
            backoff=AT_ONCE,
            children=tuple(map(spec, (GATEWAY.text, RECONCILER.text, EXECUTOR.text))),
        )
        return SupervisorSpec(
            name="root", strategy=one, is_group=True, backoff=AT_ONCE, children=(spec(JOURNAL.text), execution)
        )

    def prepare(self, tree: Tree, *orders: Order) -> None:
        """They are being written."""
        say(tree, EXECUTOR.text, GATEWAY.text, *map(Prepare, orders))

    def submit(self, tree: Tree, *orders: Order) -> None:
        """Their records are on disk, as the executor has seen to."""
        self.disk.records.extend(orders)
        say(tree, EXECUTOR.text, GATEWAY.text, *map(Submit, orders))

    def withdraw(self, tree: Tree, order: Order) -> None:
        say(tree, EXECUTOR.text, GATEWAY.text, Withdraw(order.order, order.market))

    async def feed(self, tree: Tree) -> None:
        """What the account has told since, as the user feed would."""
        tree.tell(GATEWAY.text, *self.account.take_news())
        await tree.settle()

    def events(self) -> list[VenueEvent]:
        return [each for each in self.diary.received(EXECUTOR.text) if isinstance(each, VenueEvent)]

    def kinds(self) -> list[str]:
        return [type(each).__name__ for each in self.events()]

    def ends(self) -> list[Ended]:
        return heard(self.diary, EXECUTOR.text, Ended)


def an_order(name: str = "o1", lives_ns: int = 60 * SECOND) -> Order:
    order = order_of(place(f"i-{name}"), name, ORIGIN_NS)
    return evolve(order, expires_ns=ORIGIN_NS + lives_ns)


def shown(tree: Tree) -> LiveGatewayState:
    actor = tree.cell(GATEWAY.text).actor
    assert isinstance(actor, LiveGateway)
    return actor.describe()


class TestOnTheWay:
    def test_the_digest_is_on_disk_before_the_order_is_on_the_wire(self) -> None:
        scene = Scene()
        scene.disk.is_stuck = True

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            assert list(scene.account.signed) == [FIRST]
            assert [type(each.record) for each in heard(scene.diary, JOURNAL.text, Confirm)] == [OrderSigned]
            assert scene.account.posted == []
            tree.tell(GATEWAY.text, Confirmed(OrderSigned(OrderId("o1"), FIRST, 1)))
            await tree.settle()
            assert scene.account.posted == [(FIRST,)]

        scene.run(script)

    def test_that_it_is_sent_is_said_when_all_that_it_waited_for_is_there(self) -> None:
        scene = Scene()
        scene.disk.is_stuck = True

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order("o1"), an_order("o2"))
            scene.withdraw(tree, an_order("o2"))
            await tree.settle()
            assert heard(scene.diary, EXECUTOR.text, Sending) == []
            tree.tell(GATEWAY.text, *(Confirmed(each.record) for each in heard(scene.diary, JOURNAL.text, Confirm)))
            await tree.settle()
            assert [each.order for each in heard(scene.diary, EXECUTOR.text, Sending)] == ["o1"]
            kinds = [type(each) for each in scene.diary.received(EXECUTOR.text)]
            assert kinds.index(Sending) < kinds.index(Accepted)

        scene.run(script)

    def test_the_name_of_an_order_goes_to_disk_while_it_is_being_signed(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.account.answers.sign.back_ns = SECOND
            scene.submit(tree, an_order())
            await tree.advance(SECOND - 1)
            assert [type(each) for each in scene.disk.records] == [Order, OrderSigned]
            assert scene.account.posted == []
            await tree.advance(1)
            assert scene.account.posted == [(FIRST,)]

        scene.run(script)

    def test_what_waits_together_goes_together_fifteen_at_a_time(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.submit(tree, *(an_order(f"o{number}") for number in range(40)))
            await tree.settle()
            assert sorted(map(len, scene.account.posted)) == [10, 15, 15]
            assert sorted(name for batch in scene.account.posted for name in batch) == sorted(scene.account.signed)

        scene.run(script)

    def test_an_order_that_is_submitted_twice_is_sent_once(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            scene.submit(tree, an_order())
            await tree.settle()
            scene.submit(tree, an_order())
            await tree.settle()
            assert len(scene.account.signed) == 1
            assert scene.account.posted == [(FIRST,)]

        scene.run(script)

    def test_what_is_withdrawn_before_it_is_posted_never_leaves(self) -> None:
        scene = Scene()
        scene.disk.is_stuck = True

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            scene.withdraw(tree, an_order())
            await tree.settle()
            tree.tell(GATEWAY.text, Confirmed(OrderSigned(OrderId("o1"), FIRST, 1)))
            await tree.advance(60 * SECOND)
            assert scene.account.posted == []
            assert [each.state for each in scene.ends()] == [OrderState.CANCELLED]

        scene.run(script)

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [(NotSigned("the cap of a minute", is_refusal=True), Rejected), (NotSigned("the signer is gone"), Ended)],
    )
    def test_what_is_not_signed_ends_there(self, answer: NotSigned, expected: type[VenueEvent]) -> None:
        """A signer that does not want to is like a venue that refuses; one that cannot is no fault of the order."""
        scene = Scene()
        scene.account.answers.sign.next(answer)

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.advance(SECOND)
            assert [type(each) for each in scene.events()] == [expected]
            assert scene.account.posted == []

        scene.run(script)

    @pytest.mark.parametrize(
        ("outcome", "expected"),
        [
            (Taken(is_resting=True), ["Accepted"]),
            (Refused("crosses the book"), ["Rejected"]),
            (NotSent("cancel only"), ["Ended"]),
        ],
    )
    def test_the_answer_is_told_once(self, outcome: PostOutcome, expected: list[str]) -> None:
        scene = Scene()
        scene.account.outcomes.append(outcome)

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            await scene.feed(tree)
            await tree.advance(20 * SECOND)
            assert scene.kinds() == expected

        scene.run(script)


class TestMadeReady:
    """While its own record is being written, an order is signed and its digest written down; not more."""

    def test_an_order_waits_for_its_submission_and_is_sent_at_once_then(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.prepare(tree, an_order())
            await tree.settle()
            assert list(scene.account.signed) == [FIRST]
            assert [each.venue_order for each in scene.disk.records if isinstance(each, OrderSigned)] == [FIRST]
            assert scene.account.posted == []
            scene.submit(tree, an_order())
            await tree.settle()
            assert scene.account.posted == [(FIRST,)]
            assert scene.account.answers.sign.asked == 1

        scene.run(script)

    @pytest.mark.parametrize("late", ["signature", "disk"])
    def test_an_order_that_is_submitted_before_it_is_ready_waits_for_the_rest(self, late: str) -> None:
        scene = Scene()
        scene.disk.is_stuck = late == "disk"
        scene.account.answers.sign.back_ns = SECOND if late == "signature" else 0

        async def script(tree: Tree) -> None:
            scene.prepare(tree, an_order())
            await tree.settle()
            scene.submit(tree, an_order())
            await tree.settle()
            assert scene.account.posted == []
            if late == "disk":
                tree.tell(GATEWAY.text, Confirmed(OrderSigned(OrderId("o1"), FIRST, 1)))
            await tree.advance(SECOND)
            assert scene.account.posted == [(FIRST,)]

        scene.run(script)

    def test_an_order_that_is_never_submitted_is_never_sent_and_nothing_is_told_of_it(self) -> None:
        scene = Scene()
        scene.account.answers.sign.next(NotSigned("the cap of a minute", is_refusal=True))

        async def script(tree: Tree) -> None:
            scene.prepare(tree, an_order("o1"), an_order("o2"))
            await tree.advance(300 * SECOND)
            assert (scene.account.posted, scene.events()) == ([], [])
            assert shown(tree) == LiveGatewayState(0, 0, 0, 0, 0, 0)

        scene.run(script)

    def test_an_order_that_was_not_signed_ends_when_it_is_submitted(self) -> None:
        scene = Scene()
        scene.account.answers.sign.next(NotSigned("the cap of a minute", is_refusal=True))

        async def script(tree: Tree) -> None:
            scene.prepare(tree, an_order())
            await tree.settle()
            scene.submit(tree, an_order())
            await tree.settle()
            assert scene.kinds() == ["Rejected"]

        scene.run(script)

    def test_of_too_many_orders_the_oldest_is_signed_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(prepared, "MOST_PREPARED", 2)
        scene = Scene()

        async def script(tree: Tree) -> None:
            for name in ("o1", "o2", "o3"):
                scene.prepare(tree, an_order(name))
                await tree.settle()
            scene.submit(tree, *(an_order(name) for name in ("o1", "o2", "o3")))
            await tree.settle()
            assert scene.account.answers.sign.asked == 4
            posted = [scene.account.signed[name].order for batch in scene.account.posted for name in batch]
            assert sorted(posted) == ["o1", "o2", "o3"]

        scene.run(script)

    def test_a_digest_that_was_written_before_its_order_is_found_after_a_restart(self) -> None:
        scene = Scene()
        scene.disk.records += [OrderSigned(OrderId("o1"), FIRST, ORIGIN_NS), an_order()]

        async def script(tree: Tree) -> None:
            assert shown(tree).in_doubt == 1
            scene.account.orders[FIRST] = resting(FIRST)
            say(tree, EXECUTOR.text, GATEWAY.text, TellVenueState())
            await tree.settle()
            (report,) = heard(scene.diary, EXECUTOR.text, VenueReport)
            assert report.open_orders == ("o1",)

        scene.run(script)


class TestInDoubt:
    @pytest.mark.parametrize("is_there", [True, False])
    def test_a_lost_answer_is_looked_up_and_the_order_never_sent_again(self, is_there: bool) -> None:
        scene = Scene()
        scene.account.outcomes.append(InDoubt("no answer"))
        scene.account.has_doubtful, scene.account.tells_news = is_there, False

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.advance(60 * MILLISECOND)
            assert scene.kinds() == ["Doubtful"]
            assert len(heard(scene.diary, RECONCILER.text, ReconcileNow)) == 1
            await tree.advance(30 * SECOND)
            assert scene.kinds() == ["Doubtful", "Accepted" if is_there else "Ended"]
            assert len(scene.account.posted) == 1

        scene.run(script)

    def test_what_the_venue_does_not_know_at_once_may_still_be_under_way(self) -> None:
        scene = Scene()
        scene.account.outcomes.append(InDoubt("no answer"))
        scene.account.answers.look_up.next(NoSuchOrder(), NoSuchOrder(), AskFailed("busy"), NoSuchOrder())

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.advance(8 * SECOND)
            assert scene.kinds()[0] == "Doubtful"
            assert "Ended" not in scene.kinds()
            await tree.advance(60 * SECOND)
            assert "Accepted" in scene.kinds()

        scene.run(script)

    def test_no_failed_question_ever_ends_an_order(self) -> None:
        scene = Scene()
        scene.account.outcomes.append(InDoubt("no answer"))
        scene.account.has_doubtful = False
        scene.account.answers.trades.next(*[AskFailed("busy")] * 20)

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order(lives_ns=10_000 * SECOND))
            await tree.advance(100 * SECOND)
            assert scene.kinds() == ["Doubtful"]
            await tree.advance(3000 * SECOND)
            assert scene.kinds() == ["Doubtful", "Ended"]

        scene.run(script)

    def test_a_fill_that_only_the_trades_know_is_told_before_the_end(self) -> None:
        """The venue forgets orders that ended (field note 10): it was filled while we did not know of it."""
        scene = Scene()
        scene.account.outcomes.append(InDoubt("no answer"))
        scene.account.tells_news = False

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            scene.account.match(FIRST, "t1", shares(40), at_ns=ORIGIN_NS)
            del scene.account.orders[FIRST]
            await tree.advance(60 * SECOND)
            assert scene.kinds() == ["Doubtful", "Accepted", "Executed", "Ended"]
            assert scene.ends()[0].filled == shares(40)

        scene.run(script)


class TestCancels:
    def test_an_end_waits_for_the_fills_that_the_venue_has_counted(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            trade = scene.account.match(FIRST, "t1", shares(30), at_ns=ORIGIN_NS)
            scene.account.take_news()
            scene.withdraw(tree, an_order())
            await tree.settle()
            # The user feed has told of the end, and the trade is late.
            cancelled = scene.account.orders[FIRST]
            assert (cancelled.status, cancelled.matched) == (VenueOrderStatus.CANCELLED, shares(30))
            tree.tell(GATEWAY.text, cancelled)
            await tree.settle()
            assert scene.kinds() == ["Accepted"]
            tree.tell(GATEWAY.text, trade)
            await tree.settle()
            assert scene.kinds() == ["Accepted", "Executed", "Ended"]
            assert scene.ends()[0].filled == shares(30)

        scene.run(script)

    def test_fills_that_never_come_are_asked_for(self) -> None:
        scene = Scene()
        scene.account.tells_news = False

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            scene.account.match(FIRST, "t1", shares(30), at_ns=ORIGIN_NS)
            scene.withdraw(tree, an_order())
            await tree.advance(10 * SECOND)
            assert scene.kinds() == ["Accepted", "Executed", "Ended"]

        scene.run(script)

    def test_a_cancel_that_races_its_order_is_said_again(self) -> None:
        """The answer to the POST is slow; the cancel is there first, and the venue does not know the order yet."""
        scene = Scene()
        scene.account.answers.post.there_ns = 2 * SECOND

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.advance(SECOND)
            scene.withdraw(tree, an_order())
            await tree.advance(30 * SECOND)
            await scene.feed(tree)
            assert scene.account.orders[FIRST].status is VenueOrderStatus.CANCELLED
            assert [each.state for each in scene.ends()] == [OrderState.CANCELLED]

        scene.run(script)

    def test_cancels_that_fail_are_said_until_they_are_heard(self) -> None:
        scene = Scene()
        scene.account.answers.cancel.next(*[AskFailed("too many requests")] * 5)

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            scene.withdraw(tree, an_order())
            await tree.advance(60 * SECOND)
            await scene.feed(tree)
            assert [each.state for each in scene.ends()] == [OrderState.CANCELLED]
            assert scene.account.answers.cancel.asked >= 6

        scene.run(script)

    def test_cancels_that_are_refused_all_the_time_do_not_put_off_the_question(self) -> None:
        """It never arrived: whoever asks for its cancel once a second must not keep it from being found out."""
        scene = Scene()
        scene.account.outcomes.append(InDoubt("no answer"))
        scene.account.has_doubtful = False

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order(lives_ns=1000 * SECOND))
            for _ in range(20):
                await tree.advance(SECOND)
                scene.withdraw(tree, an_order())
            assert [each.state for each in scene.ends()] == [OrderState.CANCELLED]

        scene.run(script)

    def test_an_order_whose_time_is_over_is_cancelled_whatever_its_stamp_says(self) -> None:
        """The venue takes no stamp that is less than two minutes ahead, and the order's own life may be shorter."""
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order(lives_ns=5 * SECOND))
            await tree.advance(4 * SECOND)
            assert scene.account.withdrawn == []
            await tree.advance(5 * SECOND)
            await scene.feed(tree)
            assert [each.state for each in scene.ends()] == [OrderState.EXPIRED]

        scene.run(script)


class TestFills:
    def test_a_trade_that_is_told_many_times_in_any_state_is_one_fill(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            trade = scene.account.match(FIRST, "t1", shares(30), at_ns=ORIGIN_NS)
            status = VenueTradeStatus
            for each in (
                status.MATCHED,
                status.MINED,
                status.MATCHED,
                status.CONFIRMED,
                status.MATCHED,
                status.CONFIRMED,
            ):
                tree.tell(GATEWAY.text, evolve(trade, status=each))
            await tree.settle()
            assert scene.kinds() == ["Accepted", "Executed", "FillSettled"]

        scene.run(script)

    @pytest.mark.parametrize("first", [VenueTradeStatus.MATCHED, VenueTradeStatus.FAILED])
    def test_a_failed_trade_is_reversed_once_and_a_late_match_of_it_is_nothing(self, first: VenueTradeStatus) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            trade = scene.account.match(FIRST, "t1", shares(30), at_ns=ORIGIN_NS)
            for each in (first, VenueTradeStatus.FAILED, VenueTradeStatus.MATCHED, VenueTradeStatus.FAILED):
                tree.tell(GATEWAY.text, evolve(trade, status=each))
            await tree.settle()
            told = scene.kinds()[1:]
            assert told == (["FillReversed"] if first is VenueTradeStatus.FAILED else ["Executed", "FillReversed"])

        scene.run(script)

    def test_the_fill_has_what_the_order_and_its_part_in_the_trade_say(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            scene.account.match(FIRST, "t1", shares(30), price=Price(3900), at_ns=7)
            await scene.feed(tree)
            (executed,) = heard(scene.diary, EXECUTOR.text, Executed)
            fill, order = executed.fill, an_order()
            assert (fill.order, fill.strategy, fill.market) == (order.order, order.strategy, GAME)
            assert (fill.price, fill.size, fill.at_ns, fill.provisional) == (3900, shares(30), 7, True)

        scene.run(script)


class TestOfNobody:
    def test_an_order_that_nobody_here_has_placed_is_cancelled(self) -> None:
        scene = Scene()
        stranger = resting("0xabc")
        scene.account.orders[stranger.venue_order] = stranger

        async def script(tree: Tree) -> None:
            tree.tell(GATEWAY.text, OpenOrdersRead((stranger,), ORIGIN_NS))
            await tree.settle()
            assert scene.account.withdrawn == [(stranger.venue_order,)]
            assert scene.counts.of_nobody == 1

        scene.run(script)

    def test_in_a_rehearsal_they_are_left_alone_and_hold_up_nothing(self) -> None:
        scene = Scene(evolve(SETTINGS, is_rehearsal=True))
        stranger = resting("0xabc")
        scene.account.orders[stranger.venue_order] = stranger

        async def script(tree: Tree) -> None:
            say(tree, EXECUTOR.text, GATEWAY.text, TellVenueState())
            await tree.settle()
            (report,) = heard(scene.diary, EXECUTOR.text, VenueReport)
            assert report.open_orders == ()
            assert scene.account.withdrawn == []

        scene.run(script)

    def test_an_order_that_is_missing_among_the_open_ones_is_looked_up_and_not_given_up(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order())
            await tree.settle()
            tree.tell(GATEWAY.text, OpenOrdersRead((), ORIGIN_NS + SECOND))
            await tree.advance(10 * SECOND)
            assert scene.account.answers.look_up.asked == 1
            assert scene.ends() == []

        scene.run(script)


class TestAfterARestart:
    def test_orders_are_known_by_the_journal_and_what_was_filled_meanwhile_is_told(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            scene.submit(tree, an_order(), an_order("o2"))
            await tree.settle()
            tree.kill(GATEWAY.text)
            await tree.settle()
            assert tree.cell(GATEWAY.text).generation == 2
            scene.account.match(FIRST, "t1", shares(100), at_ns=ORIGIN_NS)
            scene.diary.forget()
            say(tree, EXECUTOR.text, GATEWAY.text, TellVenueState())
            await tree.settle()
            (report,) = heard(scene.diary, EXECUTOR.text, VenueReport)
            assert report.open_orders == ("o2",)
            assert scene.kinds() == ["Accepted", "Executed", "Accepted"]

        scene.run(script)

    def test_the_state_is_read_until_it_is_read_whole(self) -> None:
        scene = Scene()
        scene.account.answers.open_orders.next(*[AskFailed("busy")] * 3)
        scene.account.answers.trades.next(*[AskFailed("busy")] * 3)

        async def script(tree: Tree) -> None:
            say(tree, EXECUTOR.text, GATEWAY.text, TellVenueState())
            await tree.advance(2 * SECOND)
            assert heard(scene.diary, EXECUTOR.text, VenueReport) == []
            await tree.advance(60 * SECOND)
            assert len(heard(scene.diary, EXECUTOR.text, VenueReport)) == 1

        scene.run(script)

    def test_an_order_that_was_never_signed_was_never_sent(self) -> None:
        scene = Scene()
        scene.disk.records.append(an_order())

        async def script(tree: Tree) -> None:
            say(tree, EXECUTOR.text, GATEWAY.text, TellVenueState())
            await tree.settle()
            assert [each.filled for each in scene.ends()] == [Shares(0)]

        scene.run(script)

    def test_an_order_of_a_stranger_is_in_the_report_by_the_venues_name_and_can_be_withdrawn(self) -> None:
        scene = Scene()
        stranger = resting("0xabc")
        scene.account.orders[stranger.venue_order] = stranger
        scene.account.answers.cancel.next(AskFailed("busy"))

        async def script(tree: Tree) -> None:
            say(tree, EXECUTOR.text, GATEWAY.text, TellVenueState())
            await tree.settle()
            (report,) = heard(scene.diary, EXECUTOR.text, VenueReport)
            assert report.open_orders == ("0xabc",)
            say(tree, EXECUTOR.text, GATEWAY.text, Withdraw(report.open_orders[0], GAME))
            await tree.advance(5 * SECOND)
            assert scene.account.orders[stranger.venue_order].status is VenueOrderStatus.CANCELLED

        scene.run(script)


def test_counts_and_state_show_what_is_there() -> None:
    scene = Scene()
    scene.account.outcomes.extend([Taken(is_resting=True), InDoubt("no answer")])
    scene.account.answers.look_up.next(*[AskFailed("busy")] * 10)

    async def script(tree: Tree) -> None:
        scene.submit(tree, an_order(), an_order("o2"))
        await tree.settle()
        assert [type(each) for each in scene.events()].count(Doubtful) == 1
        assert [type(each) for each in scene.events()].count(Accepted) == 1
        assert shown(tree) == LiveGatewayState(2, 1, 0, 2, 0, 0)

    scene.run(script)


@pytest.mark.parametrize("is_prepared", [False, True])
def test_killed_at_each_of_its_messages_it_posts_nothing_twice_and_knows_everything_that_it_posted(
    is_prepared: bool,
) -> None:
    """What the journal has is what a new life knows; what was never posted has ended by the time of the report."""

    def one_run(prepare: BeforeRun) -> Runtime:
        scene = Scene()
        scene.account.outcomes.extend([Taken(is_resting=True), InDoubt("no answer"), Refused("no")])

        async def script(tree: Tree) -> None:
            orders = (an_order("o1"), an_order("o2"), an_order("o3"))
            if is_prepared:
                scene.prepare(tree, *orders)
            scene.submit(tree, *orders)
            await tree.advance(SECOND)
            if FIRST in scene.account.orders:
                scene.account.match(FIRST, "t1", shares(30), at_ns=ORIGIN_NS)
            await scene.feed(tree)
            scene.withdraw(tree, an_order("o2"))
            await tree.advance(20 * SECOND)
            await scene.feed(tree)
            say(tree, EXECUTOR.text, GATEWAY.text, TellVenueState())
            await tree.advance(20 * SECOND)
            posted = [name for batch in scene.account.posted for name in batch]
            assert len(posted) == len(set(posted))
            signed = {each.venue_order for each in scene.disk.records if isinstance(each, OrderSigned)}
            assert set(posted) <= signed
            fills = {each.fill.trade for each in scene.events() if isinstance(each, Executed)}
            assert len(fills) == len(scene.account.trades_done)
            reports = heard(scene.diary, EXECUTOR.text, VenueReport)
            is_open = [name for name, each in scene.account.orders.items() if each.status.is_open]
            names = {each.venue_order: each.order for each in scene.disk.records if isinstance(each, OrderSigned)}
            assert not reports or list(reports[-1].open_orders) == [names[name] for name in is_open]

        return run_tree(scene.root(), script, prepare=prepare).runtime

    assert kill_at_every_message(one_run, GATEWAY.text) > 10
