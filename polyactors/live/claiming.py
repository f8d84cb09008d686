"""From the configuration to what claiming is opened with."""

from urllib.parse import urlsplit

from polyactors.config import Configuration
from polyactors.venues.polymarket.claims.services import LOOPBACK, ClaimServices
from polyactors.venues.polymarket.claims.settings import ClaimSettings
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeySource
from polyactors.venues.polymarket.signing.addresses import Address


def claim_settings(configuration: Configuration, wallet: Address | None = None) -> ClaimSettings:
    """With `dry_run` as section [live] says. `wallet` is whose money it is, where that is known by now: a dry run then
    needs no key. Raises `BadServices`: the addresses have to be the venue's own, or all on this machine."""
    live = configuration.live
    return ClaimSettings(
        services=claim_services(configuration),
        key=_key(configuration),
        wallet=wallet or live.wallet_address,
        relayer_key=configuration.claims.relayer_key,
        dry_run=live.dry_run,
    )


def claim_services(configuration: Configuration) -> ClaimServices:
    """Raises `BadServices`."""
    choice, clob_url, usual = configuration.claims, configuration.polymarket.clob_url, ClaimServices()
    is_here = urlsplit(clob_url).hostname in LOOPBACK
    base = clob_url.rstrip("/")
    return ClaimServices(
        clob_url=clob_url,
        gamma_url=configuration.polymarket.gamma_url,
        data_url=configuration.live.data_api_url,
        relayer_url=choice.relayer_url or (f"{base}/relayer" if is_here else usual.relayer_url),
        rpc_url=choice.rpc_url or (f"{base}/rpc" if is_here else usual.rpc_url),
    )


def _key(configuration: Configuration) -> KeySource | None:
    if configuration.claims.key_variable:
        return EnvironmentKey(configuration.claims.key_variable)
    sources = configuration.live.key_sources
    return sources[0] if sources else None
