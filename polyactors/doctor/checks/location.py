"""Whether the venue takes orders from this machine's address (reference polymarket.md 0)."""

from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, failed, ok
from polyactors.venues.polymarket.rest.calling import Caller
from polyactors.venues.polymarket.rest.clob import geoblock
from polyactors.venues.polymarket.rest.failures import Failure


async def location_finding(website: Caller, url: str) -> Finding:
    found = await geoblock(website)
    if isinstance(found, Failure):
        return failed_call(Check.LOCATION, f"{url} does not say whether we are blocked", found)
    where = " ".join(part for part in (found.country, found.region) if part) or "an unknown place"
    if found.is_blocked:
        return failed(
            Check.LOCATION,
            f"orders from {where} ({found.ip}) are refused",
            "run it where the venue takes orders from; it forbids going round that",
        )
    return ok(Check.LOCATION, f"orders from {where} are taken")
