"""The venue's own client reads everything that the Data API gives, and the sums are those of what was traded."""

# The client's ids and amounts are types of its own; comparing them with ours is what is meant.
# mypy: disable-error-code="comparison-overlap"

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from polymarket import PublicClient
from polymarket.models.data import (
    MergeActivity,
    RedeemActivity,
    SplitActivity,
    TradeActivity,
)

from messages.units import SHARE_SCALE, Shares
from polyactors.exchange.words import Kind
from tests.exchange.catalogue_world import ALICE, BOB, BUY, NO, NOBODY, SECOND_NS, SELL, START_NS, YES, CatalogueWorld


async def test_a_position_tells_what_was_bought_and_what_it_is_worth() -> None:
    world = CatalogueWorld()
    market = world.market()
    world.trade(0.40, 50, market)
    world.trade(0.60, 50, market)
    world.give(BOB, BUY, YES, 0.70, 10, market)
    world.give(BOB, SELL, NO, 0.10, 10, market)

    def ask(client: PublicClient) -> None:
        (position,) = client.list_positions(user=ALICE).first_page().items
        assert position.wallet == ALICE.lower()
        assert position.asset_id == market.yes_token
        assert position.opposite_asset_id == market.no_token
        assert position.condition_id == market.market
        assert (position.outcome, position.outcome_index, position.opposite_outcome) == ("Yes", 0, "No")
        assert position.current_size == position.total_size == 100
        assert position.avg_price == Decimal("0.5")
        assert position.entry_cost_usdc == 50
        assert position.status == "OPEN" and not position.redeemable and not position.mergeable
        assert position.current_value == position.current_size * position.current_price
        assert position.unrealized_pnl == position.current_value - position.entry_cost_usdc
        value = client.get_portfolio_value(user=ALICE)
        assert value.value == position.current_value

    await world.ask_with_the_client(ask)


async def test_positions_are_found_by_wallet_market_event_and_status() -> None:
    world = CatalogueWorld()
    first, second, third = world.market(), world.market(Kind.BINARY, 1), world.market(Kind.NEG_RISK)
    for market in (first, second, third):
        world.trade(0.5, 10, market)
    world.split(ALICE, 5, second)
    world.resolve(third.market, 0)
    event = world.exchange.events[first.event]

    def ask(client: PublicClient) -> None:
        def markets_of(**options: object) -> list[str]:
            found = client.list_positions(**options).iter_items()  # type: ignore[arg-type]
            return sorted(f"{each.condition_id} {each.outcome}" for each in found)

        assert markets_of(user=ALICE, condition_id=first.market) == [f"{first.market} Yes"]
        assert markets_of(user=ALICE, event_id=event.number) == [f"{first.market} Yes"]
        assert markets_of(condition_id=first.market) == [f"{first.market} No", f"{first.market} Yes"]
        assert len(markets_of(user=ALICE)) == 4
        assert markets_of(user=ALICE, status="MERGEABLE") == [f"{second.market} No", f"{second.market} Yes"]
        assert markets_of(user=ALICE, status="REDEEMABLE") == [f"{third.market} Yes"]
        assert markets_of(user=ALICE, status="REDEEMABLE_LOST") == [f"{third.market} Yes"]
        assert markets_of(user=BOB, status="REDEEMABLE") == [f"{third.market} No"]
        assert markets_of(user=BOB, status="REDEEMABLE_LOST") == []
        assert markets_of(user=ALICE, status="CLOSED") == []
        assert markets_of(user=ALICE, title=first.question[:20]) == [f"{first.market} Yes"]
        assert markets_of(user=ALICE, filter_type="TOKENS", filter_amount=11) == [f"{second.market} Yes"]
        assert markets_of(user=NOBODY) == []

    await world.ask_with_the_client(ask)


@pytest.mark.parametrize("sort_by", ["CURRENT_VALUE", "PRICE", "TOKENS", "UNREALIZED_PNL", "TOTAL_PNL", "TIMESTAMP"])
async def test_positions_are_sorted_and_come_page_by_page(sort_by: str) -> None:
    world = CatalogueWorld()
    for index in range(4):
        world.trade(0.2 + index / 10, 10 + 7 * index, world.market(Kind.BINARY, index))

    def ask(client: PublicClient) -> list[str]:
        options = {"user": ALICE, "sort_by": sort_by}
        up = client.list_positions(**options, sort_direction="ASC").iter_items()  # type: ignore[arg-type]
        down = client.list_positions(**options, sort_direction="DESC", page_size=1).iter_items()  # type: ignore[arg-type]
        upwards = [each.asset_id for each in up]
        assert upwards == [each.asset_id for each in down][::-1]
        return [str(each) for each in upwards]

    assert len(set(await world.ask_with_the_client(ask))) == 4


