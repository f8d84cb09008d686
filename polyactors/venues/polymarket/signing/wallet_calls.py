"""What a wallet's owner signs so that the relayer makes the wallet call contracts (polymarket_wire.md 11.4).

Each kind of wallet has its own digest: a deposit wallet a batch of calls, a Safe one transaction (several calls go
through its multisend contract), a proxy the relay hub's request.
"""

from collections.abc import Sequence

from attrs import frozen

from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, ZERO_ADDRESS, Address, address_bytes
from polyactors.venues.polymarket.signing.deposit_wallet import WALLET_NAME, WALLET_VERSION
from polyactors.venues.polymarket.signing.keccak import keccak
from polyactors.venues.polymarket.signing.keys import SIGNATURE_BYTES, SigningKey, recover
from polyactors.venues.polymarket.signing.typed_data import (
    address_word,
    domain_of_contract,
    domain_separator,
    number_word,
    personal_digest,
    typed_digest,
)

_CALL_TYPE = b"Call(address target,uint256 value,bytes data)"
_CALL_TYPE_HASH = keccak(_CALL_TYPE)
_BATCH_TYPE_HASH = keccak(b"Batch(address wallet,uint256 nonce,uint256 deadline,Call[] calls)" + _CALL_TYPE)
_SAFE_TYPE_HASH = keccak(
    b"SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,"
    b"address gasToken,address refundReceiver,uint256 nonce)"
)
_SAFE_PERSONAL = 4
"""A Safe knows by a v of 31 or 32 that the digest was signed as a personal message."""


@frozen
class WalletCall:
    """One call that a wallet makes. `value` is in wei of the chain's own coin."""

    target: Address
    data: bytes
    value: int = 0


def batch_digest(
    wallet: str, nonce: int, deadline_s: int, calls: Sequence[WalletCall], chain_id: int = CHAIN_ID
) -> bytes:
    """For a deposit wallet, signed as it is. Raises `BadField` or `BadAddress`, as all of these."""
    hashes = b"".join(
        keccak(_CALL_TYPE_HASH + address_word(call.target) + number_word(call.value) + keccak(call.data))
        for call in calls
    )
    stated = address_word(wallet) + number_word(nonce) + number_word(deadline_s) + keccak(hashes)
    separator = domain_separator(WALLET_NAME, WALLET_VERSION, chain_id, wallet)
    return typed_digest(separator, keccak(_BATCH_TYPE_HASH + stated))


def safe_digest(safe: str, call: WalletCall, operation: int, nonce: int, chain_id: int = CHAIN_ID) -> bytes:
    """For a Safe whose gas nobody refunds; `operation` 0 is a call, 1 a delegated one. Signed as a personal message."""
    no_gas = number_word(0) * 3 + address_word(ZERO_ADDRESS) * 2
    what = address_word(call.target) + number_word(call.value) + keccak(call.data) + number_word(operation, 8)
    separator = domain_of_contract(chain_id, safe)
    return typed_digest(separator, keccak(_SAFE_TYPE_HASH + what + no_gas + number_word(nonce)))


def proxy_digest(owner: str, call: WalletCall, gas_limit: int, nonce: int, relay_hub: str, relay: str) -> bytes:
    """For a proxy wallet, relayed without a fee; `call` is to the proxy factory. Signed as a personal message."""
    numbers = number_word(0) * 2 + number_word(gas_limit) + number_word(nonce)
    parties = address_bytes(relay_hub) + address_bytes(relay)
    return keccak(b"rlx:" + address_bytes(owner) + address_bytes(call.target) + call.data + numbers + parties)


def sign_personally(key: SigningKey, digest: bytes) -> bytes:
    return key.sign(personal_digest(digest))


def sign_for_safe(key: SigningKey, digest: bytes) -> bytes:
    signature = sign_personally(key, digest)
    return signature[:-1] + bytes((signature[-1] + _SAFE_PERSONAL,))


def recover_personal(digest: bytes, signature: bytes) -> Address | None:
    return recover(personal_digest(digest), signature)


def recover_for_safe(digest: bytes, signature: bytes) -> Address | None:
    if len(signature) != SIGNATURE_BYTES or signature[-1] < _SAFE_PERSONAL:
        return None
    return recover_personal(digest, signature[:-1] + bytes((signature[-1] - _SAFE_PERSONAL,)))
