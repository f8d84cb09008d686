"""Which book change a trade print belongs to: the venue reports the change first and the trade some milliseconds later.

An order that arrives between the two joined after the trade: the print is not for it, at its price or through it.
The print's own time does not tell, for it is as late as the print (about 20 ms in the recording nhl-20260607).
"""

from collections import deque
from typing import NamedTuple

from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.units import Price, Shares


class Reported(NamedTuple):
    """`size` of a trade print had shown as a decrease in the `book`-th closed book of its market."""

    book: int
    size: Shares


class TradeReports:
    """The closed books of one market within the report window, and what of their decreases was already explained."""

    __slots__ = ("_books", "_explained", "_window_ns", "count")

    def __init__(self, window_ns: int) -> None:
        self.count = 0
        """How many closed books were seen: the number of the last one."""
        self._window_ns = window_ns
        self._books: deque[tuple[int, int, Snapshot]] = deque()
        self._explained: dict[tuple[int, Outcome, Price], int] = {}

    def remember(self, snapshot: Snapshot, now_ns: int) -> None:
        """A book closed. The last one before the window is kept, to measure the first decrease from."""
        self.count += 1
        books = self._books
        books.append((now_ns, self.count, snapshot))
        horizon = now_ns - self._window_ns
        while len(books) > 1 and books[1][0] <= horizon:
            books.popleft()

    def explain(self, outcome: Outcome, price: Price, size: Shares, now_ns: int) -> tuple[Reported, ...]:
        """The decreases within the window that a print of `size` explains, which hit the bids of `outcome` at `price`.

        The oldest first; each share of a decrease explains one print. What finds no decrease is not in the answer: the
        book has yet to show it.
        """
        self._forget_old()
        found: list[Reported] = []
        left = int(size)
        before: Shares | None = None
        for seen_ns, number, snapshot in self._books:
            shown = snapshot.bids(outcome).size_at(price)
            if before is not None and shown < before and seen_ns > now_ns - self._window_ns:
                key = (number, outcome, price)
                explained = self._explained.get(key, 0)
                part = min(left, before - shown - explained)
                if part > 0:
                    self._explained[key] = explained + part
                    found.append(Reported(number, Shares(part)))
                    left -= part
            before = shown
            if not left:
                break
        return tuple(found)

    def _forget_old(self) -> None:
        oldest = self._books[0][1] if self._books else self.count + 1
        for key in [key for key in self._explained if key[0] < oldest]:
            del self._explained[key]
