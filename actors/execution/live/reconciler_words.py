"""What the reconciler tells itself, and what it shows of itself."""

from attrs import frozen


@frozen
class ReconcileDue:
    """Timer."""


@frozen
class LookOnceMore:
    """Timer: after a comparison that was void or left a doubt."""


@frozen
class ReconcilerState:
    """What the reconciler shows of itself. `agreed_ns` is when the last comparison that agreed began, 0 for never;
    `void` counts the comparisons that could not be made, `void_in_a_row` since the last that could.
    `not_compared` is what the ledger has in markets that are not traded here."""

    is_comparing: bool
    reasons: tuple[str, ...]
    waiting: int
    comparisons: int
    void: int
    void_in_a_row: int
    last_failure: str
    agreed_ns: int
    doubts: tuple[str, ...]
    differences: tuple[str, ...]
    not_compared: tuple[str, ...]

    @property
    def is_reconciled(self) -> bool:
        """Whether the last comparison was made, and agreed."""
        return bool(self.agreed_ns) and not (self.void_in_a_row or self.doubts or self.differences)
