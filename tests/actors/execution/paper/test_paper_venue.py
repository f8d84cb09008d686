"""One order's life at the paper venue: latency, races, fills, fees, expiry, and the account."""

import pytest

from actors.execution.paper.settings import PaperSettings
from messages.fills import Liquidity
from messages.identity import OrderId, Outcome, Side
from messages.intents import TimeInForce
from messages.markets import FeeSchedule
from messages.orders import Accepted, CancelRefused, Ended, Executed, OrderState
from messages.units import parse_cash
from tests.actors.execution.paper.paper_world import (
    BUY,
    FAK,
    FOK,
    GTC,
    GTD,
    LATENCY,
    MARKET,
    MS,
    NO,
    OTHER_MARKET,
    SELL,
    YES,
    World,
    book,
    cash,
    market,
    order,
    print_of,
    shares,
)

WITHOUT_BIDS = book({}, {"0.52": "100"})


class TestLatency:
    def test_nothing_happens_a_nanosecond_before_the_order_arrives(self) -> None:
        world = World()
        world.note(world.venue.submit(order("a", YES, BUY, "0.52", "10"), 0))
        assert world.venue.next_due_ns() == LATENCY
        world.after(LATENCY - 1)
        assert world.events == []
        world.after(1)
        assert isinstance(world.events[0], Accepted)
        assert [event.fill.at_ns for event in world.events if isinstance(event, Executed)] == [LATENCY]

    def test_an_order_meets_the_book_of_its_arrival(self) -> None:
        world = World()
        world.note(world.venue.submit(order("a", YES, BUY, "0.52", "10"), 0))
        world.after(LATENCY - 1).show(book({"0.50": "100"}, {"0.51": "100"})).after(1)
        assert world.fills("a")[0].price == 5100

    def test_a_late_call_still_meets_the_book_of_its_arrival(self) -> None:
        world = World()
        world.note(world.venue.submit(order("a", YES, BUY, "0.52", "10"), 0))
        world.now = 10 * LATENCY
        world.show(book({"0.50": "100"}, {"0.51": "100"}))
        assert (world.fills("a")[0].price, world.fills("a")[0].at_ns) == (5200, LATENCY)

    def test_none_is_allowed(self) -> None:
        world = World(PaperSettings(order_latency_ns=0))
        world.note(world.venue.submit(order("a", YES, BUY, "0.52", "10"), 0))
        assert world.filled("a")

    def test_an_open_book_does_not_hold_an_arrival_up(self) -> None:
        world = World()
        world.note(world.venue.submit(order("a", YES, BUY, "0.52", "10"), 0))
        world.note(world.venue.book_opened(MARKET)).after(LATENCY)
        assert world.fills("a")[0].price == 5200


