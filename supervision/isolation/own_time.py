"""How long something took as this process lived it: a process that was suspended did not take part."""

import time

from attrs import frozen


@frozen
class Moment:
    """The machine's steady time, and how long this process had computed by then, in nanoseconds."""

    wall_ns: int
    computed_ns: int


def this_moment() -> Moment:
    return Moment(time.monotonic_ns(), time.process_time_ns())


def own_ns(since: Moment, until: Moment, at_most_ns: int) -> int:
    """What passed between two looks that were meant to be less than `at_most_ns` apart.

    More than that counts only for as long as the process computed: an hour in which it was suspended is no hour in
    which it hung, while a second in which it computed and kept us from looking is one.
    """
    computed_ns = until.computed_ns - since.computed_ns
    return max(0, min(until.wall_ns - since.wall_ns, max(at_most_ns, computed_ns)))
