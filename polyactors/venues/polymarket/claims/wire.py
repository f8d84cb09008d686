"""What is said between the trading process and the one that claims. Answers come in the order of the requests."""

from enum import Enum

import msgspec

from actors.execution.live.claim_words import Holding
from messages.identity import MarketId
from messages.units import Shares
from polyactors.venues.polymarket.claims.services import ClaimServices
from polyactors.venues.polymarket.own_process.vocabulary import Vocabulary
from polyactors.venues.polymarket.signer.key_source import KeySource
from polyactors.venues.polymarket.signing.addresses import Address


class Start(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The first request. In a dry run no key is read, `key` may be missing, and nothing can be sent. `wallet` holds the
    money; None is the key's own address. Wallets that are contracts need the relayer's key."""

    number: int
    services: ClaimServices
    key: KeySource | None = None
    wallet: Address | None = None
    relayer_key: KeySource | None = None
    dry_run: bool = True


class Look(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: int
    markets: tuple[MarketId, ...]


class ListRedeemable(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What the venue says can be redeemed, in any market; also what lost."""

    number: int


class Redeem(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: int
    market: MarketId


class Split(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: int
    market: MarketId
    amount: Shares


class Merge(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: int
    market: MarketId
    amount: Shares


class ApproveAutoRedeem(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: int


class Reason(Enum):
    """Why something was refused."""

    MALFORMED = "malformed"
    NOT_STARTED = "not_started"
    ALREADY_STARTED = "already_started"
    NO_KEY = "no_key"
    NOT_INSTALLED = "not_installed"
    NO_CLIENT = "no_client"
    UNKNOWN_MARKET = "unknown_market"
    NOT_DECIDED = "not_decided"
    NOTHING_THERE = "nothing_there"
    BAD_AMOUNT = "bad_amount"
    VENUE = "venue"
    REVERTED = "reverted"
    NOT_READ = "not_read"
    INTERNAL = "internal"


class Started(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: int
    wallet: Address


class Looked(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Markets that the venue does not know are left out."""

    number: int
    holdings: tuple[Holding, ...]


class Done(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """On the chain. No transaction: there was nothing to do."""

    number: int
    transaction: str


class Would(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Dry run: this would have been done."""

    number: int
    what: str


class Refused(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Nothing has happened, and nothing will."""

    number: int
    reason: Reason
    detail: str = ""


class Doubtful(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Something was or may have been sent, and nobody knows what came of it."""

    number: int
    detail: str


Claim = Redeem | Split | Merge | ApproveAutoRedeem
Request = Start | Look | ListRedeemable | Claim
Answer = Started | Looked | Done | Would | Refused | Doubtful

_WORDS: Vocabulary[Request, Answer] = Vocabulary(msgspec.json.Decoder(Request), msgspec.json.Decoder(Answer))
encode = _WORDS.encode
decode_request = _WORDS.decode_request
decode_answer = _WORDS.decode_answer
