"""What can be chosen about claiming: section [claims] of the configuration."""

from attrs import Attribute, evolve, field, frozen
from attrs.validators import ge

from actors.execution.live.claim_rules import ClaimSettings as ClaimRules
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, SHARE_SCALE, Cash, Shares
from polyactors.venues.polymarket.service_address import is_service_address
from polyactors.venues.polymarket.signer.key_source import BadKeySource, EnvironmentKey, KeyFile, KeySource


def _is_no_key(instance: object, attribute: "Attribute[str]", value: str) -> None:
    try:
        KeyFile(value)
    except BadKeySource:
        raise ValueError("looks like a key itself; it has to say where the key is") from None


def _is_address_or_empty(instance: object, attribute: "Attribute[str]", value: str) -> None:
    if value:
        is_service_address("https", "http")(instance, attribute, value)


@frozen
class ClaimChoice:
    """`key_variable` is a second variable with the private key, for who has it in the environment: the signer takes
    its own away. `relayer_key_file` or `relayer_key_variable` say where the relayer's key is, which wallets that are
    contracts need. Addresses that are empty are the venue's, or those of the exchange on this machine.

    What pays less than `least_payout` is not redeemed, fewer sets than `least_sets` are not merged.
    """

    key_variable: str = field(default="", validator=_is_no_key)
    relayer_key_file: str = field(default="", validator=_is_no_key)
    relayer_key_variable: str = field(default="", validator=_is_no_key)
    relayer_url: str = field(default="", validator=_is_address_or_empty)
    rpc_url: str = field(default="", validator=_is_address_or_empty)
    least_payout: Cash = field(default=Cash(CASH_SCALE // 100), validator=ge(Cash(0)))
    least_sets: Shares = field(default=Shares(SHARE_SCALE), validator=ge(Shares(0)))
    look_every_ns: int = field(default=300 * NANOSECONDS_PER_SECOND, validator=ge(NANOSECONDS_PER_SECOND))

    def __attrs_post_init__(self) -> None:
        if self.relayer_key_file and self.relayer_key_variable:
            raise ValueError("the relayer's key has one place: name relayer_key_file or relayer_key_variable")

    @property
    def relayer_key(self) -> KeySource | None:
        if self.relayer_key_file:
            return KeyFile(self.relayer_key_file)
        return EnvironmentKey(self.relayer_key_variable) if self.relayer_key_variable else None

    @property
    def rules(self) -> ClaimRules:
        """What the actor goes by."""
        return evolve(
            ClaimRules(),
            least_payout=self.least_payout,
            least_sets=self.least_sets,
            look_every_ns=self.look_every_ns,
        )
