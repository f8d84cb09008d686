"""Trades of ours, by REST and on the stream: the same parts, whatever kind of trade it was."""

from actors.execution.live.words import (
    OwnPart,
    UserNewsLost,
    VenueBalances,
    VenueOrder,
    VenueOrderStatus,
    VenueTrade,
    VenueTradeStatus,
)
from messages.fills import Liquidity
from messages.identity import Outcome, Side
from messages.units import NANOSECONDS_PER_SECOND, Cash, Shares, parse_price, parse_shares
from polyactors.exchange.faults.kinds import FailTrades
from tests.venues.polymarket.live_account_world import AccountWorld, Trader, account_world, new_key

SETTLED_NS = 10 * NANOSECONDS_PER_SECOND
STATUSES = [VenueTradeStatus.MATCHED, VenueTradeStatus.MINED, VenueTradeStatus.CONFIRMED]


async def read(trader: Trader, since_ns: int = 0) -> tuple[VenueTrade, ...]:
    found = await trader.account.trades(since_ns)
    assert isinstance(found, tuple), found
    return found


async def same_by_both(world: AccountWorld, trader: Trader, trades: int = 1) -> list[VenueTrade]:
    """What REST says, after it has been found to be what was heard, status after status."""
    await trader.trades_heard(trades)
    world.pass_time(SETTLED_NS)
    heard = await trader.trades_heard(3 * trades)
    assert len(heard) == 3 * trades
    found = await read(trader)
    assert len(found) == trades
    for trade in found:
        of_it = [each for each in heard if each.trade == trade.trade]
        assert [each.status for each in of_it] == STATUSES
        assert {each.parts for each in of_it} == {trade.parts}
        assert {each.matched_ns for each in of_it} == {trade.matched_ns}
        assert of_it[-1] == trade
    return list(found)


async def test_a_partial_fill_is_the_same_by_stream_and_by_rest_for_both_of_its_parties() -> None:
    async with account_world() as world, world.trader(listens=True) as maker, world.trader(listens=True) as taker:
        market = world.market
        taker.split(50)
        rests, _ = await maker.place(maker.order(price="0.57", shares="100"))
        takes, _ = await taker.place(taker.order(Side.SELL, "0.55", "21.04"))
        price, size = parse_price("0.57"), parse_shares("21.04")
        (made,) = await same_by_both(world, maker)
        (taken,) = await same_by_both(world, taker)
        no_fee, fee = Cash(0), market.fees.taker_fee(price, size)
        assert made.parts == (
            OwnPart(rests, market.market, Outcome.YES, Side.BUY, price, size, no_fee, Liquidity.MAKER),
        )
        assert taken.parts == (
            OwnPart(takes, market.market, Outcome.YES, Side.SELL, price, size, fee, Liquidity.TAKER),
        )
        assert fee > 0
        assert made.trade == taken.trade
        resting = VenueOrder(
            rests,
            market.market,
            Outcome.YES,
            Side.BUY,
            price,
            parse_shares("100"),
            size,
            VenueOrderStatus.LIVE,
        )
        assert (await maker.orders_heard(2))[-1] == resting
        assert await maker.account.open_orders() == (resting,)
        assert (await taker.orders_heard(1))[-1].status is VenueOrderStatus.MATCHED


async def test_what_buyers_of_both_tokens_mint_is_told_in_each_ones_own_terms() -> None:
    async with account_world() as world, world.trader(listens=True) as maker, world.trader(listens=True) as taker:
        await maker.place(maker.order(price="0.45", outcome=Outcome.NO, shares="30"))
        await taker.place(taker.order(price="0.60", outcome=Outcome.YES, shares="30"))
        (made,) = await same_by_both(world, maker)
        (taken,) = await same_by_both(world, taker)
        (part,) = made.parts
        assert (part.outcome, part.side, part.price) == (Outcome.NO, Side.BUY, parse_price("0.45"))
        (part,) = taken.parts
        assert (part.outcome, part.side, part.price) == (Outcome.YES, Side.BUY, parse_price("0.55"))


async def test_what_sellers_of_both_tokens_merge_is_told_in_each_ones_own_terms() -> None:
    async with account_world() as world, world.trader(listens=True) as maker, world.trader(listens=True) as taker:
        maker.split(30)
        taker.split(30)
        await maker.place(maker.order(Side.SELL, "0.55", "30", outcome=Outcome.NO))
        await taker.place(taker.order(Side.SELL, "0.40", "30"))
        (made,) = await same_by_both(world, maker)
        (taken,) = await same_by_both(world, taker)
        (part,) = made.parts
        assert (part.outcome, part.side, part.price) == (Outcome.NO, Side.SELL, parse_price("0.55"))
        (part,) = taken.parts
        assert (part.outcome, part.side, part.price) == (Outcome.YES, Side.SELL, parse_price("0.45"))


