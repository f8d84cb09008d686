"""The trading process's side: starts a process that is spoken to over a socket pair, and ends it with the block."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import trio
from attrs import frozen

END_WITHIN_S = 2.0


class NotStarted(Exception):
    """The system did not want to; the text says why."""


@frozen
class OwnProcess:
    stream: trio.SocketStream
    process_id: int


@asynccontextmanager
async def own_process(program: str, environment: Callable[[], Mapping[str, str]]) -> AsyncIterator[OwnProcess]:
    """`python -m program DESCRIPTOR`. `environment` is all that it has of one, and is asked for once there is a socket
    pair. Raises `NotStarted`."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            # `-P`: modules in the folder where the service was started are not this process's.
            process = await trio.lowlevel.open_process(
                [sys.executable, "-P", "-m", program, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise NotStarted(os.strerror(error.errno or 0)) from None
        theirs.close()
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        try:
            yield OwnProcess(stream, process.pid)
        finally:
            stream.socket.close()
            await _end(process)


async def _end(process: trio.Process) -> None:
    """It ends by itself when its pipe is closed."""
    with trio.CancelScope(shield=True):
        with trio.move_on_after(END_WITHIN_S):
            await process.wait()
            return
        process.kill()
        await process.wait()
