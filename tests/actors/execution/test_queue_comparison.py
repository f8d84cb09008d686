"""The comparison of queue models: both sides get the same orders and market, and the sums are counted right."""

from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner

from actors.execution.paper.queue_position import PowerProbability, RiskAverse
from messages.identity import Outcome, Side
from messages.market_data import Snapshot, TradePrint
from messages.units import SHARE_SCALE, Price, Shares, TickSize
from polyactors.comparisons.command import compare_queues
from polyactors.comparisons.hftbacktest_feed import FeedRow, Row, feed_rows
from polyactors.comparisons.market_history import MarketHistory, NoComparison, Seen, histories_of
from polyactors.comparisons.on_hftbacktest import Hftbacktest
from polyactors.comparisons.on_paper import on_paper
from polyactors.comparisons.order_plan import PlannedOrder, PlanRules, plan
from polyactors.comparisons.outcome_of_orders import OrdersOutcome
from polyactors.comparisons.prints_first import with_prints_first
from polyactors.comparisons.queue_models import PAIRS, Comparison, Sums
from polyactors.comparisons.queue_table import agree, difference, markdown
from tests.actors.execution.paper.paper_world import BUY, MS, SELL, Levels, book, market, print_of

RECORDING = Path(__file__).parents[4] / "shared" / "recordings" / "nhl-20260607"
YES, NO = Outcome.YES, Outcome.NO
SECOND = 1_000 * MS
BEGIN = SECOND


def shown(at_ns: int, bids: Levels, asks: Levels) -> Snapshot:
    return evolve(book(bids, asks), received_ns=BEGIN + at_ns)


def traded(at_ns: int, side: Side, price: str, size: str) -> TradePrint:
    return evolve(print_of(side, price, size), received_ns=BEGIN + at_ns)


def history(*seen: Seen) -> MarketHistory:
    return MarketHistory(market(), seen)


def bid(number: int, outcome: Outcome, price: int, at_ns: int, until_ns: int, size: int = 50) -> PlannedOrder:
    return PlannedOrder(number, outcome, Price(price), shares(size), BEGIN + at_ns, BEGIN + until_ns)


def shares(count: int) -> Shares:
    return Shares(count * SHARE_SCALE)


CALM = shown(0, {"0.50": "100"}, {"0.52": "80"})
END = shown(100 * SECOND, {"0.50": "100"}, {"0.52": "80"})


def test_the_feed_has_each_changed_level_shrunken_ones_first_and_asks_in_terms_of_yes() -> None:
    moved = shown(MS, {"0.49": "70"}, {"0.50": "5", "0.52": "80"})
    rows = list(feed_rows([CALM, traded(MS, SELL, "0.50", "12.5"), moved]))
    at = BEGIN + MS
    assert rows == [
        FeedRow(Row.BID, BEGIN, 0.5, 100.0),
        FeedRow(Row.ASK, BEGIN, 0.52, 80.0),
        FeedRow(Row.SOLD, at, 0.5, 12.5),
        FeedRow(Row.BID, at, 0.5, 0.0),
        FeedRow(Row.BID, at, 0.49, 70.0),
        FeedRow(Row.ASK, at, 0.5, 5.0),
    ]


