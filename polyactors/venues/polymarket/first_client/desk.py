"""Orders of the first version on their way to the venue: within the same budgets and deadlines as all other calls, and
with the same outcomes; only the bytes are the official client's."""

from collections.abc import Sequence
from typing import Protocol

import httpx
from attrs import evolve, frozen

from polyactors.venues.polymarket.first_client.opening import FirstClientOffice
from polyactors.venues.polymarket.rest import endpoints, posting
from polyactors.venues.polymarket.rest.calling import Call, Caller
from polyactors.venues.polymarket.rest.order_desk import Outcome
from polyactors.venues.polymarket.rest.posting import MOST_IN_A_BATCH, OrderToPost
from polyactors.venues.polymarket.rest.transport import Exchanged, Request, Transport


class PostsOrders(Protocol):
    """The desks of both versions. A batch has from 1 to `MOST_IN_A_BATCH` orders; one outcome each, in their order."""

    async def post(self, order: OrderToPost) -> Outcome: ...

    async def post_batch(self, orders: Sequence[OrderToPost]) -> tuple[Outcome, ...]: ...


@frozen
class FirstClientDesk:
    """`caller` is that of the other desks: of it the budgets and the deadlines are wanted."""

    caller: Caller
    office: FirstClientOffice

    async def post(self, order: OrderToPost) -> Outcome:
        by_office = self._by_office((order,), is_batch=False)
        return await by_office.ask(Call(endpoints.POST_ORDER), lambda body: posting.read_placed(body, order))

    async def post_batch(self, orders: Sequence[OrderToPost]) -> tuple[Outcome, ...]:
        """Raises `ValueError` for no orders, or more than `MOST_IN_A_BATCH`."""
        if not 0 < len(orders) <= MOST_IN_A_BATCH:
            raise ValueError(f"{len(orders)} orders: from 1 to {MOST_IN_A_BATCH} at a time")
        call = Call(endpoints.POST_ORDERS, cost=len(orders))
        by_office = self._by_office(orders, is_batch=True)
        outcomes = await by_office.ask(call, lambda body: posting.read_batch(body, orders))
        return outcomes if isinstance(outcomes, tuple) else (outcomes,) * len(orders)

    def _by_office(self, orders: Sequence[OrderToPost], *, is_batch: bool) -> Caller:
        return evolve(self.caller, transport=_OfOneCall(self.office, orders, is_batch), authenticator=None)


class _OfOneCall(Transport):
    """Has these orders posted, whatever the request says: the official client makes its own."""

    def __init__(self, office: FirstClientOffice, orders: Sequence[OrderToPost], is_batch: bool) -> None:
        super().__init__("", httpx.AsyncBaseTransport())
        self._office = office
        self._orders = orders
        self._is_batch = is_batch

    async def ask(self, request: Request, deadline_s: float) -> Exchanged:
        return await self._office.post(self._orders, is_batch=self._is_batch, deadline_s=deadline_s)
