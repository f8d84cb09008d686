"""What is said between the trading process and the one that posts. Answers come as soon as they are known, in any
order."""

from enum import Enum

import msgspec

from polyactors.venues.polymarket.own_process.vocabulary import Vocabulary
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials
from polyactors.venues.polymarket.rest.posting import OrderToPost


class Start(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The first request. The API key can post and cancel; it can sign no order."""

    number: int
    host: str
    credentials: ApiCredentials


class Post(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Send these orders in one call, which is that for many where `is_batch`. After `deadline_ns`, of the machine's
    monotonic clock, nothing is sent any more."""

    number: int
    orders: tuple[OrderToPost, ...]
    is_batch: bool
    deadline_ns: int


class Reason(Enum):
    """Why something was refused."""

    MALFORMED = "malformed"
    NOT_STARTED = "not_started"
    ALREADY_STARTED = "already_started"
    NOT_INSTALLED = "not_installed"
    INTERNAL = "internal"


class Started(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: int


class Answered(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The venue's answer as it came, whatever it is; `body` is unpacked, and may be only its beginning."""

    number: int
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_cut: bool = False


class NotSent(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Not a byte of the call has left, and none will."""

    number: int
    reason: str


class Unanswered(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """It was sent, or a part of it; a whole answer has not come."""

    number: int
    reason: str


class Refused(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Nothing was done."""

    number: int
    reason: Reason
    detail: str = ""


Request = Start | Post
Answer = Started | Answered | NotSent | Unanswered | Refused

_WORDS: Vocabulary[Request, Answer] = Vocabulary(msgspec.json.Decoder(Request), msgspec.json.Decoder(Answer))
encode = _WORDS.encode
decode_request = _WORDS.decode_request
decode_answer = _WORDS.decode_answer
