"""A failed call in words, for people and for the journal."""

from polyactors.venues.polymarket.rest.failures import (
    Failure,
    Geoblocked,
    Malformed,
    RateLimited,
    Rejected,
    RestrictedMode,
    Unauthorised,
    UnknownOutcome,
    Unreachable,
)


def told(failure: Failure) -> str:
    match failure:
        case Rejected(reason=reason):
            return reason
        case RestrictedMode(restriction=restriction):
            return f"the venue is restricted: {restriction.value}"
        case RateLimited(was_sent=was_sent):
            return "too many requests" if was_sent else "too many requests: it was held back here"
        case UnknownOutcome(reason=reason, status=status):
            return f"no answer: {reason}" if status is None else f"status {status}: {reason}"
        case Unauthorised(reason=reason):
            return f"unauthorised: {reason}"
        case Geoblocked(reason=reason):
            return f"not taken from here: {reason}"
        case Malformed(reason=reason, status=status):
            return f"an answer that was not understood ({status}): {reason}"
        case Unreachable(reason=reason):
            return f"unreachable: {reason}"
