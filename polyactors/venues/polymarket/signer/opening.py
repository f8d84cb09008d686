"""Starts the signer's process, and ends it with the block that it was started for."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.client import SignerClient
from polyactors.venues.polymarket.signer.environment import take_variable
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeySource
from polyactors.venues.polymarket.signer.port import SignerGone

START_WITHIN_S = 30.0
"""A keyring may ask its user first."""

END_WITHIN_S = 2.0

# `-P`: modules in the folder where the service was started are not this process's.
_PROGRAM = (sys.executable, "-P", "-m", "polyactors.venues.polymarket.signer")


@asynccontextmanager
async def open_signer(
    key_source: KeySource, caps: Caps, *, start_within_s: float = START_WITHIN_S
) -> AsyncIterator[SignerClient]:
    """A signer in a process of its own, which reads the key itself.

    A key in the environment is handed to that process and taken out of this one's environment, so that another signer
    cannot be opened with it. Raises `SignerRefused` (no key, with what to do), `SignerTimedOut` or `SignerGone`.
    """
    async with _process(key_source) as client:
        failure: Exception | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.run)
            try:
                await client.start(key_source, caps, within_s=start_within_s)
                yield client
            except Exception as error:
                # Kept out of the nursery, which would put it into a group.
                failure = error
            nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure


@asynccontextmanager
async def _process(key_source: KeySource) -> AsyncIterator[SignerClient]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            process = await trio.lowlevel.open_process(
                [*_PROGRAM, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=_environment(key_source),
                start_new_session=True,
            )
        except OSError as error:
            raise SignerGone(f"the signer could not be started: {os.strerror(error.errno or 0)}") from None
        theirs.close()
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        try:
            yield SignerClient(stream, process.pid)
        finally:
            stream.socket.close()
            await _end(process)


def _environment(key_source: KeySource) -> dict[str, str]:
    environment = dict(os.environ)
    if isinstance(key_source, EnvironmentKey):
        environment.pop(key_source.variable, None)
        value = take_variable(key_source.variable)
        if value is not None:
            environment[key_source.variable] = value
    return environment


async def _end(process: trio.Process) -> None:
    """It ends by itself when its pipe is closed."""
    with trio.CancelScope(shield=True):
        with trio.move_on_after(END_WITHIN_S):
            await process.wait()
            return
        process.kill()
        await process.wait()
