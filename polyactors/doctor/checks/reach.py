"""Whether the venue's three services answer from here."""

from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, ok, warning
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.rest import endpoints
from polyactors.venues.polymarket.rest.calling import Call
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.data_api import DataApi
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.polymarket.rest.gamma_pages import Gamma, read_market_page

VERSIONS = {OrderVersion.V1: 1, OrderVersion.V2: 2}
"""As the CLOB names them (polymarket_wire.md 4.1)."""


async def clob_finding(clob: Clob, url: str, signed: OrderVersion) -> Finding:
    version = await clob.markets.order_version()
    if isinstance(version, Failure):
        return failed_call(Check.CLOB, url, version)
    if version != VERSIONS[signed]:
        seen = f"{url} wants orders of version {version}; live.order_version is {signed.value}"
        return warning(Check.CLOB, seen, "set live.order_version, or look for a newer version of this program")
    return ok(Check.CLOB, f"{url} answers, and takes orders of version {version}")


async def gamma_finding(gamma: Gamma, url: str) -> Finding:
    page = await gamma.caller.ask(Call(endpoints.GAMMA_MARKETS, query=(("limit", "1"),)), read_market_page)
    if isinstance(page, Failure):
        return failed_call(Check.GAMMA, url, page)
    return ok(Check.GAMMA, f"{url} answers")


async def data_api_finding(data: DataApi, url: str, wallet: str) -> Finding:
    """`wallet` may be anybody's."""
    value = await data.value(wallet)
    if isinstance(value, Failure):
        return failed_call(Check.DATA_API, url, value)
    return ok(Check.DATA_API, f"{url} answers")
