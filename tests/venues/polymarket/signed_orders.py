"""Orders, keys and their wallets for tests of signing: made up by hypothesis, or read from recorded requests."""

from typing import Any

from hypothesis import strategies as st

from messages.identity import Side, TokenId
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.orders import LegacyTerms, SignatureType, SignedOrder
from polyactors.venues.polymarket.signing.wallets import beacon_deposit_wallet, proxy_wallet, safe_wallet

_WORDS = st.integers(0, 2**256 - 1)
_BYTES = st.binary(min_size=32, max_size=32)

KEYS = st.integers(1, 2**255).map(lambda number: SigningKey.from_secret(number.to_bytes(32, "big")))


def wallet_of(key: SigningKey, signature_type: SignatureType) -> str:
    """Whose money an order of that type spends."""
    match signature_type:
        case SignatureType.EOA:
            return key.address
        case SignatureType.PROXY:
            return proxy_wallet(key.address)
        case SignatureType.SAFE:
            return safe_wallet(key.address)
        case SignatureType.DEPOSIT_WALLET:
            return beacon_deposit_wallet(key.address)


@st.composite
def unsigned_orders(draw: st.DrawFn, key: SigningKey, legacy: bool | None = None) -> SignedOrder:
    """An order of `key`'s owner, right but for the missing signature; V1 only knows the types without a contract."""
    terms = None
    if draw(st.booleans()) if legacy is None else legacy:
        taker = "0x" + draw(st.binary(min_size=20, max_size=20)).hex()
        terms = LegacyTerms(taker, draw(_WORDS), draw(_WORDS), draw(_WORDS))
    types = [kind for kind in SignatureType if terms is None or kind is not SignatureType.DEPOSIT_WALLET]
    signature_type = draw(st.sampled_from(types))
    maker = wallet_of(key, signature_type)
    return SignedOrder(
        salt=draw(_WORDS),
        maker=maker,
        signer=maker if signature_type is SignatureType.DEPOSIT_WALLET else key.address,
        token_id=TokenId(str(draw(_WORDS))),
        maker_amount=draw(_WORDS),
        taker_amount=draw(_WORDS),
        side=draw(st.sampled_from(Side)),
        signature_type=signature_type,
        timestamp_ms=draw(_WORDS) if terms is None else 0,
        metadata=draw(_BYTES) if terms is None else bytes(32),
        builder=draw(_BYTES) if terms is None else bytes(32),
        legacy=terms,
    )


def order_from_wire(plain: dict[str, Any]) -> SignedOrder:
    """The order of a recorded request, or of the golden vectors (whose side is a number)."""
    is_legacy = "nonce" in plain
    return SignedOrder(
        salt=int(plain["salt"]),
        maker=plain["maker"],
        signer=plain["signer"],
        token_id=TokenId(plain["tokenId"]),
        maker_amount=int(plain["makerAmount"]),
        taker_amount=int(plain["takerAmount"]),
        side=Side.BUY if plain["side"] in (0, "BUY") else Side.SELL,
        signature_type=SignatureType(plain["signatureType"]),
        timestamp_ms=0 if is_legacy else int(plain["timestamp"]),
        metadata=bytes.fromhex(plain.get("metadata", "0x" + "00" * 32)[2:]),
        builder=bytes.fromhex(plain.get("builder", "0x" + "00" * 32)[2:]),
        signature=bytes.fromhex(plain.get("signature", "0x")[2:]),
        legacy=LegacyTerms(
            plain["taker"], int(plain["expiration"]), int(plain["nonce"]), int(plain["feeRateBps"])
        ) if is_legacy else None,
    )  # fmt: skip
