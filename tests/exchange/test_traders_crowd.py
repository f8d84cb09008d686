"""Simulated traders in usual and in odd times: markets come and go, trades fail, the exchange stops."""

import pytest

from messages.identity import MarketId, Outcome
from messages.units import ONE, PRICE_SCALE, Price
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.traders.crowd import Crowd
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.words import (
    BookChanged,
    MarketOpened,
    OrderEvent,
    TradeStatus,
    TradingMode,
    TransferKind,
    Transferred,
)
from polyactors.exchange.world import World, WorldSettings
from tests.exchange.audit import Auditor
from tests.exchange.traders_world import BEGUN_NS, MINUTE_NS, SECOND_NS, SMALL, Watched
from tests.exchange.trading_floor import ALICE, Floor


def test_the_same_seed_gives_the_same_orders_at_the_same_times() -> None:
    first, second, other = Watched(seed=7), Watched(seed=7), Watched(seed=8)
    for watched in (first, second, other):
        watched.run(30)
    assert len(first.orders()) > 100
    assert first.news == second.news
    assert first.orders() != other.orders()


def test_how_far_apart_the_calls_are_changes_nothing() -> None:
    at_once, in_steps = Watched(), Watched()
    at_once.run(20)
    for tenth in range(1, 201):
        in_steps.run(tenth / 10)
    assert at_once.news == in_steps.news


def test_every_market_is_quoted_half_a_second_after_it_is_listed_and_trades_begin_within_ten() -> None:
    watched = Watched(ListingPlan())
    watched.run(0.5)
    assert len(watched.accepting()) == len(watched.exchange.listings) >= 25
    for market in watched.accepting():
        assert watched.exchange.best_bid(market, Outcome.YES)
        assert watched.exchange.best_bid(market, Outcome.NO)
    watched.run(10)
    trades = watched.matched()
    assert len(trades) >= 20
    assert len({trade.market for trade in trades}) >= 5


def test_markets_that_are_listed_later_are_quoted_as_soon() -> None:
    watched = Watched()
    watched.run(310)
    later = [event for event in watched.news if isinstance(event, MarketOpened) and event.at_ns > BEGUN_NS]
    assert later
    for opened in later:
        first_ns = {
            outcome: min(
                event.at_ns
                for event in watched.news
                if isinstance(event, BookChanged)
                and event.market == opened.listing.market.market
                and any(level.outcome is outcome for level in event.levels)
            )
            for outcome in Outcome
        }
        assert max(first_ns.values()) <= opened.at_ns + SECOND_NS // 2


def test_open_markets_have_books_with_two_sides_and_several_levels_that_do_not_cross() -> None:
    watched = Watched(ListingPlan())
    seen = 0
    for seconds in range(30, 180, 15):
        watched.run(seconds)
        for market in watched.accepting():
            value = watched.world.lifecycle.fair_value(market, watched.world.now_ns)
            sides = [watched.exchange.bids(market, outcome) for outcome in Outcome]
            if all(sides):
                assert sides[0][0][0] + sides[1][0][0] < PRICE_SCALE
            if 0.15 < value < 0.85 and watched.left_ns(market) > 30 * SECOND_NS:
                assert min(len(side) for side in sides) >= 3, (market, value)
                seen += 1
    assert seen > 100


def test_nothing_is_made_or_lost_by_all_their_trading() -> None:
    auditors: list[Auditor] = []
    everything = ExchangeSettings(simulated_orders_kept=10**6, simulated_trades_kept=10**6)
    settings = WorldSettings(exchange=everything, listings=SMALL, traders=TraderSettings(pace=2.0))
    world = World(settings, 3, BEGUN_NS, lambda exchange: auditors.append(Auditor(exchange)))
    for seconds in (20, 60, 199, 220):
        world.advance(BEGUN_NS + seconds * SECOND_NS)
        auditors[0].check()
    assert len(auditors[0].trades) > 100


