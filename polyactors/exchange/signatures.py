"""Whether an order was signed by whom it names, for which contract, and for which wallet.

Source: reference polymarket_wire.md 5.1, 5.2 and 14.6.
"""

from collections.abc import Callable
from enum import Enum

from attrs import frozen

from messages.identity import OrderId
from polyactors.venues.polymarket.signing.addresses import Address, BadAddress, checksummed
from polyactors.venues.polymarket.signing.deposit_wallet import unwrap, unwrap_session, wallet_digest
from polyactors.venues.polymarket.signing.keys import recover
from polyactors.venues.polymarket.signing.orders import (
    OrderDomain,
    SignatureType,
    SignedOrder,
    order_domain,
    order_id,
    order_struct_hash,
)
from polyactors.venues.polymarket.signing.typed_data import BadField, typed_digest
from polyactors.venues.polymarket.signing.wallets import WalletKind, is_wallet_of

HasSession = Callable[[str, str], bool]
"""Whether a wallet (the first) lets a session key (the second) sign for it; both checksummed."""

_KINDS = {
    SignatureType.EOA: WalletKind.EOA,
    SignatureType.PROXY: WalletKind.PROXY,
    SignatureType.SAFE: WalletKind.SAFE,
    SignatureType.DEPOSIT_WALLET: WalletKind.DEPOSIT_WALLET,
}


class SignatureFault(Enum):
    """What is wrong with an order's signature."""

    FIELD_OUT_OF_RANGE = "a field does not fit its type"
    NOT_THE_KEYS_OWNER = "the order's signer is not the owner of the API key"
    WRONG_MAKER = "the maker is not the wallet of the signer"
    WRONG_WRAPPER = "what the signature wraps is not this order, or not for this exchange"
    WRONG_SIGNER = "the signature is not the signer's"
    NO_SESSION = "the wallet knows no such session key"


@frozen
class BadSignature:
    """The order is not signed as it has to be."""

    fault: SignatureFault


def no_sessions(wallet: str, session_key: str) -> bool:
    return False


def verify(
    order: SignedOrder,
    signer_of_key: str,
    neg_risk: bool,
    is_protocol_two: bool,
    *,
    strict_wallets: bool = True,
    has_session: HasSession = no_sessions,
) -> OrderId | BadSignature:
    """The id of a well-signed order, which is the digest that was signed; never raises for what a stranger sent.

    `signer_of_key` is the address that the API key belongs to. An order with legacy terms is checked as V1. With
    `strict_wallets` the maker has to be the wallet that follows from the signer, or one that has the signer as session
    key; without, whoever signs correctly may name any wallet as the maker's, so that made-up wallets can be used.
    """
    domain = order_domain(neg_risk=neg_risk, is_protocol_two=is_protocol_two, is_legacy=order.legacy is not None)
    try:
        struct_hash = order_struct_hash(order)
        owner, maker, signer = checksummed(signer_of_key), checksummed(order.maker), checksummed(order.signer)
    except (BadField, BadAddress):
        return BadSignature(SignatureFault.FIELD_OUT_OF_RANGE)
    digest = typed_digest(domain.separator, struct_hash)
    if order.signature_type is SignatureType.DEPOSIT_WALLET:
        if maker != signer:
            return BadSignature(SignatureFault.WRONG_MAKER)
        if order.legacy is not None:
            return BadSignature(SignatureFault.WRONG_WRAPPER)
        fault = _fault_of_deposit_wallet(order, owner, maker, domain, struct_hash, strict_wallets, has_session)
    else:
        fault = _fault_of_key(order, owner, maker, signer, digest, strict_wallets)
    return order_id(digest) if fault is None else BadSignature(fault)


def _fault_of_key(
    order: SignedOrder, owner: Address, maker: Address, signer: Address, digest: bytes, strict_wallets: bool
) -> SignatureFault | None:
    """For the types whose signature is the 65 bytes of an EOA."""
    if signer != owner:
        return SignatureFault.NOT_THE_KEYS_OWNER
    must_fit = strict_wallets or order.signature_type is SignatureType.EOA
    if must_fit and not is_wallet_of(maker, owner, _KINDS[order.signature_type]):
        return SignatureFault.WRONG_MAKER
    return None if recover(digest, order.signature) == owner else SignatureFault.WRONG_SIGNER


def _fault_of_deposit_wallet(
    order: SignedOrder,
    owner: Address,
    wallet: Address,
    domain: OrderDomain,
    struct_hash: bytes,
    strict_wallets: bool,
    has_session: HasSession,
) -> SignatureFault | None:
    session = unwrap_session(order.signature)
    if session is not None and session.signer != owner:
        return SignatureFault.NOT_THE_KEYS_OWNER
    inner = unwrap(order.signature if session is None else session.inner, domain.separator, struct_hash)
    if inner is None:
        return SignatureFault.WRONG_WRAPPER
    if strict_wallets and session is None and not is_wallet_of(wallet, owner, WalletKind.DEPOSIT_WALLET):
        return SignatureFault.WRONG_MAKER
    if strict_wallets and session is not None and not has_session(wallet, owner):
        return SignatureFault.NO_SESSION
    signed = recover(wallet_digest(wallet, domain.separator, struct_hash), inner)
    return None if signed == owner else SignatureFault.WRONG_SIGNER
