"""Whether the account may open positions, or only close them."""

from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, failed, ok
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.failures import Failure


async def closed_only_finding(clob: Clob) -> Finding:
    found = await clob.account.is_closed_only()
    if isinstance(found, Failure):
        return failed_call(Check.CLOSED_ONLY, "whether the account may only close", found)
    if found:
        return failed(
            Check.CLOSED_ONLY,
            "the account may only close what it holds",
            "ask the venue's support why; until then trade with nothing but reductions",
        )
    return ok(Check.CLOSED_ONLY, "the account may open positions")
