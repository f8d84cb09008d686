"""Starts a process that reads a key itself and is spoken to over a socket pair, and ends it with the block."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import trio
from attrs import frozen

from polyactors.venues.polymarket.signer.environment import take_variable
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeySource

END_WITHIN_S = 2.0


class NotStarted(Exception):
    """The system did not want to; the text says why."""


@frozen
class KeyProcess:
    stream: trio.SocketStream
    process_id: int


@asynccontextmanager
async def key_process(
    program: str, sources: Sequence[KeySource], environment: Mapping[str, str] | None = None
) -> AsyncIterator[KeyProcess]:
    """`python -m program DESCRIPTOR`. Variables that `sources` name are handed to it and taken out of this process's
    environment; of that it has all the rest too, unless `environment` is what it has. Raises `NotStarted`."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            # `-P`: modules in the folder where the service was started are not this process's.
            process = await trio.lowlevel.open_process(
                [sys.executable, "-P", "-m", program, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=_environment(sources) if environment is None else environment,
                start_new_session=True,
            )
        except OSError as error:
            raise NotStarted(os.strerror(error.errno or 0)) from None
        theirs.close()
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        try:
            yield KeyProcess(stream, process.pid)
        finally:
            stream.socket.close()
            await _end(process)


def _environment(sources: Sequence[KeySource]) -> dict[str, str]:
    environment = dict(os.environ)
    for source in sources:
        if isinstance(source, EnvironmentKey):
            environment.pop(source.variable, None)
            value = take_variable(source.variable)
            if value is not None:
                environment[source.variable] = value
    return environment


async def _end(process: trio.Process) -> None:
    """It ends by itself when its pipe is closed."""
    with trio.CancelScope(shield=True):
        with trio.move_on_after(END_WITHIN_S):
            await process.wait()
            return
        process.kill()
        await process.wait()
