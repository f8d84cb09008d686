"""How such a process begins: with a socket to the trading process, hardened, and with nothing to say on its errors."""

import socket
import sys
from collections.abc import Callable, Sequence
from types import TracebackType

from polyactors.venues.polymarket.own_process.hardening import harden


def run(arguments: Sequence[str], work: Callable[[socket.socket], None]) -> int:
    """The one argument is the descriptor of the socket to the trading process. Returns the process's exit code."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print("this is started by the trading process, which gives it a socket", file=sys.stderr)
        return 2
    sys.excepthook = say_the_kind_alone
    harden(int(arguments[0]))
    with socket.socket(fileno=int(arguments[0])) as connection:
        work(connection)
    return 0


def say_the_kind_alone(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
    """Values have no place in what a process with a key writes."""
    print(f"a process with a key ended with {kind.__name__}", file=sys.stderr)
