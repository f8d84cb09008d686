"""Orders as they are signed, and the digest that is both what is signed and the order's id.

Sources: reference polymarket.md 1.4 and polymarket_wire.md 5.1. V1 is the exchange's first contract, told by its
legacy terms; V2 and V3 share one struct and differ in contract and version. `expiration` of V2 and V3 is not signed.
"""

from enum import Enum, IntEnum

from attrs import frozen

from messages.identity import OrderId, Side, TokenId
from polyactors.venues.polymarket.signing.addresses import (
    CHAIN_ID,
    EXCHANGE_V1,
    EXCHANGE_V2,
    EXCHANGE_V3,
    NEG_RISK_EXCHANGE_V1,
    NEG_RISK_EXCHANGE_V2,
    ZERO_ADDRESS,
    Address,
)
from polyactors.venues.polymarket.signing.keccak import keccak
from polyactors.venues.polymarket.signing.typed_data import (
    BadField,
    address_word,
    bytes_word,
    domain_separator,
    number_word,
    typed_digest,
)

PROTOCOL_NAME = "Polymarket CTF Exchange"
ORDER_TYPE = (
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,"
    "uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
)
LEGACY_ORDER_TYPE = (
    "Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId,uint256 makerAmount,"
    "uint256 takerAmount,uint256 expiration,uint256 nonce,uint256 feeRateBps,uint8 side,uint8 signatureType)"
)
NO_BYTES = bytes(32)

_ORDER_TYPE_HASH = keccak(ORDER_TYPE.encode())
_LEGACY_ORDER_TYPE_HASH = keccak(LEGACY_ORDER_TYPE.encode())
_SIDE_NUMBERS = {Side.BUY: 0, Side.SELL: 1}
_LONGEST_UINT256 = 78


class SignatureType(IntEnum):
    """Who holds the money, and so how the signature is made (polymarket_wire.md 5.2)."""

    EOA = 0
    PROXY = 1
    SAFE = 2
    DEPOSIT_WALLET = 3


class OrderVersion(Enum):
    """The version in the domain of an exchange contract."""

    V1 = "1"
    V2 = "2"
    V3 = "3"


@frozen
class LegacyTerms:
    """What only V1 orders have, and sign. `expiration_s` is 0 for none."""

    taker: str = ZERO_ADDRESS
    expiration_s: int = 0
    nonce: int = 0
    fee_rate_bps: int = 0


@frozen
class SignedOrder:
    """An order with its signature; amounts in base units, `timestamp_ms` of its making (0 in V1).

    The fields are as a stranger sent them: nothing here says that they fit their types. An empty `signature` is an
    order that is still to be signed.
    """

    salt: int
    maker: str
    signer: str
    token_id: TokenId
    maker_amount: int
    taker_amount: int
    side: Side
    signature_type: SignatureType
    timestamp_ms: int = 0
    metadata: bytes = NO_BYTES
    builder: bytes = NO_BYTES
    signature: bytes = b""
    legacy: LegacyTerms | None = None


@frozen
class OrderDomain:
    """An exchange contract as orders name it. `separator` is computed once."""

    version: OrderVersion
    contract: Address
    separator: bytes

    @classmethod
    def of(cls, version: OrderVersion, contract: Address, chain_id: int = CHAIN_ID) -> "OrderDomain":
        return cls(version, contract, domain_separator(PROTOCOL_NAME, version.value, chain_id, contract))


V1_DOMAIN = OrderDomain.of(OrderVersion.V1, EXCHANGE_V1)
V1_NEG_RISK_DOMAIN = OrderDomain.of(OrderVersion.V1, NEG_RISK_EXCHANGE_V1)
V2_DOMAIN = OrderDomain.of(OrderVersion.V2, EXCHANGE_V2)
V2_NEG_RISK_DOMAIN = OrderDomain.of(OrderVersion.V2, NEG_RISK_EXCHANGE_V2)
V3_DOMAIN = OrderDomain.of(OrderVersion.V3, EXCHANGE_V3)


def order_domain(*, neg_risk: bool, is_protocol_two: bool, is_legacy: bool = False) -> OrderDomain:
    """The domain of an order by its market: tokens of protocol two have one contract for both kinds of market."""
    if is_legacy:
        return V1_NEG_RISK_DOMAIN if neg_risk else V1_DOMAIN
    if is_protocol_two:
        return V3_DOMAIN
    return V2_NEG_RISK_DOMAIN if neg_risk else V2_DOMAIN


def order_struct_hash(order: SignedOrder) -> bytes:
    """The hash of the order's own fields. Raises `BadField` or `BadAddress` for fields that do not fit."""
    legacy = order.legacy
    parties = number_word(order.salt) + address_word(order.maker) + address_word(order.signer)
    amounts = _token_word(order.token_id) + number_word(order.maker_amount) + number_word(order.taker_amount)
    kinds = number_word(_SIDE_NUMBERS[order.side], 8) + number_word(order.signature_type, 8)
    if legacy is None:
        tail = number_word(order.timestamp_ms) + bytes_word(order.metadata) + bytes_word(order.builder)
        return keccak(_ORDER_TYPE_HASH + parties + amounts + kinds + tail)
    limits = number_word(legacy.expiration_s) + number_word(legacy.nonce) + number_word(legacy.fee_rate_bps)
    return keccak(_LEGACY_ORDER_TYPE_HASH + parties + address_word(legacy.taker) + amounts + limits + kinds)


def order_digest(order: SignedOrder, domain: OrderDomain) -> bytes:
    """The 32 bytes that the order's owner signs; in hexadecimal they are the order's id. Raises as the hash does."""
    return typed_digest(domain.separator, order_struct_hash(order))


def order_id(digest: bytes) -> OrderId:
    return OrderId("0x" + digest.hex())


def _token_word(token_id: TokenId) -> bytes:
    if len(token_id) > _LONGEST_UINT256 or not (token_id.isascii() and token_id.isdecimal()):
        raise BadField("a token id that is no decimal number")
    return number_word(int(token_id))
