"""What the simulated traders did, counted."""

from collections import Counter

from attrs import Factory, define


@define
class TraderCounts:
    """`refusals` by the kind of trader and the first words of the exchange's text: bounded."""

    acts: int = 0
    orders: int = 0
    cancels: int = 0
    refusals: Counter[tuple[str, str]] = Factory(Counter)

    @property
    def refused(self) -> int:
        return self.refusals.total()

    def refusal(self, kind: str, text: str) -> None:
        """Texts with ids and amounts in them are cut, so that there are not too many."""
        self.refusals[kind, text.partition("0x")[0].partition("(")[0][:60]] += 1
