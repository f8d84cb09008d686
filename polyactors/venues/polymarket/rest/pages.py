"""Reading page after page to the end. All pages or a failure: never some of them, and never nothing for a failure."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

import msgspec
from attrs import frozen

from polyactors.venues.polymarket.rest.failures import Failure, Malformed
from polyactors.venues.refused import Refused

R = TypeVar("R")

MOST_PAGES = 200

_END = "LTE="


@frozen
class Page(Generic[R]):
    """`cursor` is that of the next page, None on the last."""

    rows: tuple[R, ...]
    cursor: str | None


class PageRows(msgspec.Struct, kw_only=True):
    """What pages of the CLOB have beside their rows. The key has to be there."""

    next_cursor: str | None


def end_of_page(page: PageRows) -> str | None:
    """Raises `Refused` for an empty cursor, which is an error of the venue (polymarket_wire.md 4.5)."""
    if page.next_cursor == "":
        raise Refused("bad_cursor", "an empty next_cursor")
    return None if page.next_cursor in (None, _END) else page.next_cursor


async def all_rows(
    ask: Callable[[str | None], Awaitable[Page[R] | Failure]],
    identity: Callable[[R], Hashable],
    most_pages: int = MOST_PAGES,
) -> tuple[R, ...] | Failure:
    """The rows of all pages, in their order; of one that came again because rows moved meanwhile, the later.

    `ask` gets the cursor, None for the first page. Pages that go round in circles, or on for ever, are `Malformed`.
    """
    rows: dict[Hashable, R] = {}
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(most_pages):
        page = await ask(cursor)
        if isinstance(page, Failure):
            return page
        rows |= {identity(row): row for row in page.rows}
        cursor = page.cursor
        if cursor is None:
            return tuple(rows.values())
        if cursor in seen:
            return Malformed("the cursor of a page leads back to it", 200, cursor.encode("utf-8", "replace"))
        seen.add(cursor)
    return Malformed(f"more than {most_pages} pages", 200, b"")
