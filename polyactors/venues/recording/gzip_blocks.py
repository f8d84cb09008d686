"""A gzip file as blocks of bytes, as many as can be had from one that is damaged."""

import zlib
from collections.abc import Iterator
from pathlib import Path

READ_AT_ONCE = 1 << 16
LARGEST_BLOCK = 1 << 20
_GZIP = zlib.MAX_WBITS | 16


class Truncated(Exception):
    """The file ends before its content does."""


class Corrupt(Exception):
    """From here on the file is no gzip, or its checksum is wrong."""


def gzip_blocks(path: Path) -> Iterator[bytes]:
    """The content of `path`, in blocks of at most `LARGEST_BLOCK` bytes; several gzip files in one follow each other.

    Raises `Truncated` or `Corrupt` after all that comes before the damage, and `OSError` when the file cannot be read.
    """
    with path.open("rb") as file:
        inflater = zlib.decompressobj(_GZIP)
        begun = False
        while compressed := file.read(READ_AT_ONCE):
            while compressed:
                if not begun:
                    compressed = compressed.lstrip(b"\0")
                    if not compressed:
                        break
                begun = True
                before = inflater.copy()
                try:
                    block = inflater.decompress(compressed, LARGEST_BLOCK)
                except zlib.error as error:
                    yield from _up_to_the_damage(before, compressed)
                    raise Corrupt(str(error)) from None
                if block:
                    yield block
                compressed = inflater.unconsumed_tail
                if inflater.eof:
                    compressed = inflater.unused_data
                    inflater = zlib.decompressobj(_GZIP)
                    begun = False
        if begun:
            raise Truncated("the end is missing")


def _up_to_the_damage(inflater: "zlib._Decompress", compressed: bytes) -> Iterator[bytes]:
    """Fed byte by byte, the inflater gives everything before the one that it cannot take."""
    for at in range(len(compressed)):
        try:
            block = inflater.decompress(compressed[at : at + 1])
        except zlib.error:
            return
        if block:
            yield block
