"""What anybody may ask the CLOB: time, books and markets (polymarket_wire.md 4.1)."""

from collections.abc import Sequence

import msgspec
from attrs import frozen

from messages.identity import MarketId, TokenId
from messages.units import TickSize
from polyactors.venues.polymarket.rest import clob_markets, endpoints
from polyactors.venues.polymarket.rest.calling import Call, Caller
from polyactors.venues.polymarket.rest.clob_markets import ClobMarket, TokenPlace
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.polymarket.rest.token_books import TokenBook, read_book, read_books

MOST_BOOKS = 500


@frozen
class MarketDesk:
    caller: Caller

    async def time_s(self) -> int | Failure:
        """The venue's clock, epoch seconds."""
        return await self.caller.ask(Call(endpoints.TIME), clob_markets.read_epoch_s)

    async def order_version(self) -> int | Failure:
        """Which version of orders the venue wants."""
        return await self.caller.ask(Call(endpoints.VERSION), clob_markets.read_order_version)

    async def book(self, token: TokenId) -> TokenBook | Failure:
        return await self.caller.ask(_of_token(endpoints.BOOK, token), lambda body: read_book(body, token))

    async def books(self, tokens: Sequence[TokenId]) -> tuple[TokenBook, ...] | Failure:
        """Those that the venue knows of up to `MOST_BOOKS` tokens: unknown ones are left out."""
        body = msgspec.json.encode([{"token_id": token} for token in tokens])
        asked = frozenset(tokens)
        return await self.caller.ask(Call(endpoints.BOOKS, body=body), lambda answer: read_books(answer, asked))

    async def tick_size(self, token: TokenId) -> TickSize | Failure:
        return await self.caller.ask(_of_token(endpoints.TICK_SIZE, token), clob_markets.read_tick_size)

    async def neg_risk(self, token: TokenId) -> bool | Failure:
        return await self.caller.ask(_of_token(endpoints.NEG_RISK, token), clob_markets.read_neg_risk)

    async def base_fee_bps(self, token: TokenId) -> int | Failure:
        """A legacy limit; what takers pay is in `market`."""
        return await self.caller.ask(_of_token(endpoints.FEE_RATE, token), clob_markets.read_base_fee_bps)

    async def market_of(self, token: TokenId) -> TokenPlace | Failure:
        call = Call(endpoints.MARKET_OF_TOKEN, argument=token)
        return await self.caller.ask(call, lambda body: clob_markets.read_place(body, token))

    async def market(self, market: MarketId) -> ClobMarket | Failure:
        call = Call(endpoints.MARKET, argument=market)
        return await self.caller.ask(call, lambda body: clob_markets.read_market(body, market))


def _of_token(endpoint: endpoints.Endpoint, token: TokenId) -> Call:
    return Call(endpoint, query=(("token_id", token),))
