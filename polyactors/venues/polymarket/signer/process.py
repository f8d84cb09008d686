"""The signer's process: blocking, one thread, and over when the pipe is closed."""

import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

from polyactors.venues.polymarket.signer.conversation import Conversation
from polyactors.venues.polymarket.signer.hardening import harden
from polyactors.venues.polymarket.signer.wire import Lines, encode

CHUNK_BYTES = 1 << 16


def main(arguments: Sequence[str]) -> int:
    """The one argument is the descriptor of the socket to the trading process."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print("this is started by the trading process, which gives it a socket", file=sys.stderr)
        return 2
    sys.excepthook = say_the_kind_alone
    harden(int(arguments[0]))
    with socket.socket(fileno=int(arguments[0])) as connection:
        serve(connection, time.monotonic_ns)
    return 0


def serve(connection: socket.socket, now_ns: Callable[[], int]) -> None:
    """Answers line by line until the other side closes."""
    conversation = Conversation(now_ns)
    answer_lines(connection, lambda line: encode(conversation.answer(line)))


def answer_lines(connection: socket.socket, answer: Callable[[bytes], bytes]) -> None:
    lines = Lines()
    with suppress(ConnectionError):
        while chunk := connection.recv(CHUNK_BYTES):
            for line in lines.feed(chunk):
                connection.sendall(answer(line))


def say_the_kind_alone(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
    """Values have no place in what a process with a key writes."""
    print(f"a process with a key ended with {kind.__name__}", file=sys.stderr)
