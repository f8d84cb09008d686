"""The whole tree: read this first to see everything.

    root                       rest_for_one: who comes later depends on who comes earlier
      journal                  append-only, first up and last down
      service                  one_for_one
        core                   rest_for_one
          ledger               the only writer of orders, fills, positions, cash
          governor             limits, reservations, modes
          execution            one_for_all: gateway, executor; with a real account user feed, reconciler, heartbeat
          trading              one_for_one
            market-data        one connection a shard of tokens
            markets            an event each: a market each: market actor, then its strategies
            records            auditor
            claims             with a real account: what was won is redeemed
        operators              one_for_one, transient; in real time alone
          control              the socket that operators look in by

Groups (root, service, core, trading) are no part of a path: the ledger is `ledger`, a maker is
`markets/<event>/<condition>/maker`.
"""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path as FilePath
from typing import Never

from attrs import Factory, define, evolve, frozen

from actors.execution.executor import Executor, ExecutorSettings
from actors.execution.gateway import Gateway
from actors.execution.live.claims import CLAIMS, Claims
from actors.execution.live.execution import LiveExecution
from actors.execution.live.gateway import LiveGateway
from actors.execution.live.heartbeat import Heartbeat, HeartbeatSettings
from actors.execution.live.reconciler import Reconciler, ReconcilerSettings
from actors.execution.live.reconciliation import Baseline, Dust
from actors.execution.live.user_feed import UserFeed, UserFeedSettings
from actors.execution.ports import Venue
from actors.feeds.market_data import MarketDataShard, ShardHealth
from actors.markets.health import MarketHealth
from actors.markets.market import Market as MarketActor
from actors.markets.subscription import NEW_BEST_PRICES
from actors.paths import (
    CONTROL,
    EXECUTOR,
    GATEWAY,
    GOVERNOR,
    HEARTBEAT,
    JOURNAL,
    LEDGER,
    RECONCILER,
    USER_FEED,
    event_part,
)
from actors.portfolio.bookkeeper import Bookkeeper
from actors.records.auditor import Auditor
from actors.records.journal import AT_ONCE, Journal
from actors.records.journal_store import JournalStore
from actors.records.violation import Violation
from actors.risk.governor import Governor
from actors.strategies.maker import MAKER, Maker
from actors.strategies.set_arbitrage import SET_ARBITRAGE, ArbitrageTally, SetArbitrage
from actors.strategies.set_arbitrage_trader import SetArbitrageTrader
from actors.strategies.taker import TAKER, Taker
from actors.strategies.unwinder import UNWINDER, Unwinder
from actors.strategies.words import StrategyMessage, latest_of
from messages.identity import EventId, MarketId, StrategyName
from messages.markets import Market
from messages.units import Cash
from polyactors.config import Configuration
from polyactors.control.operator import Control
from polyactors.control.server import ControlHealth
from polyactors.venues.place import Feed
from supervision.actor import Actor
from supervision.address import Path
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.specs import ActorSpec, ChildSpec, Restart, Strategy, SupervisorSpec

FEED_CAPACITY = 16_384
"""Messages of one market that may wait: more than any burst in the recordings, so that the socket is seldom held up."""


@frozen
class Outside:
    """What the tree is connected to. All of it outlives every actor. Without a `control_socket` nobody looks in."""

    markets: tuple[Market, ...]
    feeds: tuple[Feed, ...]
    venue: Venue | LiveExecution
    deposit: Cash
    open_journal: Callable[[], JournalStore]
    alarm: Callable[[Violation], None]
    feed_is_over: Callable[[], None]
    control_socket: FilePath | None = None


@define
class Health:
    """What the actors count over all their lives."""

    markets: dict[MarketId, MarketHealth] = Factory(dict)
    arbitrage: dict[MarketId, ArbitrageTally] = Factory(dict)
    feed: ShardHealth = Factory(ShardHealth)
    violations: set[Violation] = Factory(set)
    control: ControlHealth = Factory(ControlHealth)


def whole_tree(configuration: Configuration, outside: Outside, health: Health) -> SupervisorSpec:
    """The tree of the design, section 3, as far as it exists."""
    journal = ActorSpec(
        name=JOURNAL.text,
        create=lambda: Journal(outside.open_journal, AT_ONCE if isinstance(outside.venue, LiveExecution) else 0),
        mailbox=MailboxSpec(capacity=65_536),
    )
    core = _core(configuration, outside, health)
    # First up and last down, so that a start or an end that hangs can be looked at.
    service = _group("service", Strategy.ONE_FOR_ONE, *_operators(outside, health), core)
    return _group("root", Strategy.REST_FOR_ONE, journal, service)


