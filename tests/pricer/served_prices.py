"""A price server on a real socket in the test's own loop, with a publisher that says what the test wants."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import trio
import trio.testing
from attrs import define

from messages.periods import UpOrDown
from messages.pricing import AboutPeriod, FollowPrices, NoPrices, PriceSnapshot
from polyactors.pricer.board import Board
from polyactors.pricer.place import PortPlace, ServicePlace, SocketPlace, open_place
from polyactors.pricer.server import PriceServer, listening_at
from supervision.actor import Actor
from supervision.address import Address
from supervision.address import Path as ActorPath
from supervision.clock import SteadyClock
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Strategy, SupervisorSpec
from supervision.testing import demand_nothing_left
from tests.pricer.snapshots import HOURS, SERIES

LONGEST_S = 20
PATIENT_NS = 60_000_000_000


class Publisher(Actor[object]):
    """Passes on to who follows what it is told to publish, and keeps what it hears of periods."""

    def __init__(self, periods: list[UpOrDown], heard: trio.Event) -> None:
        self._followers: dict[str, Address[object]] = {}
        self._periods = periods
        self._heard = heard

    def receive(self, message: object) -> None:
        match message:
            case FollowPrices():
                if self.sender is not None:
                    self._followers[self.sender.path] = self.sender
            case AboutPeriod(about):
                self._periods.append(about)
                self._heard.set()
            case PriceSnapshot() | NoPrices():
                self.publish(self._followers.values(), message)
            case _:
                pass


@define(eq=False)
class Served:
    runtime: Runtime
    place: ServicePlace
    board: Board
    periods: list[UpOrDown]
    heard_of_a_period: trio.Event

    async def publish(self, message: PriceSnapshot | NoPrices) -> None:
        """And wait until it is on the board."""
        address: Address[object] = self.runtime.registry.address(ActorPath("reference/btcusd"))
        address.tell(message)
        await trio.testing.wait_all_tasks_blocked()
        assert self._has(message)

    def _has(self, message: PriceSnapshot | NoPrices) -> bool:
        newest = self.board.newest(message.series, self.runtime.clock.now_ns())
        if isinstance(message, NoPrices):
            return getattr(newest, "reason", "") == message.reason
        return getattr(newest, "snapshot", None) == message

    def client(self) -> httpx.AsyncClient:
        socket = str(self.place.path) if isinstance(self.place, SocketPlace) else None
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=socket, trust_env=False), base_url=self.place.url, timeout=LONGEST_S
        )


@asynccontextmanager
async def served(*, by_socket: bool = False) -> AsyncIterator[Served]:
    """It has to end in good order, with nothing left."""
    with TemporaryDirectory(prefix="pa-") as folder, trio.fail_after(LONGEST_S):
        wanted: ServicePlace = SocketPlace(Path(folder) / "prices.sock") if by_socket else PortPlace("127.0.0.1", 0)
        with open_place(wanted) as (listener, place):
            runtime, board = Runtime(SteadyClock()), Board((SERIES, HOURS), PATIENT_NS)
            periods, heard = list[UpOrDown](), trio.Event()
            began_ns = runtime.clock.now_ns()
            publisher = ActorSpec(name="btcusd", create=lambda: Publisher(periods, heard))
            server = ActorSpec(name="server", create=lambda: PriceServer(board, listening_at(listener), {}, began_ns))
            reference = SupervisorSpec(name="reference", strategy=Strategy.ONE_FOR_ONE, children=(publisher,))
            runtime.describe(
                SupervisorSpec(name="root", strategy=Strategy.ONE_FOR_ONE, children=(reference, server), is_group=True)
            )
            async with trio.open_nursery() as nursery:
                await nursery.start(runtime.run)
                yield Served(runtime, place, board, periods, heard)
                runtime.stop("the test is over")
            demand_nothing_left(runtime)
        if isinstance(place, SocketPlace):
            assert not place.path.exists()
