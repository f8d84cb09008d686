"""What somebody may have meant who gave a path that nobody has."""

from collections.abc import Sequence
from difflib import get_close_matches

import trio

from supervision.introspection.picture import slices

MOST = 5
LIKE_ENOUGH = 0.6
COMPARED_AT_ONCE = 16


async def nearest(given: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Paths that end with what was given, then those that are written much like it."""
    ending: list[str] = []
    alike: list[str] = []
    for some in slices(paths, COMPARED_AT_ONCE):
        ending += [path for path in some if path.endswith(f"/{given}")]
        alike = get_close_matches(given, [*alike, *some], MOST, LIKE_ENOUGH)
        await trio.lowlevel.checkpoint()
    return tuple(dict.fromkeys([*ending[:MOST], *alike]))[:MOST]
