"""Liquidity rewards: what orders score, how days are paid, and how it is told (polymarket.md 4.3)."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from messages.identity import OrderId, Outcome, Side
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, SHARE_SCALE, Cash, Price, Shares
from polyactors.exchange.clob.rewards_sampling import MarketDay, RewardSampling
from polyactors.exchange.clob.rewards_scores import Scored, counted, doubled_middle, wallet_scores
from polyactors.exchange.words import (
    ApiKey,
    NewOrder,
    OrderStatus,
    OrderType,
    OrderView,
    Placed,
    TransferKind,
    Transferred,
    Wallet,
)
from tests.exchange.clob_world import KEY, OTHER_KEY, REWARDED, TERMS, ClobWorld, clob_world, newest_client
from tests.exchange.trading_floor import ALICE, BOB, BUY, CAROL, NO, PLAIN, SELL, START_NS, YES

MINUTE_NS = 60 * NANOSECONDS_PER_SECOND
DAY_NS = 1440 * MINUTE_NS
TODAY = START_NS // DAY_NS
V = TERMS.maximum_spread


def bid(wallet: str, price: float, shares: float) -> Scored:
    return Scored(Wallet(wallet), True, Price(round(price * 10_000)), round(shares * SHARE_SCALE))


def ask(wallet: str, price: float, shares: float) -> Scored:
    return Scored(Wallet(wallet), False, Price(round(price * 10_000)), round(shares * SHARE_SCALE))


def by_the_book(orders: Sequence[Scored]) -> dict[str, float]:
    """The formula as it is printed, in floats: shares of the sample."""
    bids, asks = ([order for order in orders if order.is_first is first] for first in (True, False))
    middle = (max(order.price for order in bids) + min(order.price for order in asks)) / 2
    found: dict[str, float] = {}
    for wallet in {order.wallet for order in orders}:
        sides = [
            sum(
                ((V - abs(order.price - middle)) / V) ** 2 * order.size
                for order in side
                if order.wallet == wallet and abs(order.price - middle) < V
            )
            for side in (bids, asks)
        ]
        least = min(sides)
        found[wallet] = max(least, max(sides) / 3) if 1000 <= middle <= 9000 else least
    total = sum(found.values())
    return {wallet: score / total for wallet, score in found.items() if score} if total else {}


ORDERS = st.lists(
    st.builds(
        Scored,
        st.sampled_from((ALICE, BOB, CAROL)),
        st.booleans(),
        st.integers(1, 9_999).map(Price),
        st.integers(50 * SHARE_SCALE, 10_000 * SHARE_SCALE),
    ),
    max_size=12,
)


@given(ORDERS, st.integers(0, 9_999))
def test_scores_are_shared_as_the_printed_formula_says(drawn: list[Scored], middle: int) -> None:
    orders = [order for order in drawn if (order.price < middle) is order.is_first and order.price != middle]
    scores = wallet_scores(orders, TERMS)
    if doubled_middle(orders) is None:
        assert scores == {}
        return
    expected = by_the_book(orders)
    total = sum(scores.values())
    assert {wallet: score / total for wallet, score in scores.items()} == pytest.approx(expected)


def test_one_side_alone_earns_a_third_near_the_middle_and_nothing_at_the_ends() -> None:
    both = [bid("both", 0.49, 100), ask("both", 0.51, 100)]
    scores = wallet_scores([*both, bid("one", 0.49, 100)], TERMS)
    assert scores[Wallet("both")] == 3 * scores[Wallet("one")]
    at_the_end = [bid("both", 0.04, 100), ask("both", 0.06, 100), bid("one", 0.04, 100)]
    assert set(wallet_scores(at_the_end, TERMS)) == {"both"}


def test_an_order_at_the_widest_spread_earns_nothing() -> None:
    near = [bid("near", 0.49, 100), ask("near", 0.51, 100)]
    assert set(wallet_scores([*near, bid("far", 0.455, 100), ask("far", 0.545, 100)], TERMS)) == {"near"}
    assert set(wallet_scores([*near, bid("far", 0.4551, 100)], TERMS)) == {"near", "far"}


def test_a_book_with_one_side_has_no_middle_and_no_rewards() -> None:
    assert wallet_scores([bid("one", 0.49, 100)], TERMS) == {}


def view(shares: float, created_ns: int, outcome: Outcome = YES, side: Side = BUY, price: float = 0.4) -> OrderView:
    order = NewOrder(
        OrderId("0x1"),
        ALICE,
        ApiKey("alice"),
        REWARDED.market,
        outcome,
        side,
        Price(round(price * 10_000)),
        Shares(round(shares * SHARE_SCALE)),
        OrderType.GTC,
    )
    return OrderView(order, OrderStatus.LIVE, Shares(0), created_ns)


def test_small_and_young_orders_do_not_count() -> None:
    old_ns = START_NS - 4 * NANOSECONDS_PER_SECOND
    enough = view(50, old_ns)
    eaten = evolve(enough, matched=Shares(SHARE_SCALE))
    young = view(50, START_NS - 3 * NANOSECONDS_PER_SECOND)
    assert len(counted([enough, view(49.99, old_ns), eaten, young], TERMS, START_NS)) == 1


@pytest.mark.parametrize(
    "outcome, side, is_first, price",
    [(YES, BUY, True, 0.4), (NO, SELL, True, 0.6), (YES, SELL, False, 0.4), (NO, BUY, False, 0.6)],
)
def test_orders_for_both_tokens_are_weighed_in_terms_of_yes(
    outcome: Outcome, side: Side, is_first: bool, price: float
) -> None:
    (found,) = counted([view(50, 0, outcome, side)], TERMS, START_NS)
    assert found == Scored(ALICE, is_first, Price(round(price * 10_000)), 50 * SHARE_SCALE)


@given(st.lists(st.dictionaries(st.sampled_from(("a", "b", "c")), st.integers(1, 10**30)), max_size=20))
def test_no_day_pays_more_than_its_pool(samples: list[dict[str, int]]) -> None:
    day = MarketDay(Cash(1_440_007))
    for sample in samples:
        day.add({Wallet(name): score for name, score in sample.items()})
    assert sum(day.payouts().values()) <= 1_440_007 * len(samples) // 1440
    assert all(cash >= 0 for cash in day.payouts().values())


def make(world: ClobWorld, wallet: Wallet, half_spread: float, shares: float = 100, owner: str | None = None) -> None:
    """Two orders around a half."""
    for outcome in (YES, NO):
        order = NewOrder(
            OrderId(f"0x{wallet}{outcome.value}{world.floor.now_ns:x}"),
            wallet,
            ApiKey(owner or wallet),
            REWARDED.market,
            outcome,
            BUY,
            Price(5_000 - round(half_spread * 10_000)),
            Shares(round(shares * SHARE_SCALE)),
            OrderType.GTC,
        )
        assert isinstance(world.exchange.submit(order, world.floor.now_ns), Placed)


def run(world: ClobWorld, until_ns: int) -> None:
    while (due_ns := world.sampling.next_due_ns()) <= until_ns:
        world.floor.now_ns = max(world.floor.now_ns, due_ns)
        world.sampling.advance(world.floor.now_ns)
    world.floor.now_ns = until_ns


def rewards_paid(world: ClobWorld) -> list[tuple[Wallet, int]]:
    return [
        (each.wallet, each.cash)
        for each in world.floor.news
        if isinstance(each, Transferred) and each.kind is TransferKind.REWARD
    ]


async def test_a_minute_has_one_sample_at_a_moment_that_nobody_knows() -> None:
    async with clob_world() as world:
        moments = []
        for _ in range(50):
            moments.append(world.sampling.next_due_ns())
            world.sampling.advance(moments[-1])
        minutes = [moment // MINUTE_NS for moment in moments]
        assert minutes == list(range(minutes[0], minutes[0] + 50))
        assert len({moment % MINUTE_NS for moment in moments}) == 50


async def test_a_time_that_jumps_is_sampled_once() -> None:
    async with clob_world() as world:
        make(world, ALICE, 0.01)
        world.floor.now_ns += 3600 * NANOSECONDS_PER_SECOND
        world.sampling.advance(world.floor.now_ns)
        assert world.sampling.next_due_ns() > world.floor.now_ns
        (earning,) = world.sampling.earnings(TODAY)
        assert earning.cash == CASH_SCALE and earning.share == 1


async def test_midnight_pays_what_the_day_earned_by_how_near_orders_were() -> None:
    async with clob_world() as world:
        make(world, ALICE, 0.015)
        make(world, BOB, 0.03)
        midnight_ns = (TODAY + 1) * DAY_NS
        run(world, midnight_ns - 1)
        assert rewards_paid(world) == []
        earned = {each.wallet: each.cash for each in world.sampling.earnings(TODAY)}
        run(world, midnight_ns)
        assert dict(rewards_paid(world)) == earned
        assert earned[ALICE] == pytest.approx(4 * earned[BOB], rel=1e-6)
        minutes = (midnight_ns - START_NS) // MINUTE_NS
        assert sum(earned.values()) == pytest.approx(minutes * CASH_SCALE, abs=2 * CASH_SCALE)
        world.floor.check_cash()


async def test_less_than_a_dollar_is_not_paid() -> None:
    async with clob_world() as world:
        make(world, ALICE, 0.0025, 9_000)
        make(world, BOB, 0.0425, 50)
        run(world, (TODAY + 1) * DAY_NS)
        assert {wallet for wallet, _ in rewards_paid(world)} == {ALICE}
        assert {each.wallet for each in world.sampling.earnings(TODAY)} == {ALICE, BOB}


async def test_a_market_that_ended_is_paid_for_the_time_that_it_had() -> None:
    async with clob_world() as world:
        make(world, ALICE, 0.01)
        run(world, START_NS + 10 * MINUTE_NS)
        world.exchange.resolve(REWARDED.market, Price(0), world.floor.now_ns)
        assert world.exchange.forget_market(REWARDED.market)
        run(world, (TODAY + 1) * DAY_NS)
        ((wallet, cash),) = rewards_paid(world)
        assert wallet == ALICE and 9 * CASH_SCALE <= cash <= 11 * CASH_SCALE


async def test_days_are_forgotten_after_a_month() -> None:
    async with clob_world() as world:
        make(world, ALICE, 0.01)
        run(world, START_NS + 3 * MINUTE_NS)
        assert world.sampling.earnings(TODAY)
        world.sampling.advance((TODAY + 40) * DAY_NS)
        assert not world.sampling.earnings(TODAY) and len(rewards_paid(world)) == 1


def test_a_seed_repeats_its_moments() -> None:
    first, second, other = (RewardSampling(ClobWorld().exchange, seed, START_NS) for seed in (3, 3, 4))
    assert first.next_due_ns() == second.next_due_ns() != other.next_due_ns()


async def earned(world: ClobWorld, path: str, **query: object) -> Any:
    day = datetime.fromtimestamp(TODAY * 86_400, UTC).strftime("%Y-%m-%d")
    answer = await world.private("GET", path, **{"date": day, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_maker_sees_what_it_earned_and_its_part_of_each_market() -> None:
    async with clob_world() as world:
        make(world, Wallet(KEY.address), 0.015)
        make(world, BOB, 0.03)
        run(world, START_NS + 6 * MINUTE_NS)
        (row,) = (await earned(world, "/rewards/user"))["data"]
        (mine,) = (each for each in world.sampling.earnings(TODAY) if each.wallet == Wallet(KEY.address))
        assert row["condition_id"] == REWARDED.market and row["earnings"] == mine.cash / CASH_SCALE
        assert row["date"] == "2027-01-15T00:00:00Z"
        (total,) = await earned(world, "/rewards/user/total")
        assert total["earnings"] == row["earnings"] and total["maker_address"] == KEY.address
        assert await earned(world, "/rewards/user/percentages") == {REWARDED.market: 80}
        page = await earned(world, "/rewards/user/markets")
        assert page["total_count"] == 1 and page["data"][0]["earning_percentage"] == 80
        assert page["data"][0]["market_competitiveness"] > 0
        assert (await earned(world, "/rewards/user", date="2027-01-14"))["data"] == []
        assert (await world.private("GET", "/rewards/user/total", OTHER_KEY, date="2027-01-15")).json() == []


async def test_rebates_are_told_by_day_and_maker() -> None:
    async with clob_world() as world:
        paid = Transferred(
            TransferKind.MAKER_REBATE, Wallet(KEY.address), PLAIN.market, Shares(0), Cash(1_500_000), START_NS
        )
        for listener in world.exchange.listeners:
            listener(paid)
        (row,) = await world.get("/rebates/current", date="2027-01-15", maker_address=KEY.address.lower())
        assert (row["rebated_fees_usdc"], row["condition_id"]) == ("1.5", PLAIN.market)
        assert await world.get("/rebates/current", date="2027-01-16", maker_address=KEY.address) == []


async def test_markets_that_pay_are_found_by_what_is_asked() -> None:
    async with clob_world() as world:
        path = "/rewards/markets/multi"
        for query, count in (
            ({}, 1),
            ({"q": "DOES it"}, 1),
            ({"q": "else"}, 0),
            ({"market_id": "77"}, 1),
            ({"market_id": "7"}, 0),
            ({"min_price": "0.5", "max_price": "0.5"}, 1),
            ({"min_price": "0.6"}, 0),
            ({"max_spread": "0.9"}, 0),
            ({"min_volume_24hr": "1"}, 0),
            ({"event_id": "5"}, 0),
            ({"order_by": "one_day_price_change", "position": "asc"}, 1),
        ):
            assert len((await world.get(path, **query))["data"]) == count, query
        assert (await world.get("/rewards/markets/current", sponsored="true"))["data"] == []
        assert (await world.get(f"/rewards/markets/{PLAIN.market}"))["data"] == []


@pytest.mark.parametrize(
    "name, value",
    [
        ("min_price", "nan"),
        ("max_price", "x"),
        ("min_spread", "inf"),
        ("order_by", "luck"),
        ("position", "UP"),
        ("page_size", "0"),
        ("page_size", "501"),
        ("page_size", "9" * 5000),
        ("event_id", ",".join("1" * 501)),
    ],
)
async def test_filters_that_make_no_sense_are_refused(name: str, value: str) -> None:
    async with clob_world() as world:
        answer = await world.client.get("/rewards/markets/multi", params={name: value})
        assert (answer.status_code, answer.json()) == (400, {"error": f"Invalid {name}"})


async def test_days_and_addresses_that_are_none_are_refused() -> None:
    async with clob_world() as world:
        for date in ("", "today", "2027-02-30", "2027-1-1", "20270101", "\u0662027-01-01"):
            answer = await world.private("GET", "/rewards/user", date=date)
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid date"})
        answer = await world.client.get("/rebates/current", params={"date": "2027-01-15", "maker_address": "0x12"})
        assert (answer.status_code, answer.json()) == (400, {"error": "Invalid maker_address"})


def test_the_newest_client_reads_all_rewards(monkeypatch: pytest.MonkeyPatch) -> None:
    world = ClobWorld(time.time_ns)
    client = newest_client(monkeypatch, world)
    make(world, Wallet(KEY.address), 0.015)
    run(world, START_NS + 6 * MINUTE_NS)
    (row,) = client.list_user_earnings_for_day(date="2027-01-15").first_page().items
    assert row.condition_id == REWARDED.market and row.earnings > 0
    (total,) = client.get_total_earnings_for_user_for_day(date="2027-01-15")
    assert total.earnings == row.earnings
    (mine,) = client.list_user_earnings_and_markets_config(date="2027-01-15").first_page().items
    assert mine.earning_percentage == 100
    assert client.get_reward_percentages() == {REWARDED.market: 100}
    assert client.get_current_rebates(date="2027-01-15", maker_address=KEY.address) == ()
    client.close()
