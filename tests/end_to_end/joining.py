"""Joins and leaves of markets in a running service, as discovery does them."""

from contextlib import suppress

import trio

from actors.feeds.market_yard import NotNow
from actors.paths import EXECUTOR, GATEWAY, GOVERNOR, JOURNAL, LEDGER, RECONCILER
from actors.records.words import Confirm
from messages.markets import Market
from messages.sessions import MarketJoined, MarketLeft
from polyactors.service import Service
from supervision.questions import ActorDown
from supervision.registry import UnknownActor

SECOND_NS = 10**9


async def join(service: Service, market: Market) -> None:
    await _tell(service, MarketJoined(market, service.now_ns))
    while True:
        try:
            await service.yard.join(market)
        except NotNow:
            await _pause(service)
        else:
            return


async def leave(service: Service, market: Market) -> None:
    while True:
        try:
            await service.yard.leave(market)
        except NotNow:
            await _pause(service)
        else:
            break
    await _tell(service, MarketLeft(market.market, service.now_ns))


async def _tell(service: Service, news: MarketJoined | MarketLeft) -> None:
    """Whoever was asked may have died with the question in hand."""
    registry = service.runtime.registry
    while True:
        try:
            await service.runtime.ask(registry.address(JOURNAL), Confirm(news), 5 * SECOND_NS)
        except (trio.TooSlowError, ActorDown):
            await _pause(service)
        else:
            break
    registry.address(LEDGER).tell(news)
    registry.address(GOVERNOR).tell(news)
    registry.address(EXECUTOR).tell(news)
    registry.address(GATEWAY).tell(news)
    with suppress(UnknownActor):
        registry.address(RECONCILER).tell(news)


async def _pause(service: Service) -> None:
    await service.runtime.timers.sleep_until(service.now_ns + SECOND_NS // 4)
