"""Whose orders they are: the wallet that pays, and who signs for it (polymarket_wire.md 5.2)."""

from collections.abc import Callable, Mapping

from attrs import frozen

from polyactors.venues.polymarket.signing.addresses import Address, BadAddress, checksummed
from polyactors.venues.polymarket.signing.orders import SignatureType
from polyactors.venues.polymarket.signing.wallets import WalletKind, is_wallet_of, proxy_wallet, safe_wallet


class BadWallet(ValueError):
    """The wallet cannot be that of the key."""


@frozen
class Owner:
    """`wallet` is the maker of orders; `key_address` the EOA of the key, which an API key belongs to."""

    key_address: Address
    wallet: Address
    signature_type: SignatureType

    @property
    def order_signer(self) -> Address:
        """A deposit wallet signs for itself; for all others the key does."""
        return self.wallet if self.signature_type is SignatureType.DEPOSIT_WALLET else self.key_address


_KINDS = {
    SignatureType.EOA: WalletKind.EOA,
    SignatureType.PROXY: WalletKind.PROXY,
    SignatureType.SAFE: WalletKind.SAFE,
    SignatureType.DEPOSIT_WALLET: WalletKind.DEPOSIT_WALLET,
}
_FOLLOWING: Mapping[SignatureType, Callable[[str], Address]] = {
    SignatureType.EOA: checksummed,
    SignatureType.PROXY: proxy_wallet,
    SignatureType.SAFE: safe_wallet,
}


def owner_of(key_address: Address, signature_type: SignatureType, wallet: str | None) -> Owner:
    """Raises `BadWallet` for a wallet that does not follow from the key, or where two do and none is named."""
    if wallet is None:
        following = _FOLLOWING.get(signature_type)
        if following is None:
            raise BadWallet("two deposit wallets may follow from a key: name the one that holds the money")
        return Owner(key_address, following(key_address), signature_type)
    try:
        named = checksummed(wallet)
    except BadAddress as error:
        raise BadWallet(str(error)) from None
    if not is_wallet_of(named, key_address, _KINDS[signature_type]):
        raise BadWallet(f"{named} is not the wallet of type {signature_type.name} that follows from {key_address}")
    return Owner(key_address, named, signature_type)
