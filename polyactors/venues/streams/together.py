"""Several tasks of one connection: when it is lost for one of them, it is lost for all."""

from collections.abc import Awaitable, Callable

import trio

from actors.feeds.ports import ConnectionLost


async def until_lost(*tasks: Callable[[], Awaitable[None]]) -> str:
    """Runs all of them until one raises `ConnectionLost`, and says why it did."""
    reasons: list[str] = []
    async with trio.open_nursery() as nursery:

        async def run(task: Callable[[], Awaitable[None]]) -> None:
            try:
                await task()
            except ConnectionLost as error:
                reasons.append(str(error))
                nursery.cancel_scope.cancel(reason=str(error))

        for task in tasks:
            nursery.start_soon(run, task)
    return reasons[0] if reasons else "the session ended"
