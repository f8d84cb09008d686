"""Pages of the CLOB: a cursor is base64 of the number of the first row, "LTE=" (of -1) is the end.

Source: reference polymarket_wire.md 4.5. The key has to be there on every page, or older clients ask for ever.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from polyactors.exchange.clob.errors import INVALID_CURSOR, Rejected
from polyactors.exchange.words import Refused

FIRST_CURSOR = "MA=="
END_CURSOR = "LTE="

_LONGEST_CURSOR = 24
_LONGEST_LIMIT = 9

R = TypeVar("R")


def page(
    rows: Sequence[R], cursor: str | None, limit: int, document: Callable[[R], object] | None = None
) -> dict[str, object]:
    """The rows that `cursor` asks for, each written by `document`, in the venue's envelope.

    Raises `Rejected` for a cursor that no page gave.
    """
    start = first_row(cursor)
    shown = [row if document is None else document(row) for row in rows[start : start + limit]]
    end = start + limit
    following = write_cursor(end) if end < len(rows) else END_CURSOR
    return {"data": shown, "next_cursor": following, "limit": limit, "count": len(shown)}


def first_row(cursor: str | None) -> int:
    """Clients leave the cursor of the first page out, or empty. Past the end there is nothing."""
    if not cursor:
        return 0
    if cursor == END_CURSOR:
        raise Rejected(INVALID_CURSOR)
    try:
        text = base64.b64decode(cursor.encode("ascii"), validate=True).decode("ascii")
    except (binascii.Error, UnicodeError):
        raise Rejected(INVALID_CURSOR) from None
    if len(cursor) > _LONGEST_CURSOR or not text.isdecimal():
        raise Rejected(INVALID_CURSOR)
    return int(text)


def rows_asked(text: str | None, most: int, invalid: Refused) -> int:
    """How many rows a page shall have: never more than `most`. Raises `Rejected` with `invalid` for what is no number
    of rows."""
    if not text:
        return most
    if not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_LIMIT or int(text) == 0:
        raise Rejected(invalid)
    return min(int(text), most)


def write_cursor(row: int) -> str:
    return base64.b64encode(str(row).encode()).decode()