def test_nobody_has_an_order_after_the_end_of_a_market() -> None:
    watched = Watched(traders=TraderSettings(pace=3.0))
    ended = [market for market in watched.accepting() if watched.left_ns(market) < 6 * MINUTE_NS]
    assert ended
    left_at_the_end = 0
    for market in ended:
        end_s = (watched.left_ns(market) + watched.world.now_ns - BEGUN_NS) / SECOND_NS
        watched.run(end_s - 0.001)
        left_at_the_end += len(watched.exchange.open_orders(market=market))
        watched.run(end_s + 40)
        last_ns = max(
            each.at_ns
            for each in watched.orders()
            if each.view.order.market == market and each.event is OrderEvent.PLACEMENT
        )
        assert last_ns < BEGUN_NS + end_s * SECOND_NS
        assert not watched.exchange.open_orders(market=market)
    assert not left_at_the_end, "they withdraw before the exchange has to cancel"


def test_nothing_that_they_ask_for_is_refused() -> None:
    watched = Watched(ListingPlan(), keeps=False)
    watched.run(210)
    assert watched.crowd.counts.orders > 10_000
    assert watched.crowd.counts.refusals == {}


def test_the_outcomes_of_a_neg_risk_event_cost_about_one_together() -> None:
    watched = Watched(ListingPlan(), keeps=False)
    members: dict[str, list[MarketId]] = {}
    for market, listing in watched.exchange.listings.items():
        if listing.market.neg_risk:
            members.setdefault(listing.market.event, []).append(market)
    gains = []
    for seconds in range(20, 100):
        watched.run(seconds)
        for markets in members.values():
            asks = [PRICE_SCALE - watched.exchange.best_bid(market, Outcome.NO) for market in markets]
            bids = [watched.exchange.best_bid(market, Outcome.YES) for market in markets]
            gains.append(max(PRICE_SCALE - sum(asks), sum(bids) - PRICE_SCALE))
    consistent = sum(gain <= 200 for gain in gains)
    assert consistent >= 0.95 * len(gains)
    assert max(gains) < 2000


def test_memory_does_not_grow_over_hours_of_markets_that_come_and_go() -> None:
    watched = Watched(traders=TraderSettings(pace=0.1), keeps=False)
    sizes = []
    for hour in (1, 2, 3):
        watched.run(hour * 3600)
        sizes.append(
            (
                watched.crowd.accounts_made,
                watched.crowd.seated,
                len(watched.exchange.listings),
            )
        )
        accounts = watched.exchange.vault.accounts
        assert len(accounts) <= watched.crowd.accounts_made
        assert sum(len(account.shares) for account in accounts.values()) < 4 * len(accounts)
        assert len(watched.exchange.open_orders()) < 1000
        assert watched.crowd.waiting <= 2 * watched.crowd.seated
    assert sizes[0] == sizes[1] == sizes[2], sizes


def test_who_sat_in_a_market_that_was_resolved_redeems_and_trades_elsewhere() -> None:
    watched = Watched(traders=TraderSettings(redeems_after_ns=SECOND_NS))
    watched.run(60)
    market = next(iter(watched.exchange.listings))
    seated = watched.crowd.seated
    watched.world.lifecycle.resolve_now(market, ONE, watched.world.now_ns)
    watched.run(70)
    redeemed = [each for each in watched.news if isinstance(each, Transferred) and each.kind is TransferKind.REDEEM]
    assert redeemed
    assert watched.crowd.seated < seated
    assert not any(account.shares.get((market, Outcome.YES)) for account in watched.exchange.vault.accounts.values())
    assert watched.exchange.forget_market(market)


def test_one_outcome_of_an_event_that_is_out_does_not_stop_the_others() -> None:
    watched = Watched(traders=TraderSettings(redeems_after_ns=SECOND_NS, pace=3.0))
    watched.run(20)
    out = next(market for market, listing in watched.exchange.listings.items() if listing.market.neg_risk)
    watched.world.lifecycle.resolve_now(out, Price(0), watched.world.now_ns)
    watched.run(40)
    assert watched.exchange.forget_market(out)
    before = len(watched.matched())
    watched.run(100)
    event = watched.exchange.listings[watched.matched()[-1].market].market.event
    assert any(
        watched.exchange.listings[trade.market].market.neg_risk
        for trade in watched.matched()[before:]
        if trade.market in watched.exchange.listings
    ), event


