"""EIP-712: the words that structs are hashed from, domain separators, and the digest that is signed."""

from polyactors.venues.polymarket.signing.addresses import address_bytes
from polyactors.venues.polymarket.signing.keccak import keccak

_DOMAIN_TYPE = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_NAMED_CHAIN_TYPE = keccak(b"EIP712Domain(string name,string version,uint256 chainId)")
_CONTRACT_TYPE = keccak(b"EIP712Domain(uint256 chainId,address verifyingContract)")


class BadField(ValueError):
    """A value that does not fit its EIP-712 type."""


def number_word(value: int, bits: int = 256) -> bytes:
    """An unsigned number of at most `bits` bits as a word. Raises `BadField`."""
    if value < 0 or value >> bits:
        raise BadField(f"a number that is no uint{bits}")
    return value.to_bytes(32, "big")


def address_word(address: str) -> bytes:
    """Raises `BadAddress`."""
    return bytes(12) + address_bytes(address)


def bytes_word(value: bytes) -> bytes:
    """A bytes32. Raises `BadField`."""
    if len(value) != 32:
        raise BadField(f"{len(value)} bytes where 32 belong")
    return value


def text_word(value: str) -> bytes:
    return keccak(value.encode())


def domain_separator(name: str, version: str, chain_id: int, contract: str) -> bytes:
    """The separator of a domain with a verifying contract."""
    named = _DOMAIN_TYPE + text_word(name) + text_word(version)
    return keccak(named + number_word(chain_id) + address_word(contract))


def domain_without_contract(name: str, version: str, chain_id: int) -> bytes:
    return keccak(_NAMED_CHAIN_TYPE + text_word(name) + text_word(version) + number_word(chain_id))


def domain_of_contract(chain_id: int, contract: str) -> bytes:
    """The separator of a domain that has neither name nor version, as a Safe's."""
    return keccak(_CONTRACT_TYPE + number_word(chain_id) + address_word(contract))


def typed_digest(separator: bytes, struct_hash: bytes) -> bytes:
    return keccak(b"\x19\x01" + separator + struct_hash)


def personal_digest(message: bytes) -> bytes:
    """What `personal_sign` (EIP-191) signs for `message`."""
    return keccak(b"\x19Ethereum Signed Message:\n%d" % len(message) + message)
