"""What is said between the trading process and the signer: one JSON document a line, of a closed set, read strictly.

A request has a number above 0, which its one answer repeats; answers come in the order of the requests. A line that is
no request is answered by `Refused` with number 0, and the conversation goes on with the next line.
"""

from collections.abc import Iterator
from enum import Enum
from typing import TypeVar

import msgspec

from messages.identity import TokenId
from polyactors.venues.polymarket.signer.caps import Caps, Exceeded
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import KeySource
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, Address
from polyactors.venues.polymarket.signing.orders import SignedOrder

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes; caps may name some ten thousand tokens."""

NO_NUMBER = 0
LONGEST_DETAIL = 400

T = TypeVar("T")


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


class NotUnderstood(ValueError):
    """A line that is none of the documents."""


_ENCODER = msgspec.json.Encoder()
_REQUESTS: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_ANSWERS: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


def encode(document: Request | Answer) -> bytes:
    """The line, its end included."""
    return _ENCODER.encode(document) + b"\n"


def decode_request(line: bytes) -> Request:
    """Raises `NotUnderstood`."""
    request = _decode(_REQUESTS, line)
    if request.number <= NO_NUMBER:
        raise NotUnderstood("a request has a number above 0")
    return request


def decode_answer(line: bytes) -> Answer:
    """Raises `NotUnderstood`."""
    return _decode(_ANSWERS, line)


class Lines:
    """Cuts what comes out of a pipe into lines. One longer than `longest` becomes an empty one, which nobody takes for
    a document."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._rest = b""
        self._is_skipping = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            yield b"" if self._is_skipping or len(line) > self._longest else line
            self._is_skipping = False
        if len(self._rest) > self._longest:
            self._rest, self._is_skipping = b"", True


def _decode(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotUnderstood(str(error)[:LONGEST_DETAIL]) from None
