"""Orders given to the CLOB, and taken back (polymarket_wire.md 4.4, 7.1 and 7.2).

After a failure that `leaves_doubt` an order may rest: it is looked up by its id, which is known before it is sent. What
was signed may be sent again as it is: the venue takes the same order only once (field note 10).
"""

from collections.abc import Sequence

from attrs import frozen

from messages.identity import MarketId, OrderId, TokenId
from polyactors.venues.polymarket.rest import cancelling, endpoints, posting
from polyactors.venues.polymarket.rest.calling import Call, Caller
from polyactors.venues.polymarket.rest.cancelling import MOST_CANCELS, Cancelled, read_cancelled
from polyactors.venues.polymarket.rest.failures import Failure, Rejected
from polyactors.venues.polymarket.rest.posting import MOST_IN_A_BATCH, OrderToPost, Placed
from polyactors.venues.polymarket.rest.reject_codes import RejectCode

Outcome = Placed | Failure


@frozen
class OrderDesk:
    caller: Caller

    async def post(self, order: OrderToPost) -> Outcome:
        call = Call(endpoints.POST_ORDER, body=posting.order_body(order), is_private=True)
        return await self.caller.ask(call, lambda body: posting.read_placed(body, order))

    async def post_batch(self, orders: Sequence[OrderToPost]) -> tuple[Outcome, ...]:
        """One outcome an order, in their order; a failure of the whole call is that of each.

        Raises `ValueError` for no orders, or more than `MOST_IN_A_BATCH`.
        """
        _check_number(len(orders), MOST_IN_A_BATCH)
        call = Call(endpoints.POST_ORDERS, body=posting.batch_body(orders), is_private=True, cost=len(orders))
        outcomes = await self.caller.ask(call, lambda body: posting.read_batch(body, orders))
        return outcomes if isinstance(outcomes, tuple) else (outcomes,) * len(orders)

    async def cancel(self, order: OrderId) -> Cancelled | Failure:
        call = Call(endpoints.CANCEL_ORDER, body=cancelling.cancel_body(order), is_private=True)
        return await self.caller.ask(call, lambda body: read_cancelled(body, (order,)))

    async def cancel_some(self, orders: Sequence[OrderId]) -> Cancelled | Failure:
        """The same order twice counts once. Raises `ValueError` for no orders, or more than `MOST_CANCELS`."""
        wanted = tuple(dict.fromkeys(orders))
        _check_number(len(wanted), MOST_CANCELS)
        body = cancelling.cancels_body(wanted)
        call = Call(endpoints.CANCEL_ORDERS, body=body, is_private=True, cost=len(wanted))
        return await self.caller.ask(call, lambda answer: read_cancelled(answer, wanted))

    async def cancel_all(self) -> Cancelled | Failure:
        return await self._cancel_whatever(Call(endpoints.CANCEL_ALL, is_private=True))

    async def cancel_market(self, market: MarketId | None = None, token: TokenId | None = None) -> Cancelled | Failure:
        """What rests in a market, for one of its tokens, or both in one. Raises `ValueError` if neither is named."""
        if not (market or token):
            raise ValueError("name a market or a token: all orders are cancelled by cancel_all")
        body = cancelling.market_body(market, token)
        return await self._cancel_whatever(Call(endpoints.CANCEL_MARKET, body=body, is_private=True))

    async def _cancel_whatever(self, call: Call) -> Cancelled | Failure:
        return await self.caller.ask(call, read_cancelled, also_costs=lambda found: len(found.cancelled))


def is_there_already(outcome: Outcome) -> bool:
    """Whether the venue refused the order because it has it."""
    return isinstance(outcome, Rejected) and outcome.code is RejectCode.DUPLICATED


def _check_number(number: int, most: int) -> None:
    if not 0 < number <= most:
        raise ValueError(f"{number} orders: from 1 to {most} at a time")
