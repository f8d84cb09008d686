"""Markets come, stop, are resolved, are followed by others, and go when nobody holds them any more."""

from collections import Counter

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.identity import TokenId
from messages.units import ONE, Price
from polyactors.exchange.listings.identifiers import is_position_id
from polyactors.exchange.words import Kind
from tests.exchange.catalogue_world import ALICE, BUY, NO, SECOND_NS, SHORT, SMALL, YES, CatalogueWorld, Watched

BUSY = evolve(SHORT, five_minute_symbols=("btcusd", "ethusd"), hourly_symbols=("btcusd", "solusd"))

seeds = st.integers(0, 10**6)


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_a_seed_lists_the_same_again_however_far_apart_it_is_moved(seed: int) -> None:
    steps, leap = Watched(seed), Watched(seed)
    for _ in range(40):
        steps.wait(47)
    leap.lifecycle.advance(steps.now_ns)
    assert steps.opened == leap.opened
    assert steps.resolved == leap.resolved
    assert len(leap.resolved) > 10


def test_another_seed_lists_other_markets() -> None:
    first, second = CatalogueWorld(1), CatalogueWorld(2)
    assert not first.exchange.listings.keys() & second.exchange.listings.keys()


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_ids_are_the_venues_kind_and_never_come_twice(seed: int) -> None:
    world = Watched(seed, BUSY)
    world.lifecycle.advance(world.now_ns + 3600 * SECOND_NS)
    tokens: list[TokenId] = []
    for listing in world.opened:
        market = listing.market
        tokens += [market.yes_token, market.no_token]
        for token in (market.yes_token, market.no_token):
            assert str(int(token)) == token and 0 < int(token) < 2**256
            assert is_position_id(token) is listing.is_protocol_two
        digits = market.market.removeprefix("0x")
        assert len(digits) == (62 if listing.is_protocol_two else 64)
        assert digits == digits.lower() and int(digits, 16)
    assert len(set(tokens)) == len(tokens)
    for ids in (
        [listing.market.market for listing in world.opened],
        [listing.market.slug for listing in world.opened],
        [listing.question_id for listing in world.opened],
        [listing.number for listing in world.opened],
    ):
        assert len(set(ids)) == len(ids)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_there_are_always_as_many_open_markets_of_each_kind(seed: int) -> None:
    world = Watched(seed)

    def counted() -> dict[Kind, int]:
        return {
            kind: sum(world.exchange.resolution(each.market.market) is None for each in world.listings(kind))
            for kind in (Kind.BINARY, Kind.NEG_RISK)
        }

    at_first = counted()
    for _ in range(30):
        world.wait(101)
        assert counted() == at_first
    assert len(world.resolved) > 20


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_exactly_one_market_of_each_event_that_ended_paid(seed: int) -> None:
    world = Watched(seed)
    world.lifecycle.advance(world.now_ns + 5000 * SECOND_NS)
    payouts = {each.market: each.yes_payout for each in world.resolved}
    ended: dict[str, list[Price]] = {}
    for listing in world.opened:
        if listing.kind is Kind.NEG_RISK and listing.market.market in payouts:
            ended.setdefault(listing.market.event, []).append(payouts[listing.market.market])
    assert len(ended) >= 4
    for found in ended.values():
        assert sorted(found) == [0] * (len(found) - 1) + [ONE]


def test_up_down_periods_are_listed_ahead_and_the_present_one_ends() -> None:
    world = Watched()
    five = [each for each in world.listings(Kind.UP_DOWN) if "5m" in each.market.slug]
    hours = [each for each in world.listings(Kind.UP_DOWN) if "5m" not in each.market.slug]
    assert (len(five), len(hours)) == (1 + SHORT.five_minutes_ahead, 1 + SHORT.hours_ahead)
    present = five[0].market
    end_ms = present.end_ms
    assert end_ms is not None
    world.wait(end_ms / 1000 - world.now_ns / SECOND_NS)
    assert not world.exchange.is_accepting(present.market, world.now_ns)
    assert world.exchange.resolution(present.market) is None
    least, most = SHORT.up_down_resolves_after_s
    world.wait(most)
    (resolved,) = [each for each in world.resolved if each.market == present.market]
    assert least <= resolved.at_ns / SECOND_NS - end_ms / 1000 <= most
    ahead = [each for each in world.listings(Kind.UP_DOWN) if "5m" in each.market.slug and each is not five[0]]
    assert len(ahead) == len(five)


