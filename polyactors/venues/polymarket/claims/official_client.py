"""The venue's official client, as far as claiming needs it. It is imported when it is first opened: 45 MB and a second.

What a dry run opens has no key, so that it cannot send anything whatever it is asked.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import attrs
from attrs import frozen

from messages.identity import MarketId, TokenId
from messages.units import ONE, PRICE_SCALE, Price, Shares
from polyactors.venues.polymarket.claims.known_market import KnownMarket
from polyactors.venues.polymarket.claims.services import ClaimServices
from polyactors.venues.polymarket.signing.addresses import (
    AUTO_REDEEM_OPERATOR,
    CONDITIONAL_TOKENS,
    POSITION_MANAGER,
    Address,
)

if TYPE_CHECKING:
    from polymarket import Environment, PublicClient, SecureClient
    from polymarket.models.gamma.market import Market
    from polymarket.transactions import SyncTransactionHandle

MOST_MARKETS_A_PAGE = 50
LOCAL_POLL_MS = 50

INSTALL = "the official client is not installed: pip install 'polyactors[claims]'"

_SHARES_OF_REDEEMERS = (CONDITIONAL_TOKENS, POSITION_MANAGER)


class NotInstalled(Exception):
    """The optional extra `claims` is missing."""


class Submitted(Protocol):
    """A transaction that was sent."""

    @property
    def name(self) -> str:
        """What to look for it by."""
        ...

    def wait(self) -> str:
        """Its hash, once it is final. Raises errors of the client."""
        ...


@frozen
class _Submitted:
    _handle: "SyncTransactionHandle"

    @property
    def name(self) -> str:
        return str(self._handle.transaction_hash or self._handle.transaction_id)

    def wait(self) -> str:
        return str(self._handle.wait().transaction_hash)


@frozen
class Redeemable:
    """A position that the venue says can be redeemed, perhaps for nothing."""

    market: MarketId
    token: TokenId


class PublicOffice:
    """What anybody may read. All methods raise the client's errors."""

    def __init__(self, client: "PublicClient | SecureClient", wallet: Address) -> None:
        self._client = client
        self.wallet = wallet

    def markets(self, wanted: Sequence[MarketId]) -> tuple[KnownMarket, ...]:
        """Those that the catalogue has, open or closed, in their order."""
        found: dict[MarketId, KnownMarket] = {}
        for first in range(0, len(wanted), MOST_MARKETS_A_PAGE):
            some: list[str] = list(wanted[first : first + MOST_MARKETS_A_PAGE])
            for closed in (True, False):
                rest = [each for each in some if each not in found]
                if not rest:
                    continue
                page = self._client.list_markets(condition_ids=rest, closed=closed, page_size=100).first_page()
                for row in page.items:
                    known = _known(row)
                    if known is not None:
                        found[known.market] = known
        return tuple(found[each] for each in dict.fromkeys(wanted) if each in found)

    def redeemable(self) -> tuple[Redeemable, ...]:
        pages = self._client.list_positions(user=self.wallet, status="REDEEMABLE", page_size=500)
        return tuple(
            Redeemable(MarketId(str(row.condition_id)), TokenId(str(row.asset_id))) for row in pages.iter_items()
        )

    def missing_redeemers(self) -> tuple[Address, ...]:
        """The contracts whose shares the venue's operator may not redeem yet."""
        missing = self._client.get_trading_approvals_state(wallet=self.wallet).missing.erc1155
        named = {str(each.token_address).lower() for each in missing if _is_redeemer(str(each.operator))}
        return tuple(each for each in _SHARES_OF_REDEEMERS if each.lower() in named)


class SecureOffice(PublicOffice):
    """What only the key may do. Each call sends one transaction."""

    def __init__(self, client: "SecureClient", wallet: Address) -> None:
        super().__init__(client, wallet)
        self._secure = client

    def redeem(self, market: MarketId) -> Submitted:
        return _Submitted(self._secure.redeem_positions(condition_id=market))

    def split(self, market: MarketId, amount: Shares) -> Submitted:
        return _Submitted(self._secure.split_position(condition_id=market, amount=amount))

    def merge(self, market: MarketId, amount: Shares) -> Submitted:
        return _Submitted(self._secure.merge_positions(condition_id=market, amount=amount))

    def approve_redeemer(self, contract: Address) -> Submitted:
        return _Submitted(
            self._secure.approve_erc1155_for_all(token_address=contract, operator_address=AUTO_REDEEM_OPERATOR)
        )


@contextmanager
def _imported() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise NotInstalled(f"{INSTALL} ({error.name} is missing)") from None


def open_public(services: ClaimServices, wallet: Address) -> PublicOffice:
    """Raises `NotInstalled`."""
    with _imported():
        from polymarket import PublicClient
    return PublicOffice(PublicClient(_environment(services)), wallet)


def open_secure(
    services: ClaimServices, key: str, signer: Address, wallet: Address, relayer_key: str | None
) -> SecureOffice:
    """A wallet of the deposit kind that does not exist yet is made. Raises `NotInstalled`, and the client's errors."""
    with _imported():
        from polymarket import RelayerApiKey, SecureClient
    client = SecureClient.create(
        private_key=key,
        wallet=wallet,
        environment=_environment(services),
        api_key=None if relayer_key is None else RelayerApiKey(key=relayer_key, address=signer),
    )
    return SecureOffice(client, wallet)


def _environment(services: ClaimServices) -> "Environment":
    with _imported():
        from polymarket import PRODUCTION
    if not services.is_local:
        return PRODUCTION
    # The client has no public way of being pointed at other places.
    import dataclasses

    from polymarket._internal.environment import create_environment, get_environment_config

    config = dataclasses.replace(
        get_environment_config(PRODUCTION), relayer_poll_frequency_ms=LOCAL_POLL_MS, **attrs.asdict(services)
    )
    return create_environment(name="local", config=config)


def _known(row: "Market") -> KnownMarket | None:
    """None for a row without what is needed: no order can have been filled in such a market."""
    is_two = str(row.version) == "v2"
    yes, no = row.outcomes.yes, row.outcomes.no
    tokens = (yes.position_id, no.position_id) if is_two else (yes.token_id, no.token_id)
    if row.condition_id is None or row.version is None or None in tokens:
        return None
    return KnownMarket(
        market=MarketId(str(row.condition_id)),
        question=(row.question or "")[:200],
        yes_token=TokenId(str(tokens[0])),
        no_token=TokenId(str(tokens[1])),
        is_neg_risk=bool(row.state.neg_risk),
        is_protocol_two=is_two,
        listed_yes_payout=_payout(yes.price, no.price) if row.state.closed and _is_resolved(row) else None,
    )


def _is_resolved(row: "Market") -> bool:
    status = row.resolution.resolution_status or row.resolution.uma_resolution_status
    return str(status) in ("resolved", "settled")


def _payout(yes: Decimal | None, no: Decimal | None) -> Price | None:
    if yes is None or no is None or yes + no != 1:
        return None
    scaled = yes * PRICE_SCALE
    return Price(int(scaled)) if scaled == int(scaled) and 0 <= scaled <= ONE else None


def _is_redeemer(operator: str) -> bool:
    return operator.lower() == AUTO_REDEEM_OPERATOR.lower()


OpenPublic = Callable[[ClaimServices, Address], PublicOffice]
OpenSecure = Callable[[ClaimServices, str, Address, Address, str | None], SecureOffice]
