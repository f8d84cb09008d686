"""Streams of reference prices over connections that a test speaks on: subscribed once, kept, and made again."""

from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.reference import ReferenceTick, ReferenceVenue
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.venues.binance.stream import BinanceProtocol
from polyactors.venues.coinbase.advanced_stream import AdvancedProtocol
from polyactors.venues.coinbase.exchange_stream import ExchangeProtocol
from polyactors.venues.kraken.stream import KrakenProtocol
from polyactors.venues.reference.protocol import ReferenceProtocol
from tests.venues.polymarket.live_streams_world import ScriptedVenue, until
from tests.venues.reference.reference_world import BOTH, BTC, Listener, asked, listening
from tests.venues.reference.venue_frames import (
    advanced_trades,
    binance_trade,
    coinbase_heartbeat,
    coinbase_match,
    granted,
    kraken_answer,
    kraken_trade,
)

GRANTS: dict[str, tuple[type[Any], list[str], list[str]]] = {
    "binance": (BinanceProtocol, ['{"result":null,"id":1}'], [binance_trade(7)]),
    "coinbase": (ExchangeProtocol, ['{"type":"subscriptions","channels":[]}'], [coinbase_match(7)]),
    "advanced": (
        AdvancedProtocol,
        [granted("market_trades"), granted("market_trades", "heartbeats")],
        [advanced_trades(1, 7)],
    ),
    "kraken": (KrakenProtocol, [kraken_answer("BTC/USD"), kraken_answer("ETH/USD")], [kraken_trade(7)]),
}
"""How each venue grants what it was asked, and one trade of it."""

SUBSCRIPTIONS: dict[str, list[dict[str, object]]] = {
    "binance": [
        {
            "method": "SUBSCRIBE",
            "params": ["btcusdt@trade", "btcusdt@bookTicker", "ethusdt@trade", "ethusdt@bookTicker"],
            "id": 1,
        }
    ],
    "coinbase": [{"type": "subscribe", "product_ids": ["BTC-USD", "ETH-USD"], "channels": ["matches", "heartbeat"]}],
    "advanced": [
        {"type": "subscribe", "channel": "market_trades", "product_ids": ["BTC-USD", "ETH-USD"]},
        {"type": "subscribe", "channel": "heartbeats", "product_ids": ["BTC-USD", "ETH-USD"]},
    ],
    "kraken": [
        {
            "method": "subscribe",
            "params": {"channel": "trade", "symbol": ["BTC/USD", "ETH/USD"], "snapshot": False},
            "req_id": 1,
        }
    ],
}


@pytest.mark.parametrize("venue", GRANTS)
async def test_each_connection_is_subscribed_exactly_once(venue: str) -> None:
    protocol, grants, trades = GRANTS[venue]
    at = ScriptedVenue()
    async with listening(protocol(BOTH), at.open) as listener:
        for number in range(3):
            await at.connected(number + 1)
            at.say(*grants, *trades)
            await until(lambda: len(listener.numbers) == number + 1)  # noqa: B023
            await until(lambda: listener.health.is_live)
            assert asked(at, number) == SUBSCRIPTIONS[venue]
            at.lose("reset by peer")
        await until(lambda: listener.health.losses == 3)
        assert listener.missed == ["reset by peer"] * 3
        assert [each.venue.value for each in listener.of(ReferenceTick)] == [protocol.venue.value] * 3
        assert listener.counts.bad.total == 0


@pytest.mark.parametrize("venue", GRANTS)
async def test_a_frame_that_cannot_be_read_is_counted_and_kept_and_the_connection_with_it(venue: str) -> None:
    protocol, grants, trades = GRANTS[venue]
    at = ScriptedVenue()
    async with listening(protocol(BOTH), at.open) as listener:
        await at.connected(1)
        at.say(*grants, "{", '{"e":7,"type":7,"channel":7}', b"\xff", *trades)
        await until(lambda: listener.numbers == [7])
        assert listener.counts.bad.total == len(listener.health.malformed) == 3
        assert {source for _, source, _ in listener.bad()} == {protocol.venue.value}
        assert (listener.health.connections, listener.health.losses) == (1, 0)


REFUSALS: dict[str, tuple[type[Any], str]] = {
    "binance": (BinanceProtocol, '{"error":{"code":2,"msg":"Invalid request"},"id":1}'),
    "coinbase": (
        ExchangeProtocol,
        '{"type":"error","message":"Failed to subscribe","reason":"no such product"}',
    ),
    "advanced": (AdvancedProtocol, '{"type":"error","message":"rate limit exceeded"}'),
    "kraken": (KrakenProtocol, '{"error":"Malformed request","success":false}'),
}


@pytest.mark.parametrize("venue", REFUSALS)
async def test_a_venue_that_refuses_is_asked_again_and_says_why(venue: str) -> None:
    protocol, refusal = REFUSALS[venue]
    at = ScriptedVenue()
    async with listening(protocol(BOTH), at.open) as listener:
        for number in range(3):
            await at.connected(number + 1)
            at.say(refusal)
        await until(lambda: listener.health.refusals >= 3)
        assert listener.health.last_loss.startswith("the venue refuses: ")


async def test_prices_of_no_symbol_for_too_long_are_a_reason_to_connect_anew() -> None:
    """Whatever else comes: a heartbeat is no price."""
    at = ScriptedVenue()
    limit_ns = 40 * NANOSECONDS_PER_MILLISECOND
    async with listening(ExchangeProtocol(BOTH), at.open, limit_ns) as listener:
        await at.connected(1)
        while listener.health.losses == 0:
            at.say(coinbase_heartbeat(0))
            await trio.lowlevel.checkpoint()
        assert listener.missed[0] == "no price of any symbol comes any more"
        assert listener.health.silences >= 1
        await at.connected(2)


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["trade", "answer", "broken", "loss"]), max_size=30))
def test_whatever_comes_every_trade_is_told_once_in_its_order(script: list[str]) -> None:
    async def main() -> None:
        at = ScriptedVenue()
        async with listening(BinanceProtocol([BTC]), at.open) as listener:
            connections = trades = 0
            for step in ["loss", *script]:
                if step == "loss":
                    if connections:
                        at.lose("reset")
                    connections += 1
                    await at.connected(connections)
                elif step == "trade":
                    trades += 1
                    at.say(binance_trade(trades))
                else:
                    at.say('{"result":null,"id":1}' if step == "answer" else "{]")
            at.say(binance_trade(trades + 1))
            await until(lambda: len(listener.numbers) == trades + 1)
            check(listener, trades, script)

    def check(listener: Listener, trades: int, said: list[str]) -> None:
        assert listener.numbers == list(range(1, trades + 2))
        assert listener.missed == ["reset"] * said.count("loss")
        assert listener.counts.bad.total == said.count("broken")

    trio.run(main)


def test_a_protocol_is_of_one_venue() -> None:
    found: list[ReferenceProtocol] = [protocol(BOTH) for protocol, _, _ in GRANTS.values()]
    venues = [ReferenceVenue.BINANCE, ReferenceVenue.COINBASE, ReferenceVenue.COINBASE, ReferenceVenue.KRAKEN]
    assert [each.venue for each in found] == venues
    with pytest.raises(ValueError, match="no symbol"):
        BinanceProtocol(["BTCUSDT"])  # type: ignore[list-item]
