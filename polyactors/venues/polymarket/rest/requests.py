"""What is asked of a host, and what came of it."""

import httpx
from attrs import field, frozen

Pairs = tuple[tuple[str, str], ...]


@frozen
class Request:
    """`path` and `query` are still without their escapes. Headers hold signatures, so they are not shown. `is_pressing`
    says that it must not wait, not even for what takes little time."""

    method: str
    path: str
    query: Pairs = ()
    body: bytes = field(default=b"", repr=False)
    headers: Pairs = field(default=(), repr=False)
    is_pressing: bool = False


@frozen
class Answer:
    """`body` is decoded, and not longer than what was allowed: `is_cut` tells that there was more of it, or that it
    could not be unpacked."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    is_cut: bool = False


@frozen
class Unsent:
    """Not a byte of the request has left."""

    reason: str


@frozen
class Unanswered:
    """The request, or a part of it, has left; a whole answer has not come."""

    reason: str


Exchanged = Answer | Unsent | Unanswered
