"""A call to the venue that failed, as a finding."""

from polyactors.doctor.finding import Check, Finding, failed
from polyactors.venues.polymarket.rest.failures import (
    Failure,
    Geoblocked,
    Malformed,
    RateLimited,
    Rejected,
    RestrictedMode,
    Restriction,
    Unauthorised,
    UnknownOutcome,
    Unreachable,
)

_RESTRICTED = {
    Restriction.RESTARTING: "the matching engine restarts",
    Restriction.POST_ONLY: "nothing but post-only orders is taken",
    Restriction.CANCEL_ONLY: "nothing but cancels is taken",
    Restriction.DISABLED: "trading is disabled",
}


def failed_call(check: Check, what: str, failure: Failure) -> Finding:
    """`what` was asked for."""
    seen, advice = _told(failure)
    return failed(check, f"{what}: {seen}", advice)


def _told(failure: Failure) -> tuple[str, str]:
    match failure:
        case Unreachable(reason=reason):
            return (
                f"no answer ({reason})",
                "look at the network, at firewalls, and at the address in the configuration",
            )
        case RateLimited():
            return "too much was asked from this address or with this key", "ask again in a minute"
        case RestrictedMode(restriction=restriction):
            return _RESTRICTED[restriction], "wait until the venue trades again, and ask again"
        case Unauthorised(reason=reason):
            return (
                f"refused as not ours ({reason})",
                "set this machine's clock right, and see that the key and wallet_type are those of the account",
            )
        case Geoblocked(reason=reason):
            return f"refused where we are ({reason})", "run it where the venue takes orders from"
        case Rejected(reason=reason, status=status):
            return f"refused with {status} ({reason})", "see that the address in the configuration is that service's"
        case UnknownOutcome(reason=reason):
            return f"no clear answer ({reason})", "ask again; if it stays so, look at the venue's status page"
        case Malformed(reason=reason):
            return (
                f"an answer that was not understood ({reason})",
                "see that the address is that service's, and that nothing in between answers in its place",
            )
