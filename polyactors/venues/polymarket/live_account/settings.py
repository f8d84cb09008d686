"""Where the account is, whose it is, and what it may do."""

from attrs import field, frozen
from attrs.validators import ge

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.polymarket.first_client.installed import INSTALL, is_installed
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.rest.calling import USUAL_TIMEOUTS, Timeouts
from polyactors.venues.polymarket.rest.clob import CLOB_URL
from polyactors.venues.polymarket.service_address import is_service_address
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.key_source import KeySource
from polyactors.venues.polymarket.signing.orders import SignatureType

USER_STREAM_URL = "wss://ws-subscriptions-clob.polymarket.com/ws/user"

ENDS_EARLY_S = 60
"""The venue ends a GTD order so long before its stamp (reference polymarket.md 3.1)."""

LEAST_LEAD_S = 185
"""A stamp has to be so far ahead: 180 s by the venue's documents (field note 14), and what clocks and ways differ."""

SHORTEST_GTD_NS = (LEAST_LEAD_S - ENDS_EARLY_S) * NANOSECONDS_PER_SECOND
"""No GTD order ends by itself sooner. Whoever wants a shorter life cancels the order in time."""


@frozen
class AccountSettings:
    """`key` says where the private key is, `caps` what its process signs at most. `wallet` holds the money: None for
    the one of type `signature_type` that follows from the key, which only a deposit wallet does not do clearly.

    With `dry_run` nothing is changed at the venue but that there is an API key: no order is sent, none is cancelled,
    and no heartbeat arms the switch that cancels.

    Orders of the first version are for wallets that the key signs for, and need the optional extra `v1`.
    """

    key: KeySource
    caps: Caps
    signature_type: SignatureType = SignatureType.EOA
    wallet: str | None = None
    dry_run: bool = True
    order_version: OrderVersion = OrderVersion.V2
    clob_url: str = field(default=CLOB_URL, validator=is_service_address("https", "http"))
    user_stream_url: str = field(default=USER_STREAM_URL, validator=is_service_address("wss", "ws"))
    least_lead_s: int = field(default=LEAST_LEAD_S, validator=ge(ENDS_EARLY_S + 1))
    timeouts: Timeouts = USUAL_TIMEOUTS

    def __attrs_post_init__(self) -> None:
        if mistakes := version_mistakes(self.order_version, self.signature_type):
            raise ValueError("; ".join(mistakes))


def version_mistakes(version: OrderVersion, signature_type: SignatureType) -> tuple[str, ...]:
    """What stands in the way of orders of that version, for people."""
    if version is not OrderVersion.V1:
        return ()
    found = []
    if signature_type is SignatureType.DEPOSIT_WALLET:
        found.append("exchanges that take orders of version v1 know no deposit wallets")
    if not is_installed():
        found.append(INSTALL)
    return tuple(found)
