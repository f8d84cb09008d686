"""Market actors with nothing around them but sinks: what the ingest and decision benchmarks measure in."""

from collections.abc import Callable

from actors.markets.health import MarketHealth
from actors.markets.market import Market as MarketActor
from actors.paths import EXECUTOR, GATEWAY, GOVERNOR, JOURNAL, LEDGER, event_part, strategy_path
from actors.strategies.maker import MAKER, Maker
from actors.strategies.words import latest_of
from messages.identity import StrategyName
from messages.intents import Gate, IntentRefused, Refusal
from messages.markets import Market
from messages.orders import CancelOrders, OrdersGone
from messages.risk import Authorise
from polyactors.config import Configuration
from supervision.actor import Actor
from supervision.mailbox import MailboxSpec, Overflow
from supervision.specs import ActorSpec, ChildSpec, Strategy, SupervisorSpec

ROOMY = MailboxSpec(capacity=1 << 20, overflow=Overflow.DROP)


class Sink(Actor[object]):
    """Takes everything and does nothing."""

    def receive(self, message: object) -> None:
        pass


class NoOrders(Actor[object]):
    """An executor without orders: whoever waits for some to be gone is answered at once."""

    def receive(self, message: object) -> None:
        if isinstance(message, CancelOrders):
            self.reply(OrdersGone(message.market, message.strategy))


class NoGovernor(Actor[object]):
    """A governor that allows nothing, and says so at once: the strategy is free to ask again."""

    def __init__(self, markets: tuple[Market, ...]) -> None:
        self._events = {market.market: market.event for market in markets}

    def receive(self, message: object) -> None:
        if not isinstance(message, Authorise):
            return
        place = message.place
        refused = IntentRefused(
            place.intent, place.strategy, place.market, Gate.GOVERNOR, Refusal.MODE, "a benchmark", self.now_ns
        )
        self.tell(self.address(strategy_path(self._events[place.market], place.market, place.strategy)), refused)


def market_tree(
    configuration: Configuration,
    markets: tuple[Market, ...],
    journal: Callable[[], Actor[object]],
    *,
    with_maker: bool,
) -> SupervisorSpec:
    """Real market actors, real makers if wanted, and sinks for everybody whom they talk to."""
    around: tuple[ChildSpec, ...] = (
        ActorSpec(name=JOURNAL.text, create=journal, mailbox=ROOMY),
        ActorSpec(name=LEDGER.text, create=Sink, mailbox=ROOMY),
        ActorSpec(name=GOVERNOR.text, create=lambda: NoGovernor(markets), mailbox=ROOMY),
        SupervisorSpec(
            name="execution",
            strategy=Strategy.ONE_FOR_ALL,
            children=(
                ActorSpec(name=GATEWAY.text.rpartition("/")[2], create=Sink, mailbox=ROOMY),
                ActorSpec(name=EXECUTOR.text.rpartition("/")[2], create=NoOrders, mailbox=ROOMY),
            ),
        ),
        SupervisorSpec(
            name="market-data",
            strategy=Strategy.ONE_FOR_ONE,
            children=(ActorSpec(name="shard-0", create=Sink, mailbox=ROOMY),),
        ),
    )
    events = SupervisorSpec(
        name="markets",
        strategy=Strategy.ONE_FOR_ONE,
        children=tuple(_market(configuration, market, with_maker) for market in markets),
    )
    return SupervisorSpec(
        name="root", strategy=Strategy.REST_FOR_ONE, is_group=True, children=(*around, events)
    )  # fmt: skip


def _market(configuration: Configuration, market: Market, with_maker: bool) -> SupervisorSpec:
    wanted: dict[StrategyName, int] = {MAKER: configuration.maker.look_every_ns} if with_maker else {}
    actor = ActorSpec(
        name="market",
        create=lambda: MarketActor(market, wanted, 0, configuration.market, MarketHealth()),
        mailbox=ROOMY,
    )
    maker = ActorSpec(
        name=MAKER,
        create=lambda: Maker(market, configuration.maker),
        mailbox=MailboxSpec(capacity=1 << 16, latest_by=latest_of),
    )
    # The path is markets/<event>/<market>/..., as in the whole tree.
    return SupervisorSpec(
        name=f"{event_part(market.event)}/{market.market}",
        strategy=Strategy.REST_FOR_ONE,
        children=(actor, maker) if with_maker else (actor,),
    )
