"""Authorised orders through all of execution to a venue: real ledger, journal, executor, gateway, account and signer.

Who authorises and who audits are stopwatches here, and nobody reconciles.
"""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Never

import trio
from attrs import Factory, define, frozen

from actors.execution.executor import Executor, ExecutorSettings
from actors.execution.live.account import LiveAccount
from actors.execution.live.gateway import LiveCounts, LiveGateway, LiveGatewaySettings
from actors.paths import AUDITOR, EXECUTOR, GATEWAY, GOVERNOR, JOURNAL, LEDGER, RECONCILER, strategy_path
from actors.portfolio.bookkeeper import Bookkeeper
from actors.records.journal import AT_ONCE, Journal
from actors.records.journal_store import JournalStore
from actors.records.words import Kept
from messages.identity import EventId, IntentId, MarketId, OrderId, Outcome, Side, StrategyName, TokenId, VenueOrderId
from messages.intents import Place, SnapshotId, TimeInForce
from messages.markets import Market
from messages.orders import Order, OrderChanged, OrderSigned, OrderState
from messages.risk import Authorised, ExecutionReady, Reservation, RiskMode
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, SHARE_SCALE, Cash, Price, Shares, TickSize
from polyactors.bench.running import flat, roomy, running
from polyactors.bench.small_tree import Sink
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_account.account import PolymarketAccount
from polyactors.venues.polymarket.live_account.opening import open_account
from polyactors.venues.polymarket.live_account.settings import AccountSettings
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.limits import TIERS, RateLimits
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.key_source import KeyFile
from polyactors.venues.polymarket.signing.addresses import EXCHANGE_V2
from supervision.address import Address
from supervision.address import Path as ActorPath
from supervision.specs import Strategy, SupervisorSpec

