"""The claims in a tree with a real ledger, on a served exchange: at the end the ledger is the account, to the unit."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import trio
from attrs import define
from polymarket._internal.eoa.rpc import JsonRpcCallError

from actors.execution.live.claim_rules import ClaimSettings
from actors.execution.live.claim_words import Claimed, MergeEnded, MergeSets
from actors.paths import CLAIMS, LEDGER
from actors.portfolio.bookkeeper import TellPortfolio
from messages.identity import EventId, MarketId, TokenId
from messages.market_data import MarketResolution
from messages.markets import Market
from messages.portfolio import AccountMoved, MoveCause, PortfolioView
from messages.units import NANOSECONDS_PER_MILLISECOND, SHARE_SCALE, Cash, Shares, TickSize
from polyactors.exchange.server.control_words import MarketLine, Ruling
from supervision.address import Path as ActorPath
from supervision.clock import SteadyClock
from supervision.log import LogEvent
from supervision.runtime import Runtime
from supervision.testing import Diary, Do, Probe
from tests.actors.execution.claims_world import ASKER, DEPOSIT, claims_tree
from tests.actors.samples import MAKER
from tests.exchange_clients.conftest import NewAccount, exchange, new_account, one_authority
from tests.exchange_clients.served_exchange import ServedExchange, is_neg_risk
from tests.venues.polymarket.test_claims_on_the_exchange import CREDIT, claims_of

__all__ = ["exchange", "new_account", "one_authority"]

LONGEST_S = 20
SETS = 40 * SHARE_SCALE
QUICK = ClaimSettings(
    look_every_ns=200 * NANOSECONDS_PER_MILLISECOND,
    confirm_after_ns=20 * NANOSECONDS_PER_MILLISECOND,
    first_retry_ns=100 * NANOSECONDS_PER_MILLISECOND,
)


@define
class Living:
    """A tree in real time."""

    runtime: Runtime
    diary: Diary
    log: list[LogEvent]

    def say(self, to: ActorPath[Any], *messages: object) -> None:
        address = self.runtime.registry.address(to)

        def tell(probe: Probe) -> None:
            for message in messages:
                probe.tell(address, message)

        self.runtime.registry.address(ActorPath[object](ASKER)).tell(Do(tell))

    async def view(self, is_right: Callable[[PortfolioView], bool]) -> PortfolioView:
        """The first that is right."""
        with trio.move_on_after(LONGEST_S):
            while True:
                self.say(LEDGER, TellPortfolio())
                await trio.sleep(0.01)
                views = [each for each in self.diary.received(ASKER) if isinstance(each, PortfolioView)]
                if views and is_right(views[-1]):
                    return views[-1]
        raise AssertionError(f"never right: {views[-1:]} {self.log[-5:]}")


@asynccontextmanager
async def living(account: Any, markets: tuple[Market, ...]) -> AsyncIterator[Living]:
    diary, log = Diary(), list[LogEvent]()
    runtime = Runtime(SteadyClock(), 0, log.append)
    runtime.describe(claims_tree(diary, account, QUICK, markets))
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        yield Living(runtime, diary, log)
        runtime.stop("the test is over")


def as_market(line: MarketLine) -> Market:
    tokens = TokenId(line.yes_token), TokenId(line.no_token)
    return Market(MarketId(line.market), EventId(line.event), line.slug, "?", *tokens, TickSize(100))


def held(view: PortfolioView, market: str) -> tuple[int, int]:
    portfolio = view.market(MarketId(market))
    return (0, 0) if portfolio is None else (portfolio.yes, portfolio.no)


async def test_winners_are_claimed_whoever_redeems_them_and_sets_are_merged(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account = new_account(exchange)
    ours, theirs = exchange.untouched(), exchange.untouched(is_neg_risk)
    async with (
        claims_of(account, exchange, tmp_path) as official,
        living(official, (as_market(ours), as_market(theirs))) as tree,
    ):
        for line in (ours, theirs):
            market = MarketId(line.market)
            assert isinstance(await official.split(market, Shares(SETS)), Claimed)
            moved = ("split " + market, MoveCause.SPLIT, MAKER, market, Cash(-SETS), Shares(SETS), Shares(SETS), 1)
            tree.say(LEDGER, AccountMoved(*moved))
        tree.say(CLAIMS, MergeSets(MarketId(ours.market), MAKER, Shares(SETS // 4)))
        await tree.view(lambda view: held(view, ours.market) == (SETS * 3 // 4, SETS * 3 // 4))
        (merged,) = [each for each in tree.diary.received(ASKER) if isinstance(each, MergeEnded)]
        assert isinstance(merged.outcome, Claimed)

        exchange.resolve(ours.slug, Ruling.HALF)
        tree.say(CLAIMS, MarketResolution(MarketId(ours.market), None, 1))
        await tree.view(lambda view: held(view, ours.market) == (0, 0))

        # The venue's operator does as much: somebody else redeems with the same wallet, if we were not there before.
        exchange.resolve(theirs.slug, Ruling.NO)
        with suppress(JsonRpcCallError):
            await trio.to_thread.run_sync(lambda: account.sdk.redeem_positions(condition_id=theirs.market).wait())
        last = await tree.view(lambda view: held(view, theirs.market) == (0, 0))
        assert last.wallet.cash == DEPOSIT
        assert exchange.cash(account.wallet) == CREDIT
        causes = [each.cause for each in tree.diary.received("journal") if isinstance(each, AccountMoved)]
        assert causes.count(MoveCause.REDEMPTION) == 2 and causes.count(MoveCause.MERGE) == 1
