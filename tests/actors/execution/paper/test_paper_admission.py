"""Every refusal in the venue's own words (reference polymarket.md, 2.6)."""

import pytest

from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from messages.markets import FeeSchedule, Phase
from messages.orders import Order, Rejected
from messages.units import parse_cash
from tests.actors.execution.paper.paper_world import (
    BUY,
    FAK,
    FOK,
    LATENCY,
    NO,
    OTHER_MARKET,
    SELL,
    YES,
    World,
    book,
    market,
    order,
)

NOT_READY = "the market is not yet ready to process new orders"
BALANCE = "not enough balance / allowance"


def refusal(wanted: Order, world: World | None = None) -> str:
    world = (world or World()).sends(wanted)
    (reason,) = world.rejections(wanted.order)
    assert wanted.order not in world.venue.open_orders()
    assert not world.filled(wanted.order)
    return reason


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("0.505", "order a is invalid. Price (0.505) breaks minimum tick size rule: 0.01"),
        ("0", "order a is invalid. Price (0) breaks minimum tick size rule: 0.01"),
        ("1", "order a is invalid. Price (1) breaks minimum tick size rule: 0.01"),
    ],
)
def test_a_price_off_the_tick(price: str, text: str) -> None:
    assert refusal(order("a", YES, BUY, price, "10")) == text


def test_the_tick_is_that_of_the_last_book() -> None:
    world = World(first=book({"0.50": "100"}, {"0.52": "100"}, tick=10))
    assert not world.sends(order("a", YES, BUY, "0.505", "10")).rejections("a")


def test_a_size_below_the_minimum() -> None:
    assert refusal(order("a", YES, BUY, "0.40", "4.99")) == (
        "order a is invalid. Size (4.99) lower than the minimum: 5"
    )


def test_the_minimum_is_not_for_orders_that_never_rest() -> None:
    world = World().sends(order("a", YES, BUY, "0.52", "2", kind=FAK))
    assert world.filled("a") == 2_000_000


def test_a_size_that_is_no_whole_number_of_lots() -> None:
    assert refusal(order("a", YES, BUY, "0.40", "10.001")) == "Invalid order payload"


def test_a_post_only_order_that_must_be_filled_at_once() -> None:
    assert refusal(order("a", YES, BUY, "0.40", "10", kind=FOK, post_only=True)) == "Invalid order payload"


def test_an_order_that_expired_on_its_way() -> None:
    assert refusal(order("a", YES, BUY, "0.40", "10", expires_ns=LATENCY)) == "invalid expiration"


@pytest.mark.parametrize(
    "crossing",
    [order("a", YES, BUY, "0.52", "10", post_only=True), order("a", NO, BUY, "0.50", "10", post_only=True)],
    ids=["YES", "NO"],
)
def test_a_post_only_order_that_crosses(crossing: Order) -> None:
    assert refusal(crossing) == "invalid post-only order: order crosses book"


def test_a_post_only_sale_that_crosses() -> None:
    world = World().buys_first(YES, "0.52", "20")
    assert refusal(order("a", YES, SELL, "0.50", "10", post_only=True), world) == (
        "invalid post-only order: order crosses book"
    )


class TestNotEnough:
    def test_cash_for_the_notional(self) -> None:
        world = World(PaperSettings(initial_deposit=parse_cash("4.99")))
        assert refusal(order("a", YES, BUY, "0.50", "10"), world) == BALANCE

    def test_cash_beside_the_open_orders_of_the_market(self) -> None:
        world = World(PaperSettings(initial_deposit=parse_cash("9.99"))).sends(order("a", YES, BUY, "0.50", "10"))
        assert refusal(order("b", NO, BUY, "0.40", "12.5"), world) == BALANCE

    def test_cash_is_counted_for_each_market_by_itself(self) -> None:
        world = World(PaperSettings(initial_deposit=parse_cash("5")), market(), market(OTHER_MARKET))
        world.show(book({}, {}, name=OTHER_MARKET))
        world.sends(order("a", YES, BUY, "0.50", "10"))
        world.sends(order("b", YES, BUY, "0.50", "10", in_market=OTHER_MARKET))
        assert world.venue.open_orders() == ("a", "b")

    def test_cash_for_the_fee_of_a_taker(self) -> None:
        fees = market(fees=FeeSchedule(rate_ppm=70_000))
        world = World(PaperSettings(initial_deposit=parse_cash("5.2")), fees)
        assert refusal(order("a", YES, BUY, "0.52", "10", kind=FAK), world) == BALANCE

    def test_shares(self) -> None:
        assert refusal(order("a", YES, SELL, "0.60", "10")) == BALANCE

    def test_shares_beside_the_open_sales(self) -> None:
        world = World().buys_first(YES, "0.52", "15").sends(order("a", YES, SELL, "0.60", "10"))
        assert refusal(order("b", YES, SELL, "0.61", "10"), world) == BALANCE


