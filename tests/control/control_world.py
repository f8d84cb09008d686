"""A small tree in real time that can be looked into over its socket, and a client without a thread of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import trio
from attrs import define, field

from polyactors.control.operator import Control
from polyactors.control.server import ControlHealth
from polyactors.control.wire import LONGEST_ANSWER, Answer, AnyRequest, Pages, TraceEvent, encode
from supervision.address import Address
from supervision.address import Path as ActorPath
from supervision.clock import SteadyClock
from supervision.log import LogEvent
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Backoff, Restart, Strategy, SupervisorSpec
from supervision.testing import Diary, Probe, demand_nothing_left, probe

LONGEST_S = 20
CONTROL = "operators/control"


class Client:
    """One connection. What it reads is put together as any client does."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._pages = Pages()
        self._received = bytearray()

    async def ask(self, request: AnyRequest) -> Answer | TraceEvent:
        return await self.say(encode(request))

    async def say(self, text: bytes) -> Answer | TraceEvent:
        await self.stream.send_all(text)
        return await self.hear()

    async def hear(self) -> Answer | TraceEvent:
        """The next whole answer or event."""
        while True:
            answer = self._pages.take(await self._line())
            if answer is not None:
                return answer

    async def is_closed(self) -> bool:
        """Whether the service has closed the connection; waits for it, and for nothing else."""
        try:
            return await self.stream.receive_some() == b""
        except trio.BrokenResourceError:
            return True

    async def _line(self) -> bytes:
        while b"\n" not in self._received:
            more = await self.stream.receive_some()
            assert more, "the service closed the connection"
            self._received += more
            assert len(self._received) <= LONGEST_ANSWER
        line, _, rest = bytes(self._received).partition(b"\n")
        self._received[:] = rest
        return line + b"\n"


@define(eq=False)
class World:
    runtime: Runtime
    socket: Path
    health: ControlHealth
    diary: Diary
    log: list[LogEvent]
    clients: list[Client] = field(factory=list)

    async def connect(self) -> Client:
        """As soon as the socket is there."""
        while True:
            try:
                client = Client(await trio.open_unix_socket(str(self.socket)))
            except OSError:
                await trio.sleep(0.005)
            else:
                self.clients.append(client)
                return client

    def tell(self, path: str, *messages: object) -> None:
        address: Address[object] = self.runtime.registry.address(ActorPath(path))
        for message in messages:
            address.tell(message)

    def logged(self, event: str) -> list[LogEvent]:
        return [line for line in self.log if line.event == event]


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """A tree of `a`, `says` and the control actor, which has to end in good order, with no task or file left."""
    log: list[LogEvent] = []
    runtime = Runtime(SteadyClock(), 0, log.append)
    health, diary = ControlHealth(), Diary()
    with TemporaryDirectory(prefix="pa-") as folder, trio.fail_after(LONGEST_S):
        here = World(runtime, Path(folder) / "control.sock", health, diary, log)
        runtime.describe(_tree(here))
        async with trio.open_nursery() as nursery:
            await nursery.start(runtime.run)
            yield here
            runtime.stop("the test is over")
        for client in here.clients:
            await client.stream.aclose()
        demand_nothing_left(runtime)
        assert not here.socket.exists()
        assert health.open_connections == 0
        assert not health.failures, [line.fields for line in here.logged("a request failed")]


def _tree(here: World) -> SupervisorSpec:
    control = ActorSpec(name="control", create=lambda: Control(here.socket, here.health))
    operators = SupervisorSpec(
        name="operators",
        strategy=Strategy.ONE_FOR_ONE,
        restart=Restart.TRANSIENT,
        backoff=Backoff(initial_ns=1_000_000, maximum_ns=1_000_000),
        children=(control,),
    )
    says = ActorSpec(name="says", create=lambda: Saying(here.diary))
    return SupervisorSpec(
        name="root",
        strategy=Strategy.ONE_FOR_ONE,
        is_group=True,
        children=(operators, probe("a", here.diary), says),
    )


class Saying(Probe):
    """Raises what it was sent when asked for its state."""

    state: object = None

    def receive(self, message: object) -> None:
        self.state = message

    def describe(self) -> object:
        if isinstance(self.state, BaseException):
            raise self.state
        return self.state
