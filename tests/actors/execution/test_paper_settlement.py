"""Fills that settle late, or fail: at the paper venue by itself, and through gateway, executor and ledger."""

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.executor import Executor, ExecutorSettings
from actors.execution.gateway import Gateway
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from actors.portfolio.bookkeeper import Bookkeeper
from actors.records.words import Confirm, Confirmed, ReadRecords, Records
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import Outcome, Side
from messages.market_data import TradeSeen
from messages.orders import Executed
from messages.portfolio import PortfolioView
from messages.units import NANOSECONDS_PER_SECOND, parse_cash, parse_shares
from supervision.actor import Actor
from supervision.testing import MILLISECOND, ORIGIN_NS, Diary, Tree, run_tree
from tests.actors.actor_world import (
    EXECUTOR_PATH,
    GATEWAY_PATH,
    GOVERNOR_PATH,
    JOURNAL_PATH,
    LEDGER_PATH,
    Create,
    heard,
    snapshot,
    trade,
    world,
)
from tests.actors.execution.paper.paper_world import BUY, FAK, MARKET, MS, NO, SELL, YES, World, order
from tests.actors.samples import GAME, TAKER_FEES, authorised, market, place

SECOND = NANOSECONDS_PER_SECOND
LATE = PaperSettings(settlement_delay_ns=2 * SECOND)
FAILING = PaperSettings(settlement_delay_ns=2 * SECOND, settlement_failure_probability=1.0)
DEPOSIT = parse_cash("1000")
TEN = parse_shares("10")


def bought(settings: PaperSettings) -> World:
    return World(settings).sends(order("buy", YES, BUY, "0.52", "10", kind=FAK))


def fates(world: World) -> list[object]:
    return [event for event in world.events if isinstance(event, FillSettled | FillReversed)]


class TestALateSettlement:
    def test_comes_after_its_delay_and_makes_the_fill_final(self) -> None:
        world = bought(LATE)
        (fill,) = world.fills("buy")
        assert fill.provisional
        assert world.venue.report(0, world.now).fills == (fill,)
        world.after(2 * SECOND - 1)
        assert fates(world) == []
        world.after(1)
        assert fates(world) == [FillSettled(fill.trade, fill.order, fill.market, fill.at_ns + 2 * SECOND)]
        assert [each.provisional for each in world.venue.report(0, world.now).fills] == [False]

    def test_leaves_bought_shares_unsold_until_then(self) -> None:
        world = bought(LATE).sends(order("early", YES, SELL, "0.55", "10"))
        assert world.venue.shares(MARKET, YES) == TEN
        assert world.rejections("early") == ["not enough balance / allowance"]
        world.after(2 * SECOND).sends(order("late", YES, SELL, "0.55", "10"))
        assert world.venue.open_orders() == ("late",)

    def test_leaves_the_money_of_a_sale_unspent_until_then(self) -> None:
        world = World(PaperSettings(parse_cash("5.2"), settlement_delay_ns=SECOND))
        world.sends(order("buy", YES, BUY, "0.52", "10", kind=FAK)).after(SECOND)
        world.sends(order("sell", YES, SELL, "0.50", "10", kind=FAK))
        assert world.venue.cash == parse_cash("5")
        world.sends(order("early", YES, BUY, "0.49", "10"))
        assert world.rejections("early") == ["not enough balance / allowance"]
        world.after(SECOND).sends(order("late", YES, BUY, "0.49", "10"))
        assert world.venue.open_orders() == ("late",)


class TestAFailedSettlement:
    def test_takes_everything_back_fees_too(self) -> None:
        world = World(FAILING).sends(order("buy", YES, BUY, "0.52", "10", kind=FAK))
        (fill,) = world.fills("buy")
        world.after(2 * SECOND)
        reversal = FillReversed(fill.trade, fill.order, fill.market, fill.at_ns + 2 * SECOND)
        assert fates(world) == [reversal]
        assert (world.venue.cash, world.venue.shares(MARKET, YES)) == (DEPOSIT, 0)
        report = world.venue.report(0, world.now)
        assert (report.fills, report.reversed) == ((), (reversal,))
        assert world.venue.fill_count == 0

    def test_that_takes_no_time_comes_with_the_next_look(self) -> None:
        world = bought(PaperSettings(settlement_failure_probability=1.0))
        assert len(fates(world)) == 1
        assert world.venue.cash == DEPOSIT

    def test_follows_from_the_seed(self) -> None:
        def run(seed: int) -> list[str]:
            chance = PaperSettings(settlement_delay_ns=SECOND, settlement_failure_probability=0.5, seed=seed)
            world = World(chance)
            for number in range(20):
                world.sends(order(f"o{number}", YES, BUY, "0.52", "1.93", kind=FAK))
            return [type(fate).__name__ for fate in fates(world.after(SECOND))]

        assert run(0) == run(0) != run(1)
        assert {*run(0)} == {"FillSettled", "FillReversed"}


