"""Keeps one subscription alive for ever: connects, subscribes, and does it again whenever the connection is lost."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import trio
from attrs import frozen

from actors.feeds.ports import ConnectionLost
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.streams.backoff import Backoff
from polyactors.venues.streams.health import StreamHealth, StreamState
from polyactors.venues.streams.heartbeat import Beat, Line
from polyactors.venues.streams.together import until_lost
from polyactors.venues.streams.transport import Wire

OpenWire = Callable[[], AbstractAsyncContextManager[Wire]]
"""Makes one connection. Raises `ConnectionLost` where there is none to be had."""

HOLDS_NS = NANOSECONDS_PER_SECOND
"""A subscription that was granted and lasted so long was a success, and the next loss is the first again. One that is
taken away at once was none: else a venue that first grants and then refuses would be asked for ever without a pause."""


@frozen
class Loss:
    """A connection ended, or did not come about. `was_live`: we had been subscribed."""

    reason: str
    at_ns: int
    was_live: bool


@frozen
class Subscription:
    """`first_frame` makes what is said first on a new connection, before any ping. `session` then receives until
    `ConnectionLost`, and calls `Reconnecting.granted` when the venue has subscribed us. `on_loss` is waited for after
    each loss, before the next attempt."""

    first_frame: Callable[[], str]
    session: Callable[[Line], Awaitable[None]]
    on_loss: Callable[[Loss], Awaitable[None]]


class Reconnecting:
    """`now_ns` is the service's clock."""

    def __init__(
        self, open_wire: OpenWire, beat: Beat, backoff: Backoff, health: StreamHealth, now_ns: Callable[[], int]
    ) -> None:
        self._open_wire = open_wire
        self._beat = beat
        self._backoff = backoff
        self._health = health
        self._now_ns = now_ns

    async def keep(self, subscription: Subscription) -> None:
        """Never returns. When a connection is left, everything that its session had begun on it is over."""
        try:
            while True:
                await self._connect_once(subscription)
        finally:
            self._health.enter(StreamState.IDLE, self._now_ns())

    async def _connect_once(self, subscription: Subscription) -> None:
        health = self._health
        reason = await self._one_connection(subscription)
        now_ns = self._now_ns()
        was_live = health.is_live
        if not was_live:
            health.refusals += 1
        elif now_ns - health.since_ns >= HOLDS_NS:
            self._backoff.succeeded()
        health.losses += 1
        health.last_loss = reason
        pause_ns = self._backoff.next_pause_ns()
        health.next_attempt_ns = now_ns + pause_ns
        health.enter(StreamState.WAITING, now_ns)
        await subscription.on_loss(Loss(reason, now_ns, was_live))
        left_ns = health.next_attempt_ns - self._now_ns()
        await trio.sleep(max(0, left_ns) / NANOSECONDS_PER_SECOND)

    def granted(self) -> None:
        """The venue has taken the subscription."""
        if not self._health.is_live:
            self._health.refusals = 0
            self._health.enter(StreamState.LIVE, self._now_ns())

    async def _one_connection(self, subscription: Subscription) -> str:
        """Why it is over."""
        health = self._health
        health.enter(StreamState.CONNECTING, self._now_ns())
        try:
            async with self._open_wire() as wire:
                health.connections += 1
                health.enter(StreamState.SUBSCRIBING, self._now_ns())
                line = Line(wire, self._beat, self._frame_came)
                await line.send(subscription.first_frame())
                return await until_lost(partial(subscription.session, line), line.beat)
        except ConnectionLost as error:
            return str(error)

    def _frame_came(self) -> None:
        self._health.last_frame_ns = self._now_ns()
