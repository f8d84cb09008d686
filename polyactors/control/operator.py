"""The actor that lets operators look in and steer: it keeps the control socket open."""

from pathlib import Path
from typing import Never

import trio
from attrs import frozen

from polyactors.control.desk import Desk
from polyactors.control.endpoint import listening
from polyactors.control.server import ControlHealth, ControlServer
from supervision.actor import Actor
from supervision.introspection.rates import Rates
from supervision.log import Level

RATES_EVERY_S = 1.0


@frozen
class ControlState:
    """See `ControlHealth`."""

    socket: str
    open_connections: int
    connections: int
    requests: int
    bad_lines: int
    lines_lost: int


class Control(Actor[Never]):
    """Everything happens in workers, and nothing of it is a decision; `health` outlives each life.

    A socket that cannot be opened is a crash: it is tried again a few times, and trading goes on without it.
    """

    def __init__(self, socket_path: Path, health: ControlHealth) -> None:
        self._socket_path = socket_path
        self._health = health

    def started(self) -> None:
        runtime = self._life.runtime
        self._rates = Rates(runtime)
        self._server = ControlServer(Desk(runtime, self.path, self._rates), self._health, self.log)
        self.work("socket", self._serve)
        self.work("rates", self._measure_rates)

    def describe(self) -> ControlState:
        health = self._health
        return ControlState(
            socket=str(self._socket_path),
            open_connections=health.open_connections,
            connections=health.connections,
            requests=health.requests,
            bad_lines=health.bad_lines,
            lines_lost=health.lines_lost,
        )

    async def _serve(self) -> None:
        with listening(self._socket_path) as listener:
            self.log(Level.INFO, "the control socket is open", path=str(self._socket_path))
            await self._server.serve(listener)

    async def _measure_rates(self) -> None:
        while True:
            await self._rates.tick()
            await trio.sleep(RATES_EVERY_S)
