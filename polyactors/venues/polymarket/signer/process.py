"""The signer's process: blocking, one thread, and over when the pipe is closed."""

import socket
import time
from collections.abc import Callable, Sequence

from polyactors.venues.polymarket.own_process.answering import answer_lines
from polyactors.venues.polymarket.own_process.process import run
from polyactors.venues.polymarket.signer.conversation import Conversation
from polyactors.venues.polymarket.signer.wire import encode


def main(arguments: Sequence[str]) -> int:
    return run(arguments, lambda connection: serve(connection, time.monotonic_ns))


def serve(connection: socket.socket, now_ns: Callable[[], int]) -> None:
    """Answers line by line until the other side closes."""
    conversation = Conversation(now_ns)
    answer_lines(connection, lambda line: encode(conversation.answer(line)))
