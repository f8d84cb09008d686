"""The process that posts: its calls block, so each has a thread; over when the pipe is closed."""

import os
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from polyactors.venues.polymarket.first_client.conversation import Conversation
from polyactors.venues.polymarket.first_client.wire import encode
from polyactors.venues.polymarket.own_process.answering import take_lines
from polyactors.venues.polymarket.own_process.process import run

CALLS_AT_ONCE = 8


def main(arguments: Sequence[str]) -> int:
    status = run(arguments, _serve)
    if status == 0:
        # Nobody waits any more for the calls that are under way, and an interpreter that ends would.
        os._exit(status)
    return status


def _serve(connection: socket.socket) -> None:
    conversation = Conversation()
    answer_side_by_side(connection, lambda line: encode(conversation.answer(line)))


def answer_side_by_side(connection: socket.socket, answer: Callable[[bytes], bytes]) -> None:
    """Until the other side closes. A line is answered when its answer is known."""
    writing = threading.Lock()

    def work(line: bytes) -> None:
        said = answer(line)
        with writing, suppress(OSError):
            connection.sendall(said)

    pool = ThreadPoolExecutor(CALLS_AT_ONCE)
    take_lines(connection, lambda line: pool.submit(work, line))
    pool.shutdown(wait=False, cancel_futures=True)
