"""Opens a `ClaimAccount` whose process is started when it is first needed, and ends with the block."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import trio

from actors.execution.live.claim_words import (
    Claimed,
    ClaimInDoubt,
    ClaimOutcome,
    Holding,
    NotClaimed,
    WouldClaim,
)
from actors.execution.live.words import AskFailed
from messages.identity import MarketId
from messages.units import Shares
from polyactors.venues.polymarket.claims.client import ClaimClient, NoAnswer, ProcessGone
from polyactors.venues.polymarket.claims.settings import ClaimSettings
from polyactors.venues.polymarket.claims.wire import (
    Answer,
    ApproveAutoRedeem,
    Claim,
    Done,
    Doubtful,
    ListRedeemable,
    Look,
    Looked,
    Merge,
    Redeem,
    Refused,
    Split,
    Start,
    Started,
    Would,
)
from polyactors.venues.polymarket.own_process.starting import NotStarted
from polyactors.venues.polymarket.signer.key_process import key_process
from polyactors.venues.polymarket.signing.addresses import Address

PROGRAM = "polyactors.venues.polymarket.claims"


class NotOpened(Exception):
    """There is no process that claims; the text says what to do."""


class OfficialClaims:
    """A `ClaimAccount`, and what the commands need besides. A process that has ended is started again for the next
    call; what was asked of it last is in doubt."""

    def __init__(self, settings: ClaimSettings, start: Callable[[], Awaitable[ClaimClient]]) -> None:
        self._settings = settings
        self._start = start
        self._client: ClaimClient | None = None
        self._opening = trio.Lock()
        self._wallet: Address | None = settings.wallet

    @property
    def wallet(self) -> Address | None:
        """None before the first call, where it is the key's own address."""
        return self._wallet

    @property
    def process_id(self) -> int | None:
        return None if self._client is None else self._client.process_id

    async def start(self) -> Address | AskFailed:
        """The wallet, once the process is there."""
        try:
            await self._opened()
        except NotOpened as error:
            return AskFailed(str(error))
        assert self._wallet is not None
        return self._wallet

    async def look(self, markets: Sequence[MarketId]) -> tuple[Holding, ...] | AskFailed:
        return await self._read(lambda number: Look(number, tuple(markets))) if markets else ()

    async def redeemable(self) -> tuple[Holding, ...] | AskFailed:
        """What the venue says that can be redeemed, losers with the winners."""
        return await self._read(ListRedeemable)

    async def redeem(self, market: MarketId) -> ClaimOutcome:
        return await self._claim(lambda number: Redeem(number, market))

    async def merge(self, market: MarketId, amount: Shares) -> ClaimOutcome:
        return await self._claim(lambda number: Merge(number, market, amount))

    async def split(self, market: MarketId, amount: Shares) -> ClaimOutcome:
        return await self._claim(lambda number: Split(number, market, amount))

    async def approve_auto_redeem(self) -> ClaimOutcome:
        return await self._claim(ApproveAutoRedeem)

    async def _read(self, request: Callable[[int], Look | ListRedeemable]) -> tuple[Holding, ...] | AskFailed:
        try:
            client = await self._opened()
            answer = await client.ask(request(client.next_number()), self._settings.look_within_s)
        except (NotOpened, NoAnswer, ProcessGone) as error:
            return AskFailed(str(error))
        match answer:
            case Looked():
                return answer.holdings
            case Refused():
                return AskFailed(f"{answer.reason.value}: {answer.detail}")
            case _:
                return AskFailed(f"it answered with {type(answer).__name__}")

    async def _claim(self, request: Callable[[int], Claim]) -> ClaimOutcome:
        try:
            client = await self._opened()
        except NotOpened as error:
            return NotClaimed(str(error))
        try:
            answer = await client.ask(request(client.next_number()), self._settings.claim_within_s)
        except (NoAnswer, ProcessGone) as error:
            return ClaimInDoubt(str(error))
        return _outcome(answer)

    async def _opened(self) -> ClaimClient:
        """Raises `NotOpened`."""
        async with self._opening:
            if self._client is not None and not self._client.is_gone:
                return self._client
            settings = self._settings
            try:
                client = await self._start()
            except NotStarted as error:
                raise NotOpened(f"the process that claims could not be started: {error}") from None
            start = Start(
                client.next_number(),
                settings.services,
                settings.key,
                settings.wallet,
                settings.relayer_key,
                settings.dry_run,
            )
            try:
                answer = await client.ask(start, settings.start_within_s)
            except (NoAnswer, ProcessGone) as error:
                client.end()
                raise NotOpened(f"the process that claims could not be started: {error}") from None
            if not isinstance(answer, Started):
                client.end()
                raise NotOpened(
                    f"{answer.reason.value}: {answer.detail}" if isinstance(answer, Refused) else "nonsense"
                )
            self._client, self._wallet = client, answer.wallet
            return client


def _outcome(answer: Answer) -> ClaimOutcome:
    match answer:
        case Done():
            return Claimed(answer.transaction)
        case Would():
            return WouldClaim(answer.what)
        case Refused():
            return NotClaimed(f"{answer.reason.value}: {answer.detail}")
        case Doubtful():
            return ClaimInDoubt(answer.detail)
        case _:
            return ClaimInDoubt(f"it answered with {type(answer).__name__}")


@asynccontextmanager
async def open_claims(settings: ClaimSettings) -> AsyncIterator[OfficialClaims]:
    """Starts nothing yet."""
    failure: Exception | None = None
    async with trio.open_nursery() as nursery:

        async def start() -> ClaimClient:
            client: ClaimClient = await nursery.start(_process, settings)
            return client

        try:
            yield OfficialClaims(settings, start)
        except Exception as error:
            # Kept out of the nursery, which would put it into a group.
            failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _process(
    settings: ClaimSettings, task_status: trio.TaskStatus[ClaimClient] = trio.TASK_STATUS_IGNORED
) -> None:
    sources = tuple(each for each in (settings.key, settings.relayer_key) if each is not None)
    async with key_process(PROGRAM, sources) as running:
        client = ClaimClient(running.stream, running.process_id)
        task_status.started(client)
        await client.run()