def test_a_plan_joins_both_best_bids_and_is_over_before_the_recording_ends() -> None:
    rules = PlanRules(every_ns=30 * SECOND, life_ns=20 * SECOND, phases=2)
    orders = plan(history(CALM, END), rules, phase=0)
    assert [(order.outcome, order.price) for order in orders[:2]] == [(YES, 5000), (NO, 4800)]
    assert [order.sent_ns - BEGIN for order in orders] == [MS // 2, MS // 2, 30_000_500_000, 30_000_500_000]
    assert all(order.cancelled_ns - order.sent_ns == 20 * SECOND for order in orders)
    shifted = plan(history(CALM, END), rules, phase=1)
    assert shifted[0].sent_ns - orders[0].sent_ns == 15 * SECOND
    assert len({order.number for order in orders}) == len(orders)


def test_the_paper_side_fills_what_is_left_beyond_the_queue() -> None:
    seen = history(CALM, traded(SECOND, SELL, "0.50", "120"), traded(2 * SECOND, SELL, "0.50", "10"), END)
    order = bid(1, YES, 5000, 100 * MS, 50 * SECOND)
    assert on_paper(seen, [order], 50 * MS, RiskAverse()) == OrdersOutcome(2, {1: shares(30)})
    too_late = bid(1, YES, 5000, 990 * MS, 50 * SECOND)
    assert on_paper(seen, [too_late], 50 * MS, RiskAverse()) == OrdersOutcome(0, {})
    cancelled = bid(1, YES, 5000, 100 * MS, 1_900 * MS)
    assert on_paper(seen, [cancelled], 50 * MS, RiskAverse()) == OrdersOutcome(1, {1: shares(20)})


def test_a_print_moves_before_the_book_that_it_explains_and_no_other_does() -> None:
    shrunk = shown(SECOND, {"0.50": "40"}, {"0.52": "80"})
    late = traded(SECOND + 20 * MS, SELL, "0.50", "60")
    unexplained = traded(3 * SECOND, BUY, "0.52", "5")
    moved = with_prints_first(history(CALM, shrunk, late, unexplained, END)).seen
    assert moved == (CALM, evolve(late, received_ns=shrunk.received_ns), shrunk, unexplained, END)


def line(ours: Sums, theirs: Sums) -> Comparison:
    return Comparison("as recorded", "log", shares(5), 100, ours, theirs)


def test_the_table_has_both_sums_and_their_differences() -> None:
    compared = line(Sums(11, 12, shares(90)), Sums(10, 16, shares(100)))
    assert "| 11 : 10 (+10.0%) | 12 : 16 (-25.0%) | 90.00 : 100.00 (-10.0%) |" in markdown([compared])
    assert agree(compared, 0.11)
    assert not agree(compared, 0.09)
    assert difference(0, 0) == 0
    assert not agree(line(Sums(1, 1, shares(1)), Sums()), 1.0)


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    said = CliRunner().invoke(compare_queues, [str(tmp_path), "--phases", "1"])
    assert said.exit_code == 1
    assert "hftbacktest" in said.output or "manifest.json" in said.output
    said = CliRunner().invoke(compare_queues, [str(tmp_path), "--size", "0.001"])
    assert "hundredths" in said.output


def test_a_recording_gives_the_books_of_its_markets_whose_tick_stays() -> None:
    if not RECORDING.is_dir():
        pytest.skip("needs ../shared")
    found = histories_of(RECORDING)
    assert len(found) == 5, "one of the six goes to a finer tick"
    for each in found:
        times = [seen.received_ns for seen in each.seen]
        assert times == sorted(times)
        assert all(isinstance(seen, TradePrint) or seen.tick_size == TickSize(100) for seen in each.seen)


@pytest.fixture(scope="module")
def yardstick() -> Hftbacktest:
    try:
        return Hftbacktest()
    except NoComparison as missing:
        pytest.skip(f"the extra is not installed: {missing}")


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
class TestBothSides:
    """Where the two venues have the same rules, they do the same: trades before books, at our price alone."""

    def test_give_an_order_what_trades_leave_beyond_the_queue(self, pair: object, yardstick: Hftbacktest) -> None:
        (chosen,) = [each for each in PAIRS if each is pair]
        seen = history(CALM, traded(SECOND, SELL, "0.50", "120"), traded(2 * SECOND, SELL, "0.50", "10"), END)
        orders = [bid(1, YES, 5000, 100 * MS, 50 * SECOND), bid(2, NO, 4800, 100 * MS, 50 * SECOND)]
        theirs = yardstick.run(yardstick.feed(seen), orders, 50 * MS, chosen.theirs)
        assert theirs == on_paper(seen, orders, 50 * MS, chosen.ours) == OrdersOutcome(2, {1: shares(30)})

    def test_move_it_up_alike_by_a_cancel(self, pair: object, yardstick: Hftbacktest) -> None:
        (chosen,) = [each for each in PAIRS if each is pair]
        grown = shown(SECOND, {"0.50": "300"}, {"0.52": "80"})
        shrunk = shown(2 * SECOND, {"0.50": "210"}, {"0.52": "80"})
        seen = history(CALM, grown, shrunk, traded(9 * SECOND, SELL, "0.50", "120"), END)
        orders = [bid(1, YES, 5000, 100 * MS, 50 * SECOND)]
        theirs = yardstick.run(yardstick.feed(seen), orders, 50 * MS, chosen.theirs)
        ours = on_paper(seen, orders, 50 * MS, chosen.ours)
        assert ours.fills == theirs.fills == 1
        assert abs(ours.size - theirs.size) <= 10_000, "a hundredth of a share, for they round and we cut"
        assert ours.size > shares(20) or chosen.ours == RiskAverse()


def test_the_models_are_not_all_the_same_here() -> None:
    grown = shown(SECOND, {"0.50": "300"}, {"0.52": "80"})
    shrunk = shown(2 * SECOND, {"0.50": "210"}, {"0.52": "80"})
    seen = history(CALM, grown, shrunk, traded(9 * SECOND, SELL, "0.50", "120"), END)
    orders = [bid(1, YES, 5000, 100 * MS, 50 * SECOND)]
    filled = [on_paper(seen, orders, 50 * MS, pair.ours).size for pair in PAIRS]
    assert filled[2] < filled[0] < filled[1]
    # A ninth of the 90 was ahead by the cube, 100^3 / (100^3 + 200^3).
    assert filled[0] == shares(30)
    assert PAIRS[0].ours == PowerProbability(3)
