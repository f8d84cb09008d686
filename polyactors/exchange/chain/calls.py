"""The contract calls that move or promise what a wallet owns (polymarket_wire.md 11.1 and 11.5)."""

from collections.abc import Callable, Mapping

from attrs import frozen

from messages.identity import Outcome
from polyactors.exchange.chain.abi import Arguments, BadCalldata
from polyactors.venues.polymarket.signing.addresses import COLLATERAL, Address
from polyactors.venues.polymarket.signing.keccak import selector
from polyactors.venues.polymarket.signing.wallet_calls import WalletCall

_BOTH = (1, 2)
_SELECTOR_BYTES = 4
_CONDITION_BYTES = 31


@frozen
class ApproveCollateral:
    token: Address
    spender: Address
    amount: int


@frozen
class TransferCollateral:
    """Of the wallet's own; `amount` in base units."""

    token: Address
    recipient: Address
    amount: int


@frozen
class ApproveTokens:
    """Lets `operator` move all of the wallet's shares that `token` keeps."""

    token: Address
    operator: Address
    approved: bool


@frozen
class Split:
    """`condition` is in hexadecimal, 64 digits, or 62 for a market of protocol two; `amount` in base units."""

    target: Address
    condition: str
    amount: int


@frozen
class Merge:
    target: Address
    condition: str
    amount: int


@frozen
class Redeem:
    """All shares of a market; of one outcome only, if `outcome` is given (protocol two)."""

    target: Address
    condition: str
    outcome: Outcome | None = None
    amount: int | None = None


@frozen
class Convert:
    """NO shares of some of a negRisk event's markets, the bits of `index_set`, for YES of the others."""

    target: Address
    neg_risk_id: str
    index_set: int
    amount: int


@frozen
class AuthorizeSession:
    """The wallet that is called lets `session_key` sign for it until `valid_until_s`."""

    wallet: Address
    session_key: Address
    valid_until_s: int


@frozen
class RevokeSession:
    wallet: Address
    session_key: Address


ChainCall = (
    ApproveCollateral | TransferCollateral | ApproveTokens | Split | Merge | Redeem | Convert
    | AuthorizeSession | RevokeSession
)  # fmt: skip


def decode_call(call: WalletCall) -> ChainCall:
    """Raises `BadCalldata` for a function that is not known here, or for arguments that it does not take."""
    decoder = _DECODERS.get(call.data[:_SELECTOR_BYTES])
    if decoder is None:
        raise BadCalldata("no such function")
    if call.value:
        raise BadCalldata("the function takes no coins")
    return decoder(call.target, Arguments(call.data[_SELECTOR_BYTES:]))


def _approve(target: Address, arguments: Arguments) -> ChainCall:
    return ApproveCollateral(target, arguments.address(0), arguments.number(1))


def _transfer(target: Address, arguments: Arguments) -> ChainCall:
    return TransferCollateral(target, arguments.address(0), arguments.number(1))


def _approve_tokens(target: Address, arguments: Arguments) -> ChainCall:
    return ApproveTokens(target, arguments.address(0), arguments.flag(1))


def _split(target: Address, arguments: Arguments) -> ChainCall:
    return Split(target, _binary_condition(arguments), arguments.number(4))


def _merge(target: Address, arguments: Arguments) -> ChainCall:
    return Merge(target, _binary_condition(arguments), arguments.number(4))


def _redeem(target: Address, arguments: Arguments) -> ChainCall:
    return Redeem(target, _binary_condition(arguments))


def _router_split(target: Address, arguments: Arguments) -> ChainCall:
    return Split(target, _short_condition(arguments), arguments.number(1))


def _router_merge(target: Address, arguments: Arguments) -> ChainCall:
    return Merge(target, _short_condition(arguments), arguments.number(1))


def _router_redeem(target: Address, arguments: Arguments) -> ChainCall:
    index = arguments.number(1)
    if index > 1:
        raise BadCalldata("an outcome that is neither 0 nor 1")
    outcome = Outcome.NO if index else Outcome.YES
    return Redeem(target, _short_condition(arguments), outcome, arguments.number(2))


def _convert(target: Address, arguments: Arguments) -> ChainCall:
    return Convert(target, "0x" + arguments.word(0).hex(), arguments.number(1), arguments.number(2))


def _authorize_session(target: Address, arguments: Arguments) -> ChainCall:
    return AuthorizeSession(target, arguments.address(0), arguments.number(1))


def _revoke_session(target: Address, arguments: Arguments) -> ChainCall:
    return RevokeSession(target, arguments.address(0))


_DECODERS: Mapping[bytes, Callable[[Address, Arguments], ChainCall]] = {
    selector("approve(address,uint256)"): _approve,
    selector("transfer(address,uint256)"): _transfer,
    selector("setApprovalForAll(address,bool)"): _approve_tokens,
    selector("splitPosition(address,bytes32,bytes32,uint256[],uint256)"): _split,
    selector("mergePositions(address,bytes32,bytes32,uint256[],uint256)"): _merge,
    selector("redeemPositions(address,bytes32,bytes32,uint256[])"): _redeem,
    selector("split(bytes31,uint256)"): _router_split,
    selector("merge(bytes31,uint256)"): _router_merge,
    selector("redeem(bytes31,uint256,uint256)"): _router_redeem,
    selector("convertPositions(bytes32,uint256,uint256)"): _convert,
    selector("authorizeSessionSigner(address,uint256)"): _authorize_session,
    selector("revokeSessionSigner(address)"): _revoke_session,
}


def _binary_condition(arguments: Arguments) -> str:
    """Of (collateral, parent, condition, index sets): both outcomes of a condition that hangs on no other."""
    if arguments.address(0) != COLLATERAL or arguments.number(1):
        raise BadCalldata("another collateral, or a position of a position")
    if arguments.numbers(3) != _BOTH:
        raise BadCalldata("not both outcomes")
    return "0x" + arguments.word(2).hex()


def _short_condition(arguments: Arguments) -> str:
    word = arguments.word(0)
    if word[_CONDITION_BYTES]:
        raise BadCalldata("a word that is no bytes31")
    return "0x" + word[:_CONDITION_BYTES].hex()
