"""One life of the pricer as a process: reference feeds, who makes prices of them, and the server, as one tree."""

import socket
from collections.abc import Sequence

import trio

from polyactors.pricer.board import Board
from polyactors.pricer.reference_actors import Feed
from polyactors.pricer.server import PriceServer, listening_at
from supervision.child import ChildFailedToStart
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Strategy, SupervisorSpec

REFERENCE = "reference"
SERVER = "server"


class PricerProcess:
    """An actor a source (`feeds`) and an actor a symbol (`pricers`) are the children of `reference`. `listener`
    belongs to whoever made it, and so does `runtime`, whose clock is that of the prices."""

    def __init__(
        self,
        runtime: Runtime,
        board: Board,
        feeds: Sequence[Feed],
        pricers: Sequence[ActorSpec],
        listener: socket.socket,
    ) -> None:
        self.runtime = runtime
        self.board = board
        self.is_up = trio.Event()
        self.gave_up: str | None = None
        self._stopping = False
        began_ns = runtime.clock.now_ns()
        by_path = {f"{REFERENCE}/{feed.source.name}": feed for feed in feeds}
        children = (*pricers, *(feed.spec for feed in feeds))
        reference = SupervisorSpec(name=REFERENCE, strategy=Strategy.ONE_FOR_ONE, children=children)
        server = ActorSpec(
            name=SERVER,
            create=lambda: PriceServer(board, listening_at(listener), by_path, began_ns),
            mailbox=MailboxSpec(capacity=4096, on_restart=OnRestart.DISCARD),
        )
        runtime.describe(
            SupervisorSpec(name="root", strategy=Strategy.ONE_FOR_ONE, children=(reference, server), is_group=True)
        )

    def stop(self, why: str) -> None:
        self._stopping = True
        self.runtime.stop(why)

    async def run(self) -> None:
        """Until `stop`, or until the tree gives up: `gave_up` says then why. `is_up` is set in any case."""
        try:
            reason = str(await self.runtime.run(task_status=_Up(self.is_up)))
        except ChildFailedToStart as error:
            reason = f"the tree did not start: {error}"
        self.is_up.set()
        if not self._stopping:
            self.gave_up = reason


class _Up:
    def __init__(self, is_up: trio.Event) -> None:
        self._is_up = is_up

    def started(self, value: None = None) -> None:
        self._is_up.set()
