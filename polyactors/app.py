"""The whole tree: read this first to see everything.

    root                       rest_for_one: who comes later depends on who comes earlier
      journal                  append-only, first up and last down
      service                  one_for_one
        core                   rest_for_one
          ledger               the only writer of orders, fills, positions, cash
          governor             limits, reservations, modes
          execution            one_for_all: gateway, executor; with a real account user feed, reconciler, heartbeat
          trading              one_for_one
            market-data        one connection a shard of tokens; one each of those that joined later
            markets            an event each: a market each: market actor, then its strategies
            reference          one_for_one: a feed a venue of reference prices, a pricer a symbol
            discovery          finds the markets of periods, which join and leave while all runs (`market_yard`)
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

from attrs import Factory, evolve, frozen

from actors.execution.executor import Executor, ExecutorSettings
from actors.execution.gateway import Gateway
from actors.execution.live.claims import Claims
from actors.execution.live.execution import LiveExecution
from actors.execution.live.gateway import LiveGateway
from actors.execution.live.heartbeat import Heartbeat, HeartbeatSettings
from actors.execution.live.reconciler import Reconciler, ReconcilerSettings
from actors.execution.live.reconciliation import Baseline, Dust
from actors.execution.live.user_feed import UserFeed, UserFeedSettings
from actors.execution.ports import Venue
from actors.feeds.bad_inputs import BadInputTally
from actors.feeds.discovery import Discovery
from actors.feeds.market_finder import MarketFinder
from actors.feeds.market_yard import MarketYard
from actors.feeds.reference.feed_health import ReferenceHealth
from actors.feeds.reference.ports import ReferenceSource
from actors.paths import (
    CLAIMS,
    CONTROL,
    EXECUTOR,
    GATEWAY,
    GOVERNOR,
    HEARTBEAT,
    JOURNAL,
    LEDGER,
    RECONCILER,
    USER_FEED,
)
from actors.portfolio.bookkeeper import Bookkeeper
from actors.pricing.open_price_source import OpenPriceSource
from actors.records.auditor import Auditor
from actors.records.journal import AT_ONCE, Journal
from actors.records.journal_store import JournalStore
from actors.records.violation import Violation
from actors.risk.governor import Governor
from messages.identity import EventId
from messages.markets import Market
from messages.units import Cash
from polyactors.config import Configuration
from polyactors.control.operator import Control
from polyactors.health import Health
from polyactors.market_tree import MARKET_DATA, MARKETS, event_tree, market_tree, shard
from polyactors.pricer.reference_actors import Feed as ReferenceConnection
from polyactors.pricer.reference_actors import symbol_pricers
from polyactors.pricer.remote_actors import remote_pricers
from polyactors.venues.place import Feed
from polyactors.venues.priced_series import priced_series
from supervision.address import Path
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.specs import ActorSpec, ChildSpec, Restart, Strategy, SupervisorSpec


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
    references: tuple[ReferenceSource, ...] = ()
    finder: MarketFinder | None = None
    open_prices: OpenPriceSource | None = None
    bad_inputs: BadInputTally = Factory(BadInputTally)


def whole_tree(
    configuration: Configuration, outside: Outside, health: Health, yard: MarketYard | None = None
) -> SupervisorSpec:
    """The tree of the design, section 3. Without a `yard` no market joins later."""
    journal = ActorSpec(
        name=JOURNAL.text,
        create=lambda: Journal(outside.open_journal, AT_ONCE if isinstance(outside.venue, LiveExecution) else 0),
        mailbox=MailboxSpec(capacity=65_536),
    )
    core = _core(configuration, outside, health, yard)
    # First up and last down, so that a start or an end that hangs can be looked at.
    service = _group("service", Strategy.ONE_FOR_ONE, *_operators(outside, health), core)
    return _group("root", Strategy.REST_FOR_ONE, journal, service)


def _core(configuration: Configuration, outside: Outside, health: Health, yard: MarketYard | None) -> SupervisorSpec:
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
        _trading(configuration, outside, health, yard),
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
        start_within_ns=120_000_000_000,
    )
    return SupervisorSpec(name="execution", strategy=Strategy.ONE_FOR_ALL, children=(*to_venue, executor))


def _to_simulation(venue: Venue) -> ActorSpec:
    return ActorSpec(name=_last_part(GATEWAY), create=lambda: Gateway(venue), mailbox=MailboxSpec(capacity=65_536))


def _to_account(live: LiveExecution, markets: tuple[Market, ...]) -> tuple[ActorSpec, ...]:
    dust = Dust(shares=live.share_dust, cash=live.cash_dust)
    reconciler = ReconcilerSettings(
        every_ns=live.reconcile_every_ns,
        doubt_limit_ns=live.doubt_limit_ns,
        dust=dust,
        baseline=Baseline(shares=live.baseline),
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
        ActorSpec(
            name=_last_part(RECONCILER),
            create=lambda: Reconciler(live.account, markets, reconciler),
            start_within_ns=120_000_000_000,
        ),
        ActorSpec(name=_last_part(HEARTBEAT), create=lambda: Heartbeat(live.account, heartbeat)),
    )


def _trading(configuration: Configuration, outside: Outside, health: Health, yard: MarketYard | None) -> SupervisorSpec:
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
            name=MARKET_DATA, strategy=Strategy.ONE_FOR_ONE, children=_shards(configuration, outside, health)
        ),
        SupervisorSpec(name=MARKETS, strategy=Strategy.ONE_FOR_ONE, children=_events(configuration, outside, health)),
        *_reference(configuration, outside, health),
        *_discovery(configuration, outside, yard),
        SupervisorSpec(name="records", strategy=Strategy.ONE_FOR_ONE, children=(auditor,)),
        *_claims(outside.venue),
    )


def _claims(venue: Venue | LiveExecution) -> tuple[ActorSpec, ...]:
    """Beside the trading, for which it does not matter when winners are paid out."""
    if not isinstance(venue, LiveExecution) or venue.claims is None:
        return ()
    account, settings = venue.claims, venue.claim_settings
    return (ActorSpec(name=CLAIMS.text, create=lambda: Claims(account, settings), start_within_ns=120_000_000_000),)


def _reference(configuration: Configuration, outside: Outside, health: Health) -> tuple[ChildSpec, ...]:
    """None where nobody asks for prices. The pricers come first: who has something to tell them finds them."""
    series = priced_series(outside.markets, configuration.discovery.series)
    if not series:
        return ()
    children: tuple[ActorSpec, ...]
    if configuration.pricer.in_own_process:
        place = configuration.pricer.place(configuration.service.data_folder)
        children = remote_pricers(series, place, configuration.pricer.remote)
    else:
        sources = outside.references
        feeds = (
            ReferenceConnection(
                source, configuration.reference.connection(source.venue), _health_of(source, outside, health)
            )
            for source in sources
        )
        pricers = symbol_pricers(series, configuration.pricing, sources, outside.open_prices)
        children = (*pricers, *(feed.spec for feed in feeds))
    return (SupervisorSpec(name="reference", strategy=Strategy.ONE_FOR_ONE, children=children),)


def _health_of(source: ReferenceSource, outside: Outside, health: Health) -> ReferenceHealth:
    """What the source cannot read is counted with what its actor will not take."""
    return health.references.setdefault(source.name, ReferenceHealth(outside.bad_inputs))


def _discovery(configuration: Configuration, outside: Outside, yard: MarketYard | None) -> tuple[ChildSpec, ...]:
    """None where no series are traded, and no market of a period is there, or where the place cannot find any."""
    settings, finder, fixed = configuration.discovery, outside.finder, outside.markets
    if finder is None or yard is None or not priced_series(fixed, settings.series):
        return ()
    return (Discovery.spec(settings, finder, yard, fixed),)


def _shards(configuration: Configuration, outside: Outside, health: Health) -> tuple[ActorSpec, ...]:
    return tuple(
        shard(configuration, feed, number, health, outside.feed_is_over) for number, feed in enumerate(outside.feeds)
    )


def _events(configuration: Configuration, outside: Outside, health: Health) -> tuple[ChildSpec, ...]:
    number_of = {market.market: number for number, feed in enumerate(outside.feeds) for market in feed.markets}

    def event_of(market: Market) -> EventId:
        return market.event

    return tuple(
        event_tree(event, (market_tree(configuration, each, number_of[each.market], health) for each in group))
        for event, group in groupby(sorted(outside.markets, key=event_of), key=event_of)
    )


def _group(name: str, strategy: Strategy, *children: ChildSpec) -> SupervisorSpec:
    return SupervisorSpec(name=name, strategy=strategy, children=children, is_group=True)


def _last_part(path: Path[Never]) -> str:
    return path.text.rpartition("/")[2]
