"""The trading process's side of the conversation with the signer: requests go out without waiting for one another."""

import math
import os
from collections.abc import Collection, Coroutine
from contextlib import suppress
from itertools import count
from typing import Never

import trio
from attrs import Factory, define, evolve

from messages.identity import TokenId
from polyactors.venues.polymarket.own_process.answers import RequestNotUnderstood, take_answers
from polyactors.venues.polymarket.own_process.vocabulary import NotUnderstood
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import KeySource
from polyactors.venues.polymarket.signer.port import (
    ANSWER_WITHIN_S,
    SignedAuth,
    SignerGone,
    SignerRefused,
    SignerTimedOut,
)
from polyactors.venues.polymarket.signer.wire import (
    AllowAssets,
    Allowed,
    Answer,
    Refused,
    Request,
    SignAuth,
    Signed,
    SignOrder,
    Start,
    Started,
    WithdrawAssets,
    decode_answer,
    encode,
)
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, ZERO_ADDRESS, Address
from polyactors.venues.polymarket.signing.orders import SignedOrder

ROOM = 1024
"""So many requests may wait to be written; more wait for their turn, within their deadlines."""


@define(eq=False)
class _Asked:
    """A request whose answer is waited for until `due_s` of trio's clock. `is_written` says that it is on its way."""

    request: Request
    within_s: float
    due_s: float
    come: trio.Event = Factory(trio.Event)
    answer: Answer | None = None
    is_written: bool = False


