"""A websocket that is asked now and then whether it is still there, and is given up when it does not answer."""

from collections.abc import Callable

import trio
from attrs import frozen

from actors.feeds.ports import ConnectionLost
from polyactors.venues.streams.patience import Patience
from polyactors.venues.streams.transport import Wire


@frozen(kw_only=True)
class Beat:
    """`ping` is sent every `every_s`; None where the venue speaks often enough without being asked. `pong` is the frame
    that answers it, None where any frame is a sign of life.

    Who has waited `silent_s` for the venue without a sign of life holds the connection for dead.
    """

    ping: str | None
    pong: str | None
    every_s: float
    silent_s: float


class Line:
    """A `Wire` with a heartbeat. One task may receive at a time, others may send and ask meanwhile.

    `on_frame` is called whenever something came, be it only the answer to a ping.
    """

    def __init__(self, wire: Wire, beat: Beat, on_frame: Callable[[], None]) -> None:
        self._wire = wire
        self._beat = beat
        self._on_frame = on_frame
        self._patience = Patience(beat.silent_s)
        self._asked = 0
        self._answered = 0
        self._awaited: dict[int, trio.Event] = {}

    async def send(self, text: str) -> None:
        await self._wire.send(text)

    async def receive(self) -> str | bytes:
        """The next frame that is no answer to a ping. Raises `ConnectionLost`.

        Only time spent waiting here counts against the venue: a frame that waits for us does not.
        """
        pong = self._beat.pong
        while True:
            frame = await self._next_frame()
            if frame == pong:
                self._patience.sign_of_life()
                self._answer_came()
                continue
            if pong is None:
                self._patience.sign_of_life()
            return frame

    async def round_trip(self) -> None:
        """Returns when everything that the venue had said before it was asked has been received.

        The venue answers a ping behind all frames that were on their way. Somebody has to `receive` meanwhile.
        Raises `ConnectionLost`, and `ValueError` where the venue is asked nothing or answers nothing.
        """
        ping = self._beat.ping
        if ping is None or self._beat.pong is None:
            raise ValueError("without a ping and a pong nobody knows when the answer is there")
        self._asked += 1
        answered = self._awaited[self._asked] = trio.Event()
        await self._wire.send(ping)
        await answered.wait()

    async def beat(self) -> None:
        """Asks for ever, or until the connection is lost; the one who receives is told of that."""
        ping = self._beat.ping
        if ping is None:
            return
        while True:
            self._asked += 1
            try:
                await self._wire.send(ping)
            except ConnectionLost:
                return
            await trio.sleep(self._beat.every_s)

    async def _next_frame(self) -> str | bytes:
        patience = self._patience
        began_s = trio.current_time()
        frame: str | bytes | None = None
        try:
            with trio.move_on_at(began_s + patience.left_s):
                frame = await self._wire.receive()
        finally:
            patience.waited(trio.current_time() - began_s)
        if frame is None:
            raise ConnectionLost(f"no sign of life within {self._beat.silent_s:g} s of waiting")
        self._on_frame()
        return frame

    def _answer_came(self) -> None:
        self._answered += 1
        for number in [number for number in self._awaited if number <= self._answered]:
            self._awaited.pop(number).set()
