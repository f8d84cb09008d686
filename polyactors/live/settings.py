"""Everything about trading with real money that can be chosen: section [live] of the configuration."""

from attrs import Attribute, field, frozen
from attrs.validators import ge, le

from messages.units import NANOSECONDS_PER_SECOND, Cash, Shares
from polyactors.live.wallet_type import WalletType
from polyactors.venues.polymarket.live_account.settings import version_mistakes
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.rest.clob import WEBSITE_URL
from polyactors.venues.polymarket.rest.data_api import DATA_URL
from polyactors.venues.polymarket.service_address import is_service_address
from polyactors.venues.polymarket.signer.key_source import (
    BadKeySource,
    EnvironmentKey,
    KeyFile,
    KeyringEntry,
    KeySource,
)
from polyactors.venues.polymarket.signing.addresses import Address, BadAddress, checksummed

USER_STREAM_URL = "wss://ws-subscriptions-clob.polymarket.com/ws/user"
LONGEST_HEARTBEAT_NS = 9 * NANOSECONDS_PER_SECOND
"""The venue cancels everything ten seconds after the last one (field note 15)."""
MOST_MARKETS_AN_HOUR = 1_000


def _is_no_key(instance: object, attribute: "Attribute[str]", value: str) -> None:
    """What somebody wrote where the place of the key belongs is refused without being repeated."""
    try:
        KeyFile(value)
    except BadKeySource:
        raise ValueError("looks like a key itself; it has to say where the key is") from None


def _is_wallet(instance: object, attribute: "Attribute[str]", value: str) -> None:
    """Mixed case is a checksum, and then it has to be right. The text is not repeated: it may be a key by mistake."""
    if not value:
        return
    try:
        right = checksummed(value)
    except BadAddress:
        raise ValueError("is no address; write 0x and 40 hexadecimal digits") from None
    digits = value[2:]
    if digits not in (digits.lower(), digits.upper()) and value != right:
        raise ValueError(f"{value!r} has a wrong checksum: a digit of it is wrong, or the case of its letters")


@frozen
class LiveSettings:
    """The key is in `key_file`, in the environment as `key_variable`, or in the keyring as `keyring_service` and
    `keyring_user`: one of them is to be named. `wallet` is what holds the money; empty is the key's own address. A cap
    of 0 is not set. With `dry_run` everything is done but the sending of orders. `order_version` is what the exchange
    takes. So many markets may join an hour, and be there at a time: the signer counts them.

    Differences between the venue's balances and ours within the dust are none. What may be a difference, and stays so
    for `doubt_limit_ns`, is HALT until the two can be told apart. Heartbeats and reconciliations are by the service's
    clock.
    """

    is_allowed: bool = False
    dry_run: bool = True
    key_file: str = field(default="", validator=_is_no_key)
    key_variable: str = field(default="", validator=_is_no_key)
    keyring_service: str = field(default="", validator=_is_no_key)
    keyring_user: str = field(default="", validator=_is_no_key)
    wallet: str = field(default="", validator=_is_wallet)
    wallet_type: WalletType = WalletType.EOA
    order_version: OrderVersion = OrderVersion.V2
    order_notional: Cash = field(default=Cash(0), validator=ge(Cash(0)))
    minute_notional: Cash = field(default=Cash(0), validator=ge(Cash(0)))
    markets_an_hour: int = field(default=0, validator=[ge(0), le(MOST_MARKETS_AN_HOUR)])
    user_stream_url: str = field(default=USER_STREAM_URL, validator=is_service_address("wss", "ws"))
    website_url: str = field(default=WEBSITE_URL, validator=is_service_address("https", "http"))
    data_api_url: str = field(default=DATA_URL, validator=is_service_address("https", "http"))
    reconcile_every_ns: int = field(default=300 * NANOSECONDS_PER_SECOND, validator=ge(NANOSECONDS_PER_SECOND))
    doubt_limit_ns: int = field(default=30 * NANOSECONDS_PER_SECOND, validator=ge(NANOSECONDS_PER_SECOND))
    heartbeat_ns: int = field(default=5 * NANOSECONDS_PER_SECOND, validator=ge(NANOSECONDS_PER_SECOND))
    cash_dust: Cash = field(default=Cash(10_000), validator=ge(Cash(0)))
    share_dust: Shares = field(default=Shares(10_000), validator=ge(Shares(0)))

    def __attrs_post_init__(self) -> None:
        if mistakes := tuple(self._mistakes()):
            raise ValueError("; ".join(mistakes))

    def _mistakes(self) -> list[str]:
        """What each setting cannot know of itself."""
        found = []
        if len(self.key_sources) > 1:
            found.append("the key has one place: name key_file, key_variable, or keyring_service with keyring_user")
        if bool(self.keyring_service) != bool(self.keyring_user):
            found.append("keyring_service and keyring_user go together")
        if self.heartbeat_ns > LONGEST_HEARTBEAT_NS:
            found.append("heartbeat_ms has to be 9000 at most: the venue waits ten seconds")
        if self.order_notional and self.minute_notional and self.minute_notional < self.order_notional:
            found.append("minute_notional is below order_notional: no order of that size could ever be signed")
        found += version_mistakes(self.order_version, self.wallet_type.signature_type)
        return found

    @property
    def key_sources(self) -> tuple[KeySource, ...]:
        """Those that are named; one, where it can go live."""
        found: list[KeySource] = []
        if self.key_file:
            found.append(KeyFile(self.key_file))
        if self.key_variable:
            found.append(EnvironmentKey(self.key_variable))
        if self.keyring_service or self.keyring_user:
            found.append(KeyringEntry(self.keyring_service, self.keyring_user))
        return tuple(found)

    @property
    def wallet_address(self) -> Address | None:
        """None for the key's own address, which nobody knows before the key is opened."""
        return checksummed(self.wallet) if self.wallet else None
