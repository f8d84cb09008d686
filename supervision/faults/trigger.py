"""Whether one fault comes to one actor now: counts messages, draws from the seed, remembers how often it came."""

from random import Random

from supervision.faults.plan import AfterStart, AtMessage, AtTime, Fault, OnMessage, Predicate, WithProbability


class Trigger:
    """Of one fault and one actor, over all its lives. `came` counts how often the fault came."""

    def __init__(self, fault: Fault, random: Random) -> None:
        self.came = 0
        self._when = fault.when
        self._times = fault.times
        self._random = random
        self._seen = 0
        # Instants that came, of a fault that waits for the next message.
        self._instants = 0

    @property
    def is_spent(self) -> bool:
        return self._times is not None and self.came >= self._times

    def an_instant_came(self) -> None:
        """The fault is to come at the next message."""
        self._instants += 1

    def at(self, message: object) -> bool:
        """Whether the fault comes at this message, which has to be asked once for each; True does not count it yet."""
        if self.is_spent:
            return False
        match self._when:
            case AtMessage(number=number, like=like):
                if not _concerns(like, message):
                    return False
                self._seen += 1
                return self._seen >= number * (self.came + 1)
            case OnMessage(like=like):
                return like(message)
            case WithProbability(probability=probability, like=like):
                return _concerns(like, message) and self._random.random() < probability
            case AtTime() | AfterStart():
                return self._instants > 0

    def count(self) -> None:
        """The fault came."""
        self.came += 1
        self._instants = max(0, self._instants - 1)


def _concerns(like: Predicate | None, message: object) -> bool:
    return like is None or like(message)
