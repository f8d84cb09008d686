"""Tells all whom it concerns that an intent stopped at the executor."""

from collections.abc import Mapping
from typing import Never

from actors.paths import GOVERNOR, JOURNAL, strategy_path
from messages.identity import MarketId, StrategyName
from messages.intents import Cancel, Gate, IntentRefused, Place, Refusal
from messages.markets import Market
from messages.orders import Order
from messages.risk import ReservationReleased
from supervision.actor import Actor
from supervision.address import Address
from supervision.registry import UnknownActor


class RefusalDesk:
    """Sits in the executor. What was to be placed was authorised, so that its reservation is released."""

    def __init__(self, actor: Actor[Never], markets: Mapping[MarketId, Market]) -> None:
        self._actor = actor
        self._markets = markets
        self._governor = actor.address(GOVERNOR)
        self._journal = actor.address(JOURNAL)

    def refuse(self, what: Place | Order | Cancel, refusal: Refusal, detail: str) -> None:
        if not isinstance(what, Cancel):
            self._actor.tell(self._governor, ReservationReleased(what.intent))
        now_ns = self._actor.now_ns
        refused = IntentRefused(what.intent, what.strategy, what.market, Gate.EXECUTOR, refusal, detail, now_ns)
        self._actor.tell(self._journal, refused)
        strategy = self._strategy(what.market, what.strategy)
        if strategy is not None:
            self._actor.tell(strategy, refused)

    def _strategy(self, market: MarketId, strategy: StrategyName) -> Address[IntentRefused] | None:
        """None where there is no such actor: anyone may ask for a cancel."""
        known = self._markets.get(market)
        try:
            return None if known is None else self._actor.address(strategy_path(known.event, market, strategy))
        except UnknownActor:
            return None
