"""What execution hears of its orders on the exchange in process, and what it then owns."""

from collections.abc import Sequence

import pytest

from messages.fills import Liquidity
from messages.identity import OrderId
from messages.intents import TimeInForce
from messages.orders import Accepted, CancelRefused, Ended, Executed, OrderState, Rejected
from messages.units import CASH_SCALE, ONE, SHARE_SCALE, Cash, Shares
from polyactors.exchange.ports.execution import OWN_WALLET
from polyactors.exchange.words import OrderType, TradingMode
from tests.exchange.port_world import LATENCY_NS, Ports, our_order
from tests.exchange.trading_floor import (
    ALICE,
    BUY,
    DELAYED,
    NO,
    PLAIN,
    SECOND_NS,
    SELL,
    START_NS,
    WITH_FEES,
    YES,
)


@pytest.fixture
def ports() -> Ports:
    return Ports()


def kinds(events: Sequence[object]) -> list[type]:
    return [type(event) for event in events]


def test_an_order_rests_once_it_has_come_the_way(ports: Ports) -> None:
    order = our_order("a", BUY, 0.40, 10)
    assert ports.venue.submit(order, ports.now_ns) == ()
    assert ports.venue.open_orders() == ()
    assert ports.venue.next_due_ns() == START_NS + LATENCY_NS
    assert ports.wait(0.05) == [Accepted(OrderId("a"), START_NS + LATENCY_NS)]
    assert ports.venue.open_orders() == (OrderId("a"),)
    assert ports.venue.next_due_ns() is None


def test_a_resting_order_that_is_taken_wakes_us_and_fills_at_its_price_without_a_fee(ports: Ports) -> None:
    ports.send(our_order("a", BUY, 0.40, 10, on=WITH_FEES))
    ports.floor.split(ALICE, 100, on=WITH_FEES)
    wakes = ports.wakes
    ports.floor.placed(ALICE, SELL, YES, 0.39, 6, on=WITH_FEES)
    assert ports.wakes == wakes + 1
    (executed,) = ports.wait(0)
    assert isinstance(executed, Executed)
    fill = executed.fill
    assert (fill.order, fill.price, fill.size, fill.fee) == ("a", 4000, 6 * SHARE_SCALE, 0)
    assert fill.liquidity is Liquidity.MAKER
    assert ports.venue.cash == ports.venue.deposit - 2_400_000
    assert ports.venue.shares(WITH_FEES.market, YES) == 6 * SHARE_SCALE


def test_an_order_that_takes_is_accepted_first_then_filled_with_its_fee(ports: Ports) -> None:
    ports.floor.split(ALICE, 100, on=WITH_FEES)
    ports.floor.placed(ALICE, SELL, YES, 0.50, 10, on=WITH_FEES)
    events = ports.send(our_order("a", BUY, 0.55, 10, on=WITH_FEES, time_in_force=TimeInForce.FAK))
    assert kinds(events) == [Accepted, Executed]
    fill = events[1].fill  # type: ignore[union-attr]
    assert (fill.price, fill.liquidity) == (5000, Liquidity.TAKER)
    assert fill.fee == WITH_FEES.fees.taker_fee(fill.price, fill.size) > 0
    assert ports.venue.cash == ports.venue.deposit - 5 * CASH_SCALE - fill.fee


def test_what_of_a_fak_order_finds_nobody_ends_after_its_fills(ports: Ports) -> None:
    ports.floor.split(ALICE, 100)
    ports.floor.placed(ALICE, SELL, YES, 0.50, 6)
    events = ports.send(our_order("a", BUY, 0.55, 10, time_in_force=TimeInForce.FAK))
    assert kinds(events) == [Accepted, Executed, Ended]
    ended = events[2]
    assert isinstance(ended, Ended)
    assert (ended.state, ended.filled) == (OrderState.CANCELLED, 6 * SHARE_SCALE)


def test_cash_and_shares_are_ours_when_matched_and_stay_so_when_the_chain_has_them(ports: Ports) -> None:
    """The exchange holds both in escrow for two seconds; execution books the match."""
    ports.floor.split(ALICE, 100)
    ports.send(our_order("a", BUY, 0.40, 10))
    ports.floor.placed(ALICE, SELL, YES, 0.40, 10)
    ports.wait(0)
    owned = []
    for seconds in (0, 1, 1.5, 5):
        ports.wait(seconds)
        owned.append((ports.venue.cash, ports.venue.shares(PLAIN.market, YES)))
    assert set(owned) == {(ports.venue.deposit - 4 * CASH_SCALE, 10 * SHARE_SCALE)}
    assert ports.log == []


