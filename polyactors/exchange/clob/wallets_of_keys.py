"""Which wallet is meant by a key's owner and a type of signature (reference polymarket_wire.md 5.2)."""

from polyactors.exchange.accounts.vault import Vault
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.words import Refused, Wallet
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.polymarket.signing.orders import SignatureType
from polyactors.venues.polymarket.signing.wallets import (
    beacon_deposit_wallet,
    proxy_wallet,
    safe_wallet,
    uups_deposit_wallet,
)

_INVALID_TYPE = Refused(400, "Invalid signature_type")


def signature_type_of(text: str | None) -> SignatureType:
    """Without one the key is the wallet. Raises `Rejected`."""
    if not text:
        return SignatureType.EOA
    if len(text) != 1 or text not in "0123":
        raise Rejected(_INVALID_TYPE)
    return SignatureType(int(text))


def wallet_of(owner: Address, signature_type: SignatureType, vault: Vault) -> Wallet:
    """Of the two possible deposit wallets the one that was used before; the older kind if neither was."""
    match signature_type:
        case SignatureType.EOA:
            return Wallet(owner)
        case SignatureType.PROXY:
            return Wallet(proxy_wallet(owner))
        case SignatureType.SAFE:
            return Wallet(safe_wallet(owner))
        case SignatureType.DEPOSIT_WALLET:
            beacon = Wallet(beacon_deposit_wallet(owner))
            return beacon if beacon in vault.accounts else Wallet(uups_deposit_wallet(owner))