def _core(configuration: Configuration, outside: Outside, health: Health) -> SupervisorSpec:
    markets = outside.markets
    ledger = ActorSpec(
        name=LEDGER.text,
        create=lambda: Bookkeeper(outside.deposit, markets),
        mailbox=MailboxSpec(capacity=65_536),
        start_within_ns=120_000_000_000,
    )
    governor = ActorSpec(
        name=GOVERNOR.text,
        create=lambda: Governor(markets, configuration.governor),
        mailbox=MailboxSpec(capacity=16_384, on_restart=OnRestart.DISCARD),
    )
    return _group(
        "core",
        Strategy.REST_FOR_ONE,
        ledger,
        governor,
        _execution(configuration, outside),
        _trading(configuration, outside, health),
    )


def _operators(outside: Outside, health: Health) -> tuple[ChildSpec, ...]:
    """Who gives up here takes nobody with him: trading does not fall because a screen did."""
    socket = outside.control_socket
    if socket is None:
        return ()
    control = ActorSpec(name=_last_part(CONTROL), create=lambda: Control(socket, health.control))
    return (
        SupervisorSpec(name="operators", strategy=Strategy.ONE_FOR_ONE, restart=Restart.TRANSIENT, children=(control,)),
    )


def _execution(configuration: Configuration, outside: Outside) -> SupervisorSpec:
    venue, settings = outside.venue, configuration.executor
    if isinstance(venue, LiveExecution):
        settings = evolve(settings, prepares=True)
        to_venue = _to_account(venue, outside.markets)
    else:
        settings = ExecutorSettings(settle_ns=max(settings.settle_ns, configuration.paper.there_and_back_ns))
        to_venue = (_to_simulation(venue),)
    executor = ActorSpec(
        name=_last_part(EXECUTOR),
        create=lambda: Executor(outside.markets, settings),
        mailbox=MailboxSpec(capacity=16_384),
    )
    return SupervisorSpec(name="execution", strategy=Strategy.ONE_FOR_ALL, children=(*to_venue, executor))


def _to_simulation(venue: Venue) -> ActorSpec:
    return ActorSpec(name=_last_part(GATEWAY), create=lambda: Gateway(venue), mailbox=MailboxSpec(capacity=65_536))


def _to_account(live: LiveExecution, markets: tuple[Market, ...]) -> tuple[ActorSpec, ...]:
    dust = Dust(shares=live.share_dust, cash=live.cash_dust)
    reconciler = ReconcilerSettings(
        every_ns=live.reconcile_every_ns, dust=dust, baseline=Baseline(shares=live.baseline)
    )
    heartbeat = HeartbeatSettings(every_ns=live.heartbeat_ns)
    return (
        ActorSpec(
            name=_last_part(GATEWAY),
            create=lambda: LiveGateway(live.account, live.gateway, live.counts),
            mailbox=MailboxSpec(capacity=65_536),
            start_within_ns=120_000_000_000,
        ),
        ActorSpec(name=_last_part(USER_FEED), create=lambda: UserFeed(live.account, UserFeedSettings())),
        ActorSpec(name=_last_part(RECONCILER), create=lambda: Reconciler(live.account, markets, reconciler)),
        ActorSpec(name=_last_part(HEARTBEAT), create=lambda: Heartbeat(live.account, heartbeat)),
    )


def _trading(configuration: Configuration, outside: Outside, health: Health) -> SupervisorSpec:
    auditor = ActorSpec(
        name="auditor",
        create=lambda: Auditor(outside.deposit, outside.markets, outside.alarm, health.violations),
        mailbox=MailboxSpec(capacity=65_536),
        start_within_ns=120_000_000_000,
    )
    return _group(
        "trading",
        Strategy.ONE_FOR_ONE,
        SupervisorSpec(
            name="market-data", strategy=Strategy.ONE_FOR_ONE, children=_shards(configuration, outside, health)
        ),
        SupervisorSpec(name="markets", strategy=Strategy.ONE_FOR_ONE, children=_events(configuration, outside, health)),
        SupervisorSpec(name="records", strategy=Strategy.ONE_FOR_ONE, children=(auditor,)),
        *_claims(outside.venue),
    )