async def test_a_sweep_is_a_trade_a_price_and_its_fees_are_those_that_the_exchange_took() -> None:
    async with account_world() as world, world.trader() as maker, world.trader(listens=True) as taker:
        maker.split(100)
        for price in ("0.50", "0.51", "0.52"):
            await maker.place(maker.order(Side.SELL, price, "10"))
        before = taker.cash()
        await taker.place(taker.order(price="0.60", shares="30"))
        trades = await same_by_both(world, taker, 3)
        parts = [part for trade in trades for part in trade.parts]
        assert sorted(part.price for part in parts) == [parse_price(price) for price in ("0.50", "0.51", "0.52")]
        assert len({trade.trade for trade in trades}) == 3
        cost = sum(part.price * part.size // 10_000 + part.fee for part in parts)
        assert before - taker.cash() == cost
        balances = await taker.account.balances([world.market.market])
        assert isinstance(balances, VenueBalances), balances
        assert balances.shares == (
            (world.market.market, Outcome.YES, parse_shares("30")),
            (world.market.market, Outcome.NO, Shares(0)),
        )


async def test_a_trade_of_several_of_our_orders_has_a_part_of_each() -> None:
    async with account_world() as world, world.trader(listens=True) as both, world.trader() as other:
        both.split(100)
        first, _ = await both.place(both.order(Side.SELL, "0.50", "10"))
        await other.place(other.order(price="0.50", outcome=Outcome.NO, shares="5"))
        second, _ = await both.place(both.order(price="0.50", outcome=Outcome.NO, shares="20"))
        third, _ = await both.place(both.order(price="0.50", outcome=Outcome.YES, shares="35"))
        (trade,) = await same_by_both(world, both)
        assert [(part.venue_order, part.size, part.liquidity) for part in trade.parts] == [
            (third, parse_shares("35"), Liquidity.TAKER),
            (first, parse_shares("10"), Liquidity.MAKER),
            (second, parse_shares("20"), Liquidity.MAKER),
        ]


async def test_a_trade_that_fails_is_told_as_failed_by_both() -> None:
    async with account_world() as world, world.trader() as maker, world.trader(listens=True) as taker:
        maker.split(20)
        world.arm(FailTrades(1), times=None)
        await maker.place(maker.order(Side.SELL, "0.50", "10"))
        await taker.place(taker.order(price="0.50", shares="10"))
        await taker.trades_heard(1)
        world.pass_time(SETTLED_NS)
        heard = await taker.trades_heard(3)
        assert [trade.status for trade in heard] == [
            VenueTradeStatus.MATCHED,
            VenueTradeStatus.RETRYING,
            VenueTradeStatus.FAILED,
        ]
        assert await read(taker) == (heard[-1],)


async def test_trades_are_told_from_their_second_on() -> None:
    async with account_world() as world, world.trader() as maker, world.trader() as taker:
        maker.split(50)
        moments = []
        for _ in range(3):
            await maker.place(maker.order(Side.SELL, "0.50", "10"))
            moments.append(world.now_ns())
            await taker.place(taker.order(price="0.50", shares="10"))
            world.pass_time(5 * NANOSECONDS_PER_SECOND)
        for earlier, since_ns in enumerate(moments):
            assert len(await read(taker, since_ns)) == 3 - earlier


async def test_markets_that_are_not_traded_here_are_left_out_but_for_their_open_orders() -> None:
    """Two programs with one key: one trades in both markets, the other in one of them."""
    async with account_world() as world:
        here, elsewhere = world.market, world.listings(neg_risk=True)[0].market
        key = new_key()
        async with (
            world.trader() as other,
            world.trader(key) as wide,
            world.trader(key, markets=[here], listens=True) as narrow,
        ):
            other.split(50, elsewhere)
            rests, _ = await wide.place(wide.order(market=elsewhere, price="0.30", outcome=Outcome.NO))
            await other.place(other.order(Side.SELL, "0.60", "10", market=elsewhere))
            await wide.place(wide.order(market=elsewhere, price="0.60"))
            ours, _ = await wide.place(wide.order(market=here))
            orders = await narrow.account.open_orders()
            assert orders == await wide.account.open_orders()
            assert isinstance(orders, tuple)
            assert {(each.venue_order, each.market, each.outcome) for each in orders} == {
                (rests, elsewhere.market, Outcome.NO),
                (ours, here.market, Outcome.YES),
            }
            assert len(await read(wide)) == 1
            assert await read(narrow) == ()
            await narrow.orders_heard(1)
            assert [each.venue_order for each in narrow.heard_of(VenueOrder)] == [ours]
            assert not narrow.heard_of(VenueTrade)
            assert not narrow.heard_of(UserNewsLost)
