"""Requests to the relayer: what a wallet's owner asks it to do, and whether the owner signed that (11.3 and 11.4)."""

from collections.abc import Callable

from attrs import frozen

from polyactors.exchange.chain.abi import Arguments, BadCalldata
from polyactors.exchange.chain.json_bodies import (
    BadBody,
    as_object,
    bytes_field,
    decimal,
    hexadecimal,
    number_field,
    text_field,
)
from polyactors.venues.polymarket.signing.addresses import (
    DEPOSIT_WALLET_FACTORY,
    PROXY_FACTORY,
    RELAY_HUB,
    SAFE_MULTISEND,
    ZERO_ADDRESS,
    Address,
    checksummed,
    from_bytes,
)
from polyactors.venues.polymarket.signing.deposit_wallet import unwrap_session
from polyactors.venues.polymarket.signing.keccak import selector
from polyactors.venues.polymarket.signing.keys import recover
from polyactors.venues.polymarket.signing.wallet_calls import (
    WalletCall,
    batch_digest,
    proxy_digest,
    recover_for_safe,
    recover_personal,
    safe_digest,
)
from polyactors.venues.polymarket.signing.wallets import WalletKind

MOST_CALLS = 100

_PROXY = selector("proxy((uint8,address,uint256,bytes)[])")
_MULTISEND = selector("multiSend(bytes)")
_SELECTOR_BYTES = 4
_PLAIN_CALL, _DELEGATED_CALL = 0, 1
_PROXY_CALL = 1
_MULTISEND_HEAD = 1 + 20 + 32 + 32
_SAFE_NUMBERS = ("baseGas", "gasPrice", "safeTxnGas")
_SAFE_ADDRESSES = ("gasToken", "refundReceiver")
_PROXY_NUMBERS = ("gasPrice", "relayerFee")


@frozen
class RelayRequest:
    """A wallet's calls. `signed_by` is who signed them as they are, or None; `is_session` says that a session key
    states to have done so. `deadline_s` is None where there is none."""

    kind: WalletKind
    owner: Address
    wallet: Address
    nonce: int
    calls: tuple[WalletCall, ...]
    signed_by: Address | None
    is_session: bool = False
    deadline_s: int | None = None


def deposit_wallet_request(body: dict[str, object]) -> RelayRequest:
    """Raises `BadBody`, `BadAddress` or `BadField`, as the others."""
    parameters = as_object(body.get("depositWalletParams"))
    wallet = checksummed(text_field(parameters, "depositWallet"))
    if checksummed(text_field(body, "to")) != DEPOSIT_WALLET_FACTORY:
        raise BadBody("not to the factory of deposit wallets")
    nonce, deadline_s = number_field(body, "nonce"), number_field(parameters, "deadline")
    plain_calls = parameters.get("calls")
    if not isinstance(plain_calls, list) or not 0 < len(plain_calls) <= MOST_CALLS:
        raise BadBody(f"calls are no list of 1 to {MOST_CALLS}")
    calls = tuple(_plain_call(as_object(plain)) for plain in plain_calls)
    signature = bytes_field(body, "signature")
    session = unwrap_session(signature)
    signed_by = recover(batch_digest(wallet, nonce, deadline_s, calls), signature if session is None else session.inner)
    if session is not None and session.signer != signed_by:
        signed_by = None
    owner = checksummed(text_field(body, "from"))
    kind = WalletKind.DEPOSIT_WALLET
    return RelayRequest(kind, owner, wallet, nonce, calls, signed_by, session is not None, deadline_s)


