"""The heartbeat and the reconnection, on a clock that jumps, with a venue that a test speaks for."""

import random
from itertools import count, pairwise

import pytest
import trio
import trio.testing

from actors.feeds.ports import ConnectionLost
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.polymarket.live_streams.clob_beat import CLOB_BEAT
from polyactors.venues.streams.backoff import Backoff
from polyactors.venues.streams.health import StreamHealth, StreamState
from polyactors.venues.streams.heartbeat import Beat, Line
from polyactors.venues.streams.reconnecting import HOLDS_NS, Loss, Reconnecting, Subscription
from tests.venues.polymarket.live_streams_world import ScriptedVenue, ScriptedWire

ANY_FRAME = Beat(ping="ping", pong=None, every_s=5.0, silent_s=60.0)


def nothing() -> None:
    """A frame came."""


def now_ns() -> int:
    return round(trio.current_time() * NANOSECONDS_PER_SECOND)


async def test_pings_go_out_on_time_and_their_answers_are_not_heard(autojump_clock: trio.testing.MockClock) -> None:
    wire = ScriptedWire()
    line = Line(wire, CLOB_BEAT, nothing)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(line.beat)
        with trio.move_on_after(95):
            await line.receive()
        assert wire.said == ["PING"] * 10
        wire.put("{}")
        assert await line.receive() == "{}"
        nursery.cancel_scope.cancel()


async def test_without_an_answer_it_is_dead_after_its_time_however_much_else_comes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    wire = ScriptedWire()
    wire.answers_ping = False
    line = Line(wire, CLOB_BEAT, nothing)
    began_s = trio.current_time()

    async def chatter() -> None:
        while True:
            await trio.sleep(1)
            wire.put("{}")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(line.beat)
        nursery.start_soon(chatter)
        with pytest.raises(ConnectionLost, match="no sign of life within 30 s"):
            while True:
                await line.receive()
        assert trio.current_time() - began_s == pytest.approx(30)
        nursery.cancel_scope.cancel()


async def test_any_frame_is_life_where_pings_need_no_answer(autojump_clock: trio.testing.MockClock) -> None:
    wire = ScriptedWire()
    line = Line(wire, ANY_FRAME, nothing)
    for _ in range(5):
        wire.put("{}")
        await line.receive()
        await trio.sleep(50)
    began_s = trio.current_time()
    with pytest.raises(ConnectionLost):
        await line.receive()
    assert trio.current_time() - began_s == pytest.approx(60)


async def test_a_consumer_that_is_away_for_long_does_not_take_the_venue_for_dead(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """The answer waited in the queue all the time."""
    wire = ScriptedWire()
    line = Line(wire, CLOB_BEAT, nothing)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(line.beat)
        for _ in range(20):
            wire.put("{}")
            assert await line.receive() == "{}"
            await trio.sleep(100)
        nursery.cancel_scope.cancel()


async def test_a_round_trip_ends_behind_everything_that_was_said_before(autojump_clock: trio.testing.MockClock) -> None:
    wire, heard = ScriptedWire(), list[object]()
    line = Line(wire, CLOB_BEAT, nothing)

    async def receive() -> None:
        while True:
            heard.append(await line.receive())
            await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(line.beat)
        nursery.start_soon(receive)
        for number in range(12):
            wire.put(str(number))
        await line.round_trip()
        assert heard == [str(number) for number in range(12)]
        nursery.cancel_scope.cancel()


class Kept:
    """A subscription that is kept on a scripted venue; it counts as granted with the first frame."""

    def __init__(self) -> None:
        self.venue = ScriptedVenue()
        self.health = StreamHealth()
        self.losses: list[Loss] = []
        self.backoff = Backoff(random.Random(1))
        self.reconnecting = Reconnecting(self.venue.open, CLOB_BEAT, self.backoff, self.health, now_ns)

    async def session(self, line: Line) -> None:
        while True:
            await line.receive()
            self.reconnecting.granted()

    async def on_loss(self, loss: Loss) -> None:
        self.losses.append(loss)

    async def keep(self) -> None:
        await self.reconnecting.keep(Subscription(lambda: "subscribe", self.session, self.on_loss))


async def test_it_connects_and_subscribes_again_for_ever(autojump_clock: trio.testing.MockClock) -> None:
    kept = Kept()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kept.keep)
        for number in range(1, 20):
            await kept.venue.connected(number)
            kept.venue.say("{}")
            await trio.sleep(1.5)
            assert kept.health.state is StreamState.LIVE
            kept.venue.lose(f"loss {number}")
            await trio.testing.wait_all_tasks_blocked()
            assert kept.health.state in (StreamState.WAITING, StreamState.SUBSCRIBING)
            # Each had been granted and had lasted: the pause is always a first one.
            assert kept.backoff.failures == 1
        nursery.cancel_scope.cancel()
    assert [loss.reason for loss in kept.losses] == [f"loss {number}" for number in range(1, 20)]
    assert all(loss.was_live for loss in kept.losses)
    assert all(wire.said[0] == "subscribe" for wire in kept.venue.connections)
    assert kept.health.state is StreamState.IDLE
    assert kept.health.losses == 19


async def test_the_pauses_grow_while_there_is_no_connection(autojump_clock: trio.testing.MockClock) -> None:
    kept = Kept()
    kept.venue.is_down = True
    with trio.move_on_after(3600):
        await kept.keep()
    assert kept.health.refusals == kept.health.losses == len(kept.losses)
    pauses = [(later.at_ns - loss.at_ns) / NANOSECONDS_PER_SECOND for loss, later in pairwise(kept.losses)]
    assert all(pause <= min(0.25 * 2**number, 30) + 1e-6 for number, pause in enumerate(pauses))
    assert 150 < len(pauses) < 400
    assert not any(loss.was_live for loss in kept.losses)


async def test_a_grant_that_is_taken_back_at_once_is_no_success(autojump_clock: trio.testing.MockClock) -> None:
    """A venue that closes on wrong credentials only after its first answer would else be asked without a pause."""
    kept = Kept()

    async def grant_and_refuse() -> None:
        for number in count(1):
            await kept.venue.connected(number)
            kept.venue.say("{}")
            kept.venue.lose("no")

    with trio.move_on_after(600):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(kept.keep)
            nursery.start_soon(grant_and_refuse)
    assert HOLDS_NS == NANOSECONDS_PER_SECOND
    assert 20 < len(kept.losses) < 100


async def test_what_a_session_began_is_over_when_its_connection_is(autojump_clock: trio.testing.MockClock) -> None:
    kept, alive = Kept(), list[int]()

    async def run_on(number: int) -> None:
        alive.append(number)
        try:
            await trio.sleep_forever()
        finally:
            alive.remove(number)

    async def session(line: Line) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_on, len(kept.venue.connections))
            with pytest.raises(ConnectionLost):
                await line.receive()
            nursery.cancel_scope.cancel()
        raise ConnectionLost("over")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(kept.reconnecting.keep, Subscription(lambda: "subscribe", session, kept.on_loss))
        for number in range(1, 4):
            await kept.venue.connected(number)
            await trio.testing.wait_all_tasks_blocked()
            assert alive == [number]
            kept.venue.lose("reset")
            await trio.testing.wait_all_tasks_blocked()
            assert alive == []
        nursery.cancel_scope.cancel()
