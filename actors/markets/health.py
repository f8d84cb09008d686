"""How well a market's data comes in, counted over all lives of its actor."""

from collections import Counter

from attrs import Factory, define

from messages.units import Price


@define
class MarketHealth:
    """Written by the market actor alone; anyone may read. Times in nanoseconds.

    `crossed` counts instants in which the applied book was crossed; no snapshot was made of any of them. `refused` counts
    frames that were not applied, by kind.
    """

    frames: int = 0
    deltas: int = 0
    whole_books: int = 0
    trades: int = 0
    closed: int = 0
    open_instants: int = 0
    crossed: int = 0
    dirty_spells: int = 0
    dirty_ns: int = 0
    resyncs_asked: int = 0
    regrids: int = 0
    refused: Counter[str] = Factory(Counter)
    last_middle: Price | None = None
    closed_by_hash: int = 0
    proven_by: str = "-"
