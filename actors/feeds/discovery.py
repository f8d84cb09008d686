"""Finds the markets of the periods that are traded, in time, and has them join and leave (design section 3).

What to do is the rules' affair (`discovery_rules`); this actor asks, tells and waits. It keeps nothing: a new life
reads from the journal which markets are with us, and goes on with them.
"""

import trio

from actors.feeds.discovery_rules import DiscoveryRules
from actors.feeds.discovery_settings import DiscoverySettings
from actors.feeds.discovery_words import (
    Action,
    Answered,
    Ask,
    DiscoveryShown,
    EndLooked,
    Look,
    LookAtTheEnd,
    Say,
    SetUp,
    TakeDown,
    Tell,
    TellPricer,
    Write,
    YardDone,
)
from actors.feeds.market_finder import FindFailed, Found, MarketFinder
from actors.feeds.market_news import tell_all
from actors.feeds.market_yard import MarketYard, NotNow
from actors.paths import JOURNAL, LEDGER, session_path, symbol_path
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.records.joined_markets import KINDS
from actors.records.words import Confirm, Confirmed, ReadRecords, Records
from actors.risk.session import TellSession
from messages.identity import MarketId
from messages.markets import Market
from messages.periods import Period, UpOrDown
from messages.portfolio import PortfolioChanged
from messages.pricing import AboutPeriod
from messages.sessions import MarketJoined, MarketLeft, SessionIs, SessionState
from messages.units import NANOSECONDS_PER_SECOND
from supervision.actor import Actor, Down
from supervision.address import Path
from supervision.log import Level
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.questions import ActorDown
from supervision.registry import UnknownActor
from supervision.specs import ActorSpec

DiscoveryMessage = Look | Answered | YardDone | EndLooked | Confirmed | Down

DISCOVERY: Path[DiscoveryMessage] = Path("discovery")

READ_WITHIN_NS = 60 * NANOSECONDS_PER_SECOND


