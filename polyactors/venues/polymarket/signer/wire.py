"""What is said between the trading process and the signer. Answers come in the order of the requests."""

from enum import Enum

import msgspec

from messages.identity import TokenId
from polyactors.venues.polymarket.own_process.vocabulary import Vocabulary
from polyactors.venues.polymarket.signer.caps import Caps, Exceeded
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import KeySource
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, Address
from polyactors.venues.polymarket.signing.orders import SignedOrder


class Start(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The first request. It works once: caps cannot be changed afterwards."""

    number: int
    key: KeySource
    caps: Caps


class SignOrder(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """`as_session` says that the key is a session key of the deposit wallet that is the order's maker."""

    number: int
    exchange: ExchangeKind
    order: SignedOrder
    as_session: bool = False


class SignAuth(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The signature that asks for an API key (L1)."""

    number: int
    timestamp_s: int
    nonce: int = 0
    chain_id: int = CHAIN_ID


class AllowAssets(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """May orders for these tokens be signed besides those of the start? All or none, within the caps."""

    number: int
    assets: tuple[TokenId, ...]


class WithdrawAssets(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Nothing is signed for these tokens any more; those of the start stay."""

    number: int
    assets: tuple[TokenId, ...]


class Reason(Enum):
    """Why something was refused. Only `OVER_CAP` has caps with it."""

    MALFORMED = "malformed"
    NOT_STARTED = "not_started"
    ALREADY_STARTED = "already_started"
    NO_KEY = "no_key"
    BAD_ORDER = "bad_order"
    BAD_ASSET = "bad_asset"
    NOT_OUR_KEY = "not_our_key"
    OVER_CAP = "over_cap"
    INTERNAL = "internal"


class Started(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The key was read; `address` is its owner's."""

    number: int
    address: Address


class Signed(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The signature as the venue wants it: of an order with what its kind of wallet needs around it."""

    number: int
    signature: bytes


class Allowed(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """`further` tokens are allowed now besides those of the start."""

    number: int
    further: int


class Refused(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Nothing was signed. `exceeded` names all caps that were in the way."""

    number: int
    reason: Reason
    detail: str = ""
    exceeded: tuple[Exceeded, ...] = ()


Request = Start | SignOrder | SignAuth | AllowAssets | WithdrawAssets
Answer = Started | Signed | Allowed | Refused

_WORDS: Vocabulary[Request, Answer] = Vocabulary(msgspec.json.Decoder(Request), msgspec.json.Decoder(Answer))
encode = _WORDS.encode
decode_request = _WORDS.decode_request
decode_answer = _WORDS.decode_answer
