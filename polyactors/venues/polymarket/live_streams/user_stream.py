"""What happens to our own orders and trades, live, with a word for every time in which we may have missed something.

The channel has no memory: what it said while we were not connected it never says again (polymarket.md 5.5). So whoever
keeps orders has to ask for them after each `UserFeedUp`, and trust nothing after a `UserFeedDown`.
"""

import random
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import msgspec
from attrs import frozen

from actors.feeds.ports import ConnectionLost
from messages.identity import MarketId
from messages.market_data import BadInput
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_streams.clob_beat import CLOB_BEAT
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials, without_secrets
from polyactors.venues.polymarket.live_streams.reading import REFUSED
from polyactors.venues.polymarket.user_channel import UserChannel, UserEvent
from polyactors.venues.streams.backoff import Backoff
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.heartbeat import Beat, Line
from polyactors.venues.streams.reconnecting import Loss, OpenWire, Reconnecting, Subscription
from polyactors.venues.streams.together import until_lost
from supervision.log import Level, LogEvent, LogSink, LogValue, discard


@frozen
class UserFeedUp:
    """From `at_ns` on everything is heard. Of the time since `heard_until_ns` nothing is known; None for all time."""

    at_ns: int
    heard_until_ns: int | None


@frozen
class UserFeedDown:
    """From now on nothing is heard, until the next `UserFeedUp`; also said of an attempt that failed."""

    at_ns: int
    reason: str


@frozen
class UserFrameLost:
    """Something about us was said, and it could not be read."""

    at_ns: int
    reason: str


UserFeedMessage = UserEvent | UserFeedUp | UserFeedDown | UserFrameLost
DeliverUser = Callable[[UserFeedMessage], Awaitable[None] | None]


class LiveUserStream:
    """`open_wire` connects to the user channel. Without `markets` it is about all of them.

    Invariant: between a `UserFeedUp` and the next `UserFeedDown` each event of the venue is delivered, in its order, or
    there is a `UserFrameLost` in its place. `now_ns` is the service's clock.
    """

    def __init__(
        self,
        credentials: StreamCredentials,
        open_wire: OpenWire,
        now_ns: Callable[[], int],
        chance: random.Random,
        counts: FeedCounts,
        health: StreamHealth,
        markets: Iterable[MarketId] = (),
        beat: Beat = CLOB_BEAT,
        log: LogSink = discard,
        name: str = "user",
    ) -> None:
        self._credentials = credentials
        self._markets = tuple(markets)
        self._now_ns = now_ns
        self._counts = counts
        self._health = health
        self._log_sink = log
        self._name = name
        self._channel = UserChannel(self._bad)
        self._reconnecting = Reconnecting(open_wire, beat, Backoff(chance), health, now_ns)
        self._heard_bad: list[BadInput] = []
        self._heard_until_ns: int | None = None
        self._is_up = False

    @property
    def health(self) -> StreamHealth:
        return self._health

    async def pump(self, deliver: DeliverUser) -> None:
        """Never returns, and never raises `ConnectionLost`: it connects again by itself."""
        self._went_down()
        await self._reconnecting.keep(
            Subscription(self._first_frame, partial(self._session, deliver), partial(self._on_loss, deliver))
        )

    async def _session(self, deliver: DeliverUser, line: Line) -> None:
        reason = await until_lost(partial(self._receive, deliver, line), partial(self._await_grant, deliver, line))
        if not self._health.is_live:
            # The venue does not say so when it does not know the credentials (polymarket.md 5.2).
            reason = f"{reason}, before the subscription held: are the credentials right?"
        raise ConnectionLost(reason)

    async def _receive(self, deliver: DeliverUser, line: Line) -> None:
        while True:
            frame = await line.receive()
            for message in self._read(frame):
                waiting = deliver(message)
                if waiting is not None:
                    await waiting

    async def _await_grant(self, deliver: DeliverUser, line: Line) -> None:
        """Who is not known is not answered any more: the connection is closed instead."""
        await line.round_trip()
        now_ns = self._now_ns()
        self._reconnecting.granted()
        self._is_up = True
        self._log(Level.INFO, "subscribed")
        waiting = deliver(UserFeedUp(now_ns, self._heard_until_ns))
        if waiting is not None:
            await waiting

    def _read(self, frame: str | bytes) -> list[UserFeedMessage]:
        self._counts.frames += 1
        self._counts.by_channel[self._name] += 1
        frame = without_secrets(frame, self._credentials.secrets)
        said: list[UserFeedMessage] = [*self._channel.decode(frame, self._name)]
        bad, self._heard_bad = self._heard_bad, []
        for each in bad:
            self._health.malformed.keep(each, frame, self._now_ns())
            if self._counts.bad.count(each):
                self._log(Level.WARNING, "bad input", kind=each.kind, source=each.source, detail=each.detail)
            said.append(UserFrameLost(self._now_ns(), f"{each.kind}: {each.detail}"))
        if bad and frame in (REFUSED, REFUSED.encode()):
            raise ConnectionLost("the venue refuses the subscription")
        return said

    async def _on_loss(self, deliver: DeliverUser, loss: Loss) -> None:
        self._went_down()
        self._log(Level.WARNING, "stream lost", reason=loss.reason)
        waiting = deliver(UserFeedDown(loss.at_ns, loss.reason))
        if waiting is not None:
            await waiting

    def _went_down(self) -> None:
        """Also called when whoever pumped it before was cancelled in the middle."""
        if self._is_up:
            self._is_up = False
            self._heard_until_ns = self._health.last_frame_ns

    def _first_frame(self) -> str:
        content: dict[str, object] = {"type": "user", "auth": self._credentials.on_the_wire()}
        if self._markets:
            content["markets"] = sorted(self._markets)
        return msgspec.json.encode(content).decode()

    def _bad(self, bad: BadInput) -> None:
        self._heard_bad.append(bad)

    def _log(self, level: Level, event: str, **fields: LogValue) -> None:
        self._log_sink(LogEvent(self._now_ns(), level, f"live streams/{self._name}", 0, 0, event, fields))
