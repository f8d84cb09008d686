"""What an account is told, by REST and on the stream, adds up to what the exchange has, whatever goes wrong between."""

import random
from collections import Counter
from collections.abc import Iterable

import pytest

from actors.execution.live.words import (
    AskFailed,
    InDoubt,
    NoSuchOrder,
    NotSent,
    Refused,
    Taken,
    VenueBalances,
    VenueOrder,
    VenueTrade,
    VenueTradeStatus,
)
from messages.identity import MarketId, Outcome, Side, VenueOrderId
from messages.intents import TimeInForce
from messages.units import NANOSECONDS_PER_SECOND, Shares, notional, proceeds
from polyactors.exchange.faults.kinds import (
    DuplicateFrames,
    FailAfterwards,
    FailTrades,
    Fault,
    LoseAnswer,
    ReorderFrames,
)
from tests.venues.polymarket.live_account_world import AccountWorld, Trader, account_world

STEPS = 40
STATES = {VenueTradeStatus.MINED, VenueTradeStatus.CONFIRMED}
FAULTS: tuple[Fault, ...] = (
    LoseAnswer(),
    FailAfterwards(),
    LoseAnswer("/data/", ""),
    LoseAnswer("/order", "DELETE"),
    DuplicateFrames("user"),
    ReorderFrames("user", one_in=2, delay_ms=100),
)


def moved(trades: Iterable[VenueTrade]) -> tuple[int, Counter[tuple[MarketId, Outcome]], Counter[VenueOrderId]]:
    """Cash and shares that came by trades that were settled; and what orders were filled for in all."""
    cash, shares, filled = 0, Counter[tuple[MarketId, Outcome]](), Counter[VenueOrderId]()
    for trade in trades:
        for part in trade.parts:
            filled[part.venue_order] += part.size
            if trade.status in STATES:
                is_buy = part.side is Side.BUY
                cash -= part.fee
                cash += -notional(part.price, part.size) if is_buy else proceeds(part.price, part.size)
                shares[part.market, part.outcome] += part.size if is_buy else -part.size
    return cash, shares, filled


class Restless:
    """Places and cancels at random, and keeps account of what it was told."""

    def __init__(self, at: AccountWorld, trader: Trader, chance: random.Random) -> None:
        self._at = at
        self._chance = chance
        self.trader = trader
        self.sent: dict[VenueOrderId, Taken | InDoubt] = {}
        self.never: list[VenueOrderId] = []

    async def act(self) -> None:
        chance, account = self._chance, self.trader.account
        if self.sent and not chance.randrange(4):
            await account.cancel(chance.sample(sorted(self.sent), k=min(2, len(self.sent))))
            return
        names = []
        for _ in range(chance.choice((1, 1, 3))):
            order = self.trader.order(
                chance.choice(tuple(Side)),
                f"0.{chance.randrange(45, 56)}",
                f"{chance.randrange(500, 3000) / 100:.2f}",
                outcome=chance.choice(tuple(Outcome)),
                time_in_force=chance.choice((TimeInForce.GTC, TimeInForce.GTC, TimeInForce.FAK)),
            )
            names.append(await self.trader.signed(order))
        for name, outcome in zip(names, await account.post(names), strict=True):
            match outcome:
                case Taken() | InDoubt():
                    self.sent[name] = outcome
                case Refused() | NotSent():
                    self.never.append(name)

    async def look(self, name: VenueOrderId) -> VenueOrder | NoSuchOrder:
        while isinstance(found := await self.trader.account.look_up(name), AskFailed):
            pass
        return found


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_told_adds_up_to_what_the_exchange_has(seed: int) -> None:
    chance = random.Random(seed)
    async with account_world() as world, world.trader(listens=True) as one, world.trader(listens=True) as other:
        market = world.market.market
        people = [Restless(world, trader, chance) for trader in (one, other)]
        before = {}
        for each in people:
            each.trader.split(200)
            before[each] = each.trader.cash()
        for _ in range(STEPS):
            if not chance.randrange(3):
                world.arm(chance.choice(FAULTS), times=1)
            if not chance.randrange(8):
                world.arm(FailTrades(1), times=None)
            await chance.choice(people).act()
            world.pass_time(chance.randrange(NANOSECONDS_PER_SECOND))
        for armed in world.served.faults.armed():
            world.disarm(armed)
        world.pass_time(20 * NANOSECONDS_PER_SECOND)
        for each in people:
            await adds_up(each, before[each], market)


async def adds_up(each: Restless, before: int, market: MarketId) -> None:
    account = each.trader.account
    trades, orders = await account.trades(0), await account.open_orders()
    assert isinstance(trades, tuple), trades
    assert isinstance(orders, tuple), orders
    assert len(trades) > 0
    cash, shares, filled = moved(trades)
    balances = await account.balances([market])
    assert isinstance(balances, VenueBalances), balances
    assert balances.cash == before + cash
    assert balances.shares == tuple(
        (market, outcome, Shares(200_000_000 + shares[market, outcome])) for outcome in Outcome
    )
    # No order without a record, and none that was not wanted.
    assert {order.venue_order for order in orders} == each.trader.resting() <= set(each.sent)
    assert set(filled) <= set(each.sent)
    for name, outcome in each.sent.items():
        found = await each.look(name)
        assert isinstance(found, VenueOrder) or isinstance(outcome, InDoubt), (outcome, found)
        assert filled[name] == (found.matched if isinstance(found, VenueOrder) else 0)
    for name in each.never:
        assert await each.look(name) == NoSuchOrder()
    # The stream told all of it, in some order and more than once.
    await each.trader.until_heard(lambda: finals(each.trader) >= {trade.trade for trade in trades})
    heard = {(trade.trade, trade.status): trade for trade in each.trader.heard_of(VenueTrade)}
    assert all(heard[trade.trade, trade.status] == trade for trade in trades)


def finals(trader: Trader) -> set[str]:
    ends = (VenueTradeStatus.CONFIRMED, VenueTradeStatus.FAILED)
    return {trade.trade for trade in trader.heard_of(VenueTrade) if trade.status in ends}
