"""What has to be so before live trading may begin. On the embedded exchange none of this is asked."""

from collections.abc import Iterable, Sequence

from polyactors.doctor.finding import Check, Finding, State
from polyactors.live.settings import LiveSettings
from polyactors.live.wallet_type import WalletType
from polyactors.venues.polymarket.signing.addresses import ZERO_ADDRESS


def refusals(live: LiveSettings, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Every reason why live trading may not begin, for people; none where it may. `findings` are a doctor's."""
    return (*unfinished(live), *_unwell(findings))


def unfinished(live: LiveSettings) -> tuple[str, ...]:
    """What section [live] of the configuration lacks."""
    return tuple(_unfinished(live))


def _unfinished(live: LiveSettings) -> Iterable[str]:
    if not live.is_allowed:
        yield "live.is_allowed is false: the configuration does not allow live trading"
    if not live.order_notional:
        yield "live.order_notional is not set: how much pUSD may one order be about?"
    if not live.minute_notional:
        yield "live.minute_notional is not set: how much pUSD may the orders of a minute be about?"
    if len(live.key_sources) != 1:
        yield (
            "no place of the key is named: set live.key_file, live.key_variable, "
            "or live.keyring_service and live.keyring_user"
        )
    if not live.wallet and live.wallet_type is not WalletType.EOA:
        yield f"live.wallet is not set: which {live.wallet_type.value} wallet has the money?"
    if live.wallet_address == ZERO_ADDRESS:
        yield "live.wallet is the zero address: nobody has its key"


def _unwell(findings: Sequence[Finding]) -> Iterable[str]:
    """What nobody looked at is not known to be well."""
    by_check = {finding.check: finding for finding in findings}
    for check in Check:
        found = by_check.get(check)
        if found is None:
            yield f"doctor: {check.value} was not looked at"
        elif found.state is State.FAILED:
            yield f"doctor: {check.value} failed: {found.seen}; {found.advice}"
        elif found.state is State.SKIPPED:
            yield f"doctor: {check.value} was left out: {found.seen}; {found.advice}"
