"""Signing an order for each kind of wallet."""

from attrs import evolve

from polyactors.venues.polymarket.signing.deposit_wallet import wallet_digest, wrap, wrap_session
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.orders import OrderDomain, SignatureType, SignedOrder, order_struct_hash
from polyactors.venues.polymarket.signing.typed_data import typed_digest


def sign_order(order: SignedOrder, domain: OrderDomain, key: SigningKey, *, as_session: bool = False) -> SignedOrder:
    """`order` with its signature by `key`; maker and signer have to be right already.

    `as_session` says that `key` is a session key of a deposit wallet, not its owner's. Raises `BadField` or
    `BadAddress` for an order whose fields do not fit their types.
    """
    struct_hash = order_struct_hash(order)
    if order.signature_type is not SignatureType.DEPOSIT_WALLET:
        return evolve(order, signature=key.sign(typed_digest(domain.separator, struct_hash)))
    inner = key.sign(wallet_digest(order.signer, domain.separator, struct_hash))
    signature = wrap(inner, domain.separator, struct_hash)
    return evolve(order, signature=wrap_session(key.address, signature) if as_session else signature)