def test_what_was_bought_is_refused_for_sale_until_it_is_mined(ports: Ports) -> None:
    ports.floor.split(ALICE, 100)
    ports.send(our_order("a", BUY, 0.40, 10))
    ports.floor.placed(ALICE, SELL, YES, 0.40, 10)
    (refused,) = [each for each in ports.send(our_order("b", SELL, 0.60, 10)) if isinstance(each, Rejected)]
    assert "not enough balance" in refused.reason
    ports.wait(3)
    assert kinds(ports.send(our_order("c", SELL, 0.60, 10))) == [Accepted]
    assert ports.venue.open_orders() == (OrderId("c"),)


def test_a_cancel_takes_its_way_and_ends_the_order(ports: Ports) -> None:
    order = our_order("a", BUY, 0.40, 10)
    ports.send(order)
    assert ports.withdraw(order) == [
        Ended(OrderId("a"), OrderState.CANCELLED, Shares(0), "", START_NS + 2 * LATENCY_NS)
    ]
    (refused,) = ports.withdraw(order)
    assert isinstance(refused, CancelRefused)


def test_a_cancel_that_is_overtaken_by_a_fill_is_refused(ports: Ports) -> None:
    ports.floor.split(ALICE, 100)
    order = our_order("a", BUY, 0.40, 10)
    ports.send(order)
    ports.venue.withdraw(order.order, ports.now_ns)
    ports.floor.placed(ALICE, SELL, YES, 0.40, 10)
    assert kinds(ports.wait(0.05)) == [Executed, CancelRefused]


def test_a_cancel_waits_out_a_restart_of_the_exchange(ports: Ports) -> None:
    order = our_order("a", BUY, 0.40, 10)
    ports.send(order)
    ports.exchange.set_mode(TradingMode.RESTARTING, ports.now_ns)
    assert ports.withdraw(order) == []
    ports.exchange.set_mode(TradingMode.NORMAL, ports.now_ns)
    (ended,) = ports.wait(1)
    assert isinstance(ended, Ended)
    assert ports.venue.open_orders() == ()


@pytest.mark.parametrize(
    ("mode", "says"), [(TradingMode.CANCEL_ONLY, "cancel"), (TradingMode.DISABLED, ""), (TradingMode.RESTARTING, "")]
)
def test_an_order_that_the_mode_forbids_is_rejected_in_the_venue_s_words(
    ports: Ports, mode: TradingMode, says: str
) -> None:
    ports.exchange.set_mode(mode, ports.now_ns)
    (rejected,) = ports.send(our_order("a", BUY, 0.40, 10))
    assert isinstance(rejected, Rejected)
    assert rejected.reason
    assert says in rejected.reason.lower()
    assert ports.venue.cash == ports.venue.deposit


def test_a_delayed_order_is_accepted_when_it_is_executed(ports: Ports) -> None:
    ports.floor.split(ALICE, 100, on=DELAYED)
    ports.floor.placed(ALICE, SELL, YES, 0.50, 10, on=DELAYED)
    assert ports.send(our_order("a", BUY, 0.55, 10, on=DELAYED)) == []
    assert kinds(ports.wait(1)) == [Accepted, Executed]


def test_a_gtd_order_ends_at_its_time_and_not_a_minute_before(ports: Ports) -> None:
    order = our_order("a", BUY, 0.40, 10, time_in_force=TimeInForce.GTD, lives_s=30)
    ports.send(order)
    assert ports.wait(29.9) == []
    (ended,) = ports.wait(0.1)
    assert isinstance(ended, Ended)
    assert (ended.state, ended.at_ns) == (OrderState.EXPIRED, order.expires_ns)


def test_a_resolution_ends_what_rests(ports: Ports) -> None:
    ports.send(our_order("a", BUY, 0.40, 10))
    ports.exchange.resolve(PLAIN.market, ONE, ports.now_ns)
    (ended,) = ports.wait(0)
    assert isinstance(ended, Ended)
    assert (ended.state, ended.reason) == (OrderState.CANCELLED, "CANCELED_MARKET_RESOLVED")


