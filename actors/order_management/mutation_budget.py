"""How many cancels and places a market may still see: a window of one second that slides."""

from attrs import frozen

from messages.units import NANOSECONDS_PER_SECOND


@frozen
class MutationBudget:
    """What was sent in the last second, by the time of each, oldest first; and when the last batch was."""

    times_ns: tuple[int, ...] = ()
    last_batch_ns: int | None = None

    def left(self, per_second: int, now_ns: int) -> int:
        """How many more may be sent now so that no second ever sees more than `per_second`."""
        return per_second - sum(1 for each in self.times_ns if each > now_ns - NANOSECONDS_PER_SECOND)

    def spent(self, number: int, now_ns: int) -> "MutationBudget":
        """After a batch of `number`; none is no batch."""
        if not number:
            return self
        recent = tuple(each for each in self.times_ns if each > now_ns - NANOSECONDS_PER_SECOND)
        return MutationBudget((*recent, *(now_ns,) * number), now_ns)

    def more_ns(self, now_ns: int) -> int:
        """When there is more left than now, if nothing is sent; `now_ns` where nothing was."""
        recent = (each for each in self.times_ns if each > now_ns - NANOSECONDS_PER_SECOND)
        return min((each + NANOSECONDS_PER_SECOND for each in recent), default=now_ns)

    def cooled_ns(self, cooldown_ns: int, now_ns: int) -> int:
        """When the next batch may be; `now_ns` for at once."""
        return now_ns if self.last_batch_ns is None else max(now_ns, self.last_batch_ns + cooldown_ns)
