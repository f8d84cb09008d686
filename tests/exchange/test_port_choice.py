"""Which markets of a generated exchange the service takes."""

import pytest

from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.exchange.core import Exchange
from polyactors.exchange.listings.lifecycle import Lifecycle
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.ports.choice import SHORTEST_LEFT_NS, Choice, chosen_markets
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import Kind
from tests.exchange.trading_floor import SECOND_NS, START_NS


def listed(now_ns: int, plan: ListingPlan | None = None) -> Exchange:
    exchange = Exchange(ExchangeSettings(), 0, now_ns)
    Lifecycle(exchange, plan or ListingPlan(), 0, ReferencePrices(0, now_ns), now_ns)
    return exchange


@pytest.mark.parametrize("second", [0, 30, 100, 179, 181, 299, 3590])
def test_up_down_markets_have_enough_time_left_whenever_it_starts(second: int) -> None:
    now_ns = START_NS + second * SECOND_NS
    exchange = listed(now_ns)
    chosen = chosen_markets(exchange, now_ns, Choice())
    up_down = [market for market in chosen if exchange.listings[market.market].kind is Kind.UP_DOWN]
    assert len(up_down) == 2
    for market in up_down:
        assert market.end_ms is not None
        left_ns = market.end_ms * NANOSECONDS_PER_MILLISECOND - now_ns
        assert SHORTEST_LEFT_NS <= left_ns <= 7200 * SECOND_NS
    assert len({exchange.events[market.event].series_slug for market in up_down}) == 2


def test_a_neg_risk_event_comes_whole_and_it_is_the_smallest() -> None:
    exchange = listed(START_NS)
    chosen = [market for market in chosen_markets(exchange, START_NS, Choice()) if market.neg_risk]
    (event,) = {market.event for market in chosen}
    sizes: dict[str, int] = {}
    for listing in exchange.listings.values():
        if listing.kind is Kind.NEG_RISK:
            sizes[listing.market.event] = sizes.get(listing.market.event, 0) + 1
    assert len(chosen) == sizes[event] == min(sizes.values())


def test_markets_with_rewards_come_first_and_those_of_v3_orders_not_at_all() -> None:
    exchange = listed(START_NS)
    chosen = [
        exchange.listings[market.market] for market in chosen_markets(exchange, START_NS, Choice(binary_markets=2))
    ]
    binary = [listing for listing in chosen if listing.kind is Kind.BINARY]
    assert len(binary) == 2
    assert all(listing.rewards for listing in binary)
    everything = chosen_markets(exchange, START_NS, Choice(binary_markets=100))
    assert not any(exchange.listings[market.market].is_protocol_two for market in everything)


def test_what_takes_no_orders_is_left_out() -> None:
    exchange = listed(START_NS)
    first = chosen_markets(exchange, START_NS, Choice())[0]
    exchange.stop_orders(first.market, START_NS)
    assert first.market not in {market.market for market in chosen_markets(exchange, START_NS, Choice())}


def test_an_exchange_without_markets_has_none_to_choose() -> None:
    assert chosen_markets(Exchange(ExchangeSettings(), 0, START_NS), START_NS, Choice()) == ()
