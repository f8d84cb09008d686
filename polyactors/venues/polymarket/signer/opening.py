"""Starts the signer's process, and ends it with the block that it was started for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from polyactors.venues.polymarket.own_process.starting import NotStarted
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.client import SignerClient
from polyactors.venues.polymarket.signer.key_process import key_process
from polyactors.venues.polymarket.signer.key_source import KeySource
from polyactors.venues.polymarket.signer.port import SignerGone

START_WITHIN_S = 30.0
"""A keyring may ask its user first."""

PROGRAM = "polyactors.venues.polymarket.signer"


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
    try:
        async with key_process(PROGRAM, (key_source,)) as running:
            yield SignerClient(running.stream, running.process_id)
    except NotStarted as error:
        raise SignerGone(f"the signer could not be started: {error}") from None
