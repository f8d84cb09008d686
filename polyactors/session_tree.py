"""What a market of a period has besides: its session, and the strategies that keep to it."""

from collections.abc import Callable, Mapping
from typing import Never

from actors.markets.subscription import NEW_BEST_PRICES
from actors.risk.session import SESSION, Session
from actors.strategies.divergence import DIVERGENCE, Divergence
from actors.strategies.fair_taker import FAIR_TAKER, FairTaker
from actors.strategies.hourly_quoter import HOURLY_QUOTER, HourlyQuoter
from actors.strategies.words import latest_of
from messages.identity import StrategyName
from messages.markets import Market
from polyactors.config import Configuration
from polyactors.session_settings import SessionTreeSettings
from supervision.actor import Actor
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.specs import ActorSpec

CAPACITY = 16_384
"""Messages of one actor that may wait; of books, prices and portfolios only the newest does."""


def session_children(configuration: Configuration, market: Market) -> tuple[ActorSpec, ...]:
    """The session first, and then those that keep to it; none for a market without a period."""
    return children_of(market, configuration.sessions)


def session_looks(configuration: Configuration) -> Mapping[StrategyName, int]:
    """How often each of them wants to see the book, as `Subscription.every_ns`; who is not named is not shown it."""
    settings = configuration.sessions
    return {
        SESSION: NEW_BEST_PRICES,
        HOURLY_QUOTER: settings.hourly_quoter.look_every_ns,
        FAIR_TAKER: settings.fair_taker.look_every_ns,
        DIVERGENCE: settings.divergence.look_every_ns,
    }


def children_of(market: Market, settings: SessionTreeSettings) -> tuple[ActorSpec, ...]:
    """The same from the settings alone. A market of a period always has a session: without one the governor lets
    nothing but reductions pass there."""
    if market.about is None:
        return ()
    strategies: dict[StrategyName, Callable[[], Actor[Never]]] = {}
    if settings.runs.has_quoter(market):
        strategies[HOURLY_QUOTER] = lambda: HourlyQuoter(market, settings.hourly_quoter)
    if settings.runs.is_directional(market) and settings.runs.fair_taker:
        strategies[FAIR_TAKER] = lambda: FairTaker(market, settings.fair_taker)
    if settings.runs.is_directional(market) and settings.runs.divergence:
        strategies[DIVERGENCE] = lambda: Divergence(market, settings.divergence)
    names = tuple(strategies)
    return (
        _child(SESSION, lambda: Session(market, settings.times, names)),
        *(_child(name, create) for name, create in strategies.items()),
    )


def _child(name: StrategyName, create: Callable[[], Actor[Never]]) -> ActorSpec:
    mailbox = MailboxSpec(capacity=CAPACITY, on_restart=OnRestart.DISCARD, latest_by=latest_of)
    return ActorSpec(name=name, create=create, mailbox=mailbox, start_within_ns=120_000_000_000)
