"""Runs the screen until somebody leaves it, and leaves the terminal as it was whatever ends it."""

import asyncio
import signal

from polyactors.top.app import TopApp


def run(app: TopApp) -> int:
    """The exit code."""
    asyncio.run(_run(app))
    return app.return_code or 0


async def _run(app: TopApp) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit)
    await app.run_async()
