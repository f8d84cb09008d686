"""The running exchange with everybody on it: listings that come and go, simulated traders, whatever else has a time.

It owns no clock: whoever has one moves it, in real time (`polyactors.exchange.server`) or at full speed
(`polyactors.exchange.ports`).
"""

from collections.abc import Callable

from attrs import frozen

from polyactors.exchange.core import Exchange
from polyactors.exchange.listings.lifecycle import Lifecycle
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.timed import Timed, Together
from polyactors.exchange.traders.crowd import Crowd
from polyactors.exchange.traders.settings import TraderSettings


@frozen
class WorldSettings:
    """What there is on the exchange, and by which rules."""

    exchange: ExchangeSettings = ExchangeSettings()
    listings: ListingPlan = ListingPlan()
    traders: TraderSettings = TraderSettings()


def _nobody(exchange: Exchange) -> None:
    """Does not listen."""


class World:
    """All of it follows from `seed` and the times of the calls.

    `introduce` is given the exchange before anything is listed, for those who have to listen from the beginning.
    """

    def __init__(
        self, settings: WorldSettings, seed: int, now_ns: int, introduce: Callable[[Exchange], None] = _nobody
    ) -> None:
        self.exchange = Exchange(settings.exchange, seed, now_ns)
        introduce(self.exchange)
        self.prices = ReferencePrices(seed, now_ns)
        self.lifecycle = Lifecycle(self.exchange, settings.listings, seed, self.prices, now_ns)
        self.crowd = Crowd(self.exchange, self.lifecycle.fair_value, seed, settings.traders, now_ns)
        self._everybody = Together([self.exchange, self.lifecycle, self.crowd, self.prices], now_ns)

    @property
    def now_ns(self) -> int:
        """How far it has come; never goes back."""
        return self._everybody.now_ns

    def add(self, timed: Timed) -> None:
        """From now on it is moved with the others, after them where the time is the same."""
        self._everybody.add(timed)

    def advance(self, now_ns: int) -> None:
        """Everything up to `now_ns`, in the order of its time. A call from within changes nothing."""
        self._everybody.advance(now_ns)

    def next_due_ns(self) -> int:
        return self._everybody.next_due_ns()
