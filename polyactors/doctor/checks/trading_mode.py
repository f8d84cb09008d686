"""Whether the venue takes orders now, and how many of ours: what it answers to a batch with no order in it.

Nothing can come of such a batch, and it is refused like any other while the venue takes no orders. Its answer has the
headers that tell a signer's standing (reference polymarket.md 9.2).
"""

from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, failed, ok, skipped, warning
from polyactors.venues.polymarket.rest import endpoints
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import Call
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.endpoints import Endpoint
from polyactors.venues.polymarket.rest.failures import (
    Failure,
    Rejected,
    RestrictedMode,
    Restriction,
    Standing,
)
from polyactors.venues.polymarket.rest.limits import tier_called
from polyactors.venues.polymarket.rest.reject_codes import RejectCode

_BARRED = (RejectCode.BANNED, RejectCode.CLOSED_ONLY)


class ListeningBudgets(Budgets):
    """Budgets that keep what they were last told of our standing."""

    standing: Standing | None = None

    def hear(self, endpoint: Endpoint, standing: Standing) -> None:
        self.standing = standing
        super().hear(endpoint, standing)


async def empty_batch(clob: Clob) -> Failure | None:
    call = Call(endpoints.POST_ORDERS, body=b"[]", is_private=True)
    return await clob.orders.caller.ask(call, lambda body: None)


def trading_mode_finding(answer: Failure | None) -> Finding:
    """`answer` is that to the empty batch: a refusal for being empty is the good one."""
    match answer:
        case None:
            return ok(Check.TRADING_MODE, "orders are taken")
        case RestrictedMode(restriction=Restriction.POST_ONLY):
            seen = "nothing but post-only orders is taken for now"
            return warning(Check.TRADING_MODE, seen, "orders that take will be refused for about two minutes")
        case Rejected(code=code, reason=reason) if code in _BARRED:
            return failed(Check.TRADING_MODE, f"our orders are refused ({reason})", "ask the venue's support why")
        case Rejected(status=400 | 422):
            return ok(Check.TRADING_MODE, "orders are taken")
        case _:
            return failed_call(Check.TRADING_MODE, "whether orders are taken", answer)


def rate_tier_finding(answer: Failure | None, standing: Standing | None) -> Finding:
    if standing is None:
        if answer is None or isinstance(answer, Rejected | RestrictedMode):
            advice = "nothing needs to be done: the lowest tier is taken for granted until the venue says another"
            return warning(Check.RATE_TIER, "the venue did not say which tier is ours", advice)
        return skipped(Check.RATE_TIER, "the call that would have told it failed", "see the trading mode")
    if standing.tier is None:
        seen = f"{standing.remaining:g} orders left, of a tier that the venue does not name"
        return warning(Check.RATE_TIER, seen, "nothing needs to be done: the lowest tier is taken for granted")
    tier = tier_called(standing.tier)
    if tier is None:
        seen = f"{standing.tier[:40]}, which this program does not know; {standing.remaining:g} orders left"
        return warning(Check.RATE_TIER, seen, "see whether there is a newer version of this program")
    seen = f"{tier.name}: {tier.orders:g} orders and {tier.cancels:g} cancels a second; {standing.remaining:g} left"
    if standing.remaining < 1 or standing.is_warning:
        advice = "somebody else trades with this key: stop them, or give each program a key of its own"
        return warning(Check.RATE_TIER, seen, advice)
    return ok(Check.RATE_TIER, seen)
