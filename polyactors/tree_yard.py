"""Sets up and takes down the actors of markets that join and leave while the service runs.

What has joined is part of the description of its supervisors, so that it comes back whoever of them is restarted.
"""

from collections.abc import Awaitable, Callable, Iterable

import trio
from attrs import evolve

from actors.execution.live.execution import LiveExecution
from actors.execution.ports import Venue
from actors.feeds.market_yard import NotNow
from actors.paths import JOURNAL, RECONCILER, event_part
from actors.records.words import Confirm
from messages.control import AccountOpened
from messages.identity import MarketId
from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.config import Configuration
from polyactors.health import Health
from polyactors.market_tree import MARKET_DATA, MARKETS, event_tree, market_tree, shard, shard_name
from polyactors.venues.place import Connection, Feed
from supervision.child import ChildFailedToStart, ChildState
from supervision.operations import OperationRefused, SupervisorHandle
from supervision.questions import ActorDown
from supervision.registry import PathTaken, UnknownActor
from supervision.runtime import Runtime
from supervision.specs import ChildSpec
from supervision.supervisor import Supervisor

WRITTEN_WITHIN_NS = 10 * NANOSECONDS_PER_SECOND


class TreeYard:
    """A `MarketYard`. It outlives every actor. `joined` are all markets that ever joined, in the order of their coming;
    those of `fixed` are there from the beginning and stay."""

    def __init__(
        self,
        runtime: Runtime,
        configuration: Configuration,
        health: Health,
        connection: Connection,
        fixed: Iterable[Market],
    ) -> None:
        self._runtime = runtime
        self._configuration = configuration
        self._health = health
        self._open_feed = connection.open_feed
        self._entry = connection.entry
        self._venue: Venue | LiveExecution = connection.venue
        self._fixed = frozenset(market.market for market in fixed)
        self._numbers: dict[MarketId, int] = {}
        self._next_number = len(connection.feeds)
        self._turn = trio.Lock()
        self.joined: dict[MarketId, Market] = {}

    def stands(self, market: MarketId) -> bool:
        if market in self._fixed:
            return True
        known = self.joined.get(market)
        return known is not None and self._is_described(known)

    async def join(self, market: Market) -> None:
        if market.market in self._fixed:
            return
        if self._open_feed is None:
            raise NotNow("there is no way to the data of other markets than those of the beginning")
        async with self._turn:
            await _as_things_are(self._set_up(market, self._open_feed))

    async def leave(self, market: Market) -> None:
        if market.market in self._fixed:
            return
        async with self._turn:
            await _as_things_are(self._take_down(market))
            if self._entry is not None:
                await self._entry.dismiss(market)

    async def _set_up(self, market: Market, open_feed: Callable[[Market], Feed]) -> None:
        """The market comes before its data, without which it can do for a while; the other way round it is not so, and
        what is described can be restarted at any moment."""
        self.joined[market.market] = market
        if self._entry is not None:
            await self._entry.admit(market, self._write_down)
        if not isinstance(self._venue, LiveExecution):
            self._venue.list_market(market)
        number, configuration, health = self._number(market), self._configuration, self._health
        markets, event = self._supervisor(MARKETS), event_part(market.event)
        if not _has(markets, event):
            await _describe(markets, event_tree(market.event, [market_tree(configuration, market, number, health)]))
        await _start(markets, event)
        in_event = self._supervisor(f"{MARKETS}/{event}")
        if not _has(in_event, market.market):
            await _describe(in_event, market_tree(configuration, market, number, health))
        await _start(in_event, market.market)
        shards = self._supervisor(MARKET_DATA)
        if not _has(shards, shard_name(number)):
            await _describe(shards, shard(configuration, open_feed(market), number, health, _nobody_minds))
        await _start(shards, shard_name(number))

    async def _take_down(self, market: Market) -> None:
        if market.market in self._numbers:
            await _remove(self._supervisor(MARKET_DATA), shard_name(self._numbers[market.market]))
        markets, event = self._supervisor(MARKETS), event_part(market.event)
        if event not in markets.by_name:
            return
        in_event = self._supervisor(f"{MARKETS}/{event}")
        if set(in_event.by_name) == {market.market}:
            await _remove(markets, event)
        else:
            await _remove(in_event, market.market)

    async def _write_down(self, opened: AccountOpened) -> None:
        """The reconciler has to know before anybody trades, as the journal does."""
        registry = self._runtime.registry
        try:
            await self._runtime.ask(registry.address(JOURNAL), Confirm(opened), WRITTEN_WITHIN_NS)
        except (trio.TooSlowError, ActorDown) as error:
            raise NotNow("the journal did not confirm what the account began with") from error
        registry.address(RECONCILER).tell(opened)

    def _is_described(self, market: Market) -> bool:
        registry, number = self._runtime.registry, self._numbers.get(market.market)
        try:
            markets, in_event = (
                registry.supervisor(MARKETS),
                registry.supervisor(f"{MARKETS}/{event_part(market.event)}"),
            )
            shards = registry.supervisor(MARKET_DATA)
        except UnknownActor:
            return False
        return (
            number is not None
            and _has(markets, event_part(market.event))
            and _has(in_event, market.market)
            and _has(shards, shard_name(number))
        )

    def _number(self, market: Market) -> int:
        """The same for each time that it joins."""
        number = self._numbers.get(market.market)
        if number is None:
            number = self._numbers[market.market] = self._next_number
            self._next_number += 1
        return number

    def _supervisor(self, path: str) -> Supervisor:
        return self._runtime.registry.supervisor(path)


async def _as_things_are(work: Awaitable[None]) -> None:
    """Raises `NotNow`."""
    try:
        await work
    except (OperationRefused, ChildFailedToStart, UnknownActor, PathTaken) as error:
        raise NotNow(str(error)) from error


def _has(supervisor: Supervisor, name: str) -> bool:
    """Now, and when it is restarted. Who was cancelled while something was done may have left the two different."""
    return name in supervisor.by_name and any(each.name == name for each in supervisor.spec.children)


async def _describe(supervisor: Supervisor, child: ChildSpec) -> None:
    """It is a child from now on, and down."""
    others = tuple(each for each in supervisor.spec.children if each.name != child.name)
    await SupervisorHandle(supervisor).respec(evolve(supervisor.spec, children=(*others, child)))


async def _start(supervisor: Supervisor, name: str) -> None:
    """Does nothing for a child that lives, or that waits for its restart."""
    if supervisor.by_name[name].state is ChildState.DOWN:
        await SupervisorHandle(supervisor).restart_child(name)


async def _remove(supervisor: Supervisor, name: str) -> None:
    """It is stopped, and no child any longer: also not of a next life of the supervisor."""
    handle = SupervisorHandle(supervisor)
    if name in supervisor.by_name:
        await handle.terminate_child(name)
    others = tuple(each for each in supervisor.spec.children if each.name != name)
    await handle.respec(evolve(supervisor.spec, children=others))
    if name in supervisor.by_name:
        await handle.delete_child(name)


def _nobody_minds() -> None:
    """The data of one market may end; the service goes on."""
