"""The markets that both exchanges trade, and the one's words in the other's."""

from fractions import Fraction

from messages.identity import EventId, MarketId, Side, TokenId
from messages.markets import FeeSchedule, Market
from messages.units import PRICE_SCALE, TickSize
from polyactors.exchange.words import NewOrder, TradeReported, Wallet
from tests.exchange.naive_words import MICRO, NaiveOrder, NaiveTrade

START_NS = 1_800_000_000 * 10**9
WALLETS = tuple(Wallet(name) for name in ("alice", "bob", "carol"))
EVENT = EventId("group")
PRICES = (4_000, 4_500, 4_900, 5_000, 5_100, 5_500, 6_000)
ODD_PRICES = (0, 1, 5_005, 9_990, 9_995, 10_000, 10_100, 150)
SIZES = (5.0, 5.0, 5.5, 6.0, 7.5, 10.0)
ODD_SIZES = (-1.0, 0.0, 0.004, 0.01, 1.0, 4.99, 5.005, 8.123456, 40.0)
BUDGETS = (0, 990_000, 1_000_000, 2_500_000, 3_333_333, 50_000_000)
PAUSES_NS = (0, 1, 10**8, 5 * 10**8, 10**9, 2 * 10**9, 3 * 10**9, 30 * 10**9, 130 * 10**9)


def market_of(number: int, *, fee_ppm: int = 0, neg_risk: bool = False, tick: int = 100) -> Market:
    return Market(
        market=MarketId(f"0x{number:064x}"),
        event=EVENT if neg_risk else EventId(f"event-{number}"),
        slug=f"market-{number}",
        question="?",
        yes_token=TokenId(f"{number}1"),
        no_token=TokenId(f"{number}2"),
        tick_size=TickSize(tick),
        fees=FeeSchedule(fee_ppm),
        neg_risk=neg_risk,
    )


MARKETS = (
    (market_of(1), 0),
    (market_of(2, fee_ppm=70_000), 0),
    (market_of(3, fee_ppm=50_000), 10**9),
    (market_of(4, neg_risk=True), 0),
    (market_of(5, neg_risk=True), 0),
    (market_of(6, neg_risk=True, fee_ppm=40_000), 5 * 10**7),
)


def naive_order(order: NewOrder) -> NaiveOrder:
    return NaiveOrder(
        name=order.order,
        wallet=order.wallet,
        market=order.market,
        token=order.outcome.name,
        is_buy=order.side is Side.BUY,
        price=Fraction(order.price, PRICE_SCALE),
        size=Fraction(order.size, MICRO),
        kind=order.order_type.name,
        post_only=order.post_only,
        expiration_s=order.expiration_s,
        budget=None if order.budget is None else Fraction(order.budget, MICRO),
    )


def seen(event: TradeReported) -> tuple[object, ...]:
    trade = event.trade
    makers = [
        (part.order, part.wallet, part.outcome.name, part.side.name, part.price, part.size) for part in trade.makers
    ]
    return (trade.taker_order, trade.outcome.name, trade.price, trade.size, trade.fee, trade.bucket, makers)


def wanted(trade: NaiveTrade) -> tuple[object, ...]:
    makers = [
        (
            fill.maker.name,
            fill.maker.wallet,
            fill.maker.token,
            "BUY" if fill.maker.is_buy else "SELL",
            fill.maker.price * PRICE_SCALE,
            fill.size * MICRO,
        )
        for fill in trade.fills
    ]
    taker = trade.taker
    price, size, fee = trade.price * PRICE_SCALE, trade.size * MICRO, trade.fee * MICRO
    return (taker.name, taker.token, price, size, fee, trade.bucket, makers)