def _claims(venue: Venue | LiveExecution) -> tuple[ActorSpec, ...]:
    """Beside the trading, for which it does not matter when winners are paid out."""
    if not isinstance(venue, LiveExecution) or venue.claims is None:
        return ()
    account, settings = venue.claims, venue.claim_settings
    return (ActorSpec(name=CLAIMS.text, create=lambda: Claims(account, settings), start_within_ns=120_000_000_000),)


def _shards(configuration: Configuration, outside: Outside, health: Health) -> tuple[ActorSpec, ...]:
    def shard(number: int, feed: Feed) -> ActorSpec:
        return ActorSpec(
            name=f"shard-{number}",
            create=lambda: MarketDataShard(
                feed.source, feed.markets, configuration.feed, health.feed, outside.feed_is_over
            ),
        )

    return tuple(shard(number, feed) for number, feed in enumerate(outside.feeds))


def _events(configuration: Configuration, outside: Outside, health: Health) -> tuple[ChildSpec, ...]:
    shard_of = {market.market: number for number, feed in enumerate(outside.feeds) for market in feed.markets}

    def event_of(market: Market) -> EventId:
        return market.event

    return tuple(
        SupervisorSpec(
            name=event_part(event),
            strategy=Strategy.ONE_FOR_ONE,
            children=tuple(_market(configuration, market, shard_of[market.market], health) for market in group),
        )
        for event, group in groupby(sorted(outside.markets, key=event_of), key=event_of)
    )


def _market(configuration: Configuration, market: Market, shard: int, health: Health) -> SupervisorSpec:
    strategies = _strategies(configuration, market, health)
    is_arbitrage_traded = configuration.strategies.set_arbitrage_trades
    snapshots = {
        MAKER: configuration.maker.look_every_ns,
        SET_ARBITRAGE: configuration.set_arbitrage.look_every_ns if is_arbitrage_traded else NEW_BEST_PRICES,
        TAKER: configuration.taker.look_every_ns,
        UNWINDER: configuration.unwinder.look_every_ns,
    }
    wanted = {StrategyName(spec.name): snapshots[StrategyName(spec.name)] for spec in strategies}
    tally = health.markets.setdefault(market.market, MarketHealth())
    actor = ActorSpec(
        name="market",
        create=lambda: MarketActor(market, wanted, shard, configuration.market, tally),
        mailbox=MailboxSpec(capacity=FEED_CAPACITY),
    )
    return SupervisorSpec(name=market.market, strategy=Strategy.REST_FOR_ONE, children=(actor, *strategies))


def _strategies(configuration: Configuration, market: Market, health: Health) -> tuple[ActorSpec, ...]:
    which, specs = configuration.strategies, []
    if which.has_maker(market.market):
        specs.append(_strategy(MAKER, lambda: Maker(market, configuration.maker), newest_snapshot_only=True))
    if which.set_arbitrage:
        tally = health.arbitrage.setdefault(market.market, ArbitrageTally())
        specs.append(_set_arbitrage(configuration, market, tally))
    if which.taker:
        specs.append(_strategy(TAKER, lambda: Taker(market, configuration.taker), newest_snapshot_only=True))
    if which.unwinder:
        specs.append(_strategy(UNWINDER, lambda: Unwinder(market, configuration.unwinder), newest_snapshot_only=True))
    return tuple(specs)


def _set_arbitrage(configuration: Configuration, market: Market, tally: ArbitrageTally) -> ActorSpec:
    """The detector is shown every new best price; who trades wants the newest book and no older one."""
    settings = configuration.set_arbitrage
    if configuration.strategies.set_arbitrage_trades:
        return _strategy(SET_ARBITRAGE, lambda: SetArbitrageTrader(market, tally, settings), newest_snapshot_only=True)
    return _strategy(SET_ARBITRAGE, lambda: SetArbitrage(market, tally), newest_snapshot_only=False)


def _strategy(
    name: StrategyName, create: Callable[[], Actor[StrategyMessage]], *, newest_snapshot_only: bool
) -> ActorSpec:
    mailbox = MailboxSpec(
        capacity=FEED_CAPACITY,
        on_restart=OnRestart.DISCARD,
        latest_by=latest_of if newest_snapshot_only else None,
    )
    return ActorSpec(name=name, create=create, mailbox=mailbox)


def _group(name: str, strategy: Strategy, *children: ChildSpec) -> SupervisorSpec:
    return SupervisorSpec(name=name, strategy=strategy, children=children, is_group=True)


def _last_part(path: Path[Never]) -> str:
    return path.text.rpartition("/")[2]
