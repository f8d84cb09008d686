"""Keccak-256 as Ethereum uses it (not the later SHA3-256)."""

from Crypto.Hash import keccak as _keccak

HASH_BYTES = 32


def keccak(data: bytes) -> bytes:
    """The 32 bytes of Keccak-256."""
    return _keccak.new(data=data, digest_bits=256).digest()


def selector(signature: str) -> bytes:
    """The four bytes that name a contract's function, given as "transfer(address,uint256)"."""
    return keccak(signature.encode())[:4]
