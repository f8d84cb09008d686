"""The process that claims: blocking, one thread, and over when the pipe is closed."""

import socket
from collections.abc import Sequence

from polyactors.venues.polymarket.claims.conversation import Conversation
from polyactors.venues.polymarket.claims.wire import encode
from polyactors.venues.polymarket.own_process.answering import answer_lines
from polyactors.venues.polymarket.own_process.process import run


def main(arguments: Sequence[str]) -> int:
    return run(arguments, _serve)


def _serve(connection: socket.socket) -> None:
    conversation = Conversation()
    answer_lines(connection, lambda line: encode(conversation.answer(line)))