def safe_request(body: dict[str, object]) -> RelayRequest:
    safe = checksummed(text_field(body, "proxyWallet"))
    parameters = as_object(body.get("signatureParams"))
    operation, nonce = number_field(parameters, "operation"), number_field(body, "nonce")
    if any(number_field(parameters, name) for name in _SAFE_NUMBERS) or any(
        checksummed(text_field(parameters, name)) != ZERO_ADDRESS for name in _SAFE_ADDRESSES
    ):
        raise BadBody("nobody pays for gas here")
    value = number_field(body, "value") if "value" in body else 0
    call = WalletCall(checksummed(text_field(body, "to")), bytes_field(body, "data"), value)
    if operation == _PLAIN_CALL:
        calls: tuple[WalletCall, ...] = (call,)
    elif operation == _DELEGATED_CALL and call.target == SAFE_MULTISEND:
        calls = _understood(_sent_by_multisend, call)
    else:
        raise BadBody("a Safe may delegate to its multisend alone")
    signed_by = recover_for_safe(safe_digest(safe, call, operation, nonce), bytes_field(body, "signature"))
    return RelayRequest(WalletKind.SAFE, checksummed(text_field(body, "from")), safe, nonce, calls, signed_by)


def proxy_request(body: dict[str, object], relay: Address) -> RelayRequest:
    """`relay` is who relays for proxies here."""
    parameters = as_object(body.get("signatureParams"))
    nonce, gas_limit = number_field(body, "nonce"), number_field(parameters, "gasLimit")
    to_us = checksummed(text_field(parameters, "relay")) == relay
    if any(number_field(parameters, name) for name in _PROXY_NUMBERS):
        raise BadBody("nobody pays for gas here")
    if not (to_us and checksummed(text_field(parameters, "relayHub")) == RELAY_HUB):
        raise BadBody("not for this relay")
    call = WalletCall(checksummed(text_field(body, "to")), bytes_field(body, "data"))
    if call.target != PROXY_FACTORY:
        raise BadBody("not to the proxy factory")
    owner = checksummed(text_field(body, "from"))
    digest = proxy_digest(owner, call, gas_limit, nonce, RELAY_HUB, relay)
    signed_by = recover_personal(digest, bytes_field(body, "signature"))
    wallet = checksummed(text_field(body, "proxyWallet"))
    return RelayRequest(WalletKind.PROXY, owner, wallet, nonce, _understood(_made_by_proxy, call), signed_by)


def _plain_call(plain: dict[str, object]) -> WalletCall:
    target, data = checksummed(text_field(plain, "target")), hexadecimal(text_field(plain, "data"), "data")
    return WalletCall(target, data, decimal(text_field(plain, "value"), "value"))


def _understood(split: Callable[[bytes], tuple[WalletCall, ...]], call: WalletCall) -> tuple[WalletCall, ...]:
    try:
        return split(call.data)
    except BadCalldata as error:
        raise BadBody(f"data: {error}") from None


def _made_by_proxy(data: bytes) -> tuple[WalletCall, ...]:
    if data[:_SELECTOR_BYTES] != _PROXY:
        raise BadCalldata("not the function of a proxy")
    count, items = Arguments(data[_SELECTOR_BYTES:]).items(0)
    if not 0 < count <= MOST_CALLS:
        raise BadCalldata(f"not 1 to {MOST_CALLS} calls")
    parts = [items.pointed(place) for place in range(count)]
    if any(part.number(0) != _PROXY_CALL for part in parts):
        raise BadCalldata("not a plain call")
    return tuple(WalletCall(part.address(1), part.text(3), part.number(2)) for part in parts)


def _sent_by_multisend(data: bytes) -> tuple[WalletCall, ...]:
    """Each call is packed: an operation (a byte), a target, a value, the length of its data, and its data."""
    if data[:_SELECTOR_BYTES] != _MULTISEND:
        raise BadCalldata("not the function of a multisend")
    packed = Arguments(data[_SELECTOR_BYTES:]).text(0)
    calls: list[WalletCall] = []
    while packed:
        length = int.from_bytes(packed[53:_MULTISEND_HEAD], "big")
        end = _MULTISEND_HEAD + length
        if len(packed) < end or packed[0] != _PLAIN_CALL or len(calls) == MOST_CALLS:
            raise BadCalldata(f"not 1 to {MOST_CALLS} plain calls")
        value = int.from_bytes(packed[21:53], "big")
        calls.append(WalletCall(from_bytes(packed[1:21]), packed[_MULTISEND_HEAD:end], value))
        packed = packed[end:]
    if not calls:
        raise BadCalldata("no calls")
    return tuple(calls)
