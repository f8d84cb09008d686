"""The wallet's signature that asks for an API key (L1; reference polymarket_wire.md 3)."""

from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, BadAddress, checksummed
from polyactors.venues.polymarket.signing.keccak import keccak
from polyactors.venues.polymarket.signing.keys import SigningKey, recover
from polyactors.venues.polymarket.signing.typed_data import (
    BadField,
    address_word,
    domain_without_contract,
    number_word,
    text_word,
    typed_digest,
)

_TYPE_HASH = keccak(b"ClobAuth(address address,string timestamp,uint256 nonce,string message)")
_MESSAGE_WORD = text_word("This message attests that I control the given wallet")


def clob_auth_digest(address: str, timestamp: str, nonce: int, chain_id: int = CHAIN_ID) -> bytes:
    """What the owner of `address` signs; `timestamp` is the text of the header, epoch seconds.

    Raises `BadAddress` or `BadField`.
    """
    stated = address_word(address) + text_word(timestamp) + number_word(nonce)
    separator = domain_without_contract("ClobAuthDomain", "1", chain_id)
    return typed_digest(separator, keccak(_TYPE_HASH + stated + _MESSAGE_WORD))


def l1_headers(key: SigningKey, timestamp_s: int, nonce: int = 0, chain_id: int = CHAIN_ID) -> dict[str, str]:
    """The headers of a request that creates or derives an API key."""
    return {
        "POLY_ADDRESS": key.address,
        "POLY_SIGNATURE": "0x" + sign_clob_auth(key, timestamp_s, nonce, chain_id).hex(),
        "POLY_TIMESTAMP": str(timestamp_s),
        "POLY_NONCE": str(nonce),
    }


def sign_clob_auth(key: SigningKey, timestamp_s: int, nonce: int = 0, chain_id: int = CHAIN_ID) -> bytes:
    return key.sign(clob_auth_digest(key.address, str(timestamp_s), nonce, chain_id))


def is_clob_auth_signed(address: str, timestamp: str, nonce: int, signature: bytes, chain_id: int = CHAIN_ID) -> bool:
    """Whether the owner of `address` signed the request; never raises for what a stranger sent."""
    try:
        return recover(clob_auth_digest(address, timestamp, nonce, chain_id), signature) == checksummed(address)
    except (BadAddress, BadField, UnicodeEncodeError):
        return False
