"""Streams of reference prices over connections that a test speaks on: subscribed once, kept, and made again."""

import json
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
from tests.venues.reference.reference_world import BTC, ETH, Listener, listening

BOTH = (BTC, ETH)
WHEN = "2026-11-07T08:19:27.028459Z"


def binance_trade(number: int) -> str:
    return json.dumps(
        {"e": "trade", "s": "BTCUSDT", "t": number, "p": "61035.86", "q": "0.5", "T": 1_672_515_782_134, "m": True}
    )


def coinbase_match(number: int, kind: str = "match") -> str:
    event = {"type": kind, "trade_id": number, "time": WHEN, "product_id": "BTC-USD"}
    return json.dumps({**event, "size": "5.23512", "price": "61000.23", "side": "sell"})


def coinbase_heartbeat(last: int) -> str:
    return json.dumps({"type": "heartbeat", "sequence": 90, "last_trade_id": last, "product_id": "BTC-USD"})


def kraken_trade(*numbers: int, kind: str = "update") -> str:
    trades = [
        {
            "symbol": "BTC/USD",
            "side": "buy",
            "price": 105944.2,
            "qty": 0.5,
            "trade_id": number,
            "timestamp": "2023-10-06T17:35:55.440295Z",
        }
        for number in numbers
    ]
    return json.dumps({"channel": "trade", "type": kind, "data": trades})


def advanced_trades(sequence: int, *numbers: int, kind: str = "update") -> str:
    trades = [
        {
            "trade_id": str(number),
            "product_id": "BTC-USD",
            "price": "1.5",
            "size": "2",
            "side": "BUY",
            "time": "2026-04-07T14:30:02Z",
        }
        for number in numbers
    ]
    event = {"type": kind, "trades": trades}
    return json.dumps({"channel": "market_trades", "sequence_num": sequence, "events": [event]})


def granted(*channels: str, sequence: int = 0) -> str:
    subscriptions = {channel: ["BTC-USD", "ETH-USD"] for channel in channels}
    return json.dumps(
        {"channel": "subscriptions", "sequence_num": sequence, "events": [{"subscriptions": subscriptions}]}
    )


def kraken_answer(symbol: str, error: str = "") -> str:
    answer: dict[str, Any] = {"error": error, "symbol": symbol} if error else {"result": {"symbol": symbol}}
    return json.dumps({"method": "subscribe", "success": not error, **answer})


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

PINGS = ("LIST_SUBSCRIPTIONS", "ping")


def asked(at: ScriptedVenue, connection: int) -> list[dict[str, object]]:
    """Of the venue on this connection, pings aside."""
    said = [json.loads(text) for text in at.connections[connection].said]
    return [each for each in said if each.get("method") not in PINGS]


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


class TestBinance:
    @pytest.mark.parametrize(
        "event",
        ['{"e":"serverShutdown","E":1}', '{"stream":"btcusdt@trade","data":{"e":"serverShutdown","E":1}}'],
    )
    async def test_a_shutdown_that_is_announced_is_not_waited_for(self, event: str) -> None:
        at = ScriptedVenue()
        async with listening(BinanceProtocol(BOTH), at.open) as listener:
            await at.connected(1)
            at.say('{"result":null,"id":1}', binance_trade(1), event)
            await at.connected(2)
            assert listener.missed == ["the venue announced that it closes the connection"]
            await until(lambda: len(asked(at, 1)) == 1)

    async def test_a_subscription_that_is_gone_is_noticed_by_asking_for_the_list(self) -> None:
        at = ScriptedVenue()
        async with listening(BinanceProtocol([BTC]), at.open) as listener:
            await at.connected(1)
            at.say('{"result":null,"id":1}', '{"result":["btcusdt@trade","btcusdt@bookTicker"],"id":2}')
            await until(lambda: listener.counts.frames == 2)
            assert listener.health.losses == 0
            at.say('{"result":["btcusdt@bookTicker"],"id":2}')
            await at.connected(2)
            assert listener.missed == ["1 streams are not subscribed to any more"]


class TestCoinbase:
    async def test_the_first_match_is_the_last_before_and_is_told_as_a_trade(self) -> None:
        at = ScriptedVenue()
        async with listening(ExchangeProtocol(BOTH), at.open) as listener:
            await at.connected(1)
            at.say(coinbase_match(7, "last_match"), coinbase_match(8))
            await until(lambda: listener.numbers == [7, 8])

    async def test_a_trade_that_was_announced_and_did_not_come_is_missed(self) -> None:
        """One heartbeat may overtake a trade; that of the next second may not."""
        at = ScriptedVenue()
        async with listening(ExchangeProtocol(BOTH), at.open) as listener:
            await at.connected(1)
            at.say(
                coinbase_match(7),
                coinbase_heartbeat(8),
                coinbase_match(8),
                coinbase_heartbeat(8),
                coinbase_heartbeat(10),
            )
            await until(lambda: listener.counts.frames == 5)
            assert listener.missed == []
            at.say(coinbase_heartbeat(11), coinbase_heartbeat(11), coinbase_heartbeat(11))
            await until(lambda: listener.counts.frames == 8)
            assert listener.missed == [
                "trade 10 was announced, and did not come after 8",
                "trade 11 was announced, and did not come after 10",
            ]


class TestAdvanced:
    async def test_frames_that_are_missing_are_told(self) -> None:
        at = ScriptedVenue()
        async with listening(AdvancedProtocol(BOTH), at.open) as listener:
            await at.connected(1)
            at.say(granted("market_trades", "heartbeats", sequence=0), advanced_trades(1, 5), advanced_trades(4, 9))
            await until(lambda: listener.numbers == [5, 9])
            assert listener.missed == ["frame 4 came after 1"]
            at.lose("gone")
            await at.connected(2)
            at.say(advanced_trades(20, 10))
            await until(lambda: listener.numbers == [5, 9, 10])
            assert listener.missed == ["frame 4 came after 1", "gone"]

    async def test_trades_are_told_in_the_order_of_their_numbers_and_the_past_is_not(self) -> None:
        at = ScriptedVenue()
        async with listening(AdvancedProtocol(BOTH), at.open) as listener:
            await at.connected(1)
            at.say(advanced_trades(0, 3, 2, 1, kind="snapshot"), advanced_trades(1, 6, 5, 4))
            await until(lambda: listener.numbers == [4, 5, 6])


class TestKraken:
    async def test_a_symbol_that_it_does_not_have_costs_no_other_one(self) -> None:
        at = ScriptedVenue()
        async with listening(KrakenProtocol(BOTH), at.open) as listener:
            await at.connected(1)
            at.say(kraken_answer("ETH/USD", "Currency pair not supported ETH/USD"), kraken_answer("BTC/USD"))
            at.say(kraken_trade(1, 2))
            await until(lambda: listener.numbers == [1, 2])
            assert listener.health.is_live

    async def test_what_was_before_the_subscription_is_not_told(self) -> None:
        at = ScriptedVenue()
        async with listening(KrakenProtocol(BOTH), at.open) as listener:
            await at.connected(1)
            at.say(kraken_trade(1, 2, kind="snapshot"), kraken_trade(3))
            await until(lambda: listener.numbers == [3])

    async def test_a_venue_that_has_none_of_them_is_asked_again_later(self) -> None:
        at = ScriptedVenue()
        async with listening(KrakenProtocol(BOTH), at.open) as listener:
            await at.connected(1)
            at.say(kraken_answer("ETH/USD", "no"), kraken_answer("BTC/USD", "not supported"))
            await at.connected(2)
            assert listener.missed == ["the venue refuses: not supported"]


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
