"""One call from beginning to end: its turn, its signature, the exchange of bytes, and what came of it."""

from collections.abc import Callable
from typing import TypeVar

import trio
from attrs import field, frozen
from attrs.validators import gt

from polyactors.venues.polymarket.rest.authenticator import Authenticator, CredentialAuthenticator
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.endpoints import Endpoint
from polyactors.venues.polymarket.rest.failures import (
    Failure,
    Malformed,
    RateLimited,
    UnknownOutcome,
    Unreachable,
)
from polyactors.venues.polymarket.rest.refusals import refusal, standing_of
from polyactors.venues.polymarket.rest.transport import Answer, Pairs, Request, Transport, Unsent
from polyactors.venues.refused import Refused

T = TypeVar("T")

Read = Callable[[bytes], T]
"""Makes a typed value of the body of a success. Raises `Refused` for what the venue's documents do not know."""


@frozen
class Timeouts:
    """The longest that a call may take, its wait for its turn included: one that only asks, and one that acts."""

    question_s: float = field(default=10.0, validator=gt(0))
    action_s: float = field(default=5.0, validator=gt(0))

    def of(self, endpoint: Endpoint) -> float:
        return self.action_s if endpoint.acts else self.question_s


USUAL_TIMEOUTS = Timeouts()


@frozen
class Call:
    """What is asked of an endpoint. `argument` goes into its path; `cost` is that of the signer's bucket.

    `headers` are those of a request that is signed in another way. `has_secrets` says that the answer must not be kept.
    """

    endpoint: Endpoint
    argument: str = ""
    query: Pairs = ()
    body: bytes = field(default=b"", repr=False)
    is_private: bool = False
    cost: int = 1
    headers: Pairs = field(default=(), repr=False)
    has_secrets: bool = False

    @property
    def path(self) -> str:
        return self.endpoint.path.format(self.argument)


@frozen
class Caller:
    """Calls one host. `authenticator` is None where nothing private is asked."""

    transport: Transport
    budgets: Budgets
    authenticator: Authenticator | None = field(default=None, repr=False)
    timeouts: Timeouts = USUAL_TIMEOUTS

    async def ask(
        self,
        call: Call,
        read: Read[T],
        *,
        read_refusal: Callable[[int, bytes], T | None] | None = None,
        also_costs: Callable[[T], int] | None = None,
    ) -> T | Failure:
        """What `read` made of the answer, or the failure. Raises nothing but `trio.Cancelled`.

        `read_refusal` may find an answer in a refusal, by its status and body. `also_costs` tells from the answer what
        the call took of the signer's bucket besides, in case the venue does not say what is left.
        """
        answer = await self._answer(call)
        if isinstance(answer, Failure):
            return answer
        endpoint = call.endpoint
        standing = standing_of(answer.headers)
        if standing is not None:
            self.budgets.hear(endpoint, standing)
        if not 200 <= answer.status < 300:
            meant = None if read_refusal is None else read_refusal(answer.status, answer.body)
            if meant is not None:
                return meant
            failure = refusal(endpoint, answer)
            if isinstance(failure, RateLimited):
                self.budgets.refused(endpoint, failure.retry_after_s)
            return failure
        kept = b"" if call.has_secrets else answer.body
        if answer.is_cut:
            return Malformed("too long, or not to be unpacked", answer.status, kept, endpoint.acts)
        try:
            found = read(answer.body)
        except Refused as refused:
            reason = refused.kind if call.has_secrets else f"{refused.kind}: {refused.detail}"
            return Malformed(reason, answer.status, kept, endpoint.acts)
        if also_costs is not None and standing is None and endpoint.bucket is not None:
            self.budgets.spent(endpoint.bucket, also_costs(found))
        return found

    async def _answer(self, call: Call) -> Answer | Failure:
        endpoint = call.endpoint
        deadline_s = trio.current_time() + self.timeouts.of(endpoint)
        if not await self.budgets.enter(endpoint, call.cost, deadline_s):
            return RateLimited(None, was_sent=False)
        try:
            headers = await self._headers(call, deadline_s)
            if isinstance(headers, Unreachable):
                return headers
            request = Request(endpoint.method, call.path, call.query, call.body, headers, is_pressing=endpoint.acts)
            exchanged = await self.transport.ask(request, deadline_s)
        finally:
            self.budgets.leave(endpoint)
        if isinstance(exchanged, Answer):
            return exchanged
        if isinstance(exchanged, Unsent) or not endpoint.acts:
            return Unreachable(exchanged.reason)
        return UnknownOutcome(exchanged.reason)

    async def _headers(self, call: Call, deadline_s: float) -> Pairs | Unreachable:
        if not call.is_private:
            return call.headers
        if self.authenticator is None:
            return Unreachable("there is nobody to sign the request")
        if isinstance(self.authenticator, CredentialAuthenticator):
            return self.authenticator.headers_at_once(call.endpoint.method, call.path, call.body)
        with trio.move_on_at(deadline_s):
            return await self.authenticator.l2_headers(call.endpoint.method, call.path, call.body)
        return Unreachable("the request was not signed in time")
