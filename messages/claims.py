"""Merges, as the journal keeps them: what was sent is known after a crash."""

from attrs import frozen

from messages.identity import MarketId, StrategyName
from messages.units import Shares


@frozen
class MergeSent:
    """About to be sent, unless a `MergeOver` says what became of it. `more_yes` and `more_no` are what the ledger had
    more than the chain before."""

    market: MarketId
    strategy: StrategyName
    amount: Shares
    more_yes: int
    more_no: int
    at_ns: int


@frozen
class MergeOver:
    """The ledger was told of the merge that was sent at `sent_ns`, or it did not happen."""

    market: MarketId
    sent_ns: int
