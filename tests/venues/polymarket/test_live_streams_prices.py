"""Polymarket's reference prices, old feed and new, from the served exchange and from frames as they were recorded."""

import json
import random
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from actors.feeds.ports import ConnectionLost
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.exchange.faults.kinds import StalledFeed
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.polymarket.live_streams.price_stream import STALL_LIMIT_NS, LivePriceStream
from polyactors.venues.polymarket.live_streams.price_ticks import (
    VALUE_SCALE,
    PriceMessage,
    PriceProtocol,
    PricesMissed,
    PriceTick,
    Series,
    exact_value,
)
from polyactors.venues.polymarket.live_streams.realtime_prices import (
    MOST_SUBSCRIPTIONS,
    RealtimeChannel,
    RealtimePrices,
    RealtimeWanted,
)
from polyactors.venues.polymarket.live_streams.rtds_prices import RtdsPrices, RtdsTopic
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.refused import Refused
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.reconnecting import OpenWire
from polyactors.venues.streams.stalls import Stalls
from supervision.clock import SteadyClock
from tests.venues.polymarket.live_streams_world import ScriptedVenue, Venue, until, venue

SPOT = Series("btcusd", "pyth", 0)
TWAP = Series("btcusd", "chainlink", 60)
NOBODY = StreamCredentials("key", "very-secret", "a-passphrase")
WANTED = (RealtimeWanted(RealtimeChannel.SPOT, "btcusd"), RealtimeWanted(RealtimeChannel.TWAP, "btcusd"))
EVERY_TOPIC = tuple((topic, "btcusdt" if topic is RtdsTopic.BINANCE else "btc/usd") for topic in RtdsTopic)


class Listener:
    def __init__(self, health: StreamHealth, counts: FeedCounts) -> None:
        self.health = health
        self.counts = counts
        self.heard: list[PriceMessage] = []

    def deliver(self, message: PriceMessage) -> Awaitable[None] | None:
        self.heard.append(message)
        return None

    def ticks(self, series: Series, *, is_history: bool = False) -> list[PriceTick]:
        ticks = (each for each in self.heard if isinstance(each, PriceTick))
        return [each for each in ticks if each.series == series and each.is_history is is_history]

    @property
    def missed(self) -> list[PricesMissed]:
        return [each for each in self.heard if isinstance(each, PricesMissed)]


@asynccontextmanager
async def listening(
    open_wire: OpenWire, protocol: PriceProtocol, stall_limit_ns: int = STALL_LIMIT_NS
) -> AsyncIterator[Listener]:
    listener = Listener(StreamHealth(), FeedCounts())
    stream = LivePriceStream(
        "prices",
        protocol,
        open_wire,
        SteadyClock().now_ns,
        random.Random(1),
        listener.counts,
        listener.health,
        stall_limit_ns,
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.pump, listener.deliver)
        yield listener
        nursery.cancel_scope.cancel()


def known(at: Venue) -> StreamCredentials:
    found = at.served.keys.create(Address("0x" + "11" * 20), 0)
    return StreamCredentials(found.key, found.secret, found.passphrase)


async def pass_until_heard(at: Venue, listener: Listener, series: Series) -> PriceTick:
    before = len(listener.ticks(series))
    while len(listener.ticks(series)) == before:
        at.pass_time(NANOSECONDS_PER_SECOND)
        await trio.lowlevel.checkpoint()
    return listener.ticks(series)[before]


async def test_the_new_feed_tells_the_prices_of_the_exchange() -> None:
    async with venue() as at, listening(at.wire("live"), RealtimePrices(known(at), WANTED)) as listener:
        await until(lambda: listener.health.is_live)
        for series in (SPOT, TWAP):
            await until(lambda: bool(listener.ticks(series, is_history=True)))  # noqa: B023
            tick = await pass_until_heard(at, listener, series)
            price = Decimal(repr(at.served.world.prices.price("btcusd")))
            assert abs(Decimal(tick.value_e18) / VALUE_SCALE / price - 1) < Decimal("0.01")
            assert tick.at_ms > listener.ticks(series, is_history=True)[0].at_ms
        assert listener.missed == []
        assert listener.counts.bad.total == 0


async def test_the_old_feed_tells_the_prices_of_the_exchange() -> None:
    async with venue() as at, listening(at.wire("rtds"), RtdsPrices(EVERY_TOPIC)) as listener:
        await until(lambda: listener.health.is_live)
        for topic, symbol in EVERY_TOPIC:
            tick = await pass_until_heard(at, listener, topic.series(symbol))
            price = Decimal(repr(at.served.world.prices.price("btcusd")))
            assert abs(Decimal(tick.value_e18) / VALUE_SCALE / price - 1) < Decimal("0.01")
        assert listener.missed == []
        assert listener.counts.bad.total == 0