class TestACancel:
    def test_works_after_its_latency(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.50", "10"))
        world.note(world.venue.withdraw(OrderId("a"), world.now)).after(LATENCY - 1)
        assert world.venue.open_orders() == ("a",)
        world.after(1)
        assert world.events[-1] == Ended(OrderId("a"), OrderState.CANCELLED, shares("0"), "", world.now)  # type: ignore[arg-type]
        assert world.venue.open_orders() == ()

    def test_loses_the_race_against_a_fill(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.51", "10"))
        world.note(world.venue.withdraw(OrderId("a"), world.now)).after(LATENCY - 1)
        world.prints(SELL, "0.51", "10").after(1)
        assert world.filled("a") == shares("10")
        assert world.events[-1] == CancelRefused(
            OrderId("a"), "order can't be found - already canceled or matched", world.now
        )

    def test_says_what_was_filled_in_between(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.51", "10"))
        world.note(world.venue.withdraw(OrderId("a"), world.now)).after(LATENCY - 1)
        world.prints(SELL, "0.51", "4").after(1)
        assert world.end_of("a").filled == shares("4")

    def test_wins_over_a_trade_of_the_same_nanosecond(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.51", "10"))
        world.note(world.venue.withdraw(OrderId("a"), world.now))
        world.now += LATENCY
        world.prints(SELL, "0.51", "10")
        assert not world.filled("a")

    def test_that_overtakes_its_order_finds_nothing(self) -> None:
        world = World(PaperSettings(cancel_latency_ns=1))
        world.note(world.venue.submit(order("a", YES, BUY, "0.50", "10"), 0))
        world.note(world.venue.withdraw(OrderId("a"), 0)).after(LATENCY)
        assert isinstance(world.events[0], CancelRefused)
        assert world.venue.open_orders() == ("a",)

    def test_of_an_unknown_order_is_refused(self) -> None:
        world = World()
        world.note(world.venue.withdraw(OrderId("a"), 0)).after(LATENCY)
        assert isinstance(world.events[0], CancelRefused)


class TestAnOrderExpires:
    @pytest.mark.parametrize("kind", [GTD, GTC])
    def test_at_its_time_to_the_nanosecond(self, kind: TimeInForce) -> None:
        world = World().sends(order("a", YES, BUY, "0.50", "10", kind=kind, expires_ns=LATENCY + 7))
        assert world.venue.next_due_ns() == LATENCY + 7
        world.after(6)
        assert world.venue.open_orders() == ("a",)
        world.after(1)
        assert world.end_of("a").state is OrderState.EXPIRED
        assert world.end_of("a").at_ns == LATENCY + 7
        assert world.venue.next_due_ns() is None

    def test_never_without_an_expiry(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.50", "10", expires_ns=0)).after(10**18)
        assert world.venue.open_orders() == ("a",)

    def test_but_not_once_it_is_filled(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.52", "10", expires_ns=2 * LATENCY)).after(2 * LATENCY)
        assert not any(isinstance(event, Ended) for event in world.events)


class TestATaker:
    def test_pays_the_resting_prices_level_by_level_and_the_rest_rests(self) -> None:
        world = World(first=book({}, {"0.52": "30", "0.53": "40", "0.55": "50"}))
        world.sends(order("a", YES, BUY, "0.54", "100"))
        assert [(fill.price, fill.size) for fill in world.fills("a")] == [(5200, shares("30")), (5300, shares("40"))]
        assert {fill.liquidity for fill in world.fills("a")} == {Liquidity.TAKER}
        assert [fill.trade for fill in world.fills("a")] == ["a-1", "a-2"]
        assert world.venue.open_orders() == ("a",)

    def test_of_no_meets_the_bids_of_yes(self) -> None:
        world = World(first=book({"0.50": "30", "0.48": "40"}, {})).sends(order("a", NO, BUY, "0.52", "100", kind=FAK))
        assert [(fill.price, fill.size) for fill in world.fills("a")] == [(5000, shares("30")), (5200, shares("40"))]
        assert world.end_of("a").filled == shares("70")

    @pytest.mark.parametrize(("outcome", "entry", "exit_price"), [(YES, "0.52", 5000), (NO, "0.50", 4800)])
    def test_that_sells_meets_the_bids_of_its_own_token(self, outcome: Outcome, entry: str, exit_price: int) -> None:
        world = World().buys_first(outcome, entry, "20")
        world.sends(order("a", outcome, SELL, "0.40", "20", kind=FOK))
        assert [fill.price for fill in world.fills("a")] == [exit_price]
        assert world.venue.shares(MARKET, outcome) == 0

    def test_pays_the_fee_of_the_market_on_top_or_out_of_what_it_gets(self) -> None:
        world = World(None, market(fees=FeeSchedule(rate_ppm=70_000)))
        world.buys_first(YES, "0.52", "100")
        fee = 70_000 * 100 * 52 * 48 // 10_000
        assert world.venue.cash == cash("1000") - cash("52") - fee
        world.sends(order("a", YES, SELL, "0.50", "100", kind=FOK))
        assert world.venue.cash == cash("998") - fee - 1_750_000

    def test_fills_whole_lots(self) -> None:
        world = World(first=book({}, {"0.52": "10.019999"})).sends(order("a", YES, BUY, "0.52", "20", kind=FAK))
        assert world.filled("a") == shares("10.01")


class TestARestingOrder:
    @pytest.mark.parametrize(
        ("outcome", "side", "price", "taker", "at"),
        [
            (YES, BUY, "0.51", SELL, "0.51"),
            (NO, BUY, "0.49", BUY, "0.51"),
            (YES, SELL, "0.51", BUY, "0.51"),
            (NO, SELL, "0.49", SELL, "0.51"),
        ],
    )
    def test_is_filled_at_its_price_without_fee(
        self, outcome: Outcome, side: Side, price: str, taker: Side, at: str
    ) -> None:
        world = World(None, market(fees=FeeSchedule(rate_ppm=70_000)))
        if side is SELL:
            world.buys_first(outcome, "0.52", "50")
        world.sends(order("a", outcome, side, price, "10")).prints(taker.opposite, at, "99")
        assert not world.fills("a")
        world.prints(taker, at, "99")
        (fill,) = world.fills("a")
        assert (fill.price, fill.size, fill.fee) == (order("a", outcome, side, price, "10").price, shares("10"), 0)
        assert (fill.liquidity, fill.middle) == (Liquidity.MAKER, 5100)

    def test_waits_for_those_ahead(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.50", "10")).prints(SELL, "0.50", "99")
        assert not world.filled("a")
        world.prints(SELL, "0.50", "4.019999")
        assert world.filled("a") == shares("3.01")

    def test_is_filled_without_a_queue_by_a_trade_through_it(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.50", "10")).prints(SELL, "0.49", "4")
        assert world.filled("a") == shares("4")

    def test_keeps_its_queue_when_the_price_through_it_is_an_average(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.50", "10")).prints(SELL, "0.4951", "104")
        assert world.filled("a") == shares("4")

    def test_is_not_filled_by_a_trade_at_a_better_price(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.50", "10")).prints(SELL, "0.51", "1000")
        assert not world.filled("a")

    def test_shares_a_trade_with_our_others_by_price_then_time(self) -> None:
        world = World(first=WITHOUT_BIDS)
        for name, price in (("low", "0.49"), ("first", "0.50"), ("second", "0.50"), ("best", "0.51")):
            world.sends(order(name, YES, BUY, price, "10"))
        world.prints(SELL, "0.49", "25")
        assert [world.filled(name) for name in ("best", "first", "second", "low")] == [
            shares("10"),
            shares("10"),
            shares("5"),
            0,
        ]

    def test_is_filled_by_depth_that_shows_up_against_it_and_takes_that_depth(self) -> None:
        world = World(first=WITHOUT_BIDS).sends(order("a", YES, BUY, "0.51", "10"))
        crossing = book({}, {"0.50": "4", "0.51": "3", "0.52": "100"})
        world.show(crossing)
        assert [(fill.price, fill.size, fill.liquidity) for fill in world.fills("a")] == [
            (5100, shares("7"), Liquidity.MAKER)
        ]
        world.show(crossing)
        assert world.filled("a") == shares("7")
        world.show(book({}, {"0.50": "5", "0.51": "3"}))
        assert world.filled("a") == shares("8")

    def test_that_is_post_only_rests_where_we_took_all_there_was(self) -> None:
        world = World().buys_first(YES, "0.52", "100").sends(order("a", YES, BUY, "0.52", "10", post_only=True))
        assert world.venue.open_orders() == ("a",)
        world.show(book({"0.50": "100"}, {"0.52": "101"}))
        assert [fill.liquidity for fill in world.fills("a")] == [Liquidity.MAKER]


def test_our_own_orders_do_not_meet_each_other() -> None:
    world = World(first=book({}, {})).sends(order("a", YES, BUY, "0.60", "10")).sends(order("b", NO, BUY, "0.60", "10"))
    assert world.venue.open_orders() == ("a", "b")


def test_an_order_of_another_market_is_pulled_when_a_fill_leaves_no_cash_for_it() -> None:
    world = World(PaperSettings(initial_deposit=parse_cash("10")), market(), market(OTHER_MARKET))
    world.show(book({}, {}, name=OTHER_MARKET))
    for name, place in (("a", MARKET), ("b", OTHER_MARKET), ("c", OTHER_MARKET)):
        world.sends(order(name, YES, BUY, "0.50", "10", in_market=place))
    world.after(MS).prints(SELL, "0.50", "110")
    assert world.filled("a") == shares("10")
    assert world.end_of("c").reason == "CANCELED_NOT_ENOUGH_BALANCE"
    assert world.venue.open_orders() == ("b",)


def test_the_report_has_the_open_orders_and_the_fills_since() -> None:
    world = World().sends(order("a", YES, BUY, "0.52", "10")).sends(order("b", YES, BUY, "0.50", "10"))
    world.sends(order("c", YES, BUY, "0.52", "10"))
    report = world.venue.report(1, world.now)
    assert report.open_orders == ("b",)
    assert [fill.order for fill in report.fills] == ["c"]
    assert report.at_ns == world.now


def test_market_data_of_a_market_that_was_never_listed_is_an_error() -> None:
    world = World()
    with pytest.raises(KeyError):
        world.show(book({}, {}, name=OTHER_MARKET))
    with pytest.raises(KeyError):
        world.venue.trade(print_of(SELL, "0.50", "1", OTHER_MARKET), world.now)
