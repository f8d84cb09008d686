"""The claims beside a real ledger, and an account on a chain that is played by the test."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import count

import trio
from attrs import define, evolve, field

from actors.execution.live.claim_account import ClaimAccount
from actors.execution.live.claim_rules import ClaimSettings
from actors.execution.live.claim_words import (
    Claimed,
    ClaimInDoubt,
    ClaimOutcome,
    Holding,
    NotClaimed,
    WouldClaim,
    paid,
)
from actors.execution.live.claims import Claims
from actors.execution.live.words import AskFailed
from actors.paths import CLAIMS, LEDGER
from actors.portfolio.bookkeeper import Bookkeeper, TellPortfolio
from actors.records.words import Confirm, Confirmed
from messages.fills import Fill
from messages.identity import MarketId, Outcome, Side, StrategyName
from messages.markets import Market
from messages.portfolio import AccountMoved, PortfolioView
from messages.units import Price, Shares
from supervision.mailbox import MailboxSpec
from supervision.specs import ActorSpec, Strategy, SupervisorSpec
from supervision.testing import Diary, Probe, Tree, run_tree
from tests.actors.actor_world import (
    AT_ONCE,
    EXECUTOR_PATH,
    GOVERNOR_PATH,
    JOURNAL_PATH,
    Create,
    JournalProbe,
    heard,
    say,
)
from tests.actors.samples import GAME, MAKER, OTHER_GAME, dollars, fill_of, market, order_of, place

ASKER = "asker"
DEPOSIT = dollars(1000)
MARKETS = (market(), market(OTHER_GAME))
NONE = Shares(0)


@define
class Chain:
    """What the chain has of us, and how the next claims end. `sent` is everything that was asked to be sent; `cash` is
    what claims brought."""

    held: dict[MarketId, tuple[Shares, Shares]] = field(factory=dict)
    payouts: dict[MarketId, Price] = field(factory=dict)
    sent: list[str] = field(factory=list)
    looks: list[tuple[MarketId, ...]] = field(factory=list)
    cash: int = 0
    is_down: bool = False
    is_dry: bool = False
    refuses: str = ""
    loses_answers: bool = False
    happens: bool = True
    """Whether what is sent happens, where the answer is lost."""
    takes: trio.Event | None = None
    """What a redemption waits for."""
    takes_to_look: trio.Event | None = None
    """What a look waits for after it was made."""

    def hold(self, yes: Shares = NONE, no: Shares = NONE, where: MarketId = GAME) -> None:
        self.held[where] = yes, no

    def become(self, market: MarketId, yes: Shares, no: Shares) -> None:
        """Shares are burnt for what they pay: sets a dollar, and in a decided market what was ruled."""
        before_yes, before_no = self.held[market]
        self.held[market] = yes, no
        payout = self.payouts.get(market, Price(5000))
        self.cash += paid(Shares(before_yes - yes), Shares(before_no - no), payout)

    async def look(self, markets: Sequence[MarketId]) -> tuple[Holding, ...] | AskFailed:
        self.looks.append(tuple(markets))
        if self.is_down:
            return AskFailed("no way there")
        seen = tuple(Holding(each, *self.held.get(each, (NONE, NONE)), self.payouts.get(each)) for each in markets)
        if self.takes_to_look is not None:
            await self.takes_to_look.wait()
        return seen

    async def redeem(self, market: MarketId) -> ClaimOutcome:
        if self.takes is not None:
            await self.takes.wait()
        return self._do(f"redeem {market}", market, NONE, NONE)

    async def merge(self, market: MarketId, amount: Shares) -> ClaimOutcome:
        yes, no = self.held[market]
        return self._do(f"merge {market} {amount}", market, Shares(yes - amount), Shares(no - amount))

    async def split(self, market: MarketId, amount: Shares) -> ClaimOutcome:
        raise AssertionError("nobody splits")

    async def approve_auto_redeem(self) -> ClaimOutcome:
        raise AssertionError("nobody approves")

    def _do(self, what: str, market: MarketId, yes: Shares, no: Shares) -> ClaimOutcome:
        if self.is_dry:
            return WouldClaim(what)
        self.sent.append(what)
        if self.refuses:
            return NotClaimed(self.refuses)
        if self.happens or not self.loses_answers:
            self.become(market, yes, no)
        return ClaimInDoubt("the answer was lost") if self.loses_answers else Claimed(f"0x{len(self.sent)}")


class ConfirmingJournal(JournalProbe):
    def receive(self, message: object) -> None:
        if isinstance(message, Confirm):
            self.note("received", message.record)
            self.reply(Confirmed(message.record))
        else:
            super().receive(message)


@define
class World:
    tree: Tree
    diary: Diary
    chain: Chain
    numbers: Iterator[int] = field(factory=count)

    async def say(self, *messages: object, to: str = CLAIMS.text) -> None:
        say(self.tree, ASKER, to, *messages)
        await self.tree.settle()

    async def own(
        self,
        outcome: Outcome,
        size: Shares,
        where: MarketId = GAME,
        *,
        strategy: StrategyName = MAKER,
        provisional: bool = False,
    ) -> Fill:
        """The ledger hears that it was bought; the chain is another matter."""
        number = next(self.numbers)
        wish = place(f"i{number}", Side.BUY, outcome, 5000, size, where=where, strategy=strategy)
        order = order_of(wish, f"o{number}")
        fill = evolve(fill_of(order, f"t{number}"), provisional=provisional)
        await self.say(order, fill, to=LEDGER.text)
        return fill

    @property
    def booked(self) -> list[AccountMoved]:
        return heard(self.diary, JOURNAL_PATH, AccountMoved)

    async def view(self) -> PortfolioView:
        await self.say(TellPortfolio(), to=LEDGER.text)
        return heard(self.diary, ASKER, PortfolioView)[-1]

    async def shares(self, where: MarketId = GAME) -> tuple[int, int]:
        portfolio = (await self.view()).market(where)
        assert portfolio is not None
        return portfolio.yes, portfolio.no


def claims_tree(
    diary: Diary, account: ClaimAccount, settings: ClaimSettings, markets: tuple[Market, ...] = MARKETS
) -> SupervisorSpec:
    """The claims and a ledger, and probes for all others."""

    def at(path: str, create: Create) -> ActorSpec:
        name = path.rpartition("/")[2]
        return ActorSpec(name=name, create=create, mailbox=MailboxSpec(capacity=100_000))

    def probe(path: str) -> ActorSpec:
        return at(path, lambda: Probe(diary))

    def group(name: str, *children: ActorSpec | SupervisorSpec, is_group: bool = False) -> SupervisorSpec:
        return SupervisorSpec(
            name=name,
            strategy=Strategy.ONE_FOR_ONE,
            children=children,
            intensity=1000,
            backoff=AT_ONCE,
            is_group=is_group,
        )

    return group(
        "root",
        at(JOURNAL_PATH, lambda: ConfirmingJournal(diary)),
        at(LEDGER.text, lambda: Bookkeeper(DEPOSIT, markets)),
        probe(GOVERNOR_PATH),
        group("execution", probe(EXECUTOR_PATH)),
        at(CLAIMS.text, lambda: Claims(account, settings)),
        probe(ASKER),
        is_group=True,
    )


def run(script: Callable[[World], Awaitable[None]], settings: ClaimSettings | None = None) -> World:
    """On a virtual clock, with a chain that the script plays."""
    diary, chain = Diary(), Chain()
    worlds: list[World] = []

    async def main(tree: Tree) -> None:
        worlds.append(World(tree, diary, chain))
        await script(worlds[0])

    run_tree(claims_tree(diary, chain, settings or ClaimSettings()), main)
    return worlds[0]
