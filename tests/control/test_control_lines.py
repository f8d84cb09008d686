"""A stream is the same lines however it is cut, and no line can make the reader keep more than it wants to."""

from collections.abc import Sequence

import trio
from hypothesis import given
from hypothesis import strategies as st

from polyactors.control.lines import Broken, Lines, TooLong

LONGEST = 8


class Chunks(trio.abc.ReceiveStream):
    """Gives what it was made of, piece by piece."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._chunks = [chunk for chunk in chunks if chunk]

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        await trio.lowlevel.checkpoint()
        return self._chunks.pop(0) if self._chunks else b""

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


def read(chunks: Sequence[bytes]) -> list[bytes | TooLong | Broken]:
    async def all_of_them() -> list[bytes | TooLong | Broken]:
        lines, found = Lines(Chunks(chunks), LONGEST), []
        while (line := await lines.next()) is not None:
            found.append(line)
            assert len(lines._received) <= sum(map(len, chunks))
        return found

    return trio.run(all_of_them)


def expected(content: bytes) -> list[bytes | TooLong | Broken]:
    *whole, rest = content.split(b"\n")
    lines: list[bytes | TooLong | Broken] = [
        line + b"\n" if len(line) < LONGEST else TooLong() for line in whole
    ]  # fmt: skip
    if len(rest) > LONGEST:
        lines.append(TooLong())
    elif rest:
        lines.append(Broken())
    return lines


contents = st.lists(st.sampled_from([b"a", b"\n", b"bcd", b"x" * LONGEST]), max_size=30).map(b"".join)


@given(contents, st.lists(st.integers(1, 12), max_size=40))
def test_however_it_is_cut(content: bytes, cuts: list[int]) -> None:
    chunks, rest = [], content
    for cut in cuts:
        chunks.append(rest[:cut])
        rest = rest[cut:]
    assert read([*chunks, rest]) == expected(content)


def test_after_a_line_that_is_too_long_the_next_is_read() -> None:
    assert read([b"x" * 100, b"x" * 100 + b"\nnext\n"]) == [TooLong(), b"next\n"]


def test_nothing_of_a_line_without_end_is_kept() -> None:
    async def main() -> None:
        lines = Lines(Chunks([b"x" * 100] * 100), LONGEST)
        assert await lines.next() == TooLong()
        assert await lines.next() is None
        assert not lines._received

    trio.run(main)
