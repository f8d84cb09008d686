"""Whether the wallet is the one that follows from the key, for its type."""

from polyactors.doctor.finding import Check, Finding, failed, ok
from polyactors.live.settings import LiveSettings
from polyactors.live.wallet_type import WalletType
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.polymarket.signing.wallets import (
    beacon_deposit_wallet,
    is_wallet_of,
    proxy_wallet,
    safe_wallet,
    uups_deposit_wallet,
)


def wallet_finding(live: LiveSettings, owner: Address) -> Finding:
    """`owner` is the key's own address."""
    wallet, as_type = live.wallet_address or owner, live.wallet_type
    if is_wallet_of(wallet, owner, as_type.kind):
        return ok(Check.WALLET, f"{wallet} is the {as_type.value} wallet of the key")
    candidates = " or ".join(wallets_of(owner, as_type))
    right = f'write wallet = "{candidates}"' if " or " not in candidates else f"write one of {candidates} as wallet"
    if not live.wallet:
        return failed(Check.WALLET, f"no wallet is named, and {as_type.value} is not the key's own address", right)
    other = next((each for each in WalletType if is_wallet_of(wallet, owner, each.kind)), None)
    if other is not None:
        seen = f"{wallet} is the key's {other.value} wallet, not its {as_type.value} wallet"
        return failed(Check.WALLET, seen, f'write wallet_type = "{other.value}" if that is where the money is')
    return failed(
        Check.WALLET,
        f"{wallet} is no wallet of the key, which belongs to {owner}",
        f"{right} (that is this key's {as_type.value} wallet), or use the key of the other wallet",
    )


def wallets_of(owner: Address, as_type: WalletType) -> tuple[Address, ...]:
    """The wallets of that type that follow from a key; there are two kinds of deposit wallets."""
    match as_type:
        case WalletType.EOA:
            return (owner,)
        case WalletType.PROXY:
            return (proxy_wallet(owner),)
        case WalletType.SAFE:
            return (safe_wallet(owner),)
        case WalletType.DEPOSIT_WALLET:
            return uups_deposit_wallet(owner), beacon_deposit_wallet(owner)
