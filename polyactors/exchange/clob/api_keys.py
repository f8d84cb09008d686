"""Who may ask for what is private: sets of API credentials, one for each address and nonce.

What a set looks like follows from the seed, so that a run can be repeated; nobody has it before it was created.
"""

import base64
from hashlib import sha256
from uuid import UUID

from attrs import field, frozen

from polyactors.exchange.words import ApiKey
from polyactors.venues.polymarket.signing.addresses import Address


@frozen
class Credentials:
    """`secret` is URL-safe base64, as the venue gives it; `address` is the EOA that asked for the key."""

    key: ApiKey
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)
    address: Address


class ApiKeys:
    """The keys of everybody who made some."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._by_key: dict[str, Credentials] = {}
        self._by_nonce: dict[tuple[Address, int], ApiKey] = {}
        self._by_address: dict[Address, dict[ApiKey, Credentials]] = {}

    def create(self, address: Address, nonce: int) -> Credentials:
        """The same for the same address and nonce, even if it was deleted in between."""
        credentials = _made(f"{self._seed} key {address} {nonce}", address)
        self._by_key[credentials.key] = credentials
        self._by_nonce[address, nonce] = credentials.key
        self._by_address.setdefault(address, {})[credentials.key] = credentials
        return credentials

    def derive(self, address: Address, nonce: int) -> Credentials | None:
        """Those that were created for the nonce, unless they were deleted."""
        key = self._by_nonce.get((address, nonce))
        return None if key is None else self._by_key.get(key)

    def find(self, key: str) -> Credentials | None:
        return self._by_key.get(key)

    def of_address(self, address: Address) -> tuple[Credentials, ...]:
        """In the order of their creation."""
        return tuple(self._by_address.get(address, {}).values())

    def delete(self, key: str) -> None:
        """Does nothing for a key that is not there."""
        gone = self._by_key.pop(key, None)
        if gone is not None:
            del self._by_address[gone.address][gone.key]


@frozen
class BuilderKey:
    """A key that attributes orders to who built them. Times are epoch milliseconds, `revoked_ms` None while valid."""

    credentials: Credentials
    created_ms: int
    revoked_ms: int | None = None


class SpareKeys:
    """Builder keys and read-only keys: as many of each as an address asks for, up to `most`."""

    def __init__(self, seed: int, most: int = 100) -> None:
        self._seed = seed
        self._most = most
        self._builders: dict[str, BuilderKey] = {}
        self._readonly: dict[str, Address] = {}
        self._made: dict[Address, int] = {}

    def add_builder(self, address: Address, now_ms: int) -> Credentials | None:
        """None if the address has had too many."""
        number = self._next_number(address)
        if number is None:
            return None
        credentials = _made(f"{self._seed} builder {address} {number}", address)
        self._builders[credentials.key] = BuilderKey(credentials, now_ms)
        return credentials

    def builder(self, key: str) -> BuilderKey | None:
        return self._builders.get(key)

    def builders_of(self, address: Address) -> tuple[BuilderKey, ...]:
        return tuple(found for found in self._builders.values() if found.credentials.address == address)

    def revoke_builder(self, key: str, now_ms: int) -> None:
        found = self._builders.get(key)
        if found is not None and found.revoked_ms is None:
            self._builders[key] = BuilderKey(found.credentials, found.created_ms, now_ms)

    def add_readonly(self, address: Address) -> ApiKey | None:
        """None if the address has had too many."""
        number = self._next_number(address)
        if number is None:
            return None
        key = _made(f"{self._seed} readonly {address} {number}", address).key
        self._readonly[key] = address
        return key

    def readonly_of(self, address: Address) -> tuple[str, ...]:
        return tuple(key for key, owner in self._readonly.items() if owner == address)

    def owner_of_readonly(self, key: str) -> Address | None:
        return self._readonly.get(key)

    def delete_readonly(self, key: str, address: Address) -> bool:
        """Whether it was there, and the address's own."""
        if self._readonly.get(key) != address:
            return False
        del self._readonly[key]
        return True

    def _next_number(self, address: Address) -> int | None:
        number = self._made.get(address, 0)
        if number >= self._most:
            return None
        self._made[address] = number + 1
        return number


def _made(seed: str, address: Address) -> Credentials:
    drawn = [sha256(f"{part} {seed}".encode()).digest() for part in ("key", "secret", "passphrase")]
    key = ApiKey(str(UUID(bytes=drawn[0][:16], version=4)))
    return Credentials(key, base64.urlsafe_b64encode(drawn[1]).decode(), drawn[2].hex(), address)
