"""Names for things that come into being, the same in every run with the same inputs."""

from collections import Counter


class IdSource:
    """Numbers from 1 without gaps for each kind. `prefix` tells the ids of one session from those of another."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._last: Counter[str] = Counter()

    def number(self, kind: str) -> int:
        self._last[kind] += 1
        return self._last[kind]

    def name(self, kind: str) -> str:
        return f"{self._prefix}{kind}-{self.number(kind):06d}"
