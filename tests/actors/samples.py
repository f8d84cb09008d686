"""Messages as they come in trading, with the fields that a test does not care for filled in."""

from messages.fills import Fill, Liquidity
from messages.identity import EventId, IntentId, MarketId, OrderId, Outcome, Side, StrategyName, Tier, TokenId, TradeId
from messages.intents import Place, SnapshotId, TimeInForce
from messages.markets import NO_FEES, FeeSchedule, Market
from messages.orders import Order, OrderChanged, OrderMoved, OrderState
from messages.ownership import Claim
from messages.risk import Authorised, Reservation, RiskMode
from messages.units import SHARE_SCALE, Cash, Price, Shares, TickSize, notional

GAME = MarketId("0x" + "a" * 64)
OTHER_GAME = MarketId("0x" + "b" * 64)
MAKER = StrategyName("maker")
ARBITRAGE = StrategyName("arbitrage")
TAKER_FEES = FeeSchedule(rate_ppm=70_000)


def shares(whole: int) -> Shares:
    return Shares(whole * SHARE_SCALE)


def dollars(whole: int) -> Cash:
    return Cash(whole * 1_000_000)


def market(name: MarketId = GAME, fees: FeeSchedule = NO_FEES) -> Market:
    return Market(name, EventId("game"), "slug", "Who?", TokenId("1"), TokenId("2"), TickSize(100), fees=fees)


def place(
    intent: str = "i1",
    side: Side = Side.BUY,
    outcome: Outcome = Outcome.YES,
    price: int = 4000,
    size: Shares = Shares(100 * SHARE_SCALE),
    *,
    where: MarketId = GAME,
    strategy: StrategyName = MAKER,
    post_only: bool = True,
    fencing: int = 1,
) -> Place:
    return Place(
        intent=IntentId(intent),
        strategy=strategy,
        market=where,
        outcome=outcome,
        side=side,
        price=Price(price),
        size=size,
        time_in_force=TimeInForce.GTD,
        post_only=post_only,
        time_to_live_ns=60_000_000_000,
        snapshot=SnapshotId(1, 1),
        fencing=fencing,
        edge=100,
        confidence_percent=60,
        risk_cost=notional(Price(price), size),
        rationale="a quote",
        at_ns=1,
    )


def order_of(wish: Place, name: str = "o1", at_ns: int = 2) -> Order:
    return Order(
        order=OrderId(name),
        intent=wish.intent,
        strategy=wish.strategy,
        market=wish.market,
        outcome=wish.outcome,
        side=wish.side,
        price=wish.price,
        size=wish.size,
        time_in_force=wish.time_in_force,
        post_only=wish.post_only,
        expires_ns=at_ns + wish.time_to_live_ns,
        fencing=wish.fencing,
        snapshot=wish.snapshot,
        rationale=wish.rationale,
        written_ns=at_ns,
    )


def authorised(wish: Place, mode: RiskMode = RiskMode.NORMAL) -> Authorised:
    cash = notional(wish.price, wish.size) if wish.side is Side.BUY else Cash(0)
    sold = wish.size if wish.side is Side.SELL else Shares(0)
    on_yes = wish.outcome is Outcome.YES
    yes, no = (sold, Shares(0)) if on_yes else (Shares(0), sold)
    return Authorised(wish, Reservation(wish.intent, wish.market, cash, yes, no), mode, 2)


def fill_of(
    order: Order,
    trade: str = "t1",
    size: Shares | None = None,
    price: int | None = None,
    middle: int = 5000,
    fee: int = 0,
    at_ns: int = 3,
) -> Fill:
    return Fill(
        trade=TradeId(trade),
        order=order.order,
        strategy=order.strategy,
        market=order.market,
        outcome=order.outcome,
        side=order.side,
        price=order.price if price is None else Price(price),
        size=order.size if size is None else size,
        fee=Cash(fee),
        liquidity=Liquidity.TAKER if fee else Liquidity.MAKER,
        middle=Price(middle),
        at_ns=at_ns,
    )


def moved(order: Order, state: OrderState, at_ns: int = 3) -> OrderMoved:
    return OrderMoved(order.order, state, "heard", at_ns)


def changed(order: Order, state: OrderState = OrderState.LIVE, filled: int = 0) -> OrderChanged:
    return OrderChanged(order, state, Shares(filled), "", 3)


def claim(strategy: StrategyName = MAKER, tier: Tier = Tier.MARKET_MAKING) -> Claim:
    return Claim(GAME, strategy, tier)
