"""The venue's own clients as the judge: the same wallets for any key, the same bytes for any order."""

import pytest
from hypothesis import given, settings

from polyactors.venues.polymarket.signing import addresses
from polyactors.venues.polymarket.signing.addresses import Address, checksummed
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.orders import (
    V1_DOMAIN,
    V1_NEG_RISK_DOMAIN,
    V2_DOMAIN,
    V2_NEG_RISK_DOMAIN,
    V3_DOMAIN,
)
from polyactors.venues.polymarket.signing.wallets import (
    beacon_deposit_wallet,
    proxy_wallet,
    safe_wallet,
    uups_deposit_wallet,
)
from tests.venues.polymarket.signed_orders import KEYS

environments = pytest.importorskip("polymarket._internal.environment")
client_wallets = pytest.importorskip("polymarket._internal.wallet")


@settings(max_examples=25, deadline=None)
@given(KEYS)
def test_the_wallets_of_a_key_are_those_that_the_client_derives(key: SigningKey) -> None:
    config = environments.PRODUCTION_CONFIG.wallet_derivation
    assert proxy_wallet(key.address) == client_wallets.derive_proxy_wallet_address(key.address, config)
    assert safe_wallet(key.address) == client_wallets.derive_safe_wallet_address(key.address, config)
    assert uups_deposit_wallet(key.address) == client_wallets.derive_uups_deposit_wallet_address(key.address, config)
    assert beacon_deposit_wallet(key.address) == client_wallets.derive_beacon_deposit_wallet_address(
        key.address, config
    )


def test_the_contracts_are_those_of_the_client() -> None:
    config = environments.PRODUCTION_CONFIG
    pairs = {
        "collateral_token": addresses.COLLATERAL,
        "conditional_tokens": addresses.CONDITIONAL_TOKENS,
        "standard_exchange": addresses.EXCHANGE_V2,
        "neg_risk_exchange": addresses.NEG_RISK_EXCHANGE_V2,
        "exchange_v3": addresses.EXCHANGE_V3,
        "neg_risk_adapter": addresses.NEG_RISK_ADAPTER,
        "collateral_adapter": addresses.COLLATERAL_ADAPTER,
        "neg_risk_collateral_adapter": addresses.NEG_RISK_COLLATERAL_ADAPTER,
        "protocol_v2_router": addresses.PROTOCOL_TWO_ROUTER,
        "position_manager": addresses.POSITION_MANAGER,
        "binary_module": addresses.BINARY_MODULE,
        "neg_risk_module": addresses.NEG_RISK_MODULE,
        "auto_redeem_operator": addresses.AUTO_REDEEM_OPERATOR,
        "perps_deposit_contract": addresses.PERPS_DEPOSIT,
        "safe_multisend": addresses.SAFE_MULTISEND,
        "relay_hub": addresses.RELAY_HUB,
    }
    assert {name: getattr(config, name).lower() for name in pairs} == {name: pairs[name].lower() for name in pairs}
    assert config.chain_id == addresses.CHAIN_ID


def test_every_contract_is_written_with_its_checksum() -> None:
    contracts = [value for name, value in vars(addresses).items() if name.isupper() and isinstance(value, str)]
    contracts += [
        domain.contract for domain in (V1_DOMAIN, V1_NEG_RISK_DOMAIN, V2_DOMAIN, V2_NEG_RISK_DOMAIN, V3_DOMAIN)
    ]
    assert len(contracts) > 20
    assert [Address(checksummed(contract)) for contract in contracts] == contracts
