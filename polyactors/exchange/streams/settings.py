"""How the streams treat those who connect."""

from attrs import frozen


@frozen
class StreamSettings:
    """`most_waiting` frames may wait for a connection that does not read; with one more it is dropped. Who says nothing
    for `idle_close_s` is closed (polymarket.md 5.1). A connection with more than `most_assets_dumped` tokens gets no
    books at first (field note 7), and none may have more than `most_assets` tokens or markets.
    A connection that lags gets up to `most_together` events in one frame, as an array; 1 keeps each in its own."""

    most_waiting: int = 4_000
    idle_close_s: float = 30.0
    most_assets_dumped: int = 500
    most_assets: int = 10_000
    most_together: int = 64