def test_a_fok_order_that_the_book_cannot_fill() -> None:
    assert refusal(order("a", YES, BUY, "0.52", "100.01", kind=FOK)) == (
        "order couldn't be fully filled. FOK orders are fully filled or killed."
    )


def test_a_fok_order_that_meets_nobody() -> None:
    assert refusal(order("a", YES, BUY, "0.51", "10", kind=FOK)) == (
        "order couldn't be fully filled. FOK orders are fully filled or killed."
    )


def test_a_fak_order_that_meets_nobody() -> None:
    assert refusal(order("a", YES, BUY, "0.51", "10", kind=FAK)) == (
        "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
    )


def test_a_marketable_buy_under_a_dollar() -> None:
    assert refusal(order("a", YES, BUY, "0.52", "1.92", kind=FAK)) == (
        "invalid amount for a marketable BUY order ($0.9984), min size: $1"
    )


class TestTheMarketIsNotReady:
    def test_before_its_first_book(self) -> None:
        venue = PaperVenue(PaperSettings(), [market()])
        venue.submit(order("a", YES, BUY, "0.50", "10"), 0)
        assert venue.advance(LATENCY) == (Rejected(order("a", YES, BUY, "0.50", "10").order, NOT_READY, LATENCY),)

    def test_when_it_takes_no_orders(self) -> None:
        assert refusal(order("a", YES, BUY, "0.50", "10"), World(None, market(accepting=False))) == NOT_READY

    def test_when_it_stopped_taking_orders(self) -> None:
        world = World()
        world.venue.list_market(market(accepting=False))
        assert refusal(order("a", YES, BUY, "0.50", "10"), world) == NOT_READY

    def test_when_it_is_over(self) -> None:
        world = World(first=book({}, {}, phase=Phase.RESOLVED))
        assert refusal(order("a", YES, BUY, "0.50", "10"), world) == NOT_READY

    def test_when_nobody_knows_it(self) -> None:
        assert refusal(order("a", YES, BUY, "0.50", "10", in_market=OTHER_MARKET)) == "market not found"


class TestADuplicate:
    def test_never_makes_a_second_order(self) -> None:
        world = World().sends(order("a", YES, BUY, "0.50", "10")).sends(order("a", YES, BUY, "0.50", "10"))
        assert world.rejections("a") == ["order a is invalid. Duplicated."]
        assert world.venue.open_orders() == ("a",)

    def test_is_told_while_the_first_is_still_on_its_way(self) -> None:
        world = World()
        wanted = order("a", YES, BUY, "0.52", "10")
        world.note(world.venue.submit(wanted, 0)).note(world.venue.submit(wanted, 1)).after(2 * LATENCY)
        assert world.rejections("a") == ["order a is invalid. Duplicated."]
        assert world.filled("a") == 10_000_000

    def test_is_told_after_the_first_is_gone(self) -> None:
        wanted = order("a", YES, BUY, "0.52", "10", expires_ns=3 * LATENCY)
        world = World().sends(wanted).sends(wanted).sends(wanted)
        assert world.rejections("a") == ["order a is invalid. Duplicated.", "invalid expiration"]
        assert world.filled("a") == 10_000_000
