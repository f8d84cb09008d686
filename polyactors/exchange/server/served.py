"""The whole of a served exchange: the world, those who look on, what is served of them, and the time that moves it."""

import socket
from collections import Counter
from collections.abc import Awaitable, Callable

import trio

from polyactors.exchange.chain.chain import Chain
from polyactors.exchange.clob.api_keys import ApiKeys
from polyactors.exchange.clob.heartbeats import Heartbeats
from polyactors.exchange.clob.rewards_sampling import RewardSampling
from polyactors.exchange.core import Exchange
from polyactors.exchange.faults.desk import FaultDesk
from polyactors.exchange.faults.plan import NO_FAULTS, FaultPlan
from polyactors.exchange.server.app import Venue, new_app
from polyactors.exchange.server.bystanders import Bystanders
from polyactors.exchange.server.control_words import Status
from polyactors.exchange.server.listening import listen
from polyactors.exchange.server.operations import Operations
from polyactors.exchange.server.settings import ServerSettings
from polyactors.exchange.server.venue_time import SteadyClock, VenueTime
from polyactors.exchange.streams.stream_routes import streams
from polyactors.exchange.timed import Timed
from polyactors.exchange.words import ApiKey
from polyactors.exchange.world import World


def _say_nothing(text: str) -> None:
    """Nobody wants to know."""


class ServedWorld:
    """Everything is made here, and nothing runs before `run`. `tell` hears which faults of `plan` were not armed."""

    def __init__(
        self,
        settings: ServerSettings,
        seed: int,
        clock: SteadyClock,
        plan: FaultPlan = NO_FAULTS,
        tell: Callable[[str], None] = _say_nothing,
    ) -> None:
        now_ns = clock.now_ns()
        self.settings = settings
        self.seed = seed
        self.started_ns = now_ns
        self.requests: Counter[str] = Counter()
        self.keys = ApiKeys(seed)
        self.world = World(settings.world, seed, now_ns, self._introduce)
        exchange = self.world.exchange
        faults = self.faults = FaultDesk(exchange)
        self.time = VenueTime(self.world, clock, lambda: faults.clock_skew_ns)
        heartbeats = Heartbeats(self._heart_stopped, seed, settings.heartbeats)
        rewards = RewardSampling(exchange, seed, now_ns)
        hubs = streams(exchange, self.bystanders.times, faults)
        everybody: tuple[Timed, ...] = (heartbeats, rewards, hubs, faults, *plan.timed(faults, seed, now_ns, tell))
        for timed in everybody:
            self.world.add(timed)
        self.app = new_app(
            Venue(
                settings=settings,
                world=self.world,
                time=self.time,
                keys=self.keys,
                bystanders=self.bystanders,
                heartbeats=heartbeats,
                rewards=rewards,
                streams=hubs,
                chain=Chain(exchange, settings.chain),
                faults=faults,
                operations=Operations(self.world, self.world.crowd.trader_of),
                status=self.status,
                requests=self.requests,
            ),
            seed,
        )

    async def run(
        self,
        listener: socket.socket,
        until: Callable[[], Awaitable[None]],
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serves on `listener`, which it owns, until `until` returns."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.time.drive)
            task_status.started()
            await listen(self.app, listener, until)
            nursery.cancel_scope.cancel(reason="the server has ended")

    def status(self) -> Status:
        exchange = self.world.exchange
        return Status(
            at_ns=self.world.now_ns,
            started_ns=self.started_ns,
            seed=self.seed,
            mode=exchange.mode,
            markets=len(exchange.listings),
            open_orders=len(exchange.open_orders()),
            requests=dict(self.requests),
            armed_faults=len(self.faults.armed()),
        )

    def _introduce(self, exchange: Exchange) -> None:
        self.bystanders = Bystanders.beside(exchange, self.keys, self.started_ns)

    def _heart_stopped(self, owner: ApiKey, now_ns: int) -> None:
        self.world.exchange.cancel_all(owner, now_ns)
