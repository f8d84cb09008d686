"""Keeps a signer at hand: opens one, and another when it is gone. Meanwhile nothing is signed.

A key from the environment can be read once only: after such a signer has gone there is no other. Each new signer counts
its minute's cap from nothing.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio

from messages.identity import TokenId
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeySource
from polyactors.venues.polymarket.signer.opening import open_signer
from polyactors.venues.polymarket.signer.port import (
    ANSWER_WITHIN_S,
    SignedAuth,
    SignerFailure,
    SignerGone,
    SignerPort,
    SignerTimedOut,
)
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, Address
from polyactors.venues.polymarket.signing.orders import SignedOrder
from polyactors.venues.streams.backoff import Backoff
from supervision.log import Level, LogEvent, LogSink

OpenSigner = Callable[[KeySource, Caps], AbstractAsyncContextManager[SignerPort]]

SILENCES_UNTIL_GONE = 3
"""So many calls in a row without an answer, and the signer is taken for dead."""

_NAME = "live account/signer"


class SignerKeeper:
    """A `SignerPort` that outlives its processes. Calls raise `SignerGone` while there is none."""

    def __init__(
        self,
        key: KeySource,
        caps: Caps,
        now_ns: Callable[[], int],
        log: LogSink,
        open_one: OpenSigner,
        address: Address,
    ) -> None:
        self._key = key
        self._caps = caps
        self._now_ns = now_ns
        self._log_sink = log
        self._open = open_one
        self._address = address
        self._signer: SignerPort | None = None
        self._lost = trio.Event()
        self._silences = 0
        self._further: dict[TokenId, None] = {}
        self._why_none = "it is being opened"
        self.opened = 0

    @property
    def address(self) -> Address:
        return self._address

    @property
    def is_here(self) -> bool:
        return self._signer is not None

    def sign_order(
        self,
        order: SignedOrder,
        exchange: ExchangeKind,
        *,
        as_session: bool = False,
        within_s: float = ANSWER_WITHIN_S,
    ) -> Coroutine[object, object, SignedOrder]:
        signer = self._demand_here()
        try:
            signing = signer.sign_order(order, exchange, as_session=as_session, within_s=within_s)
        except SignerFailure as failure:
            self._failed(signer, failure)
            raise
        return self._signed(signer, signing)

    async def _signed(self, signer: SignerPort, signing: Awaitable[SignedOrder]) -> SignedOrder:
        try:
            signed = await signing
        except SignerFailure as failure:
            self._failed(signer, failure)
            raise
        self._silences = 0
        return signed

    async def sign_auth(
        self, timestamp_s: int, nonce: int = 0, *, chain_id: int = CHAIN_ID, within_s: float = ANSWER_WITHIN_S
    ) -> SignedAuth:
        signer = self._demand_here()
        try:
            signed = await signer.sign_auth(timestamp_s, nonce, chain_id=chain_id, within_s=within_s)
        except SignerFailure as failure:
            self._failed(signer, failure)
            raise
        self._silences = 0
        return signed

    async def allow_assets(self, tokens: Collection[TokenId], *, within_s: float = ANSWER_WITHIN_S) -> None:
        """Every later signer is asked for them as well."""
        signer = self._demand_here()
        try:
            await signer.allow_assets(tokens, within_s=within_s)
        except SignerFailure as failure:
            self._failed(signer, failure)
            raise
        self._further |= dict.fromkeys(tokens)
        self._log(Level.INFO, "further tokens may be signed for", ", ".join(tokens))

    async def withdraw_assets(self, tokens: Collection[TokenId], *, within_s: float = ANSWER_WITHIN_S) -> None:
        """Also where the signer does not answer: no later one is asked for them."""
        for token in tokens:
            self._further.pop(token, None)
        signer = self._demand_here()
        try:
            await signer.withdraw_assets(tokens, within_s=within_s)
        except SignerFailure as failure:
            self._failed(signer, failure)
            raise
        self._log(Level.INFO, "tokens may not be signed for any more", ", ".join(tokens))

    async def hold(self, signer: SignerPort) -> None:
        """Until that signer is gone. It serves from the first step of this call on."""
        self._signer, self._lost, self._silences = signer, trio.Event(), 0
        self.opened += 1
        try:
            await self._lost.wait()
        finally:
            self._signer = None

    async def replace_for_ever(self) -> None:
        """Opens another signer whenever there is none; returns where there can be no other."""
        backoff = Backoff(random.Random())
        while not isinstance(self._key, EnvironmentKey):
            await trio.sleep(backoff.next_pause_ns() / NANOSECONDS_PER_SECOND)
            try:
                async with self._open(self._key, self._caps) as signer:
                    if signer.address != self._address:
                        raise SignerGone("the key has changed since the start")
                    if self._further:
                        await signer.allow_assets(tuple(self._further))
                    backoff.succeeded()
                    self._log(Level.INFO, "another signer", "")
                    await self.hold(signer)
                self.say_lost()
            except SignerFailure as failure:
                self._why_none = str(failure)
                self._log(Level.ERROR, "no signer", self._why_none)
        self._why_none = "the signer is gone, and its key cannot be read from the environment again: restart"
        self._log(Level.ERROR, "no signer", self._why_none)

    def say_lost(self) -> None:
        self._log(Level.ERROR, "signer lost", self._why_none)

    def _demand_here(self) -> SignerPort:
        if self._signer is None:
            raise SignerGone(self._why_none)
        return self._signer

    def _failed(self, signer: SignerPort, failure: SignerFailure) -> None:
        if isinstance(failure, SignerTimedOut):
            self._silences += 1
        is_gone = isinstance(failure, SignerGone) or self._silences >= SILENCES_UNTIL_GONE
        if is_gone and signer is self._signer:
            self._why_none = str(failure)
            self._signer = None
            self._lost.set()

    def _log(self, level: Level, event: str, reason: str) -> None:
        self._log_sink(LogEvent(self._now_ns(), level, _NAME, 0, 0, event, {"reason": reason}))


@asynccontextmanager
async def keeping_signer(
    key: KeySource, caps: Caps, now_ns: Callable[[], int], log: LogSink, open_one: OpenSigner = open_signer
) -> AsyncIterator[SignerKeeper]:
    """Raises what opening the first one raises; what is raised inside comes out as it is."""
    failure: Exception | None = None
    async with trio.open_nursery() as nursery:
        first = await nursery.start(_first, key, caps, now_ns, log, open_one)
        if isinstance(first, SignerFailure):
            failure = first
        else:
            try:
                yield first
            except Exception as error:
                # Kept out of the nursery, which would put it into a group.
                failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _first(
    key: KeySource,
    caps: Caps,
    now_ns: Callable[[], int],
    log: LogSink,
    open_one: OpenSigner,
    task_status: trio.TaskStatus[SignerKeeper | SignerFailure],
) -> None:
    """Opens the first signer, says so or why not, and then sees to it that there is one."""
    keeper: SignerKeeper | None = None
    try:
        async with open_one(key, caps) as signer:
            keeper = SignerKeeper(key, caps, now_ns, log, open_one, signer.address)
            task_status.started(keeper)
            await keeper.hold(signer)
    except SignerFailure as failure:
        if keeper is None:
            task_status.started(failure)
            return
    keeper.say_lost()
    await keeper.replace_for_ever()
