"""Whether the hashes of a market can be relied on: a market that never verifies is not dirty, only unverifiable."""

from enum import Enum

from attrs import define, field, frozen, validators


class Verifiability(Enum):
    UNKNOWN = "unknown"
    VERIFIABLE = "verifiable"
    UNVERIFIABLE = "unverifiable"


@frozen
class HashRule:
    """How long we go on trying.

    `attempts` different hashes that fail before any succeeded make a market unverifiable; so do `resyncs` whole books
    in a row that fail in a market that was verifiable.
    """

    attempts: int = field(default=20, validator=validators.ge(1))
    resyncs: int = field(default=3, validator=validators.ge(1))


@define(eq=False)
class Trust:
    """What the hashes of one market have been worth so far. `given_up` counts verifiable markets that became not so."""

    rule: HashRule = HashRule()
    state: Verifiability = Verifiability.UNKNOWN
    verified: int = 0
    failed: int = 0
    given_up: int = 0
    _last_failed: str | None = None
    _failed_resyncs: int = 0
    _has_failed_since: bool = False

    def succeeded(self) -> None:
        """A hash matched."""
        self.state = Verifiability.VERIFIABLE
        self.verified += 1
        self._failed_resyncs = 0
        self._has_failed_since = False

    def healed_without_hash(self) -> None:
        """A whole book without a hash came for a book whose hash had failed: nothing was proven by it either."""
        if self.state is Verifiability.VERIFIABLE and self._has_failed_since:
            self._has_failed_since = False
            self._count_failed_resync()

    def _count_failed_resync(self) -> None:
        self._failed_resyncs += 1
        if self._failed_resyncs >= self.rule.resyncs:
            self.state = Verifiability.UNVERIFIABLE
            self.given_up += 1

    def failed_to_match(self, venue_hash: str, whole_book: bool) -> None:
        """`venue_hash` did not match. The deltas of one batch share a hash, and count as one attempt."""
        if self.state is Verifiability.VERIFIABLE:
            self._has_failed_since = True
            if whole_book:
                self.failed += 1
                self._count_failed_resync()
        elif venue_hash != self._last_failed:
            self._last_failed = venue_hash
            self.failed += 1
            if self.failed >= self.rule.attempts:
                self.state = Verifiability.UNVERIFIABLE
