"""What the chain needs of the exchange, and carrying out a wallet's calls on it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from messages.identity import EventId, MarketId, Outcome, TokenId
from messages.units import NANOSECONDS_PER_SECOND, Cash, Price, Shares
from polyactors.exchange.chain.approvals import Approvals
from polyactors.exchange.chain.calls import (
    ApproveCollateral,
    ApproveTokens,
    AuthorizeSession,
    ChainCall,
    Convert,
    Merge,
    Redeem,
    RevokeSession,
    Split,
    TransferCollateral,
)
from polyactors.exchange.chain.sessions import Sessions
from polyactors.exchange.words import EventListing, Listing, Refused, Wallet
from polyactors.venues.polymarket.signing.addresses import (
    COLLATERAL,
    COLLATERAL_ADAPTER,
    CONDITIONAL_TOKENS,
    NEG_RISK_ADAPTER,
    NEG_RISK_COLLATERAL_ADAPTER,
    POSITION_MANAGER,
    PROTOCOL_TWO_ROUTER,
    Address,
)

_NOBODY = Address("0x" + "00" * 20)
_PLACE_DIGITS = 2
_ID_DIGITS = 66


class Ledger(Protocol):
    """The part of the exchange that keeps wallets and markets."""

    @property
    def listings(self) -> Mapping[MarketId, Listing]: ...
    @property
    def events(self) -> Mapping[EventId, EventListing]: ...
    def listing_of(self, token: TokenId) -> tuple[Listing, Outcome] | None: ...
    def resolution(self, market: MarketId) -> Price | None: ...
    def cash(self, wallet: Wallet, now_ns: int) -> Cash: ...
    def shares(self, wallet: Wallet, market: MarketId, outcome: Outcome) -> Shares: ...
    def transfer(self, payer: Wallet, payee: Wallet, cash: Cash, now_ns: int) -> Refused | None: ...
    def split(self, wallet: Wallet, market: MarketId, shares: Shares, now_ns: int) -> Refused | None: ...
    def merge(self, wallet: Wallet, market: MarketId, shares: Shares, now_ns: int) -> Refused | None: ...
    def redeem(self, wallet: Wallet, market: MarketId, now_ns: int) -> Cash | Refused: ...
    def convert(
        self, wallet: Wallet, event: EventId, markets: Sequence[MarketId], shares: Shares, now_ns: int
    ) -> Refused | None: ...


class Reverted(Exception):
    """A call that a contract refuses; the message is its reason."""


@frozen
class Executor:
    """Carries out decoded calls for a wallet: each one wholly or, raising `Reverted`, not at all."""

    ledger: Ledger
    approvals: Approvals
    sessions: Sessions

    def execute(self, wallet: Wallet, call: ChainCall, now_ns: int) -> None:
        """Raises `Reverted`."""
        match call:
            case ApproveCollateral(token, spender, amount):
                _require(token == COLLATERAL, "not the collateral")
                self.approvals.allow(wallet, spender, amount)
            case TransferCollateral(token, recipient, amount):
                _require(token == COLLATERAL, "not the collateral")
                _require(recipient not in (COLLATERAL, _NOBODY), "ERC20: transfer to nobody")
                _check(self.ledger.transfer(wallet, Wallet(recipient), Cash(amount), now_ns))
            case ApproveTokens(token, operator, approved):
                _require(token in (CONDITIONAL_TOKENS, POSITION_MANAGER), "no contract of shares")
                self.approvals.set_operator(wallet, token, operator, approved)
            case Split(target, condition, amount):
                market = self._market(condition, target).market.market
                _require(self.approvals.allowance(wallet, target) >= amount, "ERC20: insufficient allowance")
                _check(self.ledger.split(wallet, market, Shares(amount), now_ns))
            case Merge(target, condition, amount):
                listing = self._market(condition, target)
                self._require_operator(wallet, listing, target)
                _check(self.ledger.merge(wallet, listing.market.market, Shares(amount), now_ns))
            case Redeem():
                self._redeem(wallet, call, now_ns)
            case Convert():
                self._convert(wallet, call, now_ns)
            case AuthorizeSession(target, session_key, valid_until_s):
                _require(target == Address(wallet), "not by the wallet itself")
                _require(valid_until_s > now_ns // NANOSECONDS_PER_SECOND, "the session is over")
                _require(self.sessions.authorize(target, session_key, valid_until_s), "too many sessions")
            case RevokeSession(target, session_key):
                _require(target == Address(wallet), "not by the wallet itself")
                self.sessions.revoke(target, session_key)

    def _redeem(self, wallet: Wallet, call: Redeem, now_ns: int) -> None:
        """The exchange redeems both outcomes at once, so that the second call for a market finds nothing left."""
        listing = self._market(call.condition, call.target)
        market = listing.market.market
        _require(self.ledger.resolution(market) is not None, "result for condition not received yet")
        self._require_operator(wallet, listing, call.target)
        _check(self.ledger.redeem(wallet, market, now_ns))

    def _convert(self, wallet: Wallet, call: Convert, now_ns: int) -> None:
        _require(call.target in (NEG_RISK_ADAPTER, NEG_RISK_COLLATERAL_ADAPTER), "no converter")
        events = [event for event in self.ledger.events.values() if event.neg_risk_id.lower() == call.neg_risk_id]
        _require(len(events) == 1, "no such negRisk market")
        event = events[0]
        members = [listing for listing in self.ledger.listings.values() if listing.market.event == event.event]
        members.sort(key=lambda listing: _place_of_question(listing, event))
        _require(call.index_set >> len(members) == 0, "no such question")
        given = [listing for index, listing in enumerate(members) if call.index_set >> index & 1]
        for listing in given:
            self._require_operator(wallet, listing, NEG_RISK_COLLATERAL_ADAPTER)
        names = [listing.market.market for listing in given]
        _check(self.ledger.convert(wallet, event.event, names, Shares(call.amount), now_ns))

    def _market(self, condition: str, target: Address) -> Listing:
        """The market of a condition, which has to be asked for at the contract that is right for it."""
        listing = self.ledger.listings.get(MarketId(condition))
        if listing is None and len(condition) < _ID_DIGITS:
            listing = self.ledger.listings.get(MarketId(condition.ljust(_ID_DIGITS, "0")))
        if listing is None:
            raise Reverted("no such condition")
        _require(target == adapter_of(listing), "not the contract of this condition")
        return listing

    def _require_operator(self, wallet: Wallet, listing: Listing, operator: Address) -> None:
        token = tokens_of(listing)
        _require(self.approvals.is_operator(wallet, token, operator), "ERC1155: need operator approval")


def adapter_of(listing: Listing) -> Address:
    """Where the market's shares are made and redeemed."""
    if listing.is_protocol_two:
        return PROTOCOL_TWO_ROUTER
    return NEG_RISK_COLLATERAL_ADAPTER if listing.market.neg_risk else COLLATERAL_ADAPTER


def tokens_of(listing: Listing) -> Address:
    """The contract that keeps the market's shares."""
    return POSITION_MANAGER if listing.is_protocol_two else CONDITIONAL_TOKENS


def _place_of_question(listing: Listing, event: EventListing) -> int:
    """A negRisk question's id is its event's with its place in the last byte; Gamma's numbers decide for other ids."""
    question, prefix = listing.question_id.lower(), event.neg_risk_id.lower()[:-_PLACE_DIGITS]
    if prefix and question.startswith(prefix):
        return int(question[-_PLACE_DIGITS:], 16)
    return listing.number


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise Reverted(reason)


def _check(answer: Refused | Cash | None) -> None:
    if isinstance(answer, Refused):
        raise Reverted(answer.text)
