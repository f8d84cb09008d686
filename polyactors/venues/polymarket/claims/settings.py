"""How claiming is opened."""

from attrs import frozen

from polyactors.venues.polymarket.claims.services import ClaimServices
from polyactors.venues.polymarket.signer.key_source import KeySource
from polyactors.venues.polymarket.signing.addresses import Address


@frozen(kw_only=True)
class ClaimSettings:
    """`key` is read by the claiming process alone; a dry run with a `wallet` needs none. `wallet` holds the money, None
    is the key's own address; any other needs `relayer_key`, which is the key of that name and not the private key.

    A key in the environment can be taken once: the signer and the claims need a variable each.
    """

    services: ClaimServices = ClaimServices()
    key: KeySource | None = None
    wallet: Address | None = None
    relayer_key: KeySource | None = None
    dry_run: bool = True
    start_within_s: float = 60.0
    look_within_s: float = 60.0
    claim_within_s: float = 300.0
    """Longer than the client polls for a transaction to become final (polymarket_wire.md 11.3)."""