async def test_activity_tells_trades_splits_merges_and_redemptions() -> None:
    world = CatalogueWorld()
    market = world.market()
    world.split(ALICE, 30, market)
    assert world.exchange.merge(ALICE, market.market, Shares(10 * SHARE_SCALE), world.now_ns) is None
    world.trade(0.25, 20, market)
    world.resolve(market.market, 1)
    world.exchange.redeem(ALICE, market.market, world.now_ns)

    def ask(client: PublicClient) -> None:
        rows = list(client.list_activity(user=ALICE, page_size=2).iter_items())
        assert [row.type for row in rows] == ["REDEEM", "REDEEM", "TRADE", "MERGE", "SPLIT", "DEPOSIT"]
        lost, won, trade, merge, split, _ = rows
        assert isinstance(lost, RedeemActivity) and isinstance(won, RedeemActivity)
        assert isinstance(trade, TradeActivity) and isinstance(merge, MergeActivity)
        assert isinstance(split, SplitActivity)
        assert {(lost.outcome, lost.amount), (won.outcome, won.amount)} == {("Yes", 40), ("No", 0)}
        assert (trade.side, trade.shares, trade.amount, trade.price) == ("BUY", 20, 5, Decimal("0.25"))
        assert (merge.amount, split.amount) == (10, 30)
        assert {row.wallet for row in rows} == {ALICE.lower()}
        assert len({row.transaction_hash for row in rows}) == len(rows)
        times = [row.timestamp for row in rows]
        assert times == sorted(times, reverse=True)  # type: ignore[type-var]
        assert [row.type for row in client.list_activity(user=ALICE, activity_types=["SPLIT"]).iter_items()] == [
            "SPLIT"
        ]
        assert len(list(client.list_activity(user=ALICE, condition_id=market.market).iter_items())) == 5
        upwards = list(client.list_activity(user=ALICE, sort_direction="ASC").iter_items())
        assert upwards == rows[::-1]
        (closed, also) = client.list_positions(user=ALICE, status="CLOSED").first_page().items
        assert closed.current_size == also.current_size == 0

    await world.ask_with_the_client(ask)


async def test_what_a_redemption_made_is_what_the_wallet_has_more() -> None:
    world = CatalogueWorld()
    market = world.market()
    before = world.exchange.cash(ALICE, world.now_ns)
    world.trade(0.25, 20, market)
    world.resolve(market.market, 1)
    world.exchange.redeem(ALICE, market.market, world.now_ns)
    gained = world.exchange.cash(ALICE, world.now_ns) - before

    def ask(client: PublicClient) -> None:
        stats = client.get_user_stats(user=ALICE)
        assert stats is not None and stats.traded_market_count == 1
        assert stats.all_time_pnl is not None
        point = client.get_user_pnl(user=ALICE, interval="1d", fidelity="1h").points[-1]
        fees = point.fees_paid
        assert fees is not None and point.realized_pnl - fees == Decimal(gained) / 1_000_000
        assert stats.biggest_win == point.realized_pnl == 15
        assert point.trade_count == 1 and point.volume == 20 and point.volume_usdc == 5
        volume = client.get_user_volume(user=ALICE)
        assert (volume.volume, volume.volume_usdc, volume.trade_count) == (20, 5, 1)
        ahead = datetime.fromtimestamp(START_NS // SECOND_NS + 7200, UTC)
        assert client.get_user_volume(user=ALICE, start=ahead).trade_count == 0
        assert client.get_user_stats(user=NOBODY) is None
        assert client.get_user_pnl(user=NOBODY).points == ()

    await world.ask_with_the_client(ask)


async def test_trades_are_told_once_for_takers_and_for_everybody_when_asked() -> None:
    world = CatalogueWorld()
    market = world.market()
    world.trade(0.3, 12, market)

    def ask(client: PublicClient) -> None:
        (taken,) = client.list_trades().iter_items()
        assert (taken.wallet, taken.side, taken.outcome, taken.price, taken.size) == (
            ALICE.lower(),
            "BUY",
            "Yes",
            Decimal("0.3"),
            12,
        )
        everybody = list(client.list_trades(taker_only=False, condition_id=market.market).iter_items())
        assert {(row.wallet, row.outcome, row.price) for row in everybody} == {
            (ALICE.lower(), "Yes", Decimal("0.3")),
            (BOB.lower(), "No", Decimal("0.7")),
        }
        assert len({row.transaction_hash for row in everybody}) == 1
        assert list(client.list_trades(user=BOB).iter_items()) == []
        assert list(client.list_trades(side="SELL").iter_items()) == []
        assert list(client.list_trades(filter_type="CASH", filter_amount=4).iter_items()) == []

    await world.ask_with_the_client(ask)


async def test_trades_that_fail_never_happened() -> None:
    world = CatalogueWorld()
    world.exchange.fail_next_trades(1)
    world.trade(0.3, 12, world.market())

    def ask(client: PublicClient) -> None:
        assert list(client.list_trades().iter_items()) == []
        assert list(client.list_positions(user=ALICE).iter_items()) == []

    await world.ask_with_the_client(ask)
