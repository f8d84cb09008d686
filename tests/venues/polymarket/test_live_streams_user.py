"""Our own orders and trades, live: every event or a word about the gap, and never a word about the credentials."""

import random
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from itertools import count

import trio

from messages.identity import OrderId, Outcome, Side
from messages.units import NANOSECONDS_PER_SECOND, SHARE_SCALE, Price, Shares
from polyactors.exchange.clob.api_keys import Credentials
from polyactors.exchange.faults.kinds import DropConnections, DuplicateFrames
from polyactors.exchange.words import NewOrder, OrderType, Placed, Wallet
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.polymarket.live_streams.user_stream import (
    LiveUserStream,
    UserFeedDown,
    UserFeedMessage,
    UserFeedUp,
    UserFrameLost,
)
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.polymarket.user_channel import UserOrder, UserTrade
from polyactors.venues.streams.health import StreamHealth, StreamState
from polyactors.venues.streams.reconnecting import OpenWire
from supervision.clock import SteadyClock
from supervision.log import LogEvent
from tests.venues.polymarket.live_streams_world import ScriptedVenue, Venue, until, venue

ADDRESS = Address("0x" + "11" * 20)
NUMBERS = count(1)


class Account:
    """A user of the exchange, who gives orders by hand."""

    def __init__(self, at: Venue) -> None:
        self._at = at
        self.credentials: Credentials = at.served.keys.create(ADDRESS, 0)

    @property
    def for_streams(self) -> StreamCredentials:
        found = self.credentials
        return StreamCredentials(found.key, found.secret, found.passphrase)

    def buy(self, cents: int, shares: int = 10) -> OrderId:
        order = OrderId(f"0x{next(NUMBERS):064x}")
        new = NewOrder(
            order=order,
            wallet=Wallet(ADDRESS),
            owner=self.credentials.key,
            market=self._at.markets[0].market,
            outcome=Outcome.YES,
            side=Side.BUY,
            price=Price(cents * 100),
            size=Shares(shares * SHARE_SCALE),
            order_type=OrderType.GTC,
        )
        answer = self._at.exchange.submit(new, self._at.served.world.now_ns)
        assert isinstance(answer, Placed), answer
        return order


class Listener:
    def __init__(self, stream: LiveUserStream, health: StreamHealth, log: list[LogEvent], counts: FeedCounts) -> None:
        self.stream = stream
        self.health = health
        self.log = log
        self.counts = counts
        self.heard: list[UserFeedMessage] = []

    def deliver(self, message: UserFeedMessage) -> Awaitable[None] | None:
        self.heard.append(message)
        return None

    def placements(self) -> list[str]:
        return [each.id for each in self.heard if isinstance(each, UserOrder) and each.type == "PLACEMENT"]

    def of(self, kind: type[UserFeedMessage]) -> list[UserFeedMessage]:
        return [each for each in self.heard if isinstance(each, kind)]

    async def until_up(self, times: int = 1) -> None:
        await until(lambda: len(self.of(UserFeedUp)) == times)


@asynccontextmanager
async def listening(open_wire: OpenWire, credentials: StreamCredentials) -> AsyncIterator[Listener]:
    health, log, counts = StreamHealth(), list[LogEvent](), FeedCounts()
    chance = random.Random(1)
    stream = LiveUserStream(credentials, open_wire, SteadyClock().now_ns, chance, counts, health, log=log.append)
    listener = Listener(stream, health, log, counts)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.pump, listener.deliver)
        yield listener
        nursery.cancel_scope.cancel()


async def test_orders_and_trades_are_heard_from_the_grant_on() -> None:
    async with venue() as at:
        account = Account(at)
        async with listening(at.wire("user"), account.for_streams) as listener:
            await listener.until_up()
            resting, taking = account.buy(1), account.buy(99)
            await until(lambda: listener.placements() == [resting, taking])
            at.pass_time(10 * NANOSECONDS_PER_SECOND)
            await until(
                lambda: (
                    {each.status for each in listener.heard if isinstance(each, UserTrade)}
                    >= {"MATCHED", "MINED", "CONFIRMED"}
                )
            )
            assert listener.heard[0] == UserFeedUp(listener.heard[0].at_ns, None)  # type: ignore[union-attr]
            assert listener.counts.bad.total == 0


