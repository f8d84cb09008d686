"""Whose private request it is, for every endpoint that needs an API key."""

from collections.abc import Callable

from starlette.requests import Request

from polyactors.exchange.clob.api_keys import ApiKeys, Credentials
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.clob.level_two import authenticated
from polyactors.exchange.words import Refused

SignedIn = Callable[[Request, bytes], Credentials]
"""The credentials of whoever sent the request with this body. Raises `Rejected` for anybody else."""


def signed_in(keys: ApiKeys, now_ns: Callable[[], int]) -> SignedIn:
    def who(request: Request, body: bytes) -> Credentials:
        found = authenticated(request, body, keys, now_ns())
        if isinstance(found, Refused):
            raise Rejected(found)
        return found

    return who
