"""One websocket connection: what it says goes to its session, what waits in the session's outbox goes out."""

from contextlib import suppress
from typing import Protocol

import trio
from starlette.websockets import WebSocket

from polyactors.exchange.streams.outbox import NORMAL_CLOSURE, Outbox
from polyactors.exchange.streams.requests import INVALID_OPERATION
from polyactors.exchange.streams.settings import StreamSettings


class Session(Protocol):
    @property
    def outbox(self) -> Outbox: ...

    def hear(self, text: str) -> None: ...


async def attend(websocket: WebSocket, session: Session, settings: StreamSettings) -> None:
    """Until either side ends the connection, or the client says nothing for too long."""
    outbox = session.outbox
    try:
        await websocket.accept()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_write, websocket, outbox, settings.most_together, nursery.cancel_scope)
            is_there = await _read(websocket, session, settings.idle_close_s)
            outbox.close(NORMAL_CLOSURE)
            if not is_there:
                nursery.cancel_scope.cancel()
    finally:
        outbox.close(NORMAL_CLOSURE)


async def _read(websocket: WebSocket, session: Session, idle_close_s: float) -> bool:
    """Whether the client is still there when it is over."""
    while not session.outbox.is_closed:
        with trio.move_on_after(idle_close_s) as patience:
            message = await websocket.receive()
        if patience.cancelled_caught:
            return True
        if message["type"] == "websocket.disconnect":
            return False
        text = message.get("text")
        if text is None:
            session.outbox.put(INVALID_OPERATION)
        else:
            session.hear(text)
    return True


async def _write(websocket: WebSocket, outbox: Outbox, most_together: int, whole: trio.CancelScope) -> None:
    # The server reports a client that leaves while a frame is on its way as a resource that is busy.
    with suppress(trio.BusyResourceError):
        while not outbox.is_closed:
            await outbox.wait()
            while (text := outbox.take_together(most_together)) is not None:
                await websocket.send({"type": "websocket.send", "text": text})
        await websocket.close(outbox.close_code or NORMAL_CLOSURE)
    whole.cancel()
