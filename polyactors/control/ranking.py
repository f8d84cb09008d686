"""Which actors are under most pressure, found in slices among however many there are."""

from collections.abc import Callable, Sequence

import trio

from supervision.introspection.picture import MailboxPicture, slices

Rank = Callable[[MailboxPicture], tuple[float, ...]]
WaitingTime = Callable[[MailboxPicture], int]
"""In nanoseconds, the 99th percentile: exact, and costly, so that only few are asked for it."""

FEW = 16


async def most_pressed(pictures: Sequence[MailboxPicture], count: int, waiting: WaitingTime) -> list[MailboxPicture]:
    """The first `count` by depth, then high-water mark, each of the capacity, then waiting time, then path.

    Waiting times are taken of those alone whose place depends on it.
    """
    best = await _first(pictures, count, _by_fullness)
    if len(pictures) > count:
        best = await _with_ties_broken(pictures, best, count, waiting)
    waits = {}
    for some in slices(best, FEW):
        waits.update({picture.path: -waiting(picture) for picture in some})
        await trio.lowlevel.checkpoint()
    return sorted(best, key=lambda picture: (_by_fullness(picture), waits[picture.path], picture.path))


async def _with_ties_broken(
    pictures: Sequence[MailboxPicture], best: list[MailboxPicture], count: int, waiting: WaitingTime
) -> list[MailboxPicture]:
    """Who is as full as the last of the best may have a better claim to its place."""
    last = _by_fullness(best[-1])
    surely = [picture for picture in best if _by_fullness(picture) < last]
    tied = []
    for some in slices(pictures):
        tied += [picture for picture in some if _by_fullness(picture) == last]
        await trio.lowlevel.checkpoint()
    return surely + await _first(tied, count - len(surely), lambda picture: (-waiting(picture),), FEW)


async def _first(
    pictures: Sequence[MailboxPicture], count: int, rank: Rank, at_once: int = 128
) -> list[MailboxPicture]:
    """The `count` with the smallest rank, and of those with the same rank the smallest paths."""
    first: list[tuple[tuple[float, ...], str, MailboxPicture]] = []
    for some in slices(pictures, at_once):
        # What is in order already costs next to nothing to sort again.
        first = sorted(first + [(rank(picture), picture.path, picture) for picture in some])[:count]
        await trio.lowlevel.checkpoint()
    return [picture for _, _, picture in first]


def _by_fullness(picture: MailboxPicture) -> tuple[float, ...]:
    depth, high_water = picture.pressure
    return -depth, -high_water
