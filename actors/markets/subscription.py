"""Who is shown the snapshots of a market, and how often.

A subscriber that wants every snapshot gets it. One that asks for fewer gets a snapshot at once when a best price is
another than in the one it saw last, else at most one in a while; and what was held back reaches it when that while is
over, so that it never goes on deciding on an old book when the market is quiet. One that cares for the best prices
alone gets nothing else.
"""

from messages.market_data import BookOpened, Snapshot, TradeSeen
from supervision.address import Address

EVERY_SNAPSHOT = 0
NEW_BEST_PRICES = -1
"""What a subscriber may ask for besides a time."""

Published = Snapshot | TradeSeen | BookOpened


class Subscription:
    """`every_ns` is a time, `EVERY_SNAPSHOT` or `NEW_BEST_PRICES`. `held` is the newest snapshot that was not shown and
    is still to be."""

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
        every_ns = self.every_ns
        if every_ns == EVERY_SNAPSHOT:
            return True
        best_yes, best_no = snapshot.yes_bids.best, snapshot.no_bids.best
        if best_yes == self._best_yes and best_no == self._best_no:
            if every_ns == NEW_BEST_PRICES:
                return False
            if now_ns - self._shown_ns < every_ns:
                self.held = snapshot
                return False
        self._best_yes, self._best_no, self._shown_ns = best_yes, best_no, now_ns
        self.held = None
        return True

    def forget(self) -> None:
        """The book is open: whatever closes it next is shown, and nothing from before."""
        self.held = None
        self._best_yes = self._best_no = -1

    def take_held(self, now_ns: int) -> Snapshot | None:
        """The snapshot that was held back; from now on it counts as shown."""
        held, self.held = self.held, None
        if held is not None:
            self._best_yes, self._best_no, self._shown_ns = held.yes_bids.best, held.no_bids.best, now_ns
        return held