def test_the_middle_of_a_fill_is_that_before_the_match(ports: Ports) -> None:
    ports.floor.split(ALICE, 100)
    ports.floor.placed(ALICE, SELL, YES, 0.60, 10)
    ports.send(our_order("a", BUY, 0.40, 10))
    ports.floor.placed(ALICE, SELL, YES, 0.40, 10)
    (executed,) = [each for each in ports.wait(0) if isinstance(each, Executed)]
    assert executed.fill.middle == 5000


def test_an_order_of_no_is_filled_in_its_own_terms(ports: Ports) -> None:
    """A BUY of NO at 0.30 meets a BUY of YES at 0.70: both pay, a new set is made."""
    ports.send(our_order("a", BUY, 0.30, 10, outcome=NO))
    ports.floor.placed(ALICE, BUY, YES, 0.70, 10)
    (executed,) = [each for each in ports.wait(0) if isinstance(each, Executed)]
    assert (executed.fill.outcome, executed.fill.side, executed.fill.price) == (NO, BUY, 3000)
    assert ports.venue.shares(PLAIN.market, NO) == 10 * SHARE_SCALE


def test_a_report_has_all_fills_from_a_number_on_and_what_rests(ports: Ports) -> None:
    ports.floor.split(ALICE, 100)
    ports.send(our_order("a", BUY, 0.40, 20))
    for _ in range(3):
        ports.floor.placed(ALICE, SELL, YES, 0.40, 5)
    ports.wait(0)
    report = ports.venue.report(1, ports.now_ns)
    assert len(report.fills) == 2
    assert report.open_orders == (OrderId("a"),)
    assert ports.venue.fill_count == 3
    assert len({fill.trade for fill in ports.venue.report(0, ports.now_ns).fills}) == 3


def test_a_trade_that_fails_gives_everything_back_and_is_said_aloud(ports: Ports) -> None:
    ports.floor.split(ALICE, 100)
    ports.send(our_order("a", BUY, 0.40, 10))
    ports.exchange.fail_next_trades(1)
    ports.floor.placed(ALICE, SELL, YES, 0.40, 10)
    ports.wait(10)
    assert ports.venue.failed_trades == 1
    assert ports.venue.cash == ports.venue.deposit
    assert ports.venue.shares(PLAIN.market, YES) == 0
    assert [each.event for each in ports.log] == ["a trade failed, and is reversed"]
    ports.floor.check_cash()


def test_rewards_are_left_out_of_what_trading_made(ports: Ports) -> None:
    before = ports.venue.cash
    ports.exchange.pay_reward(OWN_WALLET, PLAIN.market, Cash(5 * CASH_SCALE), ports.now_ns)
    assert ports.venue.cash == before
    assert [each.event for each in ports.log] == ["cash that the ledger does not book"]


def test_the_exchange_has_every_time_in_force_that_execution_knows() -> None:
    assert {each.value for each in TimeInForce} <= {each.value for each in OrderType}


def test_while_the_exchange_is_late_an_order_takes_no_longer_by_the_exchange_s_time(ports: Ports) -> None:
    """A machine that is too slow would otherwise leave cancels under way for as long as the exchange is behind."""
    rests_s = START_NS // SECOND_NS + 60
    ports.floor.placed(ALICE, BUY, YES, 0.40, 10, order_type=OrderType.GTD, expiration_s=rests_s + 30)
    much_later_ns = START_NS + 100 * SECOND_NS
    assert ports.venue.submit(our_order("a", BUY, 0.30, 10), much_later_ns) == (
        Accepted(OrderId("a"), START_NS + 30 * SECOND_NS + LATENCY_NS),
    )


def test_while_a_feed_drives_the_exchange_the_gateway_has_nothing_to_do(ports: Ports) -> None:
    told: list[str] = []
    with ports.timetable.driven(lambda: told.append("planned")):
        ports.venue.submit(our_order("a", BUY, 0.30, 10), ports.now_ns)
        assert told == ["planned"]
        assert ports.venue.next_due_ns() is None
        assert ports.venue.advance(START_NS + SECOND_NS) == ()
        assert ports.venue.open_orders() == ()
        wakes = ports.wakes
    assert ports.wakes == wakes + 1, "the feed is gone: our order would hang in the air"
    assert ports.venue.next_due_ns() == START_NS + LATENCY_NS
    assert kinds(ports.venue.advance(START_NS + SECOND_NS)) == [Accepted]
