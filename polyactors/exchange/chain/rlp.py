"""Recursive length prefix: how transactions are written. Strings of bytes and lists of them, nothing else."""

from typing import TypeAlias

Item: TypeAlias = "bytes | list[Item]"

_SHORT = 56
_STRING = 0x80
_LIST = 0xC0
_DEEPEST = 8


class BadRlp(ValueError):
    """Bytes that are no RLP, or that are not the shortest form of what they say."""


def encode(item: Item) -> bytes:
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < _STRING:
            return item
        return _prefix(_STRING, len(item)) + item
    body = b"".join(encode(part) for part in item)
    return _prefix(_LIST, len(body)) + body


def decode(data: bytes) -> Item:
    """Raises `BadRlp`; what comes back has `data` as its only encoding."""
    item, end = _item(data, 0, _DEEPEST)
    if end != len(data) or encode(item) != data:
        raise BadRlp("not the one encoding of an item")
    return item


def number(item: Item) -> int:
    """An unsigned number without leading zeros. Raises `BadRlp`."""
    if not isinstance(item, bytes) or item.startswith(b"\0"):
        raise BadRlp("not a number")
    return int.from_bytes(item, "big")


def number_bytes(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _prefix(kind: int, length: int) -> bytes:
    if length < _SHORT:
        return bytes((kind + length,))
    size = number_bytes(length)
    return bytes((kind + _SHORT - 1 + len(size),)) + size


def _item(data: bytes, at: int, depth: int) -> tuple[Item, int]:
    if at >= len(data) or not depth:
        raise BadRlp("ends too early, or is nested too deeply")
    first = data[at]
    if first < _STRING:
        return data[at : at + 1], at + 1
    kind = _STRING if first < _LIST else _LIST
    start, length = at + 1, first - kind
    if length >= _SHORT:
        start, size = start + length - _SHORT + 1, data[start : start + length - _SHORT + 1]
        length = int.from_bytes(size, "big")
    end = start + length
    if end > len(data):
        raise BadRlp("ends too early")
    if kind == _STRING:
        return data[start:end], end
    parts: list[Item] = []
    while start < end:
        part, start = _item(data, start, depth - 1)
        parts.append(part)
    if start != end:
        raise BadRlp("a list's last item does not end where the list does")
    return parts, end
