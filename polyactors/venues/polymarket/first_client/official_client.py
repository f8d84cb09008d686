"""py-clob-client without a key: it builds the order, asks for the signature that the signer gave, and posts.

It is imported when it is opened: 60 MB and most of a second.
"""

# The client ships no types.
# mypy: disable-error-code="import-untyped,no-untyped-call"

from typing import Any

import httpx

from messages.identity import Side
from polyactors.venues.polymarket.first_client.installed import INSTALL, is_installed
from polyactors.venues.polymarket.first_client.recording_transport import Record, RecordingTransport
from polyactors.venues.polymarket.first_client.wire import Answered, NotSent, Post, Unanswered
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials
from polyactors.venues.polymarket.rest.posting import OrderToPost
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, Address, BadAddress
from polyactors.venues.polymarket.signing.orders import (
    V1_DOMAIN,
    V1_NEG_RISK_DOMAIN,
    LegacyTerms,
    order_digest,
    order_id,
)
from polyactors.venues.polymarket.signing.typed_data import BadField

MOST_CONNECTIONS = 20


class NotInstalled(Exception):
    """The optional extra `v1` is missing."""


class NotWhatWasSigned(Exception):
    """The order is another one than its signature, or its name, is for. Nothing was sent."""


class Unable(Exception):
    """Something was to be signed here, where no key is."""


class SignerElsewhere:
    """What the client takes for the holder of a key. It knows whose requests they are, and signs nothing."""

    def __init__(self, address: str) -> None:
        self._address = address

    def address(self) -> str:
        return self._address

    def get_chain_id(self) -> int:
        return CHAIN_ID

    def sign(self, message_hash: object) -> str:
        raise Unable("the key is in the signer's process")


class SignedBefore:
    """The signer of one order, as the client's builder wants one: it has the signature that the signer's process gave,
    and hands it over for the digest that was signed there, and for no other."""

    def __init__(self, order: OrderToPost) -> None:
        self._order = order

    def address(self) -> str:
        return self._order.signed.signer

    def sign(self, struct_hash: str) -> str:
        if struct_hash != self._order.order:
            raise NotWhatWasSigned(f"the client's digest is {struct_hash[:80]}, and {self._order.order} was signed")
        return "0x" + self._order.signed.signature.hex()


class FirstClient:
    """Calls may be made from several threads. `over` stands in for the network in tests. Raises `NotInstalled`."""

    def __init__(self, host: str, credentials: ApiCredentials, over: httpx.BaseTransport | None = None) -> None:
        if not is_installed():
            raise NotInstalled(INSTALL)
        from py_clob_client.client import ClobClient
        from py_clob_client.clob_types import ApiCreds
        from py_clob_client.http_helpers import helpers

        self._network = RecordingTransport(over or _network(host))
        # The client has one connection pool for everybody, made when it is imported, which asks the environment for
        # proxies, knows no deadline, and does not tell what was sent. This process is nobody else's.
        helpers._http_client.close()
        helpers._http_client = httpx.Client(transport=self._network, trust_env=False)
        self._client = ClobClient(host, chain_id=CHAIN_ID)
        self._client.signer = SignerElsewhere(credentials.address)
        self._client.set_api_creds(ApiCreds(credentials.key, credentials.secret, credentials.passphrase))

    def post(self, post: Post) -> Answered | NotSent | Unanswered:
        """Raises nothing."""
        with self._network.recording(post.deadline_ns) as record:
            reason = ""
            try:
                self._post(post)
            except NotWhatWasSigned as error:
                reason = str(error)
            except Exception as error:
                # What came is in the record; the client knows secrets, so that its own texts stay here.
                reason = type(error).__name__
        return _outcome(post.number, record, reason)

    def _post(self, post: Post) -> None:
        from py_clob_client.clob_types import PostOrdersArgs

        signed = [_built(order) for order in post.orders]
        if post.is_batch:
            rows = zip(signed, post.orders, strict=True)
            self._client.post_orders(
                [PostOrdersArgs(built, order.time_in_force.value, order.post_only) for built, order in rows]
            )
            return
        (built,), (order,) = signed, post.orders
        self._client.post_order(built, order.time_in_force.value, order.post_only)


def _built(order: OrderToPost) -> Any:
    """The client's signed order. Raises `NotWhatWasSigned`."""
    from py_order_utils.builders import OrderBuilder
    from py_order_utils.model import BUY, SELL, OrderData

    signed, legacy = order.signed, _legacy(order)
    data = OrderData(
        maker=signed.maker,
        taker=legacy.taker,
        tokenId=signed.token_id,
        makerAmount=str(signed.maker_amount),
        takerAmount=str(signed.taker_amount),
        side=BUY if signed.side is Side.BUY else SELL,
        feeRateBps=str(legacy.fee_rate_bps),
        nonce=str(legacy.nonce),
        signer=signed.signer,
        expiration=str(legacy.expiration_s),
        signatureType=int(signed.signature_type),
    )
    builder = OrderBuilder(_contract(order), CHAIN_ID, SignedBefore(order), salt_generator=lambda: signed.salt)
    return builder.build_signed_order(data)


def _legacy(order: OrderToPost) -> LegacyTerms:
    if order.signed.legacy is None:
        raise NotWhatWasSigned("the order is not of the first version")
    return order.signed.legacy


def _contract(order: OrderToPost) -> Address:
    """That for which the order's name is its digest."""
    try:
        for domain in (V1_DOMAIN, V1_NEG_RISK_DOMAIN):
            if order_id(order_digest(order.signed, domain)) == order.order:
                return domain.contract
    except (BadField, BadAddress) as error:
        raise NotWhatWasSigned(str(error)) from None
    raise NotWhatWasSigned(f"{order.order} is no digest of the order")


def _outcome(number: int, record: Record, reason: str) -> Answered | NotSent | Unanswered:
    if record.answer is not None:
        answer = record.answer
        return Answered(number, answer.status_code, tuple(answer.headers.multi_items()), answer.content, record.is_cut)
    told = record.reason or reason
    return Unanswered(number, told) if record.is_sent else NotSent(number, told)


def _network(host: str) -> httpx.BaseTransport:
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS)
    return httpx.HTTPTransport(http2=host.startswith("https:"), limits=limits, trust_env=False)
