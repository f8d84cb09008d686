"""Somebody with a fresh key and one wallet, and the venue's three clients that trade for it, unmodified."""

# The second client ships no types.
# mypy: disable-error-code="import-untyped"

import dataclasses
import secrets
from functools import cached_property
from typing import Any

from eth_account import Account as EthereumAccount
from polymarket import PRODUCTION, Environment, RateLimitUpdateListener, RelayerApiKey, SecureClient
from polymarket._internal.environment import create_environment, get_environment_config
from polymarket._internal.protocol import is_v2_position_id
from py_clob_client.client import ClobClient as FirstClient
from py_clob_client_v2 import BalanceAllowanceParams, OrderArgs
from py_clob_client_v2 import ClobClient as SecondClient

from messages.units import SHARE_SCALE
from polyactors.exchange.words import Wallet
from polyactors.venues.polymarket.signing.orders import SignatureType
from polyactors.venues.polymarket.signing.wallets import beacon_deposit_wallet, proxy_wallet, safe_wallet
from tests.exchange_clients.served_exchange import Place

CHAIN = 137

_DERIVATIONS = {
    SignatureType.PROXY: proxy_wallet,
    SignatureType.SAFE: safe_wallet,
    SignatureType.DEPOSIT_WALLET: beacon_deposit_wallet,
}


def environment(place: Place) -> Environment:
    """What the client calls an environment; it has no public way of making one."""
    config = dataclasses.replace(
        get_environment_config(PRODUCTION),
        clob_url=place.url,
        gamma_url=place.gamma,
        data_url=place.data,
        relayer_url=f"{place.url}/relayer",
        rpc_url=f"{place.url}/rpc",
        clob_market_ws_url=f"{place.ws}/market",
        clob_user_ws_url=f"{place.ws}/user",
        relayer_poll_frequency_ms=20,
    )
    return create_environment(name="local", config=config)


class ClientAccount:
    """Its clients are made when they are first asked for."""

    def __init__(self, place: Place, kind: SignatureType = SignatureType.EOA) -> None:
        self.place = place
        self.kind = kind
        self.key = "0x" + secrets.token_hex(32)
        self.signer: str = EthereumAccount.from_key(self.key).address
        derive = _DERIVATIONS.get(kind)
        self.wallet = Wallet(self.signer if derive is None else derive(self.signer))
        self.environment = environment(place)
        self._made: list[SecureClient] = []

    @cached_property
    def sdk(self) -> SecureClient:
        return self.sdk_that_tells(None)

    def sdk_that_tells(self, listener: RateLimitUpdateListener | None) -> SecureClient:
        made = SecureClient.create(
            private_key=self.key,
            wallet=self.wallet,
            environment=self.environment,
            api_key=RelayerApiKey(key="unlimited", address=self.signer),
            on_rate_limit_update=listener,
        )
        self._made.append(made)
        return made

    @cached_property
    def v2(self) -> Any:
        made = SecondClient(self.place.url, CHAIN, key=self.key, signature_type=self.kind.value, funder=self.wallet)
        made.set_api_creds(made.create_or_derive_api_key())
        return made

    @cached_property
    def v1(self) -> Any:
        made = FirstClient(
            self.place.url, chain_id=CHAIN, key=self.key, signature_type=self.kind.value, funder=self.wallet
        )
        made.set_api_creds(made.create_or_derive_api_creds())
        return made

    def buy(self, token: str, price: float, size: float) -> Any:
        """A limit order of the second client, the quickest to make; its answer, without waiting for the chain."""
        args = OrderArgs(price=price, size=size, side="BUY", **{_name_of(token): token})
        return self.v2.create_and_post_order(args, defer_exec=True)

    def rest(self, token: str, price: float, size: float) -> str:
        """The id of one that meets nobody."""
        placed = self.buy(token, price, size)
        assert placed["status"] == "live", placed
        return str(placed["orderID"])

    def shares(self, token: str) -> float:
        """How many shares of the token it has, as the second client is told."""
        about = BalanceAllowanceParams(asset_type="CONDITIONAL", token_id=token, signature_type=self.kind.value)
        return int(self.v2.get_balance_allowance(about)["balance"]) / SHARE_SCALE

    def close(self) -> None:
        for each in self._made:
            each.close()


def _name_of(token: str) -> str:
    """The second client signs for the third exchange what it is told to be a position."""
    return "position_id" if is_v2_position_id(token) else "token_id"
