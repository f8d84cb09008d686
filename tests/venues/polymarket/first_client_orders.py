"""Orders of the first version for tests: made and signed as the live account does it."""

from functools import partial

from attrs import evolve

from messages.identity import OrderId
from messages.orders import Order
from messages.units import TickSize
from polyactors.venues.polymarket.live_account.order_making import make_order
from polyactors.venues.polymarket.live_account.owner import Owner
from polyactors.venues.polymarket.live_account.settings import LEAST_LEAD_S
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials
from polyactors.venues.polymarket.rest.posting import OrderToPost
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.polymarket.signing.orders import SignatureType, order_digest, order_id
from polyactors.venues.polymarket.signing.sign_order import sign_order
from tests.venues.polymarket.signed_orders import wallet_of
from tests.venues.polymarket.signers import KEY
from tests.venues.polymarket.test_live_account_making import MARKET, NOW_NS, ORDER

HOST = "http://127.0.0.1:1"
SECRET = "c2VjcmV0IG9mIG5vYm9keSwgb2YgMzIgYnl0ZXMuLi4="
CREDENTIALS = ApiCredentials(KEY.address, "6f1e0b9e-0000-4000-8000-000000000001", SECRET, "pass phrase")
SALT = 1_234_567_890
FEE_RATE_BPS = 17


def first_order(
    order: Order = ORDER, kind: SignatureType = SignatureType.EOA, *, neg_risk: bool = False, salt: int = SALT
) -> OrderToPost:
    owner = Owner(KEY.address, Address(wallet_of(KEY, kind)), kind)
    made = make_order(
        order,
        evolve(MARKET, neg_risk=neg_risk),
        TickSize(100),
        owner,
        NOW_NS,
        least_lead_s=LEAST_LEAD_S,
        salt=partial(int, salt),
        fee_rate_bps=FEE_RATE_BPS,
    )
    domain = made.exchange.domain
    return OrderToPost(
        order=OrderId(order_id(order_digest(made.unsigned, domain))),
        signed=sign_order(made.unsigned, domain, KEY),
        owner=CREDENTIALS.key,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        expiration_s=made.expiration_s,
    )
