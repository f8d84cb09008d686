"""The process that claims: blocking, one thread, and over when the pipe is closed."""

import socket
import sys
from collections.abc import Sequence

from polyactors.venues.polymarket.claims.conversation import Conversation
from polyactors.venues.polymarket.claims.wire import encode
from polyactors.venues.polymarket.signer.hardening import harden
from polyactors.venues.polymarket.signer.process import answer_lines, say_the_kind_alone


def main(arguments: Sequence[str]) -> int:
    """The one argument is the descriptor of the socket to the trading process."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print("this is started by the trading process, which gives it a socket", file=sys.stderr)
        return 2
    sys.excepthook = say_the_kind_alone
    harden(int(arguments[0]))
    conversation = Conversation()
    with socket.socket(fileno=int(arguments[0])) as connection:
        answer_lines(connection, lambda line: encode(conversation.answer(line)))
    return 0
