"""What the rest of the program sees of signing: a port that gives signatures, or says why not."""

from collections.abc import Collection, Sequence
from typing import Protocol

from attrs import frozen

from messages.identity import TokenId
from polyactors.venues.polymarket.signer.caps import Exceeded
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.wire import Reason
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, Address
from polyactors.venues.polymarket.signing.orders import SignedOrder

ANSWER_WITHIN_S = 1.0


class SignerFailure(Exception):
    """There is no signature. Which orders may have one all the same, each failure says."""


class SignerGone(SignerFailure):
    """The process has ended, or was not understood. It may have signed what was asked for, but the signature has left
    it for nobody; nothing is asked a second time. Whoever supervises opens another signer."""


class SignerTimedOut(SignerFailure):
    """No answer in time. It may still be signed, and then counts for the minute's cap; the signature is dropped."""


class SignerRefused(SignerFailure):
    """It was not signed. `exceeded` names all caps that were in the way."""

    def __init__(self, reason: Reason, detail: str, exceeded: Sequence[Exceeded] = ()) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.exceeded = tuple(exceeded)


@frozen
class SignedAuth:
    """The wallet's leave to create or derive an API key (L1)."""

    address: Address
    timestamp_s: int
    nonce: int
    signature: bytes

    def headers(self) -> dict[str, str]:
        return {
            "POLY_ADDRESS": self.address,
            "POLY_SIGNATURE": "0x" + self.signature.hex(),
            "POLY_TIMESTAMP": str(self.timestamp_s),
            "POLY_NONCE": str(self.nonce),
        }


class SignerPort(Protocol):
    """Every call has a deadline and raises `SignerGone`, `SignerTimedOut` or `SignerRefused`."""

    @property
    def address(self) -> Address:
        """The key's owner."""
        ...

    async def sign_order(
        self,
        order: SignedOrder,
        exchange: ExchangeKind,
        *,
        as_session: bool = False,
        within_s: float = ANSWER_WITHIN_S,
    ) -> SignedOrder:
        """`order` with its signature."""
        ...

    async def sign_auth(
        self, timestamp_s: int, nonce: int = 0, *, chain_id: int = CHAIN_ID, within_s: float = ANSWER_WITHIN_S
    ) -> SignedAuth: ...

    async def allow_assets(self, tokens: Collection[TokenId], *, within_s: float = ANSWER_WITHIN_S) -> None:
        """Orders for `tokens` may be signed from now on besides those of the caps: all of them, or none where the caps
        do not allow so many."""
        ...

    async def withdraw_assets(self, tokens: Collection[TokenId], *, within_s: float = ANSWER_WITHIN_S) -> None:
        """Those that were allowed later may not be signed for any more."""
        ...