MAKER = StrategyName("maker")
MARKET = Market(
    MarketId("0x" + "5" * 64),
    EventId("measured"),
    "measured",
    "How long?",
    TokenId(str(10**76 + 1)),
    TokenId(str(10**76 + 2)),
    TickSize(100),
)
PRICE = Price(4600)
SIZE = Shares(10 * SHARE_SCALE)
COST = Cash(PRICE * SIZE // 10_000)
DEPOSIT = Cash(10**6 * CASH_SCALE)
CAPS = Caps(DEPOSIT, DEPOSIT, frozenset({EXCHANGE_V2}), frozenset({MARKET.yes_token, MARKET.no_token}))
BUSIEST = RateLimits(tier=TIERS[-1])
"""The limits of a signer who may send as many orders as are sent here."""


@define
class Stamps:
    """When the executor was told of each intent, by its number, and when each order and its digest were on disk, in
    nanoseconds of the monotonic clock. `names` lead from its intent to an order, `digests` on to what the venue calls
    it."""

    told_ns: dict[int, int] = Factory(dict)
    names: dict[IntentId, OrderId] = Factory(dict)
    digests: dict[OrderId, VenueOrderId] = Factory(dict)
    written_ns: dict[OrderId, int] = Factory(dict)
    digest_written_ns: dict[OrderId, int] = Factory(dict)


class DiskWatch(Sink):
    """Stands where the auditor is, which is told what is on disk."""

    def __init__(self, stamps: Stamps) -> None:
        self._stamps = stamps

    def receive(self, message: object) -> None:
        if not isinstance(message, Kept):
            return
        stamps, here_ns = self._stamps, time.monotonic_ns()
        for record in message.records:
            if isinstance(record, Order):
                stamps.names[record.intent] = record.order
                stamps.written_ns[record.order] = here_ns
            elif isinstance(record, OrderSigned):
                stamps.digests[record.order] = record.venue_order
                stamps.digest_written_ns[record.order] = here_ns


@define
class Heard:
    """`are_taken` when the venue has as many orders as are `expected`."""

    expected: int
    taken: int = 0
    is_ready: trio.Event = Factory(trio.Event)
    are_taken: trio.Event = Factory(trio.Event)


@frozen
class AuthoriseNow:
    """The intent of that number."""

    number: int


class Authoriser(Sink):
    """Stands where the governor is: authorises, hears that execution is ready, and of each order that the venue has."""

    def __init__(self, heard: Heard, stamps: Stamps) -> None:
        self._heard = heard
        self._stamps = stamps

    def started(self) -> None:
        self._executor = self.address(EXECUTOR)

    def receive(self, message: object) -> None:
        heard = self._heard
        if isinstance(message, AuthoriseNow):
            intent = authorised(message.number, time.time_ns())
            self._stamps.told_ns[message.number] = time.monotonic_ns()
            self.tell(self._executor, intent)
        elif isinstance(message, ExecutionReady):
            heard.is_ready.set()
        elif isinstance(message, OrderChanged) and message.state is OrderState.LIVE:
            heard.taken += 1
            if heard.taken == heard.expected:
                heard.are_taken.set()


@frozen
class Execution:
    """Ready for orders."""

    authoriser: Address[object]
    stamps: Stamps
    heard: Heard


@asynccontextmanager
async def open_execution(url: str, expected: int) -> AsyncIterator[Execution]:
    """Orders go to the venue at `url`, so many are expected. The key is made up."""
    with TemporaryDirectory(prefix="polyactors-bench-") as folder:
        async with opened_account(url, Path(folder)) as account:
            stamps, heard = Stamps(), Heard(expected)
            async with running(_tree(account, Path(folder), stamps, heard)) as runtime:
                await heard.is_ready.wait()
                yield Execution(runtime.registry.cell(GOVERNOR.text).address, stamps, heard)


@asynccontextmanager
async def opened_account(url: str, folder: Path) -> AsyncIterator[PolymarketAccount]:
    key = folder / "key"
    key.touch(0o600)
    key.write_text(secrets.token_hex(32))
    settings = AccountSettings(key=KeyFile(str(key)), caps=CAPS, dry_run=False, clob_url=url)
    opening = open_account(settings, (MARKET,), Budgets(BUSIEST), time.time_ns, FeedCounts())
    async with opening as account:
        yield account


def authorised(number: int, now_ns: int) -> Authorised:
    """The intent of that number."""
    intent = intent_named(number)
    place = Place(
        intent=intent,
        strategy=MAKER,
        market=MARKET.market,
        outcome=Outcome.YES,
        side=Side.BUY,
        price=PRICE,
        size=SIZE,
        time_in_force=TimeInForce.GTD,
        post_only=True,
        time_to_live_ns=600 * NANOSECONDS_PER_SECOND,
        snapshot=SnapshotId(1, 1),
        fencing=1,
        edge=25,
        confidence_percent=50,
        risk_cost=COST,
        rationale="bid: fair 0.4650, reservation 0.4650, half spread 0.0025",
        at_ns=now_ns,
    )
    reservation = Reservation(intent, MARKET.market, COST, Shares(0), Shares(0))
    return Authorised(place, reservation, RiskMode.NORMAL, now_ns)


def intent_named(number: int) -> IntentId:
    return IntentId(f"intent-{number:06}")


def _tree(account: LiveAccount, folder: Path, stamps: Stamps, heard: Heard) -> SupervisorSpec:
    counts = LiveCounts()
    settings = ExecutorSettings(settle_ns=10 * NANOSECONDS_PER_SECOND, prepares=True)
    execution = SupervisorSpec(
        name="execution",
        strategy=Strategy.ONE_FOR_ALL,
        children=(
            roomy(_last(GATEWAY), lambda: LiveGateway(account, LiveGatewaySettings(), counts)),
            roomy(_last(RECONCILER), Sink),
            roomy(_last(EXECUTOR), lambda: Executor((MARKET,), settings)),
        ),
    )
    strategy = strategy_path(MARKET.event, MARKET.market, MAKER)
    return flat(
        roomy(JOURNAL.text, lambda: Journal(lambda: JournalStore.open(folder / "measured.journal"), AT_ONCE)),
        roomy(LEDGER.text, lambda: Bookkeeper(DEPOSIT, (MARKET,))),
        roomy(GOVERNOR.text, lambda: Authoriser(heard, stamps)),
        execution,
        SupervisorSpec(
            name=strategy.text.rpartition("/")[0], strategy=Strategy.ONE_FOR_ONE, children=(roomy(MAKER, Sink),)
        ),
        SupervisorSpec(
            name="records", strategy=Strategy.ONE_FOR_ONE, children=(roomy(_last(AUDITOR), lambda: DiskWatch(stamps)),)
        ),
    )


def _last(path: ActorPath[Never]) -> str:
    return path.text.rpartition("/")[2]
