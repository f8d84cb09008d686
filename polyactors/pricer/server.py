"""The actor that serves prices: it follows the publications of every series and hands out the newest."""

import socket
from collections.abc import Awaitable, Callable, Mapping

import trio
from attrs import frozen
from starlette.applications import Starlette

from actors.feeds.reference.feed_health import view_of
from actors.paths import symbol_path
from messages.periods import Series, UpOrDown
from messages.pricing import FOLLOWED_FOR_NS, AboutPeriod, FollowPrices, NoPrices, PriceSnapshot, TellPrices
from messages.reference import ReferenceData
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.exchange.server.listening import listen
from polyactors.pricer.app import Pricer, new_app
from polyactors.pricer.board import Board, NothingToGive
from polyactors.pricer.health import FeedHealth, PricerHealth, SeriesHealth
from polyactors.pricer.reference_actors import Feed
from supervision.actor import Actor
from supervision.address import Address
from supervision.introspection.picture import picture_of

FOLLOW_EVERY_NS = FOLLOWED_FOR_NS // 20
"""Often: who publishes may have died, and does not know then who followed."""

Publishing = ReferenceData | AboutPeriod | FollowPrices | TellPrices


@frozen
class FollowOn:
    """Timer."""


PriceServerMessage = PriceSnapshot | NoPrices | FollowOn


@frozen
class PriceServerState:
    """How many requests were answered; `unchanged` without a snapshot, `refused` by an error."""

    requests: int
    unchanged: int
    refused: int


Listen = Callable[[Starlette], Awaitable[None]]


def listening_at(listener: socket.socket) -> Listen:
    """`listener` stays with whoever made it: who connects while nobody serves waits a little."""

    async def serve(app: Starlette) -> None:
        await listen(app, listener.dup(), trio.sleep_forever, pings={})

    return serve


class PriceServer(Actor[PriceServerMessage]):
    """`listen` serves what it is given until it is cancelled. `feeds` are those whose health is shown, with the paths
    of their actors."""

    def __init__(self, board: Board, listen: Listen, feeds: Mapping[str, Feed], began_ns: int) -> None:
        self._board = board
        self._listen = listen
        self._feeds = feeds
        self._began_ns = began_ns

    def started(self) -> None:
        self._publishers: dict[Series, Address[Publishing]] = {
            series: self.address(symbol_path(series.symbol)) for series in self._board.series
        }
        self._follow()
        self.work("http", self._serve)

    def receive(self, message: PriceServerMessage) -> None:
        match message:
            case PriceSnapshot():
                self._board.take(message, self.now_ns)
            case NoPrices(series, reason):
                self._board.has_none(series, reason)
            case FollowOn():
                self._follow()

    def describe(self) -> PriceServerState:
        return PriceServerState(self._board.requests, self._board.unchanged, self._board.refused)

    def health(self) -> PricerHealth:
        board = self._board
        series = tuple(self._health_of(each) for each in board.series)
        return PricerHealth(
            is_well=all(each.is_well for each in series),
            uptime_ms=(self.now_ns - self._began_ns) // NANOSECONDS_PER_MILLISECOND,
            requests=board.requests,
            unchanged=board.unchanged,
            refused=board.refused,
            feeds=tuple(self._feed(path, feed) for path, feed in self._feeds.items()),
            series=series,
        )

    def _follow(self) -> None:
        for series, publisher in self._publishers.items():
            self.tell(publisher, FollowPrices(series))
        self.after("follow on", FOLLOW_EVERY_NS, FollowOn())

    def _health_of(self, series: Series) -> SeriesHealth:
        found = self._board.newest(series, self.now_ns)
        if isinstance(found, NothingToGive):
            return SeriesHealth(series.name, False, found.reason)
        snapshot = found.snapshot
        return SeriesHealth(
            series=series.name,
            is_well=not snapshot.stale,
            reason="the prices are stale" if snapshot.stale else "",
            epoch=snapshot.epoch,
            last_seq=snapshot.seq,
            stale=snapshot.stale,
            uncertain=snapshot.uncertain,
            age_ms=snapshot.age_ms,
            venues=tuple(venue.value for venue in snapshot.median.counted),
        )

    def _feed(self, path: str, feed: Feed) -> FeedHealth:
        picture = picture_of(self._life.runtime, path)
        view = view_of(feed.source.name, feed.health, self.now_ns)
        return FeedHealth(
            name=view.source,
            state=picture.state.value,
            restarts=picture.restarts,
            last_error=picture.last_error,
            connections=view.connections,
            losses=view.losses,
            ticks=sum(line.ticks for line in view.lines),
            gaps=sum(line.gaps for line in view.lines),
            bad=sum(each.count for each in view.bad),
            stalled=tuple(str(line.symbol) for line in view.lines if line.is_stalled),
        )

    def _hear_of(self, about: UpOrDown) -> None:
        """From the worker: what it was asked to pass on."""
        self._publishers[about.period.series].tell(AboutPeriod(about))

    # Worker

    async def _serve(self) -> None:
        await self._listen(new_app(Pricer(self._board, lambda: self.now_ns, self.health, self._hear_of)))
