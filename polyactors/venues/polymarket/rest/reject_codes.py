"""Why the venue refuses, told by its texts: they are all that it gives (polymarket.md 2.6, polymarket_wire.md 7.1)."""

from enum import Enum


class RejectCode(Enum):
    NOT_ENOUGH_BALANCE = "not_enough_balance"
    CROSSES_BOOK = "crosses_book"
    BREAKS_TICK = "breaks_tick"
    TOO_SMALL = "too_small"
    DUPLICATED = "duplicated"
    """The venue has this very order already."""
    NOT_FILLED = "not_filled"
    UNMATCHED = "unmatched"
    NOT_READY = "not_ready"
    NOT_FOUND = "not_found"
    BAD_EXPIRATION = "bad_expiration"
    BAD_NONCE = "bad_nonce"
    OLD_VERSION = "old_version"
    TOO_MANY_ORDERS = "too_many_orders"
    CLOSED_ONLY = "closed_only"
    BANNED = "banned"
    WRONG_OWNER = "wrong_owner"
    DELAYED = "delayed"
    CANCELLED_ON_CHAIN = "cancelled_on_chain"
    BAD_REQUEST = "bad_request"
    OTHER = "other"


_TEXTS = (
    ("not enough balance / allowance", RejectCode.NOT_ENOUGH_BALANCE),
    ("crosses book", RejectCode.CROSSES_BOOK),
    ("crosses the book", RejectCode.CROSSES_BOOK),
    ("breaks minimum tick size rule", RejectCode.BREAKS_TICK),
    ("lower than the minimum", RejectCode.TOO_SMALL),
    ("min size: $", RejectCode.TOO_SMALL),
    ("is invalid. duplicated", RejectCode.DUPLICATED),
    ("fok orders are fully filled or killed", RejectCode.NOT_FILLED),
    ("fok orders are filled or killed", RejectCode.NOT_FILLED),
    ("no orders found to match with fak order", RejectCode.NOT_FILLED),
    ("not yet ready to process new orders", RejectCode.NOT_READY),
    ("no orderbook exists", RejectCode.NOT_FOUND),
    ("not found", RejectCode.NOT_FOUND),
    ("invalid expiration", RejectCode.BAD_EXPIRATION),
    ("invalid nonce", RejectCode.BAD_NONCE),
    ("order_version_mismatch", RejectCode.OLD_VERSION),
    ("invalid order version", RejectCode.OLD_VERSION),
    ("too many orders in payload", RejectCode.TOO_MANY_ORDERS),
    ("address in closed only mode", RejectCode.CLOSED_ONLY),
    ("address banned", RejectCode.BANNED),
    ("has to be the owner of the api key", RejectCode.WRONG_OWNER),
    ("has to be the address of the api key", RejectCode.WRONG_OWNER),
    ("order match delayed", RejectCode.DELAYED),
    ("order canceled in the ctf exchange contract", RejectCode.CANCELLED_ON_CHAIN),
    ("invalid ", RejectCode.BAD_REQUEST),
)


def reject_code(text: str, status: int = 400) -> RejectCode:
    """The first that fits; what is not known is OTHER, and the text is kept beside it."""
    lowered = text.lower()
    for part, code in _TEXTS:
        if part in lowered:
            return code
    return RejectCode.NOT_FOUND if status == 404 else RejectCode.OTHER
