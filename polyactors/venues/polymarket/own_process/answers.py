"""The trading process's side: takes answers to where they are waited for."""

from collections.abc import Callable
from contextlib import suppress

import trio

from polyactors.venues.polymarket.own_process.lines import CHUNK_BYTES, Lines
from polyactors.venues.polymarket.own_process.vocabulary import NO_NUMBER, AnswerT, NotUnderstood


class RequestNotUnderstood(NotUnderstood):
    """An answer to no request: the process took a line of ours for none."""


async def take_answers(
    stream: trio.abc.ReceiveStream, decode: Callable[[bytes], AnswerT], take: Callable[[AnswerT], None]
) -> None:
    """Until the process has ended. Raises `NotUnderstood`, after which nothing it says can be relied on."""
    lines = Lines()
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        while chunk := await stream.receive_some(CHUNK_BYTES):
            for line in lines.feed(bytes(chunk)):
                answer = decode(line)
                if answer.number <= NO_NUMBER:
                    raise RequestNotUnderstood("a request was not understood")
                take(answer)
