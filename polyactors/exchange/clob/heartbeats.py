"""Order heartbeats: whoever has begun to send them has its orders cancelled when they stop (polymarket.md 2.7).

Each heartbeat that is accepted has a new id for its answer, which the next one has to bring: a chain that shows a
client when somebody else sends with its key.
"""

from collections.abc import Callable
from random import Random
from uuid import UUID

from attrs import define, field, frozen

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.words import ApiKey

UNARMED = ""
"""The id that the first heartbeat of a chain brings."""


@frozen
class HeartbeatTimes:
    """Orders are cancelled at the first check, one every `checked_every_ns`, that finds the last heartbeat
    `expires_after_ns` old."""

    expires_after_ns: int = 10 * NANOSECONDS_PER_SECOND
    checked_every_ns: int = 5 * NANOSECONDS_PER_SECOND


@frozen
class Accepted:
    """`next_id` is what the next heartbeat has to bring."""

    next_id: str


@frozen
class Mismatched:
    """The heartbeat does not count. `expected` is the id that would have been right, empty if there is no chain."""

    expected: str


@frozen
class _Chain:
    expected: str
    checked_at_ns: int


@define
class Heartbeats:
    """The chains of all API keys. `cancel_all` is called with the key and the time for each chain that ended."""

    cancel_all: Callable[[ApiKey, int], object]
    seed: int = 0
    times: HeartbeatTimes = field(factory=HeartbeatTimes)
    _chains: dict[ApiKey, _Chain] = field(factory=dict, init=False)
    _ids: Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._ids = Random(f"heartbeats {self.seed}")

    def beat(self, owner: ApiKey, heartbeat_id: str, now_ns: int) -> Accepted | Mismatched:
        """Begins a chain, or carries it on for as long as heartbeats are valid."""
        self.advance(now_ns)
        chain = self._chains.get(owner)
        expected = UNARMED if chain is None else chain.expected
        if heartbeat_id != expected:
            return Mismatched(expected)
        next_id = str(UUID(int=self._ids.getrandbits(128), version=4))
        self._chains[owner] = _Chain(next_id, self._check_ns(now_ns + self.times.expires_after_ns))
        return Accepted(next_id)

    def is_armed(self, owner: ApiKey) -> bool:
        return owner in self._chains

    def advance(self, now_ns: int) -> None:
        """Ends the chains that were due, in the order of their checks; who ended one may begin anew."""
        due = [(chain.checked_at_ns, owner) for owner, chain in self._chains.items() if chain.checked_at_ns <= now_ns]
        for _, owner in sorted(due):
            del self._chains[owner]
            self.cancel_all(owner, now_ns)

    def next_due_ns(self) -> int | None:
        return min((chain.checked_at_ns for chain in self._chains.values()), default=None)

    def _check_ns(self, expires_ns: int) -> int:
        """The first check at `expires_ns` or later."""
        every = self.times.checked_every_ns
        return -(-expires_ns // every) * every
