"""How many messages a second each actor handles."""

from typing import TYPE_CHECKING

import trio

from supervision.introspection.picture import slices

if TYPE_CHECKING:
    from supervision.runtime import Runtime


_Seen = tuple[int, int, float | None]
"""When, how many it had handled, and how many a second since the time before."""


class Rates:
    """By the runtime's clock, between the last two ticks; whoever wants them calls `tick` about once a second."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._seen: dict[str, _Seen] = {}

    def of(self, path: str) -> float | None:
        """None until two ticks have seen the actor."""
        seen = self._seen.get(path)
        return seen[2] if seen is not None else None

    async def tick(self) -> None:
        """Look at all actors, in slices; those that are gone are forgotten."""
        seen, everybody = self._seen, self._runtime.registry.cells()
        for cells in slices(everybody):
            now_ns = self._runtime.clock.now_ns()
            for cell in cells:
                seen[cell.path] = _look(seen.get(cell.path), now_ns, cell.handled)
            await trio.lowlevel.checkpoint()
        if len(seen) > len(everybody):
            there = {cell.path for cell in everybody}
            self._seen = {path: each for path, each in seen.items() if path in there}


def _look(before: _Seen | None, now_ns: int, handled: int) -> _Seen:
    if before is None or now_ns <= before[0] or handled < before[1]:
        return now_ns, handled, None
    return now_ns, handled, (handled - before[1]) * 1e9 / (now_ns - before[0])
