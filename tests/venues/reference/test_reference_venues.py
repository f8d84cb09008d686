"""What is particular about each venue's stream: shutdowns, heartbeats, numbered frames, symbols that there are not."""

import pytest

from polyactors.venues.binance.stream import BinanceProtocol
from polyactors.venues.coinbase.advanced_stream import AdvancedProtocol
from polyactors.venues.coinbase.exchange_stream import ExchangeProtocol
from polyactors.venues.kraken.stream import KrakenProtocol
from tests.venues.polymarket.live_streams_world import ScriptedVenue, until
from tests.venues.reference.reference_world import BOTH, BTC, asked, listening
from tests.venues.reference.venue_frames import (
    advanced_trades,
    binance_trade,
    coinbase_heartbeat,
    coinbase_match,
    granted,
    kraken_answer,
    kraken_trade,
)


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
