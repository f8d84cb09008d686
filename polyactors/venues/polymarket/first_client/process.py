"""The process that posts: its calls block, so each has a thread; over when the pipe is closed."""

import os
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from polyactors.venues.polymarket.first_client.conversation import Conversation
from polyactors.venues.polymarket.first_client.wire import encode
from polyactors.venues.polymarket.signer.hardening import harden
from polyactors.venues.polymarket.signer.process import say_the_kind_alone
from polyactors.venues.polymarket.signer.wire import Lines

CALLS_AT_ONCE = 8
CHUNK_BYTES = 1 << 16


def main(arguments: Sequence[str]) -> int:
    """The one argument is the descriptor of the socket to the trading process."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print("this is started by the trading process, which gives it a socket", file=sys.stderr)
        return 2
    sys.excepthook = say_the_kind_alone
    harden(int(arguments[0]))
    conversation = Conversation()
    with socket.socket(fileno=int(arguments[0])) as connection:
        answer_side_by_side(connection, lambda line: encode(conversation.answer(line)))
    # Nobody waits any more for the calls that are under way, and an interpreter that ends would.
    os._exit(0)


def answer_side_by_side(connection: socket.socket, answer: Callable[[bytes], bytes]) -> None:
    """Until the other side closes. A line is answered when its answer is known."""
    writing = threading.Lock()

    def work(line: bytes) -> None:
        said = answer(line)
        with writing, suppress(OSError):
            connection.sendall(said)

    lines, pool = Lines(), ThreadPoolExecutor(CALLS_AT_ONCE)
    with suppress(ConnectionError):
        while chunk := connection.recv(CHUNK_BYTES):
            for line in lines.feed(chunk):
                pool.submit(work, line)
    pool.shutdown(wait=False, cancel_futures=True)
