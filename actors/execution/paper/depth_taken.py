"""What our own orders already took from the displayed depth of one market.

The real venue does not know of us, so the shares that we took stay on display; they must not be taken twice.
"""

from messages.depth import Depth
from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.units import Price, Shares


class DepthTaken:
    """Sizes taken, by level of the two ladders of bids.

    The rule, when a new closed book shows a level that we took from:

    larger or as large   -> what was taken stays taken; only what joined is free
    smaller              -> those who left are taken to be others, so that what was taken stays so, up to the size shown
    gone                 -> forgotten: whatever is shown there later is new

    So over the life of a level we never take more than it showed at first plus what joined it. This is the careful
    side: a share that leaves the display after we took it is never counted as ours.
    """

    __slots__ = ("_sizes",)

    def __init__(self) -> None:
        self._sizes: dict[tuple[Outcome, Price], Shares] = {}

    def __bool__(self) -> bool:
        return bool(self._sizes)

    def take(self, outcome: Outcome, price: Price, size: Shares) -> None:
        """We took `size` of the bids of `outcome` at `price`."""
        self._sizes[outcome, price] = Shares(self._sizes.get((outcome, price), 0) + size)

    def left_of(self, depth: Depth, outcome: Outcome, price: Price) -> Shares:
        """What is still free of the size that `depth`, the bids of `outcome`, shows at `price`."""
        displayed = depth.size_at(price)
        return Shares(displayed - min(displayed, self._sizes.get((outcome, price), 0)))

    def bound(self, snapshot: Snapshot) -> None:
        """Applies the rule above to a new closed book."""
        for (outcome, price), taken in list(self._sizes.items()):
            displayed = snapshot.bids(outcome).size_at(price)
            if not displayed:
                del self._sizes[outcome, price]
            elif displayed < taken:
                self._sizes[outcome, price] = displayed
