"""What a client may ask about its own account, besides its orders (reference polymarket_wire.md 3 and 4.5)."""

from collections.abc import Callable, Sequence

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.units import Shares
from polyactors.exchange.chain.approvals import OPERATORS, SPENDERS, UNLIMITED, Approvals
from polyactors.exchange.clob.answering import answering
from polyactors.exchange.clob.api_keys import Credentials
from polyactors.exchange.clob.asking import token_of
from polyactors.exchange.clob.errors import INVALID_PAYLOAD, Rejected
from polyactors.exchange.clob.notifications import Notifications
from polyactors.exchange.clob.signed_in import SignedIn
from polyactors.exchange.clob.wallets_of_keys import signature_type_of, wallet_of
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import Refused, Wallet
from polyactors.venues.polymarket.signing.addresses import CONDITIONAL_TOKENS, POSITION_MANAGER, Address

_INVALID_ASSET_TYPE = Refused(400, "Invalid asset type")
_CONTRACTS = {"CONDITIONAL": CONDITIONAL_TOKENS, "CONDITIONAL-V2": POSITION_MANAGER}
_LONGEST_NUMBER = 18
_MOST_DROPPED = 5_000


def routes(
    exchange: Exchange,
    who: SignedIn,
    approvals: Approvals,
    notifications: Notifications,
    now_ns: Callable[[], int],
) -> Sequence[BaseRoute]:
    """`approvals` are the chain's; `now_ns` is the exchange's time."""
    account = AccountRequests(exchange, who, approvals, notifications, now_ns)
    return [
        Route("/auth/ban-status/closed-only", answering(account.closed_only)),
        Route("/balance-allowance", answering(account.balance)),
        Route("/balance-allowance/update", answering(account.update_balance)),
        Route("/notifications", answering(account.notifications_of)),
        Route("/notifications", answering(account.drop_notifications), methods=["DELETE"]),
    ]


@frozen
class AccountRequests:
    exchange: Exchange
    signed_in: SignedIn
    approvals: Approvals
    notifications: Notifications
    now_ns: Callable[[], int]

    def closed_only(self, request: Request, body: bytes) -> object:
        """Nobody is banned here."""
        self.signed_in(request, body)
        return {"closed_only": False}

    def balance(self, request: Request, body: bytes) -> object:
        wallet = self._wallet(request, self.signed_in(request, body))
        asset_type = request.query_params.get("asset_type", "")
        if asset_type == "COLLATERAL":
            allowed = {spender: self.approvals.allowance(wallet, spender) for spender in SPENDERS}
            return _balance(self.exchange.cash(wallet, self.now_ns()), allowed)
        contract = _CONTRACTS.get(asset_type)
        if contract is None:
            raise Rejected(_INVALID_ASSET_TYPE)
        return _balance(self._shares(wallet, request), self._operators(wallet, contract))

    def update_balance(self, request: Request, body: bytes) -> object:
        """The exchange always knows what the chain knows; so this answers what it would answer anyway."""
        return self.balance(request, body)

    def notifications_of(self, request: Request, body: bytes) -> object:
        credentials = self.signed_in(request, body)
        signature_type_of(request.query_params.get("signature_type"))
        return self.notifications.of(credentials.key, self.now_ns())

    def drop_notifications(self, request: Request, body: bytes) -> object:
        credentials = self.signed_in(request, body)
        self.notifications.drop(credentials.key, _numbers(request.query_params.get("ids", "")))
        return "OK"

    def _wallet(self, request: Request, credentials: Credentials) -> Wallet:
        signature_type = signature_type_of(request.query_params.get("signature_type"))
        return wallet_of(credentials.address, signature_type, self.exchange.vault)

    def _shares(self, wallet: Wallet, request: Request) -> Shares:
        found = self.exchange.listing_of(token_of(request.query_params.get("token_id")))
        if found is None:
            return Shares(0)
        listing, outcome = found
        return self.exchange.shares(wallet, listing.market.market, outcome)

    def _operators(self, wallet: Wallet, contract: Address) -> dict[Address, int]:
        return {
            operator: UNLIMITED if self.approvals.is_operator(wallet, contract, operator) else 0
            for token, operator in OPERATORS
            if token == contract
        }


def _balance(units: int, allowances: dict[Address, int]) -> dict[str, object]:
    return {
        "balance": str(units),
        "allowances": {spender: str(amount) for spender, amount in allowances.items()},
    }


def _numbers(text: str) -> frozenset[int]:
    numbers = [each.strip() for each in text.split(",") if each.strip()]
    if len(numbers) > _MOST_DROPPED or not all(_is_number(each) for each in numbers):
        raise Rejected(INVALID_PAYLOAD)
    return frozenset(int(each) for each in numbers)


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and text.isascii() and text.isdecimal()