async def test_every_loss_opens_a_gap_and_every_new_grant_says_since_when() -> None:
    async with venue() as at:
        account = Account(at)
        async with listening(at.wire("user"), account.for_streams) as listener:
            await listener.until_up()
            heard = account.buy(1)
            await until(lambda: listener.placements() == [heard])
            at.arm(DropConnections("user"))
            missed = account.buy(2)
            await listener.until_up(times=2)
            after = account.buy(3)
            await until(lambda: listener.placements() == [heard, after])
            assert missed not in listener.placements()
            kinds = [type(each) for each in listener.heard]
            assert kinds == [UserFeedUp, UserOrder, UserFeedDown, UserFeedUp, UserOrder]
            first, down, again = listener.heard[0], listener.heard[2], listener.heard[3]
            assert isinstance(first, UserFeedUp) and isinstance(down, UserFeedDown) and isinstance(again, UserFeedUp)
            assert again.heard_until_ns is not None
            assert first.at_ns <= again.heard_until_ns <= down.at_ns <= again.at_ns


async def test_a_frame_that_comes_twice_is_delivered_twice() -> None:
    """To make one of it is for the order state machine: two true events can look alike."""
    async with venue() as at:
        account = Account(at)
        async with listening(at.wire("user"), account.for_streams) as listener:
            await listener.until_up()
            at.arm(DuplicateFrames("user"), times=1)
            order = account.buy(1)
            await until(lambda: listener.placements() == [order, order])


async def test_wrong_credentials_are_never_granted_and_never_told() -> None:
    async with venue() as at:
        account = Account(at)
        wrong = StreamCredentials(account.credentials.key, "very-secret", "a-passphrase")
        async with listening(at.wire("user"), wrong) as listener:
            await until(lambda: listener.health.refusals >= 3)
            assert listener.of(UserFeedUp) == []
            assert "credentials" in listener.health.last_loss
            told = repr((wrong, listener.heard, listener.log, listener.health, listener.stream.__dict__))
            assert "very-secret" not in told and "a-passphrase" not in told


async def test_a_frame_that_cannot_be_read_is_a_gap_and_is_kept_without_secrets() -> None:
    credentials = StreamCredentials("key", "very-secret", "a-passphrase")
    scripted = ScriptedVenue()
    async with listening(scripted.open, credentials) as listener:
        await listener.until_up()
        scripted.say('{"event_type":"order","id":"0x1","auth":"very-secret"}')
        scripted.say("nonsense a-passphrase " + "x" * 200)
        await until(lambda: len(listener.of(UserFrameLost)) == 2)
        assert [kept.kind for kept in listener.health.malformed.kept()] == ["missing_field", "not_json"]
        assert listener.health.state is StreamState.LIVE
        told = repr((listener.heard, listener.log, listener.health.malformed.kept(), listener.counts))
        assert "very-secret" not in told and "a-passphrase" not in told and "***" in told


async def test_whoever_pumps_it_after_another_learns_what_the_other_had_heard() -> None:
    scripted = ScriptedVenue()
    credentials = StreamCredentials("key", "secret", "passphrase")
    async with listening(scripted.open, credentials) as listener:
        await listener.until_up()
        first = listener.heard[0]
        stream = listener.stream
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.pump, listener.deliver)
        await listener.until_up(times=2)
        nursery.cancel_scope.cancel()
    again = listener.heard[-1]
    assert isinstance(first, UserFeedUp) and isinstance(again, UserFeedUp)
    assert again.heard_until_ns is not None
    assert first.at_ns >= again.heard_until_ns
