"""Who asks too often: windows for each network address, buckets for each signer (polymarket.md 9).

What an address asks beyond its rate waits for a while, and is refused when it would have to wait longer. What a signer
orders or cancels beyond its rate is refused, or only warned about.
"""

from math import ceil

from attrs import define, field, frozen

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.rate_meter import Meter
from polyactors.exchange.clob.rate_rules import TIERS, Rule, SignerLimits, Tier, rules_of


@frozen
class RateSettings:
    """`tier` is everybody's. `longest_wait_ns` is how long a request of a busy address is held back."""

    limits_addresses: bool = True
    longest_wait_ns: int = NANOSECONDS_PER_SECOND
    signers: SignerLimits = SignerLimits.WARN
    tier: Tier = TIERS[0]


@frozen
class Wait:
    """The request is answered after so long; 0 for at once."""

    wait_ns: int


@frozen
class TooMany:
    """The request is refused, and may be sent again after `retry_after_s`."""

    retry_after_s: int


@frozen
class Standing:
    """What the headers tell a signer: see reference polymarket_wire.md 2. `too_many` is what was found wrong."""

    remaining: float
    reset_s: int
    tier: str
    is_warning: bool = False
    too_many: TooMany | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        told = [
            (b"poly-ratelimit-remaining", f"{self.remaining:.2f}".encode()),
            (b"poly-ratelimit-reset", str(self.reset_s).encode()),
            (b"poly-ratelimit-tier", self.tier.encode()),
        ]
        return [*told, (b"poly-ratelimit-warning", b"true")] if self.is_warning else told


@define
class AddressLimits:
    """The rules for network addresses."""

    settings: RateSettings = field(factory=RateSettings)
    _meters: dict[str, tuple[Meter, ...]] = field(factory=dict, init=False)

    def admit(self, address: str, method: str, path: str, now_ns: int) -> Wait | TooMany:
        """Counts the request unless it is refused."""
        if not self.settings.limits_addresses:
            return Wait(0)
        meters = [meter for rule in rules_of(method, path) for meter in self._of(rule)]
        wait_ns = max((meter.wait_ns(address, 1, now_ns) for meter in meters), default=0)
        if wait_ns > self.settings.longest_wait_ns:
            return TooMany(_seconds(wait_ns))
        for meter in meters:
            meter.take(address, 1, now_ns)
        return Wait(wait_ns)

    def _of(self, rule: Rule) -> tuple[Meter, ...]:
        meters = self._meters.get(rule.name)
        if meters is None:
            meters = self._meters[rule.name] = tuple(Meter(rate) for rate in rule.rates)
        return meters


class SignerMeters:
    """The buckets of signers: one for orders, one for cancels."""

    def __init__(self, settings: RateSettings) -> None:
        self._settings = settings
        self._orders = Meter(settings.tier.orders)
        self._cancels = Meter(settings.tier.cancels)

    @property
    def is_off(self) -> bool:
        return self._settings.signers is SignerLimits.OFF

    def order(self, signer: str, orders: int, now_ns: int) -> Standing:
        """Takes what the orders cost, unless that is refused."""
        return self._spend(self._orders, signer, orders, now_ns, may_owe=False)

    def cancel(self, signer: str, orders: int, now_ns: int) -> Standing:
        """The same for cancels, which may owe something in the lower tiers."""
        return self._spend(self._cancels, signer, orders, now_ns, may_owe=self._settings.tier.may_owe)

    def cancelled(self, signer: str, orders: int, now_ns: int) -> Standing:
        """What a request for cancelling everything cost besides, known only when it is done."""
        self._cancels.take(signer, orders, now_ns)
        return self._standing(self._cancels, signer, now_ns, is_over=False)

    def _spend(self, meter: Meter, signer: str, cost: int, now_ns: int, *, may_owe: bool) -> Standing:
        wait_ns = meter.wait_ns(signer, 1 if may_owe else cost, now_ns)
        enforced = self._settings.signers is SignerLimits.ENFORCE
        if not wait_ns or not enforced:
            meter.take(signer, cost, now_ns)
        standing = self._standing(meter, signer, now_ns, is_over=wait_ns > 0 and not enforced)
        if wait_ns and enforced:
            return Standing(standing.remaining, standing.reset_s, standing.tier, too_many=TooMany(_seconds(wait_ns)))
        return standing

    def _standing(self, meter: Meter, signer: str, now_ns: int, *, is_over: bool) -> Standing:
        reset_s = _seconds(meter.full_ns(signer, now_ns))
        return Standing(meter.remaining(signer, now_ns), reset_s, self._settings.tier.name, is_warning=is_over)


def _seconds(length_ns: int) -> int:
    return ceil(length_ns / NANOSECONDS_PER_SECOND)
