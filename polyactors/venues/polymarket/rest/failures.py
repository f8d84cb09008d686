"""Every way in which a call to the venue fails, as values: `T | Failure` is what calls give (polymarket.md 2.6).

What matters most about a failure is what it leaves behind. After `UnknownOutcome`, and after a `Malformed` that
`may_have_acted`, the venue may have done what it was asked for: it has to be looked up (field note 10). After all
others it is as it was before.
"""

from enum import Enum

from attrs import field, frozen

from polyactors.venues.polymarket.rest.reject_codes import RejectCode

LONGEST_KEPT = 4_096
"""So many bytes of an answer are kept with a failure."""
LONGEST_TEXT = 400


def _bounded(text: str) -> str:
    return text[:LONGEST_TEXT]


def _beginning(body: bytes) -> bytes:
    return body[:LONGEST_KEPT]


class Restriction(Enum):
    """What the whole venue does not allow for a while; normal, and no error of ours (field note 12)."""

    RESTARTING = "restarting"
    POST_ONLY = "post_only"
    CANCEL_ONLY = "cancel_only"
    DISABLED = "disabled"


@frozen
class Standing:
    """What a signer's bucket looks like, by the headers of an answer (polymarket_wire.md 2).

    `remaining` tokens may be below 0; `reset_s` is epoch seconds. `is_warning` says that the request would have been
    refused if limits were enforced.
    """

    remaining: float
    reset_s: float | None = None
    tier: str | None = None
    is_warning: bool = False


@frozen
class Rejected:
    """The venue understood and refused. `reason` is its text, `status` that of HTTP, 200 for a row of a batch."""

    reason: str = field(converter=_bounded)
    code: RejectCode = RejectCode.OTHER
    status: int = 400


@frozen
class RestrictedMode:
    restriction: Restriction
    retry_after_s: float | None = None


@frozen
class RateLimited:
    """Too much was asked. `was_sent` is False where our own budgets did not let it go in time."""

    retry_after_s: float | None
    standing: Standing | None = None
    was_sent: bool = True


@frozen
class UnknownOutcome:
    """It was sent, and it is not known whether it was done: no answer, a broken one, or a 5xx."""

    reason: str = field(converter=_bounded)
    status: int | None = None


@frozen
class Unauthorised:
    """401: the key, the signature, or its time is wrong."""

    reason: str = field(converter=_bounded)


@frozen
class Geoblocked:
    """403: the venue does not take this from where we are. Its gatekeeper's answers look the same."""

    reason: str = field(converter=_bounded)


@frozen
class Malformed:
    """An answer that is not what the venue's documents say. `body` is its beginning, kept for inspection."""

    reason: str = field(converter=_bounded)
    status: int
    body: bytes = field(converter=_beginning, repr=False)
    may_have_acted: bool = False


@frozen
class Unreachable:
    """Nothing was sent; or it was only a question, and no answer came. It may be asked again."""

    reason: str = field(converter=_bounded)


Failure = Rejected | RestrictedMode | RateLimited | UnknownOutcome | Unauthorised | Geoblocked | Malformed | Unreachable


def leaves_doubt(failure: Failure) -> bool:
    """Whether the venue may have done what it was asked for."""
    return isinstance(failure, UnknownOutcome) or (isinstance(failure, Malformed) and failure.may_have_acted)
