"""One venue at several addresses: where the first may not be used, the next is."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from polyactors.venues.streams.transport import ConnectionForbidden, Wire

UNAVAILABLE_HERE = 451
"""HTTP: unavailable for legal reasons, in the country from which it was asked."""


class OtherAddresses:
    """Call it to connect. An address that refused us with 451 is not asked again before all the others refused too."""

    def __init__(self, urls: Sequence[str], connect: Callable[[str], AbstractAsyncContextManager[Wire]]) -> None:
        if not urls:
            raise ValueError("a venue has an address")
        self._urls = tuple(dict.fromkeys(urls))
        self._connect = connect
        self._chosen = 0

    @property
    def url(self) -> str:
        """The one that is used now."""
        return self._urls[self._chosen]

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Wire]:
        """Raises `ConnectionLost`."""
        async with AsyncExitStack() as connection:
            yield await self._open(connection)

    async def _open(self, connection: AsyncExitStack) -> Wire:
        for others_left in reversed(range(len(self._urls))):
            try:
                return await connection.enter_async_context(self._connect(self.url))
            except ConnectionForbidden as refused:
                if refused.status != UNAVAILABLE_HERE:
                    raise
                self._chosen = (self._chosen + 1) % len(self._urls)
                if not others_left:
                    raise
        raise AssertionError("an address was opened, or refused")
