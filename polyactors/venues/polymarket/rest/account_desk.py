"""What the CLOB knows of our own account (polymarket_wire.md 3, 4.5 and 7.4)."""

from collections.abc import Sequence

import msgspec
from attrs import frozen

from messages.identity import MarketId, OrderId, TokenId, TradeId
from polyactors.venues.polymarket.rest import account_answers, endpoints
from polyactors.venues.polymarket.rest.account_answers import (
    AssetType,
    BalanceAllowance,
    HeartbeatAccepted,
    HeartbeatMismatched,
    Notification,
)
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials, WalletAuthenticator
from polyactors.venues.polymarket.rest.calling import Call, Caller
from polyactors.venues.polymarket.rest.endpoints import Endpoint
from polyactors.venues.polymarket.rest.failures import Failure, Rejected, Unreachable, leaves_doubt
from polyactors.venues.polymarket.rest.own_orders import Missing, OwnOrder, missing_in, read_order, read_order_page
from polyactors.venues.polymarket.rest.own_trades import OwnTrade, read_trade_page
from polyactors.venues.polymarket.rest.pages import Page, all_rows
from polyactors.venues.polymarket.rest.transport import Pairs
from polyactors.venues.polymarket.signing.orders import SignatureType


@frozen
class AccountDesk:
    """`signature_type` says whose balances and notifications are meant: the wallet's of that type."""

    caller: Caller
    signature_type: SignatureType = SignatureType.EOA

    async def order(self, order: OrderId) -> OwnOrder | Missing | Failure:
        call = Call(endpoints.ORDER, argument=order, is_private=True)
        return await self.caller.ask(call, lambda body: read_order(body, order), read_refusal=missing_in)

    async def open_orders(
        self, market: MarketId | None = None, token: TokenId | None = None
    ) -> tuple[OwnOrder, ...] | Failure:
        """All pages, or a failure. Orders that end while pages are read shift the others: of more than a page, one may
        be missing that is there, so an order is given up only after it was asked for by its id."""
        query = _query(asset_id=token, market=market)

        async def page(cursor: str | None) -> Page[OwnOrder] | Failure:
            return await self.caller.ask(_page(endpoints.ORDERS, query, cursor), read_order_page)

        return await all_rows(page, lambda row: row.order)

    async def trades(
        self, after_s: int | None = None, market: MarketId | None = None, trade: TradeId | None = None
    ) -> tuple[OwnTrade, ...] | Failure:
        """All pages, newest first: those since `after_s`, epoch seconds, or the one that is named."""
        after = None if after_s is None else str(after_s)
        query = _query(after=after, id=trade, market=market)

        async def page(cursor: str | None) -> Page[OwnTrade] | Failure:
            return await self.caller.ask(_page(endpoints.TRADES, query, cursor), read_trade_page)

        return await all_rows(page, lambda row: (row.trade, row.bucket))

    async def balance(self, asset: AssetType, token: TokenId | None = None) -> BalanceAllowance | Failure:
        return await self.caller.ask(self._balance(endpoints.BALANCE, asset, token), account_answers.read_balance)

    async def update_balance(self, asset: AssetType, token: TokenId | None = None) -> Failure | None:
        """Makes the CLOB look at the chain again."""
        return await self.caller.ask(self._balance(endpoints.UPDATE_BALANCE, asset, token), lambda body: None)

    async def beat(self, heartbeat_id: str) -> HeartbeatAccepted | HeartbeatMismatched | Failure:
        """`heartbeat_id` is "" at first, then always the last that was given. The first one arms the switch: from then
        on all orders of the key are cancelled after ten seconds without one (field note 15)."""
        body = msgspec.json.encode({"heartbeat_id": heartbeat_id})
        call = Call(endpoints.HEARTBEAT, body=body, is_private=True)
        return await self.caller.ask(call, account_answers.read_beat, read_refusal=account_answers.mismatch_in)

    async def notifications(self) -> tuple[Notification, ...] | Failure:
        call = Call(endpoints.NOTIFICATIONS, query=self._type(), is_private=True)
        return await self.caller.ask(call, account_answers.read_notifications)

    async def drop_notifications(self, numbers: Sequence[int]) -> Failure | None:
        query = (("ids", ",".join(map(str, numbers))), *self._type())
        return await self.caller.ask(
            Call(endpoints.DROP_NOTIFICATIONS, query=query, is_private=True), account_answers.read_ok
        )

    async def is_closed_only(self) -> bool | Failure:
        """Whether the account may only close what it holds."""
        return await self.caller.ask(Call(endpoints.CLOSED_ONLY, is_private=True), account_answers.read_closed_only)

    async def key_ids(self) -> tuple[str, ...] | Failure:
        return await self.caller.ask(Call(endpoints.KEYS, is_private=True), account_answers.read_key_ids)

    async def create_key(self, wallet: WalletAuthenticator, nonce: int = 0) -> ApiCredentials | Failure:
        return await self._key(endpoints.CREATE_KEY, wallet, nonce)

    async def derive_key(self, wallet: WalletAuthenticator, nonce: int = 0) -> ApiCredentials | Failure:
        """The key that was created for that nonce."""
        return await self._key(endpoints.DERIVE_KEY, wallet, nonce)

    async def create_or_derive_key(self, wallet: WalletAuthenticator, nonce: int = 0) -> ApiCredentials | Failure:
        """As the venue's client does: it is derived where it cannot be created because it is there, or may be."""
        created = await self.create_key(wallet, nonce)
        if isinstance(created, Rejected) or (isinstance(created, Failure) and leaves_doubt(created)):
            return await self.derive_key(wallet, nonce)
        return created

    async def _key(self, endpoint: Endpoint, wallet: WalletAuthenticator, nonce: int) -> ApiCredentials | Failure:
        headers = await wallet.l1_headers(nonce)
        if isinstance(headers, Unreachable):
            return headers
        address = dict(headers).get("POLY_ADDRESS", "")
        call = Call(endpoint, headers=headers, has_secrets=True)
        return await self.caller.ask(call, lambda body: account_answers.read_credentials(body, address))

    def _balance(self, endpoint: Endpoint, asset: AssetType, token: TokenId | None) -> Call:
        query = (("asset_type", asset.value), *self._type(), *_query(token_id=token))
        return Call(endpoint, query=query, is_private=True)

    def _type(self) -> Pairs:
        return (("signature_type", str(int(self.signature_type))),)


def _page(endpoint: Endpoint, query: Pairs, cursor: str | None) -> Call:
    """The newest client leaves the cursor of the first page out."""
    return Call(endpoint, query=(*query, *_query(next_cursor=cursor)), is_private=True)


def _query(**named: str | None) -> Pairs:
    return tuple((name, value) for name, value in named.items() if value is not None)