class SignerClient:
    """A `SignerPort` over a stream to the signer. `run` has to run beside the calls.

    A request is written by its call, before that is awaited, where it needs no waiting: nothing is as slow as a
    signature. All others are written by one task, so that a call that is cancelled never leaves half a line behind; a
    request whose call has given up before its turn is not written at all. Answers that nobody waits for are dropped.
    """

    def __init__(self, stream: trio.abc.Stream, process_id: int | None = None) -> None:
        self._stream = stream
        self._process_id = process_id
        self._numbers = count(1)
        self._waiting: dict[int, _Asked] = {}
        self._queue, self._queued = trio.open_memory_channel[Request | bytes](ROOM)
        self._unwritten = 0
        self._wakes_s = math.inf
        self._watching = trio.CancelScope()
        self._gone: str | None = None
        self._address = ZERO_ADDRESS

    @property
    def address(self) -> Address:
        """The key's owner; the zero address before `start`."""
        return self._address

    @property
    def process_id(self) -> int | None:
        return self._process_id

    async def run(self) -> None:
        """Until the signer is gone."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write)
                nursery.start_soon(self._watch)
                self._lose(await self._read())
                nursery.cancel_scope.cancel()
        finally:
            self._lose("it was closed")

    async def start(self, key: KeySource, caps: Caps, *, within_s: float) -> None:
        """Hands the signer its caps and the place of its key. Raises as the other calls do."""
        answer = await self._ask(Start(next(self._numbers), key, caps), within_s)
        if not isinstance(answer, Started):
            self._misunderstood(answer)
        self._address = answer.address

    def sign_order(
        self,
        order: SignedOrder,
        exchange: ExchangeKind,
        *,
        as_session: bool = False,
        within_s: float = ANSWER_WITHIN_S,
    ) -> Coroutine[object, object, SignedOrder]:
        asked = self._begin(SignOrder(next(self._numbers), exchange, order, as_session), within_s)
        return self._order_signed(order, asked)

    async def _order_signed(self, order: SignedOrder, asked: _Asked) -> SignedOrder:
        answer = await self._end(asked)
        if not isinstance(answer, Signed):
            self._misunderstood(answer)
        return evolve(order, signature=answer.signature)

    async def sign_auth(
        self, timestamp_s: int, nonce: int = 0, *, chain_id: int = CHAIN_ID, within_s: float = ANSWER_WITHIN_S
    ) -> SignedAuth:
        answer = await self._ask(SignAuth(next(self._numbers), timestamp_s, nonce, chain_id), within_s)
        if not isinstance(answer, Signed):
            self._misunderstood(answer)
        return SignedAuth(self._address, timestamp_s, nonce, answer.signature)

    async def allow_assets(self, tokens: Collection[TokenId], *, within_s: float = ANSWER_WITHIN_S) -> None:
        answer = await self._ask(AllowAssets(next(self._numbers), tuple(sorted(tokens))), within_s)
        if not isinstance(answer, Allowed):
            self._misunderstood(answer)

    async def withdraw_assets(self, tokens: Collection[TokenId], *, within_s: float = ANSWER_WITHIN_S) -> None:
        answer = await self._ask(WithdrawAssets(next(self._numbers), tuple(sorted(tokens))), within_s)
        if not isinstance(answer, Allowed):
            self._misunderstood(answer)

    async def _ask(self, request: Request, within_s: float) -> Started | Signed | Allowed:
        return await self._end(self._begin(request, within_s))

    def _begin(self, request: Request, within_s: float) -> _Asked:
        self._demand_here()
        asked = _Asked(request, within_s, trio.current_time() + within_s)
        self._waiting[request.number] = asked
        asked.is_written = self._written_now(request)
        if asked.due_s < self._wakes_s:
            self._watching.cancel()
        return asked

    async def _end(self, asked: _Asked) -> Started | Signed | Allowed:
        try:
            if not asked.is_written:
                with trio.move_on_at(asked.due_s):
                    await self._leave_to_writer(asked.request)
            await asked.come.wait()
        finally:
            self._waiting.pop(asked.request.number, None)
        if isinstance(asked.answer, Refused):
            raise SignerRefused(asked.answer.reason, asked.answer.detail, asked.answer.exceeded)
        if asked.answer is None:
            self._demand_here()
            raise SignerTimedOut(f"the signer did not answer within {asked.within_s:g} s")
        return asked.answer

    def _written_now(self, request: Request) -> bool:
        """False where others are to be written first, or the system takes no bytes at the moment."""
        if self._unwritten or not isinstance(self._stream, trio.SocketStream):
            return False
        line = encode(request)
        try:
            written = os.write(self._stream.socket.fileno(), line)
        except OSError:
            return False
        if written < len(line):
            self._unwritten += 1
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                self._queue.send_nowait(line[written:])
        return True

    async def _leave_to_writer(self, request: Request) -> None:
        self._unwritten += 1
        try:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await self._queue.send(request)
        except trio.Cancelled:
            self._unwritten -= 1
            raise

    async def _write(self) -> None:
        async for what in self._queued:
            line = what if isinstance(what, bytes) else encode(what) if what.number in self._waiting else b""
            try:
                await self._stream.send_all(line)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                # The reader sees the end too, behind the last answers.
                return
            self._unwritten -= 1

    async def _watch(self) -> None:
        """Tells those whose time is over, one task for all: a deadline takes longer to set than a request to write."""
        while True:
            self._wakes_s = min((asked.due_s for asked in self._waiting.values()), default=math.inf)
            with trio.CancelScope(deadline=self._wakes_s) as self._watching:
                await trio.sleep_forever()
            for asked in [each for each in self._waiting.values() if each.due_s <= trio.current_time()]:
                del self._waiting[asked.request.number]
                asked.come.set()

    async def _read(self) -> str:
        """Takes answers to where they are waited for; returns why there are no more."""
        try:
            await take_answers(self._stream, decode_answer, self._take)
        except RequestNotUnderstood:
            return "it did not understand a request"
        except NotUnderstood:
            return "it said something that is no answer"
        return "its process has ended"

    def _take(self, answer: Answer) -> None:
        asked = self._waiting.pop(answer.number, None)
        if asked is not None:
            asked.answer = answer
            asked.come.set()

    def _lose(self, why: str) -> None:
        if self._gone is None:
            self._gone = why
            self._queue.close()
            self._queued.close()
            for asked in self._waiting.values():
                asked.come.set()

    def _demand_here(self) -> None:
        if self._gone is not None:
            raise SignerGone(f"the signer is gone: {self._gone}")

    def _misunderstood(self, answer: Answer) -> Never:
        self._lose(f"it answered with {type(answer).__name__} to something else")
        self._demand_here()
        raise AssertionError("unreachable")
