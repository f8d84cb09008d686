"""Amounts of orders: as the venue's newest client rounds them, and back as the exchange reads them."""

from decimal import Decimal
from types import ModuleType

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from messages.identity import Side
from messages.units import (
    LOT,
    ONE,
    TICK_SIZES,
    Cash,
    Price,
    Shares,
    TickSize,
    format_cash,
    format_price,
    format_shares,
    parse_cash,
    parse_price,
    parse_shares,
    parse_tick_size,
    whole_lots,
)
from polyactors.exchange.clob.limit_price import Terms, order_terms
from polyactors.exchange.words import OrderType
from polyactors.venues.polymarket.signer.order_amounts import (
    BadAmounts,
    OrderAmounts,
    limit_amounts,
    market_buy_amounts,
    market_sell_amounts,
)

SIZES = st.integers(LOT, 10**13).map(Shares)


@st.composite
def grids(draw: st.DrawFn) -> tuple[Price, TickSize]:
    """A price on the grid of a tick."""
    tick = draw(st.sampled_from(TICK_SIZES))
    return Price(draw(st.integers(1, ONE // tick - 1)) * tick), tick


@pytest.fixture(scope="module")
def limit_module() -> ModuleType:
    module: ModuleType = pytest.importorskip("polymarket._internal.actions.orders.limit")
    return module


@pytest.fixture(scope="module")
def market_module() -> ModuleType:
    module: ModuleType = pytest.importorskip("polymarket._internal.actions.orders.market")
    return module


@pytest.mark.parametrize(
    ("tick", "side", "size", "price", "maker", "taker"),
    [
        ("0.01", Side.BUY, "21.04", "0.56", 11782400, 21040000),
        ("0.01", Side.SELL, "21.04", "0.56", 21040000, 11782400),
        ("0.01", Side.BUY, "12.345", "0.57", 7033800, 12340000),
        ("0.001", Side.BUY, "15.17", "0.337", 5112290, 15170000),
        ("0.0001", Side.BUY, "21.04", "0.0056", 117824, 21040000),
        ("0.005", Side.BUY, "21.04", "0.485", 10204400, 21040000),
        ("0.0025", Side.SELL, "21.04", "0.4875", 21040000, 10257000),
        ("0.01", Side.BUY, "8.2", "0.5", 4100000, 8200000),
    ],
)
def test_limit_orders_that_the_clients_were_seen_to_make(
    tick: str, side: Side, size: str, price: str, maker: int, taker: int
) -> None:
    amounts = limit_amounts(side, parse_price(price), parse_shares(size), parse_tick_size(tick))
    assert amounts == OrderAmounts(maker, taker)


@pytest.mark.parametrize(
    ("tick", "budget", "price", "maker", "taker"),
    [
        ("0.01", "10", "0.52", 10000000, 19230700),
        ("0.01", "100", "0.33", 100000000, 303030300),
        ("0.01", "100", "0.57", 100000000, 175438500),
        ("0.1", "10", "0.3", 10000000, 33333000),
        ("0.0001", "5", "0.0333", 5000000, 150150150),
        ("0.01", "1.999", "0.99", 1990000, 2010100),
    ],
)
def test_market_buys_that_the_clients_were_seen_to_make(
    tick: str, budget: str, price: str, maker: int, taker: int
) -> None:
    amounts = market_buy_amounts(parse_price(price), parse_cash(budget), parse_tick_size(tick))
    assert amounts == OrderAmounts(maker, taker)


@pytest.mark.parametrize(
    ("tick", "size", "price", "maker", "taker"),
    [("0.01", "7.555", "0.48", 7550000, 3624000), ("0.001", "77.77", "0.333", 77770000, 25897410)],
)
def test_market_sells_that_the_clients_were_seen_to_make(
    tick: str, size: str, price: str, maker: int, taker: int
) -> None:
    amounts = market_sell_amounts(parse_price(price), parse_shares(size), parse_tick_size(tick))
    assert amounts == OrderAmounts(maker, taker)


@given(grid=grids(), size=SIZES, side=st.sampled_from(Side))
def test_limit_amounts_are_those_of_the_newest_client(
    limit_module: ModuleType, grid: tuple[Price, TickSize], size: Shares, side: Side
) -> None:
    price, tick = grid
    theirs = limit_module._compute_limit_order_amounts(
        price=Decimal(format_price(price)),
        size=Decimal(format_shares(size)),
        side=side.value,
        tick_size=Decimal(format_price(Price(tick))),
    )
    assert limit_amounts(side, price, size, tick) == OrderAmounts(*theirs)


@given(grid=grids(), amount=SIZES, side=st.sampled_from(Side))
def test_market_amounts_are_those_of_the_newest_client(
    market_module: ModuleType, grid: tuple[Price, TickSize], amount: Shares, side: Side
) -> None:
    price, tick = grid
    theirs = market_module._compute_market_order_amounts(
        amount=Decimal(format_cash(Cash(amount))),
        price=Decimal(format_price(price)),
        side=side.value,
        tick_size=Decimal(format_price(Price(tick))),
    )
    try:
        ours = market_buy_amounts(price, Cash(amount), tick) if side is Side.BUY else None
    except BadAmounts:
        maker, taker = theirs
        assert maker * ONE >= taker * (price + 1), "refused exactly where the client refuses it too"
        return
    assert (ours or market_sell_amounts(price, amount, tick)) == OrderAmounts(*theirs)


@given(grids(), SIZES, st.sampled_from(Side), st.sampled_from([OrderType.GTC, OrderType.GTD]))
def test_the_exchange_reads_a_limit_order_as_it_was_meant(
    grid: tuple[Price, TickSize], size: Shares, side: Side, order_type: OrderType
) -> None:
    price, tick = grid
    amounts = limit_amounts(side, price, size, tick)
    assert order_terms(side, amounts.maker, amounts.taker, order_type, tick) == Terms(price, whole_lots(size))


@given(grids(), SIZES, st.sampled_from([OrderType.FOK, OrderType.FAK]))
def test_the_exchange_reads_a_market_order_as_it_was_meant(
    grid: tuple[Price, TickSize], amount: Shares, order_type: OrderType
) -> None:
    price, tick = grid
    sell = market_sell_amounts(price, amount, tick)
    assert order_terms(Side.SELL, sell.maker, sell.taker, order_type, tick) == Terms(price, whole_lots(amount))
    try:
        buy = market_buy_amounts(price, Cash(amount), tick)
    except BadAmounts:
        assume(False)
    budget = Cash(whole_lots(amount))
    terms = order_terms(Side.BUY, buy.maker, buy.taker, order_type, tick)
    assert terms == Terms(price, Shares(buy.taker), budget)


@pytest.mark.parametrize(
    ("price", "tick"), [("0.555", "0.01"), ("0", "0.01"), ("1", "0.01"), ("0.0001", "0.001"), ("0.9999", "0.001")]
)
def test_prices_off_the_grid_are_refused(price: str, tick: str) -> None:
    for side in Side:
        with pytest.raises(BadAmounts, match="not on the grid"):
            limit_amounts(side, parse_price(price), parse_shares("10"), parse_tick_size(tick))
    with pytest.raises(BadAmounts, match="not on the grid"):
        market_buy_amounts(parse_price(price), parse_cash("10"), parse_tick_size(tick))


def test_less_than_a_hundredth_is_no_order() -> None:
    for side in Side:
        with pytest.raises(BadAmounts, match="nothing"):
            limit_amounts(side, Price(5000), Shares(9_999), TickSize(100))
    with pytest.raises(BadAmounts, match="nothing"):
        market_buy_amounts(Price(5000), Cash(9_999), TickSize(100))


def test_a_market_buy_too_small_to_be_rounded_is_refused() -> None:
    """A cent at 0.9 buys 0.0111 shares, which cost more than 0.9001 each."""
    with pytest.raises(BadAmounts, match="too few"):
        market_buy_amounts(Price(9000), Cash(10_000), TickSize(1000))
