"""The addresses of the wallets that follow from a key: CREATE2 of each factory (polymarket_wire.md 1 and 3).

An address follows from the factory, a salt made of the owner, and the hash of the code that creates the wallet. The
deposit wallet has two codes: an ERC-1967 proxy with its implementation inside ("uups", the older ones), and one that
asks a beacon for it. Both are the proxies of the Solady library with (factory, owner) as immutable arguments.
"""

from collections.abc import Callable, Mapping
from enum import Enum

from polyactors.venues.polymarket.signing.addresses import (
    DEPOSIT_WALLET_BEACON,
    DEPOSIT_WALLET_FACTORY,
    DEPOSIT_WALLET_IMPLEMENTATION,
    PROXY_FACTORY,
    PROXY_IMPLEMENTATION,
    SAFE_FACTORY,
    SAFE_INIT_CODE_HASH,
    Address,
    address_bytes,
    from_bytes,
)
from polyactors.venues.polymarket.signing.keccak import keccak, selector
from polyactors.venues.polymarket.signing.typed_data import address_word, number_word


class WalletKind(Enum):
    """What holds the money of a key."""

    EOA = "EOA"
    PROXY = "PROXY"
    SAFE = "SAFE"
    DEPOSIT_WALLET = "WALLET"


def _storage_slot(name: str) -> bytes:
    """ERC-1967: the slot of a proxy's setting is the hash of its name, less one."""
    return (int.from_bytes(keccak(name.encode()), "big") - 1).to_bytes(32, "big")


_PROXY_CODE = (
    bytes.fromhex("3d3d606380380380913d393d73")
    + address_bytes(PROXY_FACTORY)
    + bytes.fromhex("5af4602a57600080fd5b602d8060366000396000f3" + "363d3d373d3d3d363d73")
    + address_bytes(PROXY_IMPLEMENTATION)
    + bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
    + selector("cloneConstructor(bytes)")
    + number_word(32)
    + number_word(0)
)
_PROXY_CODE_HASH = keccak(_PROXY_CODE)

_UUPS_RUNTIME = (
    bytes.fromhex("363d3d373d3d363d7f")
    + _storage_slot("eip1967.proxy.implementation")
    + bytes.fromhex("545af43d6000803e6038573d6000fd5b3d6000f3")
)
_BEACON_RUNTIME = (
    bytes.fromhex("363d3d373d3d363d602036600436635c60da1b60e01b36527f")
    + _storage_slot("eip1967.proxy.beacon")
    + bytes.fromhex("545afa5036515af43d6000803e604d573d6000fd5b3d6000f3")
)
_UUPS_STORE = bytes.fromhex("60095155f3")
_BEACON_STORE = bytes.fromhex("60195155f3")


def proxy_wallet(owner: str) -> Address:
    """Raises `BadAddress`, as all of these."""
    return _create2(PROXY_FACTORY, keccak(address_bytes(owner)), _PROXY_CODE_HASH)


def safe_wallet(owner: str) -> Address:
    return _create2(SAFE_FACTORY, keccak(address_word(owner)), SAFE_INIT_CODE_HASH)


def uups_deposit_wallet(owner: str) -> Address:
    return _deposit_wallet(owner, _UUPS_RUNTIME, _UUPS_STORE, DEPOSIT_WALLET_IMPLEMENTATION)


def beacon_deposit_wallet(owner: str) -> Address:
    return _deposit_wallet(owner, _BEACON_RUNTIME, _BEACON_STORE, DEPOSIT_WALLET_BEACON)


_DERIVATIONS: Mapping[WalletKind, tuple[Callable[[str], Address], ...]] = {
    WalletKind.PROXY: (proxy_wallet,),
    WalletKind.SAFE: (safe_wallet,),
    WalletKind.DEPOSIT_WALLET: (uups_deposit_wallet, beacon_deposit_wallet),
}


def is_wallet_of(wallet: str, owner: str, kind: WalletKind) -> bool:
    """Whether `wallet` is the one of that kind that follows from `owner`; both checksummed. Raises `BadAddress`."""
    if kind is WalletKind.EOA:
        return wallet == owner
    return any(derive(owner) == wallet for derive in _DERIVATIONS[kind])


def _deposit_wallet(owner: str, runtime: bytes, store: bytes, target: Address) -> Address:
    arguments = address_word(DEPOSIT_WALLET_FACTORY) + address_word(owner)
    size = (len(runtime) + len(arguments)).to_bytes(2, "big")
    creation = b"\x61" + size + bytes.fromhex("3d8160233d3973") + address_bytes(target) + store
    return _create2(DEPOSIT_WALLET_FACTORY, keccak(arguments), keccak(creation + runtime + arguments))


def _create2(factory: Address, salt: bytes, code_hash: bytes) -> Address:
    return from_bytes(keccak(b"\xff" + address_bytes(factory) + salt + code_hash)[12:])