def test_the_arbitrageur_of_an_event_goes_with_its_last_market() -> None:
    watched = Watched(traders=TraderSettings(redeems_after_ns=SECOND_NS))
    watched.run(10)
    first = next(market for market, listing in watched.exchange.listings.items() if listing.market.neg_risk)
    names = {watched.crowd.trader_of(wallet) for wallet in watched.exchange.vault.accounts}
    assert "arbitrageur-1" in names
    watched.world.lifecycle.resolve_now(first, ONE, watched.world.now_ns)
    watched.run(30)
    names = {watched.crowd.trader_of(wallet) for wallet in watched.exchange.vault.accounts}
    assert "arbitrageur-1" not in names


def test_trades_that_fail_are_taken_back_from_what_the_makers_think_they_have() -> None:
    watched = Watched(traders=TraderSettings(pace=3.0))
    watched.run(20)
    before = watched.crowd.inventories()
    watched.exchange.fail_next_trades(1_000_000)
    watched.run(60)
    count = len(watched.matched())
    for market in watched.accepting():
        watched.exchange.stop_orders(market, watched.world.now_ns)
    watched.run(80)
    assert len(watched.matched()) == count > 50
    settled_after = [trade for trade in watched.matched() if watched.exchange.trade(trade.trade) is not None]
    assert any(
        (found := watched.exchange.trade(trade.trade)) is not None and found.status is TradeStatus.FAILED
        for trade in settled_after
    )
    assert watched.crowd.inventories() == before


@pytest.mark.parametrize(
    "mode", [TradingMode.DISABLED, TradingMode.CANCEL_ONLY, TradingMode.POST_ONLY, TradingMode.RESTARTING]
)
def test_an_exchange_that_stops_for_a_while_is_traded_on_again_after_that(mode: TradingMode) -> None:
    watched = Watched(traders=TraderSettings(pace=3.0))
    watched.run(10)
    watched.exchange.set_mode(mode, watched.world.now_ns)
    watched.run(25)
    assert watched.crowd.counts.refused
    watched.exchange.set_mode(TradingMode.DISABLED, watched.world.now_ns)
    watched.exchange.set_mode(TradingMode.NORMAL, watched.world.now_ns)
    before = len(watched.matched())
    watched.run(45)
    assert len(watched.matched()) > before + 5
    for market in watched.accepting():
        assert watched.exchange.best_bid(market, Outcome.YES)


def test_a_market_that_nobody_knows_the_value_of_is_quoted_around_the_half() -> None:
    def nobody_knows(market: MarketId, now_ns: int) -> float:
        raise KeyError(market)

    floor = Floor(ExchangeSettings())
    crowd = Crowd(floor.exchange, nobody_knows, 1, TraderSettings(), floor.now_ns)
    for _ in range(30):
        floor.now_ns += SECOND_NS
        floor.exchange.advance(floor.now_ns)
        crowd.advance(floor.now_ns)
    for market in floor.exchange.listings:
        assert all(4000 < floor.exchange.best_bid(market, outcome) < 5500 for outcome in Outcome)


def test_markets_that_were_resolved_before_are_left_alone() -> None:
    floor = Floor()
    for market in tuple(floor.exchange.listings):
        floor.exchange.resolve(market, Price(0), floor.now_ns)
    crowd = Crowd(floor.exchange, lambda market, now_ns: 0.5, 1, TraderSettings(), floor.now_ns)
    assert crowd.seated == 0
    assert crowd.next_due_ns() is None


def test_wallets_of_others_have_no_trader() -> None:
    floor = Floor()
    crowd = Crowd(floor.exchange, lambda market, now_ns: 0.5, 1, TraderSettings(), floor.now_ns)
    assert crowd.trader_of(ALICE) == ""


@pytest.mark.parametrize(
    "factors", [{"pace": 0.0}, {"paces": ()}, {"paces": (1.0, -1.0)}, {"widths": ()}, {"widths": (0.0,)}]
)
def test_factors_that_are_none_are_not_taken(factors: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="factors above 0"):
        TraderSettings(**factors)  # type: ignore[arg-type]
