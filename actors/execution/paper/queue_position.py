"""Where a resting order stands in the queue at its price, as far as a book without order ids can tell.

The model. An order joins behind everything that is displayed at its price: `ahead`. Trades at the price take from the
front; what they are larger than `ahead` reaches the order. Who joins later stands behind. Of a decrease that was no
trade, a `CancelModel` says how much stood ahead.

Sources: Rigtorp (2013), "Estimating order queue position" (rigtorp.se/2013/06/08), for the idea that a decrease is
shared between front and back; hftbacktest, `models/queue.rs`, for the three models: `RiskAdverseQueueModel`, and
`ProbQueueModel` with `PowerProbQueueFunc` or `LogProbQueueFunc`, including its rule that what the back is too small for
came from the front.

What differs from hftbacktest, and why. All of its models expect a trade before the change of depth that it causes.
This venue reports the change first: in the recording nhl-20260607 nine in ten prints follow their change, by about 20
ms (0 to 45). A straight port would let the change lower the cap on `ahead`, and then let the trade lower `ahead` once
more. So a decrease is held as unexplained for a while: a trade that comes in time explains it, counting from the
`ahead` before the decrease, and only what nobody explained becomes a cancel. The other order, trade first, is
understood as well: what a trade took beyond the decreases seen so far explains decreases that follow in time.
"""

import math
from collections import deque
from typing import Protocol

from attrs import Factory, define, field, frozen, validators

from messages.units import SHARE_SCALE, Shares


class CancelModel(Protocol):
    """Says how much of a cancel came from those ahead of us."""

    def cancelled_ahead(self, front: Shares, back: Shares, cancelled: Shares) -> Shares:
        """Of `cancelled` shares, how many stood in the `front` shares before us and not in the `back` shares behind.

        The caller adds what the back is too small for.
        """
        ...


@frozen
class RiskAverse:
    """Cancels come from behind us as long as there is anything behind us.

    Source: hftbacktest, `RiskAdverseQueueModel`: only trades move the order, and the displayed size caps `ahead`.
    """

    def cancelled_ahead(self, front: Shares, back: Shares, cancelled: Shares) -> Shares:
        return Shares(0)


@frozen
class PowerProbability:
    """The share of a cancel that stood ahead is front^n / (front^n + back^n), rounded down to a micro-share.

    Source: hftbacktest, `ProbQueueModel` with `PowerProbQueueFunc(n)`, which has the complement: the probability that
    the cancel was behind. Whole exponents keep the arithmetic exact.
    """

    exponent: int = field(default=3, validator=validators.ge(1))

    def cancelled_ahead(self, front: Shares, back: Shares, cancelled: Shares) -> Shares:
        weight_ahead = front**self.exponent
        weight = weight_ahead + back**self.exponent
        return Shares(cancelled * weight_ahead // weight) if weight else Shares(0)


@frozen
class LogProbability:
    """The share of a cancel that stood ahead is log(1 + front) / (log(1 + front) + log(1 + back)), front and back in
    whole shares; rounded down to a micro-share.

    A longer queue weighs little more than a short one, so that cancels move us up sooner than by `PowerProbability` as
    long as we stand nearer to the front than to the back, and later from then on.
    Source: hftbacktest, `ProbQueueModel` with `LogProbQueueFunc`, which has the complement.
    """

    def cancelled_ahead(self, front: Shares, back: Shares, cancelled: Shares) -> Shares:
        weight_ahead = _logarithm(front)
        weight = weight_ahead + _logarithm(back)
        return Shares(cancelled * weight_ahead // weight) if weight else Shares(0)


def _logarithm(size: Shares) -> int:
    """log(1 + shares) in units of 2^-40: integers, so that a share of a size is reckoned without rounding it."""
    return round(math.log1p(size / SHARE_SCALE) * 2**40)


@define(eq=False)
class _Pending:
    """Sizes that wait for their explanation, oldest first, each until its due time."""

    total: int = 0
    entries: deque[tuple[int, int]] = Factory(deque)

    def add(self, size: int, due_ns: int) -> None:
        self.entries.append((due_ns, size))
        self.total += size

    def use(self, size: int) -> int:
        """Takes up to `size` from the oldest entries; returns what was found."""
        found = min(size, self.total)
        self.total -= found
        left = found
        while left:
            due_ns, oldest = self.entries.popleft()
            if oldest > left:
                self.entries.appendleft((due_ns, oldest - left))
            left -= min(oldest, left)
        return found

    def pop_due(self, now_ns: int) -> int:
        """The oldest entry if its time has come, else 0."""
        if not self.entries or self.entries[0][0] > now_ns:
            return 0
        _, size = self.entries.popleft()
        self.total -= size
        return size

    def clear(self) -> None:
        self.entries.clear()
        self.total = 0


@define(eq=False)
class QueuePosition:
    """One order's place at its price. Sizes in micro-shares; `ahead` never grows.

    Nothing happens between two calls: what came due meanwhile is settled first by each of them, which gives the same as
    settling it at its time, for only these calls change what settling depends on.
    """

    model: CancelModel
    report_window_ns: int
    ahead: Shares
    displayed: Shares
    _unexplained: _Pending = field(factory=_Pending, init=False)
    _ahead_of_the_book: _Pending = field(factory=_Pending, init=False)

    @classmethod
    def joining(cls, model: CancelModel, report_window_ns: int, displayed: Shares) -> "QueuePosition":
        """The place of an order that arrives now, behind the `displayed` size of its price."""
        return cls(model, report_window_ns, ahead=displayed, displayed=displayed)

    def book_shows(self, size: Shares, now_ns: int) -> None:
        """A closed book shows `size` at the price. An increase joined behind us."""
        self.settle(now_ns)
        decrease = self.displayed - size
        self.displayed = size
        if decrease > 0:
            decrease -= self._ahead_of_the_book.use(decrease)
            if decrease:
                self._unexplained.add(decrease, now_ns + self.report_window_ns)

    def trade(self, size: Shares, now_ns: int) -> Shares:
        """`size` was traded at the price after we joined; returns what of it went beyond those ahead of us."""
        self.settle(now_ns)
        not_yet_shown = size - self._unexplained.use(size)
        if not_yet_shown:
            self._ahead_of_the_book.add(not_yet_shown, now_ns + self.report_window_ns)
        beyond = max(0, size - self.ahead)
        self.ahead = Shares(max(0, self.ahead - size))
        return Shares(beyond)

    def traded_through(self) -> None:
        """A trade at a worse price: nobody is left ahead of us."""
        self.ahead = Shares(0)
        self._unexplained.clear()
        self._ahead_of_the_book.clear()

    def settle(self, now_ns: int) -> None:
        """Turns the decreases that no trade explained by `now_ns` into cancels."""
        while self._ahead_of_the_book.pop_due(now_ns):
            pass
        while cancelled := self._unexplained.pop_due(now_ns):
            # Nothing else is pending in the other direction: each of the two is used up before the other grows.
            left = self.displayed + self._unexplained.total
            back = left + cancelled - self.ahead
            # The model splits by proportions; no more can have gone from ahead of us than was there.
            moved = min(self.ahead, self.model.cancelled_ahead(self.ahead, Shares(back), Shares(cancelled)))
            self.ahead = Shares(min(self.ahead - moved, left))
