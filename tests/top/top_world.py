"""The screen without a terminal, and services to look at: a real one on a thread with its own loop, and a made-up one
that answers whatever a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TypeVar

import trio
from attrs import define
from textual.pilot import Pilot

from polyactors.control.wire import (
    ActorShown,
    Answer,
    AnyRequest,
    DeadLetters,
    Mailboxes,
    Refused,
    ShowActor,
    ShowDeadLetters,
    ShowMailboxes,
    ShowState,
    ShowTree,
    ShowWaits,
    StateShown,
    Tree,
    TreeLine,
    Waits,
    decode_request,
    encode,
)
from polyactors.top.app import Order, TopApp
from polyactors.top.lines import LinesPane
from polyactors.top.pace import Pace
from polyactors.top.table import RowTable
from supervision.child import ChildState
from supervision.introspection.picture import ActorPicture
from tests.control.control_world import World, world

T = TypeVar("T")

LONGEST_S = 30
SIZE = (200, 40)


class Turns:
    """Has the screen ask for one round at a time, when the test wants it. Its clock stands still between them."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pace = Pace(lambda: self.now_s)
        self._pauses: asyncio.Queue[float] = asyncio.Queue()
        self._go: asyncio.Queue[None] = asyncio.Queue()

    async def pause(self, seconds: float) -> None:
        self._pauses.put_nowait(seconds)
        await self._go.get()
        self.now_s += seconds

    async def first(self) -> float:
        """The end of the round that has begun by itself; how long the screen would now wait."""
        return await self._pauses.get()

    async def next(self) -> float:
        self._go.put_nowait(None)
        return await self._pauses.get()


@define
class Screen:
    """What somebody in front of it can see and do."""

    app: TopApp
    pilot: Pilot[None]
    turns: Turns

    @property
    def text(self) -> str:
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join(strip.text for strip in strips)

    @property
    def table(self) -> RowTable:
        return self.app.screen_stack[0].query_one("#table", RowTable)

    def pane(self, name: str) -> LinesPane:
        return self.app.screen_stack[0].query_one(f"#{name}", LinesPane)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def round(self) -> None:
        await self.turns.next()
        await self.pilot.pause()

    async def see(self, *texts: str) -> None:
        """Rounds go by until all is on the screen: what happens in the service takes its own time."""
        while not all(text in self.text for text in texts):
            await self.round()

    async def select(self, path: str) -> None:
        """By the keys that a person has."""
        await self.press("home")
        while self.table.selected != path:
            before = self.table.selected
            await self.press("down")
            assert self.table.selected != before, f"there is no {path}"


@asynccontextmanager
async def screen(
    path: Path, text: str = "", order: Order = Order.TREE, size: tuple[int, int] = SIZE
) -> AsyncIterator[Screen]:
    """After its first round."""
    turns = Turns()
    app = TopApp(path, text=text, order=order, pause=turns.pause, pace=turns.pace)
    async with asyncio.timeout(LONGEST_S), app.run_test(size=size) as pilot:
        here = Screen(app, pilot, turns)
        await turns.first()
        await pilot.pause()
        yield here


class Service:
    """A real tree that runs on a thread of its own: `a`, `says` and the control actor."""

    def __init__(self, here: World, token: trio.lowlevel.TrioToken) -> None:
        self._here = here
        self._token = token
        self.socket = here.socket

    def look(self, at: Callable[[World], T]) -> T:
        """What `at` finds, in between two steps of the service."""
        return trio.from_thread.run_sync(at, self._here, trio_token=self._token)


@contextmanager
def service() -> Iterator[Service]:
    """It has to end in good order."""
    begun: Queue[Service | BaseException] = Queue()
    stop = trio.Event()

    async def run() -> None:
        async with world() as here:
            await here.connect()
            begun.put(Service(here, trio.lowlevel.current_trio_token()))
            await stop.wait()

    failures: list[BaseException] = []

    def on_thread() -> None:
        try:
            trio.run(run)
        except BaseException as error:
            failures.append(error)
            begun.put(error)

    thread = Thread(target=on_thread)
    thread.start()
    there = begun.get()
    if isinstance(there, BaseException):
        raise there
    try:
        yield there
    finally:
        there._token.run_sync_soon(stop.set)
        thread.join()
    if failures:
        raise failures[0]


Says = Callable[[AnyRequest], bytes | None]
"""None closes the connection."""


class MadeUp:
    """Listens at `path`, writes down what is asked, and answers as it is told."""

    def __init__(self, path: Path, says: Says) -> None:
        self.path = path
        self.says = says
        self.requests: list[AnyRequest] = []
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._converse, self.path)

    async def die(self) -> None:
        """At once, in the middle of whatever is said."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        self.path.unlink(missing_ok=True)
        await asyncio.sleep(0)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while line := await reader.readline():
                request = decode_request(line)
                self.requests.append(request)
                answer = self.says(request)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def made_up(says: Says) -> AsyncIterator[MadeUp]:
    with TemporaryDirectory(prefix="pa-") as folder:
        there = MadeUp(Path(folder) / "control.sock", says)
        await there.open()
        try:
            yield there
        finally:
            await there.die()


def tree_line(depth: int, path: str, *, strategy: str | None = None, name: str | None = None) -> TreeLine:
    return TreeLine(
        depth=depth,
        name=name if name is not None else path.rpartition("/")[2],
        path=path,
        type_name="Supervisor" if strategy else "Probe",
        strategy=strategy,
        state=ChildState.RUNNING,
        generation=1,
        restarts=0,
        restarts_within_period=0,
        intensity=3 if strategy else None,
    )


IDLE = ActorPicture(
    "a", "Probe", None, 1, ChildState.RUNNING, 0, 0, 16_384, 0, 0, None, None, None, None, None, None, None, None, 0, 0,
    (), (), (), (), 0, 0, 0, 0, False, 0,
)  # fmt: skip


def answers_with(lines: tuple[TreeLine, ...], pictures: dict[str, ActorPicture]) -> Says:
    """A service of these actors."""

    def answer(request: AnyRequest) -> Answer:
        match request:
            case ShowTree():
                return Tree(lines)
            case ShowMailboxes(limit=limit):
                return Mailboxes(0, len(pictures), tuple(pictures.values())[:limit])
            case ShowActor(path=path) if path in pictures:
                return ActorShown(0, pictures[path])
            case ShowState(path=path) if path in pictures:
                return StateShown(path, "Probe", None, False, "it does not describe itself")
            case ShowDeadLetters():
                return DeadLetters(0, ())
            case ShowWaits():
                return Waits(0, (), ())
        return Refused("nobody is called so")

    return lambda request: encode(answer(request))