def test_by_default_no_fill_is_ever_provisional() -> None:
    world = bought(PaperSettings()).after(100 * SECOND)
    assert [fill.provisional for fill in world.fills("buy")] == [False]
    assert fates(world) == []


class ReadyJournal(Actor[object]):
    """Has everything on disk at once, and nothing from before."""

    def receive(self, message: object) -> None:
        match message:
            case Confirm():
                self.reply(Confirmed(message.record))
            case ReadRecords():
                self.reply(Records(()))


wishes = st.lists(
    st.tuples(
        st.sampled_from([Side.BUY, Side.BUY, Side.SELL]),
        st.sampled_from(Outcome),
        st.sampled_from([4300, 4500, 4700, 5300, 5500]),
        st.integers(5, 90),
        st.sampled_from([0, 60, 900, 2500]),
        st.booleans(),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(
    wishes=wishes, seed=st.integers(0, 1000), failing=st.sampled_from([0.0, 0.3, 1.0]), tail=st.sampled_from([0, 400])
)
def test_the_ledger_s_sums_are_the_venue_s_whatever_settles_late_or_fails(
    wishes: list[tuple[Side, Outcome, int, int, int, bool]], seed: int, failing: float, tail: int
) -> None:
    listing = market(fees=TAKER_FEES)
    paper = PaperSettings(
        order_latency_p99_ns=tail * MS,
        cancel_latency_p99_ns=tail * MS,
        settlement_delay_ns=SECOND,
        settlement_failure_probability=failing,
        reject_probability=0.1,
        seed=seed,
    )
    venue = PaperVenue(paper, [listing])
    diary = Diary()
    sink: list[object] = []

    class Heard(Executor):
        def receive(self, message: object) -> None:
            sink.append(message)
            super().receive(message)  # type: ignore[arg-type]

    def ledger_agrees() -> None:
        views = heard(diary, GOVERNOR_PATH, PortfolioView)
        if not views:
            return
        portfolio = views[-1].market(GAME)
        assert views[-1].wallet.cash == venue.cash
        assert portfolio is not None
        assert (portfolio.yes, portfolio.no) == (venue.shares(GAME, YES), venue.shares(GAME, NO))

    async def script(tree: Tree) -> None:
        tree.tell(GATEWAY_PATH, snapshot())
        await tree.settle()
        for number, (side, outcome, price, size, wait_ms, hit) in enumerate(wishes, 2):
            wish = place(f"i{number}", side, outcome, price, parse_shares(str(size)), post_only=False)
            tree.tell(EXECUTOR_PATH, authorised(wish))
            await tree.advance(wait_ms * MILLISECOND)
            if hit:
                tree.tell(GATEWAY_PATH, TradeSeen(trade(size=1500)))
            tree.tell(GATEWAY_PATH, snapshot(number=number))
            await tree.settle()
            ledger_agrees()
        await tree.advance(100 * SECOND)
        ledger_agrees()
        views = heard(diary, GOVERNOR_PATH, PortfolioView)
        if views:
            last = views[-1]
            assert (last.wallet.provisional, last.wallet.reserved) == (0, 0)
            assert last.wallet.free == venue.cash

    real: dict[str, Create] = {
        JOURNAL_PATH: ReadyJournal,
        LEDGER_PATH: lambda: Bookkeeper(DEPOSIT, (listing,)),
        GATEWAY_PATH: lambda: Gateway(venue),
        EXECUTOR_PATH: lambda: Heard((listing,), ExecutorSettings(settle_ns=2 * SECOND)),
    }
    run_tree(world(diary, real), script)
    fills: dict[str, Fill] = {each.fill.trade: each.fill for each in sink if isinstance(each, Executed)}
    told = [each for each in sink if isinstance(each, FillSettled | FillReversed)]
    assert sorted(each.trade for each in told) == sorted(fills)
    failed = {each.trade for each in told if isinstance(each, FillReversed)}
    assert {each.trade for each in venue.report(0, ORIGIN_NS).reversed} == failed
    assert not failed or failing
