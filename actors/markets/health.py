"""How well a market's data comes in, counted over all lives of its actor."""

from collections import Counter

from attrs import Factory, define

from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.units import ONE, Price


@define
class MarketHealth:
    """Written by the market actor alone; anyone may read. Times in nanoseconds.

    `crossed` counts instants in which the applied book was crossed; no snapshot was made of any of them. `others` are
    frames that say nothing of the book, `refused` those that were not applied, by kind. `is_resolved` is here because a
    market that is over stays over, whatever becomes of its actor.
    """

    deltas: int = 0
    whole_books: int = 0
    trades: int = 0
    others: int = 0
    closed: int = 0
    closed_by_hash: int = 0
    open_instants: int = 0
    crossed: int = 0
    dirty_spells: int = 0
    dirty_ns: int = 0
    resyncs_asked: int = 0
    regrids: int = 0
    refused: Counter[str] = Factory(Counter)
    last_snapshot: Snapshot | None = None
    is_resolved: bool = False
    winner: Outcome | None = None

    @property
    def frames(self) -> int:
        return self.deltas + self.whole_books + self.trades + self.others

    @property
    def last_middle(self) -> Price | None:
        """The middle of the last closed book, None before there was one; what YES pays once the winner is known."""
        if self.winner is not None:
            return ONE if self.winner is Outcome.YES else Price(0)
        return None if self.last_snapshot is None else self.last_snapshot.middle