class Discovery(Actor[DiscoveryMessage]):
    """`fixed` are the markets that the tree began with: the pricer is told of their periods, and that is all."""

    def __init__(
        self, settings: DiscoverySettings, finder: MarketFinder, yard: MarketYard, fixed: tuple[Market, ...] = ()
    ) -> None:
        self._settings = settings
        self._finder = finder
        self._yard = yard
        self._fixed = fixed
        self._rules = DiscoveryRules(settings, self._draw)
        self._records: tuple[object, ...] = ()
        self._watched: set[str] = set()

    @classmethod
    def spec(
        cls, settings: DiscoverySettings, finder: MarketFinder, yard: MarketYard, fixed: tuple[Market, ...] = ()
    ) -> ActorSpec:
        """What waits in the mailbox when a life ends was its workers' word: the next one begins with the journal."""
        return ActorSpec(
            name=DISCOVERY.text,
            create=lambda: cls(settings, finder, yard, fixed),
            mailbox=MailboxSpec(on_restart=OnRestart.DISCARD),
            start_within_ns=READ_WITHIN_NS,
        )

    async def load(self) -> object:
        return await self.ask(self.address(JOURNAL), ReadRecords(KINDS), READ_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        if isinstance(snapshot, Records):
            self._records = snapshot.records

    def started(self) -> None:
        self._journal, self._ledger = self.address(JOURNAL), self.address(LEDGER)
        self.every("look", self._settings.look_every_ns, Look())
        self._do(self._rules.begin(self._fixed, self._records, self.now_ns))
        self._records = ()
        self._look()

    def receive(self, message: DiscoveryMessage) -> None:
        rules, now_ns = self._rules, self.now_ns
        match message:
            case Look():
                pass
            case Answered(period, found):
                self._do(rules.answered(period, found, now_ns))
            case Confirmed(record) if isinstance(record, MarketJoined | MarketLeft):
                self._do(rules.written(record, now_ns))
            case YardDone(market, reason):
                self._do(rules.yard_done(market, reason, now_ns))
            case EndLooked():
                self._do(rules.end_looked(message, now_ns))
            case Down(path):
                self._watched.discard(path)
                rules.pricer_died(now_ns)
            case _:
                return
        self._look()

    def describe(self) -> DiscoveryShown:
        return self._rules.shown(self.now_ns)

    def _draw(self, bound: int) -> int:
        return self.random.randrange(bound)

    def _look(self) -> None:
        self._do(self._rules.look(self.now_ns, self._yard.stands))

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Ask(period):
                    self._ask(period)
                case Write(record):
                    self.tell(self._journal, Confirm(record))
                case Tell(news):
                    tell_all(self, news)
                case TellPricer(about):
                    self._tell_pricer(about)
                case SetUp(market):
                    self._to_the_yard(market, joins=True)
                case TakeDown(market):
                    self._to_the_yard(market, joins=False)
                case LookAtTheEnd(market):
                    self._look_at_the_end(market)
                case Say(level, event, about_what, reason):
                    self.log(level, event, about=about_what, reason=reason)

    def _tell_pricer(self, about: UpOrDown) -> None:
        """Who publishes the prices of the symbol, if there is anybody. It forgets at its end, and is told again."""
        path = symbol_path(about.period.series.symbol)
        try:
            address = self.address(path)
        except UnknownActor:
            return
        if path.text not in self._watched and not self.is_over(path.text):
            self._watched.add(path.text)
            self.monitor(path.text)
        self.tell(address, AboutPeriod(about))

    def _ask(self, period: Period) -> None:
        self.work(f"find {period.name}", lambda: self._find(period))

    def _to_the_yard(self, market: Market, *, joins: bool) -> None:
        self.work(f"{'set up' if joins else 'take down'} {market.slug}", lambda: self._at_the_yard(market, joins))

    def _look_at_the_end(self, market: Market) -> None:
        self.work(f"end of {market.slug}", lambda: self._end(market))

    # Workers

    async def _find(self, period: Period) -> None:
        found: Found = FindFailed("no answer in time")
        try:
            with trio.move_on_after(self._patience_s):
                found = await self._finder.find(period)
        except Exception as error:
            found = FindFailed(self._fault_of_the_finder(error, period.name))
        await self.report(Answered(period, found))

    async def _at_the_yard(self, market: Market, joins: bool) -> None:
        reason: str | None = None
        try:
            await (self._yard.join(market) if joins else self._yard.leave(market))
        except NotNow as error:
            reason = str(error) or "not now"
        await self.report(YardDone(market.market, reason))

    async def _end(self, market: Market) -> None:
        is_over: bool | None = None
        try:
            with trio.move_on_after(self._patience_s):
                is_over = await self._finder.is_over(market)
        except Exception as error:
            self._fault_of_the_finder(error, market.slug)
        is_done = await self._is_done(market)
        await self.report(EndLooked(market.market, is_done, is_over, await self._open_orders(market.market)))

    def _fault_of_the_finder(self, error: Exception, about: str) -> str:
        """It should raise nothing. A crash would not help: the next life would meet the same, and the tree fall."""
        reason = f"{type(error).__name__}: {error}"
        self.log(Level.ERROR, "the finder raised", about=about, reason=reason)
        return f"the finder raised {reason}"

    async def _is_done(self, market: Market) -> bool | None:
        try:
            session = self.address(session_path(market.event, market.market))
            answer = await self.ask(session, TellSession(), self._settings.answer_within_ns)
        except (ActorDown, UnknownActor):
            # Nobody trades it any more.
            return True
        except trio.TooSlowError:
            return None
        return answer.state is SessionState.DONE if isinstance(answer, SessionIs) else None

    async def _open_orders(self, market: MarketId) -> int | None:
        try:
            answer = await self.ask(self._ledger, TellMarketPortfolio(market), self._settings.answer_within_ns)
        except (trio.TooSlowError, ActorDown):
            return None
        return len(answer.portfolio.open_orders) if isinstance(answer, PortfolioChanged) else None

    @property
    def _patience_s(self) -> float:
        return self.clock.real_seconds_until(self.now_ns + self._settings.answer_within_ns)