async def test_credentials_that_the_feed_refuses_are_tried_again_and_not_told() -> None:
    async with venue() as at, listening(at.wire("live"), RealtimePrices(NOBODY, WANTED)) as listener:
        await until(lambda: listener.health.refusals >= 2)
        assert "auth_invalid" in listener.health.last_loss
        assert {each.series for each in listener.missed} == {None}
        assert "very-secret" not in repr((listener.heard, listener.health, listener.counts, NOBODY))


async def test_a_feed_that_stalls_on_an_open_socket_is_told_and_connected_anew() -> None:
    limit_ns = 40 * NANOSECONDS_PER_MILLISECOND
    async with (
        venue() as at,
        listening(at.wire("rtds"), RtdsPrices(EVERY_TOPIC[:2]), limit_ns) as listener,
    ):
        await until(lambda: listener.health.is_live)
        at.arm(StalledFeed("rtds"))
        await until(lambda: listener.health.losses > 0)
        stalled = {each.series for each in listener.missed if each.reason == "stalled"}
        assert stalled == {topic.series(symbol) for topic, symbol in EVERY_TOPIC[:2]}


class TestTheNewFeed:
    def data(self, **changes: object) -> str:
        """The frame of polymarket.md 5.7."""
        payload = {"symbol": "btcusd", "value": 65026.45, "full_accuracy_value": "65026.45781500"}
        payload |= {"timestamp": 1790491135000, "source": "pyth"}
        return json.dumps({"v": 1, "channel": "price.crypto", "seq": 17, "ts": 1, "payload": payload} | changes)

    def test_reads_the_frame_of_the_reference(self) -> None:
        said = RealtimePrices(NOBODY, WANTED).read(self.data(), 7).said
        assert said == (PriceTick(SPOT, 65026457815 * 10**12, 1790491135000, 7),)

    def test_names_the_series_that_miss_ticks_when_a_frame_is_missing(self) -> None:
        feed = RealtimePrices(NOBODY, WANTED)
        assert len(feed.read(self.data(seq=17), 7).said) == 1
        assert len(feed.read(self.data(seq=18), 7).said) == 1
        missed, tick = feed.read(self.data(seq=20), 7).said
        assert isinstance(missed, PricesMissed) and missed.series == SPOT
        assert isinstance(tick, PriceTick)
        assert len(feed.read(self.data(seq=21, dropped=3), 7).said) == 2

    def test_begins_to_count_anew_with_each_connection(self) -> None:
        feed = RealtimePrices(NOBODY, WANTED)
        feed.read(self.data(seq=17), 7)
        feed.begin()
        assert len(feed.read(self.data(seq=1), 7).said) == 1

    def test_is_granted_when_every_subscription_is(self) -> None:
        feed = RealtimePrices(NOBODY, WANTED)
        asked = feed.read('{"op":"authed","rid":"1"}', 7).answer
        assert asked is not None and len(json.loads(asked)["subscriptions"]) == len(WANTED)
        granted = [feed.read('{"op":"subscribed","rid":"2","channel":"x"}', 7).is_grant for _ in WANTED]
        assert granted == [False, True]

    def test_that_refuses_is_left(self) -> None:
        with pytest.raises(ConnectionLost, match="sub_limit"):
            RealtimePrices(NOBODY, WANTED).read('{"op":"error","rid":"2","code":"sub_limit"}', 7)

    def test_takes_no_more_subscriptions_than_it_has_room_for(self) -> None:
        too_many = [RealtimeWanted(RealtimeChannel.SPOT, f"x{number}") for number in range(MOST_SUBSCRIPTIONS + 1)]
        with pytest.raises(ValueError, match="64"):
            RealtimePrices(NOBODY, too_many)

    @given(st.text() | st.binary() | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(["op", "channel", "seq", "payload", "value", "symbol", "data", "snapshot", "timestamp"]),
            inner),
    ).map(json.dumps))  # fmt: skip
    def test_refuses_nonsense_and_raises_nothing_else(self, frame: str | bytes) -> None:
        for feed in (RealtimePrices(NOBODY, WANTED), RtdsPrices(EVERY_TOPIC)):
            try:
                said = feed.read(frame, 7).said
            except (Refused, ConnectionLost):
                continue
            assert said == ()


