"""What amounts mean: for every tick and every client's rounding, the price and size that the client meant."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import frozen
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from messages.identity import Side
from messages.units import LOT, PRICE_SCALE, SHARE_SCALE, TICK_SIZES, Price, TickSize, format_price, notional
from polyactors.exchange.clob.limit_price import Terms, order_terms
from polyactors.exchange.words import OrderType, Refused

BUY, SELL = Side.BUY, Side.SELL


@frozen
class Wish:
    """What somebody wants to trade: `hundredths` of a share, or of a pUSD for a market BUY, and a bit that is cut."""

    side: Side
    tick_size: TickSize
    price: Price
    hundredths: int
    cut: int

    @property
    def size(self) -> Decimal:
        return Decimal(self.hundredths * 10 + self.cut) / 1000

    @property
    def price_decimal(self) -> Decimal:
        return Decimal(self.price) / PRICE_SCALE

    @property
    def tick_text(self) -> str:
        return format_price(Price(self.tick_size))


@st.composite
def wishes(draw: st.DrawFn, most: int = 10**9) -> Wish:
    tick = draw(st.sampled_from(TICK_SIZES))
    price = Price(draw(st.integers(1, PRICE_SCALE // tick - 1)) * tick)
    return Wish(draw(st.sampled_from(Side)), tick, price, draw(st.integers(100, most)), draw(st.integers(0, 9)))


def terms(wish: Wish, amounts: tuple[int, int], order_type: OrderType) -> Terms:
    found = order_terms(wish.side, *amounts, order_type, wish.tick_size)
    assert isinstance(found, Terms), found
    return found


@settings(deadline=None)
@given(wishes())
def test_the_clients_limit_order_is_at_its_price_and_of_its_size(wish: Wish) -> None:
    limit = pytest.importorskip("polymarket._internal.actions.orders.limit")
    amounts = limit._compute_limit_order_amounts(
        price=wish.price_decimal, size=wish.size, side=wish.side.value, tick_size=Decimal(wish.tick_text)
    )
    for order_type in (OrderType.GTC, OrderType.GTD):
        assert terms(wish, amounts, order_type) == Terms(wish.price, wish.hundredths * LOT)  # type: ignore[arg-type]


@settings(deadline=None)
@given(wishes())
def test_the_clients_market_order_is_at_its_worst_price_with_its_budget(wish: Wish) -> None:
    market = pytest.importorskip("polymarket._internal.actions.orders.market")
    amounts = market._compute_market_order_amounts(
        price=wish.price_decimal, amount=wish.size, side=wish.side.value, tick_size=Decimal(wish.tick_text)
    )
    for order_type in (OrderType.FOK, OrderType.FAK):
        found = terms(wish, amounts, order_type)
        assert found.price == wish.price
        if wish.side is BUY:
            assert found.budget == wish.hundredths * LOT
            assert found.budget - notional(wish.price, LOT) < notional(wish.price, found.size) <= found.budget
        else:
            assert (found.size, found.budget) == (wish.hundredths * LOT, None)


@pytest.mark.parametrize("package", ["py_clob_client", "py_clob_client_v2"])
@settings(deadline=None)
@given(wish=wishes(most=10**6))
def test_an_older_clients_limit_order_is_what_its_floats_say(package: str, wish: Wish) -> None:
    builder, rounding = _client(package)
    assume(wish.tick_text in builder.ROUNDING_CONFIG)
    config = builder.ROUNDING_CONFIG[wish.tick_text]
    size = rounding.round_down(float(wish.size), config.size)
    made = builder.OrderBuilder.get_order_amounts(
        None, wish.side.value, float(wish.size), float(wish.price_decimal), config
    )
    found = terms(wish, made[1:], OrderType.GTC)
    assert found == Terms(wish.price, round(size * SHARE_SCALE))
    assert wish.hundredths * LOT - found.size in (0, LOT)


@pytest.mark.parametrize(("package", "price_rounding"), [("py_clob_client", "normal"), ("py_clob_client_v2", "down")])
@settings(deadline=None)
@given(wish=wishes(most=10**5))
def test_an_older_clients_market_order_is_at_the_price_that_its_floats_say(
    package: str, price_rounding: str, wish: Wish
) -> None:
    builder, rounding = _client(package)
    assume(wish.tick_text in builder.ROUNDING_CONFIG)
    config = builder.ROUNDING_CONFIG[wish.tick_text]
    given_price = getattr(rounding, f"round_{price_rounding}")(float(wish.price_decimal), config.price)
    assume(given_price > 0)
    amount = rounding.round_down(float(wish.size), config.size)
    made = builder.OrderBuilder.get_market_order_amounts(
        None, wish.side.value, float(wish.size), float(wish.price_decimal), config
    )
    found = terms(wish, made[1:], OrderType.FAK)
    units, tick = round(given_price * PRICE_SCALE), wish.tick_size
    assert found.price == (units // tick * tick if wish.side is BUY else -(-units // tick) * tick)
    assert (found.budget if wish.side is BUY else found.size) == round(amount * SHARE_SCALE)


def _client(package: str) -> tuple[Any, Any]:
    builder = pytest.importorskip(f"{package}.order_builder.builder")
    return builder, pytest.importorskip(f"{package}.order_builder.helpers")


WORKED_EXAMPLES = [
    # tick, type, side, maker, taker, price, size
    (100, "GTC", BUY, 11_782_400, 21_040_000, 5600, 21_040_000),
    (100, "GTC", SELL, 21_040_000, 11_782_400, 5600, 21_040_000),
    (100, "GTC", BUY, 7_033_800, 12_340_000, 5700, 12_340_000),
    (10, "GTC", BUY, 5_112_290, 15_170_000, 3370, 15_170_000),
    (1, "GTC", BUY, 117_824, 21_040_000, 56, 21_040_000),
    (50, "GTC", BUY, 10_204_400, 21_040_000, 4850, 21_040_000),
    (25, "GTC", SELL, 21_040_000, 10_257_000, 4875, 21_040_000),
    (100, "FOK", BUY, 10_000_000, 19_230_700, 5200, 19_230_700),
    (100, "FAK", BUY, 100_000_000, 303_030_300, 3300, 303_030_300),
    (100, "FAK", SELL, 7_550_000, 3_624_000, 4800, 7_550_000),
    (10, "FOK", SELL, 77_770_000, 25_897_410, 3330, 77_770_000),
    (1000, "FOK", BUY, 10_000_000, 33_333_000, 3000, 33_333_000),
    (1, "FOK", BUY, 5_000_000, 150_150_150, 333, 150_150_150),
    (100, "FOK", BUY, 1_990_000, 2_010_100, 9900, 2_010_100),
]
"""Recorded of the clients (reference polymarket_wire.md 5.4)."""


@pytest.mark.parametrize(("tick", "order_type", "side", "maker", "taker", "price", "size"), WORKED_EXAMPLES)
def test_recorded_amounts(
    tick: int, order_type: str, side: Side, maker: int, taker: int, price: int, size: int
) -> None:
    found = order_terms(side, maker, taker, OrderType(order_type), TickSize(tick))
    is_budgeted = side is BUY and order_type != "GTC"
    assert found == Terms(price, size, maker if is_budgeted else None)  # type: ignore[arg-type]


AMOUNTS = st.one_of(st.integers(-1, 2**256), st.integers(0, 10**9), st.integers(0, 10**6).map(lambda lots: lots * LOT))


@given(st.sampled_from(Side), AMOUNTS, AMOUNTS, st.sampled_from(OrderType), st.sampled_from(TICK_SIZES), st.booleans())
def test_no_amounts_ever_pay_more_or_sell_for_less_than_was_signed(
    side: Side, maker: int, taker: int, order_type: OrderType, tick: TickSize, strict: bool
) -> None:
    found = order_terms(side, maker, taker, order_type, tick, strict_market_decimals=strict)
    if isinstance(found, Refused):
        assert found.http_status == 400
        return
    cash, shares = (maker, taker) if side is BUY else (taker, maker)
    assert found.size == shares
    if side is BUY:
        assert found.price * shares <= cash * PRICE_SCALE
    else:
        assert found.price * shares >= cash * PRICE_SCALE
    if order_type.rests:
        assert found.price * shares == cash * PRICE_SCALE
        assert found.budget is None
    else:
        assert found.price % tick == 0
        assert found.budget == (cash if side is BUY else None)


def test_the_refused_amounts_are_named_with_their_decimals() -> None:
    cases = [
        (BUY, 5_000_005, 10_000_010, OrderType.GTC, "buy orders", 4, 2),
        (SELL, 10_000_010, 5_000_005, OrderType.GTC, "sell orders", 2, 4),
        (BUY, 5_000_001, 10_000_000, OrderType.FOK, "market buy orders", 2, 4),
        (SELL, 10_000_001, 5_000_000, OrderType.FAK, "market sell orders", 2, 4),
    ]
    for side, maker, taker, order_type, which, maker_decimals, taker_decimals in cases:
        found = order_terms(side, maker, taker, order_type, TickSize(100))
        assert isinstance(found, Refused)
        assert found.text == (
            f"invalid amounts, the {which} maker amount supports a max accuracy of {maker_decimals} decimals, "
            f"taker amount a max of {taker_decimals} decimals"
        )


def test_an_amount_that_was_rounded_by_another_rule_is_named_with_the_right_one() -> None:
    found = order_terms(SELL, 19_690_000, 4_330_000, OrderType.GTC, TickSize(100))
    assert isinstance(found, Refused)
    assert found.text == (
        "invalid amounts, the taker amount for a $0.22 order of size 19.69 should be '4.3318' "
        "but the value submited is '4.33'."
    )
