"""Sorts rows and cuts pages out of them: a page begins after the key of the last row of the page before."""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from attrs import frozen

from polyactors.exchange.gamma.parameters import BadParameter, Parameters, read_cursor, write_cursor

R = TypeVar("R")

SortValue = float | str
SortKey = tuple[SortValue, ...]
OrderBy = Mapping[str, Callable[[R], SortValue]]


@frozen
class Order(Generic[R]):
    """`values` make the key of a row; the last of them is different for every row."""

    values: tuple[Callable[[R], SortValue], ...]
    is_ascending: bool

    def key(self, row: R) -> SortKey:
        return tuple(value(row) for value in self.values)

    def sorted(self, rows: Sequence[R]) -> list[R]:
        return sorted(rows, key=self.key, reverse=not self.is_ascending)


def read_order(parameters: Parameters, by: OrderBy[R], number: Callable[[R], int]) -> Order[R]:
    """Raises `BadParameter` for a field that rows cannot be sorted by."""
    names = [name.strip() for name in (parameters.text("order") or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in by]
    if unknown:
        raise BadParameter(f"order: cannot order by {unknown[0][:40]!r}")
    return Order((*(by[name] for name in names), number), parameters.flag("ascending", default=True) is not False)


def page_of(order: Order[R], rows: Sequence[R], parameters: Parameters, most: int) -> tuple[list[R], str | None]:
    """The rows of the page, and the cursor of the next one if there is one."""
    limit = parameters.count("limit", 20, most, 1)
    ordered = order.sorted(rows)
    cursor = parameters.text("after_cursor")
    if cursor is not None:
        after = _key_of(cursor, order, ordered)
        ordered = [row for row in ordered if _is_after(order.key(row), after, order.is_ascending)]
    page = ordered[:limit]
    return page, write_cursor(order.key(page[-1])) if len(ordered) > limit else None


def slice_of(order: Order[R], rows: Sequence[R], parameters: Parameters, most: int) -> list[R]:
    """The old way, by limit and offset."""
    limit, offset = parameters.count("limit", 20, most, 0), parameters.count("offset", 0, 1_000_000)
    return order.sorted(rows)[offset : offset + limit]


def _is_after(key: SortKey, after: SortKey, is_ascending: bool) -> bool:
    return key > after if is_ascending else key < after


def _key_of(cursor: str, order: Order[R], rows: Sequence[R]) -> SortKey:
    values = read_cursor(cursor)
    key = tuple(value for value in values if isinstance(value, int | float | str) and not isinstance(value, bool))
    shape = [isinstance(value, str) for value in (order.key(rows[0]) if rows else ())]
    if len(key) != len(order.values) or (shape and shape != [isinstance(value, str) for value in key]):
        raise BadParameter("after_cursor: it belongs to another order")
    return key
