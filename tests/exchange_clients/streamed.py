"""The SDK's asynchronous client on the streams: what it heard, and waiting for more of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from polymarket import AsyncPublicClient, AsyncSecureClient
from polymarket.streams import MarketSpec, UserSpec

from tests.exchange_clients.client_account import ClientAccount
from tests.exchange_clients.waiting import LONGEST_S

_PROBE_S = 0.3


class Heard:
    """All that a stream said since it was opened."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self._more = asyncio.Event()

    def add(self, event: Any) -> None:
        self.events.append(event)
        self._more.set()

    async def until(self, is_enough: Callable[[list[Any]], object], longest_s: float = LONGEST_S) -> list[Any]:
        """Waits for events until there are enough. Fails with those that there are."""
        try:
            async with asyncio.timeout(longest_s):
                while not is_enough(self.events):
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"heard no more than {self.events!r}") from None
        return self.events


async def elsewhere(do: Callable[[], Any]) -> Any:
    """What the other clients do, which would hold up the stream."""
    return await asyncio.get_running_loop().run_in_executor(None, do)


@asynccontextmanager
async def market_stream(account: ClientAccount, tokens: list[str]) -> AsyncIterator[Heard]:
    """Begins when the books have come."""
    async with AsyncPublicClient(account.environment) as client:
        stream = await client.subscribe(MarketSpec(token_ids=tokens, custom_feature_enabled=True))
        async with _listening(stream) as heard:
            await heard.until(lambda events: sum(event.type == "book" for event in events) >= len(tokens))
            yield heard


@asynccontextmanager
async def user_stream(account: ClientAccount, quiet_token: str) -> AsyncIterator[Heard]:
    """Begins when an order in another market, which is given until one is heard of, shows that the stream is open; what
    was heard until then is left out."""
    async with await AsyncSecureClient.create(
        private_key=account.key, wallet=account.wallet, environment=account.environment
    ) as client:
        stream = await client.subscribe(UserSpec())
        async with _listening(stream) as heard:
            await _opened(heard, account, quiet_token)
            yield heard


async def _opened(heard: Heard, account: ClientAccount, quiet_token: str) -> None:
    placed: list[str] = []
    while not heard.events:
        assert len(placed) < LONGEST_S / _PROBE_S, "the stream never opened"
        placed.append(await elsewhere(lambda: account.rest(quiet_token, 0.01, 5)))
        try:
            await heard.until(bool, _PROBE_S)
        except AssertionError:
            continue
    await elsewhere(account.v2.cancel_all)
    last = placed[-1]
    await heard.until(lambda events: any(is_order(each, last, "CANCELLATION") for each in events))
    heard.events.clear()


def is_order(event: Any, order: str, kind: str) -> bool:
    return bool(event.type == "order" and event.payload.id == order and event.payload.order_event_type == kind)


@asynccontextmanager
async def _listening(stream: Any) -> AsyncIterator[Heard]:
    heard = Heard()

    async def listen() -> None:
        async for event in stream:
            heard.add(event)

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        await stream.close()
        await asyncio.wait_for(task, LONGEST_S)


def run(main: Callable[[], Awaitable[None]]) -> None:
    """In the loop that the client needs."""
    asyncio.run(main())  # type: ignore[arg-type]
