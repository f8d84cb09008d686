"""Our client of a venue that answers what the test says, without a network."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx

from polyactors.venues.polymarket.rest.authenticator import ApiCredentials, CredentialAuthenticator
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import Caller
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.transport import Transport

BASE = "http://venue"
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAwMDE="
PASSPHRASE = "a-passphrase-that-nobody-sees"
CREDENTIALS = ApiCredentials("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "the-key", SECRET, PASSPHRASE)

Answering = Callable[[httpx.Request], httpx.Response]


@asynccontextmanager
async def caller_of(
    answering: Answering, budgets: Budgets | None = None, credentials: ApiCredentials = CREDENTIALS, now_s: int = 0
) -> AsyncIterator[Caller]:
    async with Transport.opened(BASE, httpx.MockTransport(answering)) as transport:
        yield Caller(transport, budgets or Budgets(), CredentialAuthenticator(credentials, lambda: now_s))


@asynccontextmanager
async def clob_of(answering: Answering) -> AsyncIterator[Clob]:
    async with caller_of(answering) as caller:
        yield Clob.over(caller)


def answer(status: int, body: bytes = b"", **headers: str) -> httpx.Response:
    """As it comes from a socket: neither read nor unpacked."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(body))


def always(status: int, body: bytes = b"", **headers: str) -> Answering:
    return lambda request: answer(status, body, **headers)
