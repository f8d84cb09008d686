"""What kind of wallet holds the money, as a configuration names it."""

from enum import Enum

from polyactors.venues.polymarket.signing.orders import SignatureType
from polyactors.venues.polymarket.signing.wallets import WalletKind


class WalletType(Enum):
    """EOA: the key's own address. The others are contracts that the key's owner rules (reference polymarket.md 1)."""

    EOA = "EOA"
    PROXY = "PROXY"
    SAFE = "SAFE"
    DEPOSIT_WALLET = "DEPOSIT_WALLET"

    @property
    def signature_type(self) -> SignatureType:
        return SignatureType[self.name]

    @property
    def kind(self) -> WalletKind:
        return WalletKind[self.name]
