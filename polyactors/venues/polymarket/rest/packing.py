"""Answers come compressed; what they unpack to is bounded before it is there."""

import zlib

ACCEPTED_PACKING = "gzip, deflate"

_PLAIN = ("", "identity")
_EITHER_HEADER = 32 + zlib.MAX_WBITS
_NO_HEADER = -zlib.MAX_WBITS
_FORMATS = {"gzip": (_EITHER_HEADER,), "x-gzip": (_EITHER_HEADER,), "deflate": (_EITHER_HEADER, _NO_HEADER)}
"""Some servers leave the header of "deflate" out."""


def unpacked(packed: bytes, packing: str, most: int) -> tuple[bytes, bool]:
    """The body, and whether it is not whole: longer than `most`, broken, or packed in a way that nobody asked for."""
    name = packing.strip().lower()
    if name in _PLAIN:
        return packed[:most], len(packed) > most
    for window in _FORMATS.get(name, ()):
        unpacking = zlib.decompressobj(window)
        try:
            body = unpacking.decompress(packed, most + 1)
        except zlib.error:
            continue
        return body[:most], len(body) > most or not unpacking.eof
    return packed[:most], True
