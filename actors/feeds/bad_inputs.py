"""What came in and could not be taken: counted by kind and source, the first ones of each kind written to the log."""

from collections import Counter

from attrs import Factory, define, frozen

from messages.market_data import BadInput

LOGGED_OF_EACH = 5


@frozen
class BadInputCount:
    """One line of the summary: so many of a kind from a source; the first one's place and details as an example."""

    kind: str
    source: str
    count: int
    example: str


@define
class BadInputTally:
    """Outlives every actor that counts here."""

    _counts: Counter[tuple[str, str]] = Factory(Counter)
    _examples: dict[tuple[str, str], str] = Factory(dict)

    def count(self, bad: BadInput, place: str = "") -> bool:
        """Whether this one is still worth a line in the log: only the first few of a kind and source are."""
        key = (bad.kind, bad.source)
        self._counts[key] += 1
        self._examples.setdefault(key, f"{place}: {bad.detail}" if place else bad.detail)
        return self._counts[key] <= LOGGED_OF_EACH

    @property
    def total(self) -> int:
        return self._counts.total()

    def lines(self) -> tuple[BadInputCount, ...]:
        """The most frequent first."""
        return tuple(
            BadInputCount(kind, source, count, self._examples[kind, source])
            for (kind, source), count in sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        )
