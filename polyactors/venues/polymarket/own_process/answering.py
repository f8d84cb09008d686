"""The process's side: one line in, one answer out, until the pipe is closed. Nothing that comes in ends it."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from polyactors.venues.polymarket.own_process.lines import CHUNK_BYTES, Lines
from polyactors.venues.polymarket.own_process.vocabulary import NotUnderstood

RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT")


def answer_line(
    line: bytes,
    decode: Callable[[bytes], RequestT],
    answer: Callable[[RequestT], AnswerT],
    malformed: Callable[[str], AnswerT],
    unforeseen: Callable[[RequestT, str], AnswerT],
) -> AnswerT:
    """`answer` to the request that the line is; `malformed`, with why, where it is none; `unforeseen`, with the kind of
    the error, where `answer` raised. Raises nothing."""
    try:
        request = decode(line)
    except NotUnderstood as error:
        return malformed(str(error))
    try:
        return answer(request)
    except Exception as error:
        # The process has to go on, and no text of an unforeseen error is trusted to be free of secrets.
        return unforeseen(request, type(error).__name__)


def answer_lines(connection: socket.socket, answer: Callable[[bytes], bytes]) -> None:
    """One after another, until the other side closes."""
    take_lines(connection, lambda line: connection.sendall(answer(line)))


def take_lines(connection: socket.socket, take: Callable[[bytes], object]) -> None:
    """Until the other side closes, or a `ConnectionError` of `take`."""
    lines = Lines()
    with suppress(ConnectionError):
        while chunk := connection.recv(CHUNK_BYTES):
            for line in lines.feed(chunk):
                take(line)
