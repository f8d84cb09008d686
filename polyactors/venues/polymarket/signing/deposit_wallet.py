"""Signatures of deposit wallets: nested typed data (ERC-7739) and the wrapper of session keys (polymarket_wire.md 5.2).

A contract cannot sign, so its owner signs a `TypedDataSign` that holds the order and names the wallet; what goes over
the wire carries, behind the owner's 65 bytes, what the wallet needs to check it: the exchange's domain separator, the
hash of the order, the order's type, and the length of that text.
"""

from attrs import frozen

from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, Address, BadAddress, from_bytes
from polyactors.venues.polymarket.signing.keccak import keccak
from polyactors.venues.polymarket.signing.keys import SIGNATURE_BYTES
from polyactors.venues.polymarket.signing.orders import ORDER_TYPE
from polyactors.venues.polymarket.signing.typed_data import address_word, number_word, text_word, typed_digest

WALLET_NAME = "DepositWallet"
WALLET_VERSION = "1"

_SIGNED_TYPE = (
    "TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
)
_TYPE_HASH = keccak((_SIGNED_TYPE + ORDER_TYPE).encode())
_NAME_WORDS = text_word(WALLET_NAME) + text_word(WALLET_VERSION)
_NO_SALT = bytes(32)
_CONTENTS_TYPE = ORDER_TYPE.encode() + len(ORDER_TYPE).to_bytes(2, "big")
_WRAPPED_BYTES = SIGNATURE_BYTES + 32 + 32 + len(_CONTENTS_TYPE)

_SESSION_MAGIC = bytes.fromhex("6492" * 16)
_SESSION_OFFSET = number_word(96)
_SESSION_HEAD_BYTES = 4 * 32


@frozen
class SessionSignature:
    """What a session key signed for a wallet that is not its own: the key's address, and the inner signature."""

    signer: Address
    inner: bytes


def wallet_digest(wallet: str, separator: bytes, struct_hash: bytes, chain_id: int = CHAIN_ID) -> bytes:
    """What the wallet's owner signs for an order with that hash, for the exchange with that separator.

    Raises `BadAddress`.
    """
    signer = _NAME_WORDS + number_word(chain_id) + address_word(wallet) + _NO_SALT
    return typed_digest(separator, keccak(_TYPE_HASH + struct_hash + signer))


def wrap(signature: bytes, separator: bytes, struct_hash: bytes) -> bytes:
    """The signature as it goes over the wire, around the owner's 65 bytes."""
    return signature + separator + struct_hash + _CONTENTS_TYPE


def unwrap(wrapped: bytes, separator: bytes, struct_hash: bytes) -> bytes | None:
    """The owner's 65 bytes; None if what is behind them is not of this exchange, this order and this type."""
    if len(wrapped) != _WRAPPED_BYTES or wrapped[SIGNATURE_BYTES:] != separator + struct_hash + _CONTENTS_TYPE:
        return None
    return wrapped[:SIGNATURE_BYTES]


def wrap_session(signer: str, signature: bytes) -> bytes:
    """A session key's signature: (bytes32 signer, bytes32 0, bytes signature) and the magic of ERC-6492.

    Raises `BadAddress`.
    """
    return address_word(signer) + bytes(32) + _SESSION_OFFSET + _counted(signature) + _SESSION_MAGIC


def unwrap_session(wrapped: bytes) -> SessionSignature | None:
    """The parts of a session key's signature; None if it is none, or not written in the one way that is right."""
    if len(wrapped) < _SESSION_HEAD_BYTES + len(_SESSION_MAGIC) or not wrapped.endswith(_SESSION_MAGIC):
        return None
    length = int.from_bytes(wrapped[96:128], "big")
    inner = wrapped[_SESSION_HEAD_BYTES : _SESSION_HEAD_BYTES + min(length, len(wrapped))]
    try:
        signer = from_bytes(wrapped[12:32])
    except BadAddress:
        return None
    return SessionSignature(signer, inner) if wrap_session(signer, inner) == wrapped else None


def _counted(value: bytes) -> bytes:
    return number_word(len(value)) + value + bytes(-len(value) % 32)
