"""API keys with a wallet's key that another process holds."""

from collections.abc import Callable

from attrs import field, frozen

from polyactors.venues.polymarket.rest.authenticator import Headers, epoch_s
from polyactors.venues.polymarket.rest.failures import Unreachable
from polyactors.venues.polymarket.signer.port import SignerFailure, SignerPort


@frozen
class SignerAuthenticator:
    """A `WalletAuthenticator` that asks the signer."""

    signer: SignerPort = field(repr=False)
    now_s: Callable[[], int] = field(default=epoch_s, repr=False)

    async def l1_headers(self, nonce: int) -> Headers | Unreachable:
        try:
            signed = await self.signer.sign_auth(self.now_s(), nonce)
        except SignerFailure as failure:
            return Unreachable(f"the signer: {type(failure).__name__}")
        return tuple(signed.headers().items())
