"""The CLOB: what anybody may ask, orders, and our account; and the website's word on where we are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from attrs import frozen

from polyactors.venues.polymarket.rest import endpoints
from polyactors.venues.polymarket.rest.account_answers import Geoblock, read_geoblock
from polyactors.venues.polymarket.rest.account_desk import AccountDesk
from polyactors.venues.polymarket.rest.authenticator import Authenticator
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import USUAL_TIMEOUTS, Call, Caller, Timeouts
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.polymarket.rest.market_desk import MarketDesk
from polyactors.venues.polymarket.rest.order_desk import OrderDesk
from polyactors.venues.polymarket.rest.transport import Transport
from polyactors.venues.polymarket.signing.orders import SignatureType

CLOB_URL = "https://clob.polymarket.com"
WEBSITE_URL = "https://polymarket.com"


@frozen
class Clob:
    """Three desks over one pool of connections. The same `budgets` should serve every host that is asked from here."""

    markets: MarketDesk
    orders: OrderDesk
    account: AccountDesk

    @classmethod
    def over(cls, caller: Caller, signature_type: SignatureType = SignatureType.EOA) -> Self:
        return cls(MarketDesk(caller), OrderDesk(caller), AccountDesk(caller, signature_type))

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        budgets: Budgets,
        authenticator: Authenticator | None = None,
        *,
        base_url: str = CLOB_URL,
        signature_type: SignatureType = SignatureType.EOA,
        timeouts: Timeouts = USUAL_TIMEOUTS,
    ) -> AsyncIterator[Self]:
        """Nothing is asked before the first call, and all connections are closed at the end."""
        async with Transport.opened(base_url) as transport:
            yield cls.over(Caller(transport, budgets, authenticator, timeouts), signature_type)


async def geoblock(website: Caller) -> Geoblock | Failure:
    """Whether orders are taken from our address; to be asked of the venue's website, not of an API."""
    return await website.ask(Call(endpoints.GEOBLOCK), read_geoblock)
