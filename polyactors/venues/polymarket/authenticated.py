"""The CLOB with our own key for private requests, which the signer's wallet creates or derives."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from attrs import field, frozen

from polyactors.venues.polymarket.rest.authenticator import ApiCredentials, CredentialAuthenticator, epoch_s
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import USUAL_TIMEOUTS, Caller, Timeouts
from polyactors.venues.polymarket.rest.clob import CLOB_URL, Clob
from polyactors.venues.polymarket.rest.failures import Failure, Malformed
from polyactors.venues.polymarket.rest.signer_authenticator import SignerAuthenticator
from polyactors.venues.polymarket.rest.transport import Transport
from polyactors.venues.polymarket.signer.port import SignerPort
from polyactors.venues.polymarket.signing.l2_auth import BadSecret
from polyactors.venues.polymarket.signing.orders import SignatureType


class NotAuthenticated(Exception):
    """There is no API key. `failure` is how the call for it ended."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(f"no API key: {failure}")


@frozen
class Authenticated:
    """`credentials` are also those of the user stream."""

    clob: Clob
    credentials: ApiCredentials = field(repr=False)


@asynccontextmanager
async def open_authenticated(
    signer: SignerPort,
    budgets: Budgets,
    signature_type: SignatureType,
    *,
    base_url: str = CLOB_URL,
    timeouts: Timeouts = USUAL_TIMEOUTS,
    now_s: Callable[[], int] = epoch_s,
) -> AsyncIterator[Authenticated]:
    """One pool of connections, closed at the end. `now_s` is the time that requests are signed with.

    The key is that of nonce 0, as the venue's own clients have it. Raises `NotAuthenticated`.
    """
    async with Transport.opened(base_url) as transport:
        unsigned = Clob.over(Caller(transport, budgets, None, timeouts), signature_type)
        credentials = await unsigned.account.create_or_derive_key(SignerAuthenticator(signer, now_s))
        if isinstance(credentials, Failure):
            raise NotAuthenticated(credentials)
        try:
            authenticator = CredentialAuthenticator(credentials, now_s)
        except BadSecret:
            raise NotAuthenticated(Malformed("the secret of the key is none", 200, b"")) from None
        signed = Clob.over(Caller(transport, budgets, authenticator, timeouts), signature_type)
        yield Authenticated(signed, credentials)
