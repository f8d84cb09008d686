"""Where the account is, whose it is, and what it may do."""

from attrs import field, frozen
from attrs.validators import ge

from messages.units import NANOSECONDS_PER_SECOND
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
    """

    key: KeySource
    caps: Caps
    signature_type: SignatureType = SignatureType.EOA
    wallet: str | None = None
    dry_run: bool = True
    clob_url: str = field(default=CLOB_URL, validator=is_service_address("https", "http"))
    user_stream_url: str = field(default=USER_STREAM_URL, validator=is_service_address("wss", "ws"))
    least_lead_s: int = field(default=LEAST_LEAD_S, validator=ge(ENDS_EARLY_S + 1))
    timeouts: Timeouts = USUAL_TIMEOUTS
