"""Who signs requests. The keys may live elsewhere: in another process, which this one only asks."""

import time
from collections.abc import Callable
from typing import Protocol

from attrs import field, frozen

from polyactors.venues.polymarket.rest.failures import Unreachable
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.l1_auth import l1_headers
from polyactors.venues.polymarket.signing.l2_auth import RequestKey

Headers = tuple[tuple[str, str], ...]


class Authenticator(Protocol):
    """Signs private requests (L2; polymarket_wire.md 3). `path` has no query; `body` are the bytes that are sent."""

    async def l2_headers(self, method: str, path: str, body: bytes) -> Headers | Unreachable:
        """`Unreachable` where it cannot be signed: then nothing is sent."""


class WalletAuthenticator(Protocol):
    """Signs requests for API keys (L1), as the wallet itself."""

    async def l1_headers(self, nonce: int) -> Headers | Unreachable: ...


@frozen
class ApiCredentials:
    """What an API key consists of. `address` is the EOA that signed for it, never the wallet that it trades for."""

    address: str
    key: str
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)


def epoch_s() -> int:
    """The machine's own clock."""
    return int(time.time())


@frozen
class CredentialAuthenticator:
    """Signs with credentials that this process has. Making one raises `BadSecret` for a secret that is none."""

    credentials: ApiCredentials
    now_s: Callable[[], int] = field(default=epoch_s, repr=False)
    _request_key: RequestKey = field(init=False, repr=False)

    @_request_key.default
    def _decoded_once(self) -> RequestKey:
        return RequestKey.of(self.credentials.secret)

    async def l2_headers(self, method: str, path: str, body: bytes) -> Headers:
        return self.headers_at_once(method, path, body)

    def headers_at_once(self, method: str, path: str, body: bytes) -> Headers:
        """The same: nothing has to be waited for."""
        timestamp = str(self.now_s())
        mine = self.credentials
        return (
            ("POLY_ADDRESS", mine.address),
            ("POLY_SIGNATURE", self._request_key.signature(timestamp, method, path, body)),
            ("POLY_TIMESTAMP", timestamp),
            ("POLY_API_KEY", mine.key),
            ("POLY_PASSPHRASE", mine.passphrase),
        )


@frozen
class KeyAuthenticator:
    """Signs with a wallet's key that this process has."""

    key: SigningKey
    now_s: Callable[[], int] = field(default=epoch_s, repr=False)

    async def l1_headers(self, nonce: int) -> Headers:
        return tuple(l1_headers(self.key, self.now_s(), nonce).items())
