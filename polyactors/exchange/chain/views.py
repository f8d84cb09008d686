"""What can be read from the contracts by `eth_call`."""

from collections.abc import Callable, Mapping

from attrs import frozen

from messages.identity import MarketId, TokenId
from messages.units import PRICE_SCALE
from polyactors.exchange.chain.abi import Arguments, BadCalldata, numbers_array
from polyactors.exchange.chain.chain import Chain
from polyactors.exchange.chain.ledger import tokens_of
from polyactors.exchange.words import Listing, Wallet
from polyactors.venues.polymarket.signing.addresses import (
    COLLATERAL,
    CONDITIONAL_TOKENS,
    DEPOSIT_WALLET_BEACON,
    DEPOSIT_WALLET_FACTORY,
    NEG_RISK_ADAPTER,
    POSITION_MANAGER,
    Address,
)
from polyactors.venues.polymarket.signing.keccak import selector
from polyactors.venues.polymarket.signing.typed_data import address_word, number_word

_SELECTOR_BYTES = 4
_DECIMALS = 6
_BEACON_OF_FACTORY = bytes.fromhex("49493a4d")
_SHARE_CONTRACTS = frozenset({CONDITIONAL_TOKENS, POSITION_MANAGER, NEG_RISK_ADAPTER})


@frozen
class Views:
    """Answers calls that change nothing."""

    chain: Chain

    def call(self, target: Address, data: bytes, now_ns: int) -> bytes:
        """What the function returns. Raises `BadCalldata` for one that `target` does not have."""
        view = _VIEWS.get((_kind_of(target), data[:_SELECTOR_BYTES]))
        if view is None:
            raise BadCalldata("no such function")
        return view(self, target, Arguments(data[_SELECTOR_BYTES:]), now_ns)

    def allowance(self, target: Address, arguments: Arguments, now_ns: int) -> bytes:
        owner, spender = Wallet(arguments.address(0)), arguments.address(1)
        return number_word(self.chain.approvals.allowance(owner, spender))

    def cash(self, target: Address, arguments: Arguments, now_ns: int) -> bytes:
        return number_word(self.chain.ledger.cash(Wallet(arguments.address(0)), now_ns))

    def decimals(self, target: Address, arguments: Arguments, now_ns: int) -> bytes:
        return number_word(_DECIMALS)

    def is_operator(self, target: Address, arguments: Arguments, now_ns: int) -> bytes:
        owner, operator = Wallet(arguments.address(0)), arguments.address(1)
        return number_word(self.chain.approvals.is_operator(owner, target, operator))

    def shares(self, target: Address, arguments: Arguments, now_ns: int) -> bytes:
        return number_word(self._shares(target, arguments.address(0), arguments.number(1)))

    def shares_of_many(self, target: Address, arguments: Arguments, now_ns: int) -> bytes:
        owners, tokens = arguments.addresses(0), arguments.numbers(1)
        if len(owners) != len(tokens):
            raise BadCalldata("ERC1155: accounts and ids length mismatch")
        return numbers_array([self._shares(target, owner, token) for owner, token in zip(owners, tokens, strict=True)])

    def payout_denominator(self, target: Address, arguments: Arguments, now_ns: int) -> bytes:
        return number_word(0 if self._yes_payout(arguments) is None else PRICE_SCALE)

    def payout_numerator(self, target: Address, arguments: Arguments, now_ns: int) -> bytes:
        index, yes = arguments.number(1), self._yes_payout(arguments)
        if index > 1:
            raise BadCalldata("an outcome that is neither 0 nor 1")
        if yes is None:
            return number_word(0)
        return number_word(PRICE_SCALE - yes if index else yes)

    def beacon(self, target: Address, arguments: Arguments, now_ns: int) -> bytes:
        return address_word(DEPOSIT_WALLET_BEACON)

    def _shares(self, target: Address, owner: Address, token: int) -> int:
        found = self.chain.ledger.listing_of(TokenId(str(token)))
        if found is None or not _keeps(target, found[0]):
            return 0
        listing, outcome = found
        return self.chain.ledger.shares(Wallet(owner), listing.market.market, outcome)

    def _yes_payout(self, arguments: Arguments) -> int | None:
        market, ledger = MarketId("0x" + arguments.word(0).hex()), self.chain.ledger
        return ledger.resolution(market) if market in ledger.listings else None


def _keeps(target: Address, listing: Listing) -> bool:
    """The adapter answers for the shares of negRisk markets, though the conditional tokens keep them."""
    return tokens_of(listing) == target or (target == NEG_RISK_ADAPTER and listing.market.neg_risk)


def _kind_of(target: Address) -> str:
    if target == COLLATERAL:
        return "collateral"
    if target == DEPOSIT_WALLET_FACTORY:
        return "factory"
    return "shares" if target in _SHARE_CONTRACTS else ""


_VIEWS: Mapping[tuple[str, bytes], Callable[[Views, Address, Arguments, int], bytes]] = {
    ("collateral", selector("allowance(address,address)")): Views.allowance,
    ("collateral", selector("balanceOf(address)")): Views.cash,
    ("collateral", selector("decimals()")): Views.decimals,
    ("shares", selector("isApprovedForAll(address,address)")): Views.is_operator,
    ("shares", selector("balanceOf(address,uint256)")): Views.shares,
    ("shares", selector("balanceOfBatch(address[],uint256[])")): Views.shares_of_many,
    ("shares", selector("payoutDenominator(bytes32)")): Views.payout_denominator,
    ("shares", selector("payoutNumerators(bytes32,uint256)")): Views.payout_numerator,
    ("factory", _BEACON_OF_FACTORY): Views.beacon,
}
