"""What an answer other than a success means (polymarket.md 2.6, polymarket_wire.md 2 and 7.5)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

import httpx
import msgspec

from polyactors.venues.polymarket.rest.endpoints import Endpoint
from polyactors.venues.polymarket.rest.failures import (
    Failure,
    Geoblocked,
    Malformed,
    RateLimited,
    Rejected,
    RestrictedMode,
    Restriction,
    Standing,
    Unauthorised,
    UnknownOutcome,
    Unreachable,
)
from polyactors.venues.polymarket.rest.reject_codes import reject_code
from polyactors.venues.polymarket.rest.transport import Answer

_LONGEST_WAIT_S = 86_400.0


class _Refusal(msgspec.Struct):
    """The fields are looked at only where they have their type: whatever comes is still a refusal."""

    error: object = None
    error_msg: object = None
    code: object = None
    retry_after_seconds: object = None


def refusal(endpoint: Endpoint, answer: Answer) -> Failure:
    """The failure that an answer with a status outside of 2xx is."""
    told = _told(answer.body)
    text, status = _text(told, answer.body), answer.status
    retry_after_s = _retry_after_s(answer.headers, told)
    if status == 429:
        return RateLimited(retry_after_s, standing_of(answer.headers))
    restriction = _restriction(status, text, told.code)
    if restriction is not None:
        return RestrictedMode(restriction, retry_after_s)
    if status == 401:
        return Unauthorised(text)
    if status == 403:
        return Geoblocked(text)
    if 400 <= status < 500:
        return Rejected(text, reject_code(text, status), status)
    if status >= 500:
        return UnknownOutcome(text, status) if endpoint.acts else Unreachable(f"{status}: {text}")
    return Malformed(f"an unexpected status {status}", status, answer.body, endpoint.acts)


def refused_row(text: str) -> Rejected | RestrictedMode:
    """What the error text of one order of a batch means, or that of an order in a 200."""
    restriction = _restriction(200, text, None)
    return Rejected(text, reject_code(text), 200) if restriction is None else RestrictedMode(restriction)


def standing_of(headers: httpx.Headers) -> Standing | None:
    """What the Poly-RateLimit-* headers say; None where they are missing or no numbers."""
    remaining = _number(headers.get("poly-ratelimit-remaining"))
    if remaining is None:
        return None
    return Standing(
        remaining,
        _number(headers.get("poly-ratelimit-reset")),
        headers.get("poly-ratelimit-tier"),
        headers.get("poly-ratelimit-warning", "").lower() == "true",
    )


def _restriction(status: int, text: str, code: object) -> Restriction | None:
    lowered = text.lower()
    if status == 425:
        return Restriction.RESTARTING
    if code == "post_only_mode" or lowered.startswith("post-only mode:"):
        return Restriction.POST_ONLY
    if "cancel-only" in lowered:
        return Restriction.CANCEL_ONLY
    return Restriction.DISABLED if "trading is currently disabled" in lowered else None


def _told(body: bytes) -> _Refusal:
    try:
        return msgspec.json.decode(body, type=_Refusal)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _Refusal()


def _text(told: _Refusal, body: bytes) -> str:
    """Its own words, or the beginning of whatever it is."""
    for found in (told.error, told.error_msg):
        if isinstance(found, str) and found:
            return found
    return " ".join(body[:1_000].decode("utf-8", "replace").split())


def _retry_after_s(headers: httpx.Headers, told: _Refusal) -> float | None:
    """Seconds or a date in the header, or seconds in the body; never absurdly long."""
    header = headers.get("retry-after")
    found = _number(header)
    if found is None and header:
        found = _seconds_until(header)
    if found is None and isinstance(told.retry_after_seconds, int | float) and told.retry_after_seconds is not True:
        found = float(told.retry_after_seconds)
    return None if found is None or not isfinite(found) else min(max(found, 0.0), _LONGEST_WAIT_S)


def _seconds_until(text: str) -> float | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (when - datetime.now(UTC)).total_seconds()


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if isfinite(number) else None
