"""What a strategy of a session hears besides its book: the session's word, and the prices that it keeps following."""

from attrs import frozen

from actors.paths import session_path, symbol_path
from actors.risk.session import TellSession
from actors.risk.session_rules import has_reached
from actors.strategies.stance import Fair, NoFair, Stance, fair_of, stance
from messages.markets import Market
from messages.periods import Period
from messages.pricing import FOLLOWED_FOR_NS, FollowPrices, NoPrices, PriceSnapshot
from messages.sessions import SessionIs
from supervision.actor import Actor
from supervision.registry import UnknownActor

FOLLOW_EVERY_NS = FOLLOWED_FOR_NS * 3 // 10


@frozen
class FollowOn:
    """Timer: the prices have to be asked for again."""


@frozen
class TimeGoes:
    """Timer: time alone may have changed what should be done."""


PeriodNews = PriceSnapshot | NoPrices | SessionIs | FollowOn | TimeGoes


@frozen
class PeriodSettings:
    """Prices that were heard longer ago than `oldest_ns` are none. It looks again each `look_every_ns` whatever it
    hears, and at new prices no more often. `resting_percent` is how much of FLATTEN is for offers."""

    oldest_ns: int
    look_every_ns: int
    resting_percent: int


class PeriodWatch:
    """Sits in a strategy's actor. Raises `ValueError` for a market that is about no period."""

    def __init__(self, actor: Actor[FollowOn | TimeGoes], market: Market, settings: PeriodSettings) -> None:
        if market.about is None:
            raise ValueError(f"{market.slug} is about no period")
        self.period: Period = market.about.period
        self.told: SessionIs | None = None
        self._actor = actor
        self._market = market
        self._settings = settings
        self._prices: PriceSnapshot | NoPrices | None = None
        self._heard_ns = 0
        self._looked_ns: int | None = None

    def begin(self) -> None:
        self._actor.tell(self._actor.address(session_path(self._market.event, self._market.market)), TellSession())
        self._actor.every("follow", FOLLOW_EVERY_NS, FollowOn())
        self._actor.every("time", self._settings.look_every_ns, TimeGoes())
        self._follow()

    def heard(self, news: PeriodNews) -> bool:
        """Whether it is time to look."""
        match news:
            case FollowOn():
                self._follow()
                return False
            case SessionIs():
                if self.told is not None and not has_reached(news.state, self.told.state):
                    return False
                self.told = news
            case PriceSnapshot():
                if self._is_older(news):
                    return False
                self._prices, self._heard_ns = news, self._actor.now_ns
                looked_ns = self._looked_ns
                if looked_ns is not None and self._actor.now_ns - looked_ns < self._settings.look_every_ns:
                    return False
            case NoPrices():
                self._prices, self._heard_ns = news, self._actor.now_ns
            case TimeGoes():
                pass
        self._looked_ns = self._actor.now_ns
        return True

    def fair(self) -> Fair | NoFair:
        return fair_of(self._prices, self._actor.now_ns - self._heard_ns, self._settings.oldest_ns, self.period)

    def stance(self, fair: Fair | NoFair) -> Stance:
        return stance(self.told, fair, self._actor.now_ns, self._settings.resting_percent)

    def _follow(self) -> None:
        """Where nobody publishes prices there are none, and the strategy reduces."""
        try:
            prices = self._actor.address(symbol_path(self.period.series.symbol))
        except UnknownActor:
            return
        self._actor.tell(prices, FollowPrices(self.period.series))

    def _is_older(self, prices: PriceSnapshot) -> bool:
        """A life of the publisher numbers its own; two lives are not compared."""
        before = self._prices
        return isinstance(before, PriceSnapshot) and before.epoch == prices.epoch and prices.seq <= before.seq