class TestTheOldFeed:
    def test_reads_the_frame_of_the_reference(self) -> None:
        payload = {"symbol": "btcusdt", "timestamp": 1780730269000, "value": 61035.86}
        payload |= {"full_accuracy_value": "61035.86000000"}
        frame = json.dumps({"topic": "crypto_prices", "type": "update", "timestamp": 1780730269142, "payload": payload})
        said = RtdsPrices(EVERY_TOPIC).read(frame, 7).said
        assert said == (PriceTick(Series("btcusdt", "binance", 0), 6103586 * 10**16, 1780730269000, 7),)

    def test_passes_over_symbols_that_nobody_wants(self) -> None:
        payload = {"symbol": "ethusdt", "timestamp": 1, "value": 5}
        frame = json.dumps({"topic": "crypto_prices", "type": "update", "payload": payload})
        assert RtdsPrices(EVERY_TOPIC).read(frame, 7).said == ()

    def test_of_which_a_frame_cannot_be_read_has_a_gap(self) -> None:
        with pytest.raises(Refused, match="contradiction"):
            RtdsPrices(EVERY_TOPIC).read(
                json.dumps({"topic": "crypto_prices_twap_sixty", "type": "update", "payload": {
                    "symbol": "btc/usd", "timestamp": 1, "value": 5, "window_s": 30}}), 7)  # fmt: skip

    async def test_keeps_what_it_could_not_read(self) -> None:
        scripted = ScriptedVenue()
        async with listening(scripted.open, RtdsPrices(EVERY_TOPIC)) as listener:
            await until(lambda: bool(scripted.connections))
            scripted.say("garbage")
            await until(lambda: bool(listener.health.malformed.kept()))
            assert [kept.frame for kept in listener.health.malformed.kept()] == [b"garbage"]

    async def test_whose_bad_frame_once_took_the_good_prices_of_every_symbol_out_of_the_median(self) -> None:
        """A price of zero for one symbol was told as prices that are missing of all."""
        zero = {"symbol": "eth/usd", "timestamp": 1, "value": 0}
        good = {"symbol": "btcusdt", "timestamp": 1780730269000, "value": 61035.86}
        scripted = ScriptedVenue()
        async with listening(scripted.open, RtdsPrices([*EVERY_TOPIC, (RtdsTopic.CHAINLINK, "eth/usd")])) as listener:
            await until(lambda: bool(scripted.connections))
            for topic, payload in (("crypto_prices_chainlink", zero), ("crypto_prices", good)):
                scripted.say(json.dumps({"topic": topic, "type": "update", "payload": payload}))
            await until(lambda: bool(listener.heard))
            assert [type(each) for each in listener.heard] == [PriceTick]
            assert listener.counts.bad.total == 1


class TestExactValues:
    @given(st.integers(1, 10**30 - 1))
    def test_both_ways_of_writing_mean_the_same(self, value_e18: int) -> None:
        whole, fraction = divmod(value_e18, VALUE_SCALE)
        decimal = Decimal(f"{whole}.{fraction:018}")
        assert exact_value(decimal, str(value_e18), exact_is_scaled=True) == value_e18
        assert exact_value(decimal, f"{whole}.{fraction:018}", exact_is_scaled=False) == value_e18
        assert exact_value(decimal, None, exact_is_scaled=False) == value_e18

    @pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity", "1E+400", "1E-30", "1E+999999999"])
    def test_what_is_no_price_is_refused(self, value: str) -> None:
        with pytest.raises(Refused, match="bad_price"):
            exact_value(Decimal(value), None, exact_is_scaled=False)

    @pytest.mark.parametrize("exact", ["", "1.2.3", "1e5", "-5", "٣", "9" * 41, " 5"])
    def test_what_is_no_exact_price_is_refused(self, exact: str) -> None:
        if exact:
            with pytest.raises(Refused, match="bad_price"):
                exact_value(Decimal(5), exact, exact_is_scaled=False)
        else:
            assert exact_value(Decimal(5), exact, exact_is_scaled=False) == 5 * VALUE_SCALE

    def test_an_exact_price_in_the_wrong_unit_is_refused(self) -> None:
        """Else a price would be wrong by eighteen places."""
        with pytest.raises(Refused, match="contradiction"):
            exact_value(Decimal("65000"), "65000", exact_is_scaled=True)
        with pytest.raises(Refused, match="bad_price"):
            exact_value(Decimal("65000"), str(65_000 * VALUE_SCALE), exact_is_scaled=False)


class TestStalls:
    @given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([SPOT, TWAP, None])), max_size=40))
    def test_each_is_named_once_when_it_has_been_quiet_for_too_long(
        self, moments: list[tuple[int, Series | None]]
    ) -> None:
        stalls, now_ns = Stalls((SPOT, TWAP), 10, 0), 0
        heard, named = {SPOT: 0, TWAP: 0}, set[Series]()
        for wait_ns, series in moments:
            now_ns += wait_ns
            if series is not None:
                stalls.hear(series, now_ns)
                heard[series] = now_ns
                named.discard(series)
            expected = {each for each in heard if now_ns - heard[each] > 10} - named
            assert set(stalls.newly_stalled(now_ns)) == expected
            named |= expected
            assert stalls.are_all == (len(named) == 2)