def test_all_three_lengths_are_listed_beside_each_other_and_go_on() -> None:
    symbols = ("btcusd", "ethusd", "solusd", "xrpusd")
    plan = evolve(
        SHORT,
        five_minute_symbols=symbols,
        fifteen_minute_symbols=symbols,
        hourly_symbols=symbols,
        five_minutes_ahead=0,
        fifteen_minutes_ahead=1,
        hours_ahead=0,
    )
    world = Watched(plan=plan)
    for _ in range(2):
        open_now = [
            each
            for each in world.listings(Kind.UP_DOWN)
            if world.exchange.is_accepting(each.market.market, world.now_ns)
        ]
        series = Counter(world.exchange.events[each.market.event].series_slug for each in open_now)
        assert len({world.exchange.events[each.market.event].series_number for each in open_now}) == 12
        assert series == {
            f"{symbol[:3]}-up-or-down-{written}": listed
            for symbol in symbols
            for written, listed in (("5m", 1), ("15m", 2), ("hourly", 1))
        }
        world.wait(901)
    settled = {each.market for each in world.resolved}
    quarters = [each for each in world.opened if "-15m-" in each.market.slug and each.market.market in settled]
    assert len(quarters) >= len(symbols)


def test_a_market_stops_at_its_end_and_cancels_what_rests() -> None:
    world = Watched()
    market = world.market()
    world.give(ALICE, BUY, YES, 0.2, 10, market)
    assert market.end_ms is not None
    left_s = market.end_ms / 1000 - world.now_ns / SECOND_NS
    world.wait(left_s - 0.001)
    assert world.exchange.is_accepting(market.market, world.now_ns)
    assert world.exchange.open_orders(market=market.market)
    world.wait(0.002)
    assert not world.exchange.is_accepting(market.market, world.now_ns)
    assert not world.exchange.open_orders(market=market.market)
    assert world.exchange.resolution(market.market) is None
    world.wait(SHORT.proposed_for_s)
    assert world.exchange.resolution(market.market) is not None


def test_a_resolved_market_is_forgotten_only_when_its_shares_are_redeemed() -> None:
    world = Watched()
    market = world.market()
    world.split(ALICE, 10, market)
    world.resolve(market.market, 1)
    world.wait(SHORT.forgotten_after_s + 3600)
    assert market.market in world.exchange.listings
    world.exchange.redeem(ALICE, market.market, world.now_ns)
    world.wait(2 * 3600)
    assert market.market not in world.exchange.listings
    assert market.event not in world.exchange.events
    with pytest.raises(KeyError):
        world.lifecycle.fair_value(market.market, world.now_ns)


def test_memory_stays_flat_however_many_markets_come_and_go() -> None:
    world = Watched()
    world.wait(3 * 3600)
    early = len(world.exchange.listings), len(world.exchange.events)
    world.wait(9 * 3600)
    late = len(world.exchange.listings), len(world.exchange.events)
    assert len(world.opened) > 5 * late[0]
    assert abs(late[0] - early[0]) < 25 and abs(late[1] - early[1]) < 15


def test_the_last_event_has_an_other_and_no_event_else() -> None:
    world = CatalogueWorld()
    events = [event for event in world.exchange.events.values() if event.neg_risk]
    assert [event.is_augmented for event in events] == [False, True]
    for event in events:
        members = [each for each in world.listings(Kind.NEG_RISK) if each.market.event == event.event]
        assert [each.is_other for each in members] == [False] * (len(members) - 1) + [event.is_augmented]
        assert [each.group_title == "Other" for each in members] == [each.is_other for each in members]
        assert [each.question_id for each in members] == [
            f"{event.neg_risk_id[:-2]}{index:02x}" for index in range(len(members))
        ]


def test_when_clocks_go_back_the_hour_that_comes_twice_is_listed_once() -> None:
    november = 1_793_509_200 * SECOND_NS
    world = Watched(start_ns=november - 1800 * SECOND_NS)
    world.wait(4 * 3600)
    slugs = [listing.market.slug for listing in world.opened if listing.market.slug.startswith("bitcoin-up")]
    assert len(set(slugs)) == len(slugs)
    assert slugs[:4] == [f"bitcoin-up-or-down-november-1-2026-{hour}-et" for hour in ("12am", "1am", "2am", "3am")]


def test_a_tick_size_becomes_finer_near_the_ends() -> None:
    world = CatalogueWorld()
    market = world.market()
    assert market.tick_size == 100
    world.give(ALICE, BUY, YES, 0.96, 10, market)
    world.give(ALICE, BUY, NO, 0.02, 10, market)
    world.wait(6)
    assert world.exchange.tick_size(market.market) == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"neg_risk_outcomes": (2,)},
        {"neg_risk_outcomes": (11,)},
        {"binary_lasts_s": (0, 5)},
        {"binary_lasts_s": (9, 5)},
        {"up_down_resolves_after_s": (5, 4)},
        {"binary_markets": -1},
    ],
)
def test_a_plan_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        evolve(SMALL, **changes)  # type: ignore[arg-type]


def test_a_plan_with_a_symbol_that_has_no_price_is_refused() -> None:
    with pytest.raises(ValueError, match="no price of dogeusd"):
        CatalogueWorld(1, evolve(SMALL, hourly_symbols=("dogeusd",)))
