"""Who is shown the snapshots of a market, and how often.

A subscriber that wants every snapshot gets it. One that asks for fewer gets a snapshot at once when a best price is
another than in the one it saw last, else at most one each `every_ns`; and what was held back reaches it when that time is
over, so that it never goes on deciding on an old book while the market is quiet.
"""

from messages.market_data import BookOpened, Snapshot, TradeSeen
from supervision.address import Address

Published = Snapshot | TradeSeen | BookOpened


class Subscription:
    """`every_ns` 0 means every snapshot. `held` is the newest one that was not shown."""

    __slots__ = ("_best_no", "_best_yes", "_shown_ns", "address", "every_ns", "held")

    def __init__(self, address: Address[Published], every_ns: int) -> None:
        self.address = address
        self.every_ns = every_ns
        self.held: Snapshot | None = None
        self._shown_ns = 0
        self._best_yes = -1
        self._best_no = -1

    def shows(self, snapshot: Snapshot, now_ns: int) -> bool:
        """Whether `snapshot` is to be shown now; it is held where it is not."""
        if not self.every_ns:
            return True
        best_yes, best_no = snapshot.yes_bids.best, snapshot.no_bids.best
        if best_yes == self._best_yes and best_no == self._best_no and now_ns - self._shown_ns < self.every_ns:
            self.held = snapshot
            return False
        self._best_yes, self._best_no, self._shown_ns = best_yes, best_no, now_ns
        self.held = None
        return True

    def take_held(self, now_ns: int) -> Snapshot | None:
        """The snapshot that was held back; from now on it counts as shown."""
        held, self.held = self.held, None
        if held is not None:
            self._best_yes, self._best_no, self._shown_ns = held.yes_bids.best, held.no_bids.best, now_ns
        return held
