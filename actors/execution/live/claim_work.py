"""What the claims' worker does: looks, redeems, merges; each answers by one message."""

from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

import trio
from attrs import frozen

from actors.execution.live.claim_account import ClaimAccount
from actors.execution.live.claim_rules import NOTHING, ClaimSettings, owned
from actors.execution.live.claim_words import ClaimOutcome, Holding, MergeSets, NotClaimed
from actors.execution.live.merge_rules import mergeable
from actors.execution.live.words import AskFailed
from actors.execution.words import TellSettled
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.records.words import Confirm, Confirmed
from messages.claims import MergeSent
from messages.identity import MarketId
from messages.portfolio import PortfolioChanged, SettledAccount
from supervision.questions import ActorDown

A = TypeVar("A")

AskLedger = Callable[[TellSettled | TellMarketPortfolio], Awaitable[object]]
AskJournal = Callable[[Confirm], Awaitable[object]]
"""Both raise `trio.TooSlowError` and `ActorDown`."""


@frozen
class Seen:
    """What the chain holds, and what the ledger had settled before and after that was read."""

    holdings: tuple[Holding, ...]
    before: SettledAccount
    after: SettledAccount


@frozen
class NotSeen:
    """Somebody did not answer."""

    reason: str


@frozen
class Redeemed:
    holding: Holding
    outcome: ClaimOutcome


@frozen
class Merged:
    """`sent` is in the journal; None where it was found out before that nothing can be merged."""

    wish: MergeSets
    sent: MergeSent | None
    outcome: ClaimOutcome


@frozen
class ClaimWork:
    account: ClaimAccount
    ask_ledger: AskLedger
    ask_journal: AskJournal
    settings: ClaimSettings

    async def look(self, besides: Collection[MarketId]) -> Seen | NotSeen:
        """At all markets in which the ledger has something, and at some besides."""
        before = await self._settled()
        if before is None:
            return NotSeen("the ledger did not answer")
        return await self._look(before, tuple(sorted({*owned(before), *besides})))

    async def redeem(self, holding: Holding) -> Redeemed:
        return Redeemed(holding, await self.account.redeem(holding.market))

    async def merge(self, wish: MergeSets, at_ns: int) -> Merged:
        """What is about to be sent is on disk before it is."""
        found = await self._to_merge(wish, at_ns)
        if isinstance(found, NotClaimed):
            return Merged(wish, None, found)
        if await self._answer(self.ask_journal(Confirm(found)), Confirmed) is None:
            return Merged(wish, found, NotClaimed("the journal did not confirm it"))
        return Merged(wish, found, await self.account.merge(found.market, found.amount))

    async def _to_merge(self, wish: MergeSets, at_ns: int) -> MergeSent | NotClaimed:
        portfolio = await self._answer(self.ask_ledger(TellMarketPortfolio(wish.market)), PortfolioChanged)
        before = await self._settled()
        if portfolio is None or before is None:
            return NotClaimed("the ledger has no such market, or did not answer")
        amount = mergeable(portfolio.portfolio, wish)
        if amount < max(self.settings.least_sets, 1):
            return NotClaimed("there are too few sets that are settled and not reserved")
        seen = await self._look(before, (wish.market,))
        if isinstance(seen, NotSeen):
            return NotClaimed(seen.reason)
        ours = owned(seen.after).get(wish.market, NOTHING)
        if not seen.holdings or not ours.is_quiet or owned(seen.before).get(wish.market) != ours:
            return NotClaimed("fills in the market are under way")
        (holding,) = seen.holdings
        more_yes, more_no = ours.yes - holding.yes, ours.no - holding.no
        return MergeSent(wish.market, wish.strategy, amount, more_yes, more_no, at_ns)

    async def _look(self, before: SettledAccount, markets: tuple[MarketId, ...]) -> Seen | NotSeen:
        holdings = await self.account.look(markets) if markets else ()
        if isinstance(holdings, AskFailed):
            return NotSeen(holdings.reason)
        after = await self._settled()
        return NotSeen("the ledger did not answer") if after is None else Seen(holdings, before, after)

    async def _settled(self) -> SettledAccount | None:
        return await self._answer(self.ask_ledger(TellSettled()), SettledAccount)

    async def _answer(self, asked: Awaitable[object], kind: type[A]) -> A | None:
        try:
            answer = await asked
        except (trio.TooSlowError, ActorDown):
            return None
        return answer if isinstance(answer, kind) else None
