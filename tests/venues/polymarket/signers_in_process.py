"""The signer's desk behind its port, without a process: for tests that are about something else."""

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio
from attrs import evolve

from messages.identity import TokenId
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.desk import SigningDesk
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import KeySource
from polyactors.venues.polymarket.signer.port import (
    ANSWER_WITHIN_S,
    SignedAuth,
    SignerGone,
    SignerPort,
    SignerRefused,
)
from polyactors.venues.polymarket.signer.wire import AllowAssets, Refused, SignAuth, SignOrder, WithdrawAssets
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, Address
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.orders import SignedOrder


class SignerHere:
    """A `SignerPort` without a process. `is_gone` ends it."""

    def __init__(self, key: SigningKey, caps: Caps) -> None:
        self._desk = SigningDesk(key, caps, lambda: 0)
        self._address = key.address
        self.is_gone = False

    @property
    def address(self) -> Address:
        return self._address

    async def sign_order(
        self,
        order: SignedOrder,
        exchange: ExchangeKind,
        *,
        as_session: bool = False,
        within_s: float = ANSWER_WITHIN_S,
    ) -> SignedOrder:
        await self._turn()
        answer = self._desk.sign_order(SignOrder(1, exchange, order, as_session))
        if isinstance(answer, Refused):
            raise SignerRefused(answer.reason, answer.detail, answer.exceeded)
        return evolve(order, signature=answer.signature)

    async def sign_auth(
        self, timestamp_s: int, nonce: int = 0, *, chain_id: int = CHAIN_ID, within_s: float = ANSWER_WITHIN_S
    ) -> SignedAuth:
        await self._turn()
        answer = self._desk.sign_auth(SignAuth(1, timestamp_s, nonce, chain_id))
        assert not isinstance(answer, Refused), answer
        return SignedAuth(self._address, timestamp_s, nonce, answer.signature)

    async def allow_assets(self, tokens: Collection[TokenId], *, within_s: float = ANSWER_WITHIN_S) -> None:
        await self._turn()
        answer = self._desk.allow_assets(AllowAssets(1, tuple(tokens)))
        if isinstance(answer, Refused):
            raise SignerRefused(answer.reason, answer.detail, answer.exceeded)

    async def withdraw_assets(self, tokens: Collection[TokenId], *, within_s: float = ANSWER_WITHIN_S) -> None:
        await self._turn()
        self._desk.withdraw_assets(WithdrawAssets(1, tuple(tokens)))

    async def _turn(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.is_gone:
            raise SignerGone("the signer is gone: the test has ended it")


class SignersHere:
    """Opens them, all with one key."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self.opened: list[SignerHere] = []

    def __call__(self, source: KeySource, caps: Caps) -> AbstractAsyncContextManager[SignerPort]:
        return self._one(caps)

    @asynccontextmanager
    async def _one(self, caps: Caps) -> AsyncIterator[SignerPort]:
        await trio.lowlevel.checkpoint()
        self.opened.append(SignerHere(self._key, caps))
        yield self.opened[-1]
