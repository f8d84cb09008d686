"""The part of the tree that a market has: its actor, its strategies, its session if it has a period; and its data."""

from collections.abc import Callable, Iterable

from actors.feeds.market_data import MarketDataShard
from actors.markets.health import MarketHealth
from actors.markets.market import Market as MarketActor
from actors.markets.subscription import NEW_BEST_PRICES
from actors.paths import event_part, shard_path
from actors.strategies.maker import MAKER, Maker
from actors.strategies.set_arbitrage import SET_ARBITRAGE, ArbitrageTally, SetArbitrage
from actors.strategies.set_arbitrage_trader import SetArbitrageTrader
from actors.strategies.taker import TAKER, Taker
from actors.strategies.unwinder import UNWINDER, Unwinder
from actors.strategies.words import StrategyMessage, latest_of
from messages.identity import EventId, StrategyName
from messages.markets import Market
from polyactors.config import Configuration
from polyactors.health import Health
from polyactors.session_tree import session_children, session_looks
from polyactors.venues.place import Feed
from supervision.actor import Actor
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.specs import ActorSpec, Strategy, SupervisorSpec

FEED_CAPACITY = 16_384
"""Messages of one market that may wait: more than any burst in the recordings, so that the socket is seldom held up."""


MARKET_DATA = "market-data"
MARKETS = "markets"
"""The supervisors whose children come and go with the markets."""


def shard_name(number: int) -> str:
    return shard_path(number).text.removeprefix(f"{MARKET_DATA}/")


def shard(
    configuration: Configuration, feed: Feed, number: int, health: Health, on_over: Callable[[], None]
) -> ActorSpec:
    """`on_over` is called when the feed is over."""
    return ActorSpec(
        name=shard_name(number),
        create=lambda: MarketDataShard(feed.source, feed.markets, configuration.feed, health.feed, on_over),
    )


def event_tree(event: EventId, markets: Iterable[SupervisorSpec]) -> SupervisorSpec:
    return SupervisorSpec(name=event_part(event), strategy=Strategy.ONE_FOR_ONE, children=tuple(markets))


def market_tree(configuration: Configuration, market: Market, number: int, health: Health) -> SupervisorSpec:
    """`number` is that of the connection that its data comes over."""
    strategies = _strategies(configuration, market, health) + session_children(configuration, market)
    is_arbitrage_traded = configuration.strategies.set_arbitrage_trades
    snapshots = {
        MAKER: configuration.maker.look_every_ns,
        SET_ARBITRAGE: configuration.set_arbitrage.look_every_ns if is_arbitrage_traded else NEW_BEST_PRICES,
        TAKER: configuration.taker.look_every_ns,
        UNWINDER: configuration.unwinder.look_every_ns,
        **session_looks(configuration),
    }
    names = [StrategyName(spec.name) for spec in strategies]
    wanted = {name: snapshots[name] for name in names if name in snapshots}
    tally = health.markets.setdefault(market.market, MarketHealth())
    actor = ActorSpec(
        name="market",
        create=lambda: MarketActor(market, wanted, number, configuration.market, tally),
        mailbox=MailboxSpec(capacity=FEED_CAPACITY),
    )
    return SupervisorSpec(name=market.market, strategy=Strategy.REST_FOR_ONE, children=(actor, *strategies))


def _strategies(configuration: Configuration, market: Market, health: Health) -> tuple[ActorSpec, ...]:
    """Those that know no sessions; a market of a period has others."""
    which, specs = configuration.strategies, []
    if market.about is not None:
        return ()
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
