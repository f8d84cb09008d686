"""Keeps the session of one market that ends: tells its strategies and the governor where it is, and never goes back."""

from attrs import evolve, frozen

from actors.paths import GOVERNOR, JOURNAL, LEDGER, strategy_path, symbol_path
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.records.words import ReadRecords, Records
from actors.risk.session_rules import InStep, Schedule, SessionSettings, next_state, reason_for, schedule_of
from actors.strategies.words import StrategyMessage
from messages.control import SessionStarted
from messages.identity import StrategyName
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.markets import Market
from messages.portfolio import PortfolioChanged
from messages.pricing import NoPrices, PriceSnapshot, TellPrices
from messages.sessions import SessionIs, SessionState
from messages.units import NANOSECONDS_PER_SECOND
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level
from supervision.registry import UnknownActor

SESSION = StrategyName("session")
"""Its name in the market's subtree. The market shows it the book under this name, as it does to strategies."""

READ_WITHIN_NS = 60 * NANOSECONDS_PER_SECOND
KINDS = (SessionIs.__name__, SessionStarted.__name__)


@frozen
class TellSession:
    """Answered by `SessionIs`: whoever begins asks for it."""


@frozen
class Look:
    """Timer: time alone may have changed something."""


SessionMessage = Snapshot | TradeSeen | BookOpened | PortfolioChanged | PriceSnapshot | NoPrices | TellSession | Look


@frozen
class SessionShown:
    """What the session shows of itself."""

    state: SessionState
    reason: str
    schedule: Schedule
    wound_down: float


class Session(Actor[SessionMessage]):
    """`strategies` are told each state, and how far WIND_DOWN is.

    A new life takes up the state that the journal has of this run, so that it does not step back. Raises `ValueError`
    for a market that is about no period.
    """

    def __init__(self, market: Market, settings: SessionSettings, strategies: tuple[StrategyName, ...]) -> None:
        if market.about is None:
            raise ValueError(f"{market.slug} is about no period, so that it has no session")
        self._market = market
        self._period = market.about.period
        self._settings = settings
        self._strategies = strategies
        self._schedule = schedule_of(self._period, market.end_ms, settings)
        self._state = SessionState.BOOT_SYNC
        self._seen = InStep()

    async def load(self) -> object | None:
        if self.generation == 1:
            return None
        return await self.ask(self.address(JOURNAL), ReadRecords(KINDS), READ_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        """Of the records of this run: what another run was in step with says nothing about this one."""
        for record in snapshot.records if isinstance(snapshot, Records) else ():
            if isinstance(record, SessionStarted):
                self._state = SessionState.BOOT_SYNC
            elif isinstance(record, SessionIs) and record.market == self._market.market:
                self._state = record.state

    def started(self) -> None:
        self._ledger = self.address(LEDGER)
        event, market = self._market.event, self._market.market
        self._to_strategies: tuple[Address[StrategyMessage], ...] = tuple(
            self.address(strategy_path(event, market, each)) for each in self._strategies
        )
        self._state = next_state(self._state, self._schedule, self._seen, self.now_ns)
        self._enter()
        self.every("look", self._settings.look_every_ns, Look())
        self._ask_for_what_is_missing()

    def receive(self, message: SessionMessage) -> None:
        match message:
            case TellSession():
                self.reply(self._word())
                return
            case Look():
                self._ask_for_what_is_missing()
            case Snapshot():
                self._seen = evolve(self._seen, has_book=True)
            case BookOpened():
                self._seen = evolve(self._seen, has_book=False)
            case PortfolioChanged():
                self._seen = evolve(self._seen, has_portfolio=True)
            case PriceSnapshot():
                is_ours = message.hour_id == self._period.name
                self._seen = evolve(self._seen, has_price=is_ours and not message.stale)
            case NoPrices() | TradeSeen():
                return
        self._look(is_timer=isinstance(message, Look))

    def describe(self) -> SessionShown:
        word = self._word()
        return SessionShown(self._state, word.reason, self._schedule, word.wound_down)

    def _look(self, *, is_timer: bool) -> None:
        state = next_state(self._state, self._schedule, self._seen, self.now_ns)
        if state is not self._state:
            self._state = state
            self._enter()
        elif is_timer and state is SessionState.WIND_DOWN:
            self._publish(self._word())

    def _enter(self) -> None:
        word = self._word()
        self.tell(self.address(GOVERNOR), word)
        self._publish(word)
        self.tell(self.address(JOURNAL), word)
        self.log(Level.INFO, "session", scope=self._market.market, state=self._state.value, reason=word.reason)
        self._set_timer()

    def _publish(self, word: SessionIs) -> None:
        for strategy in self._to_strategies:
            self.tell(strategy, word)

    def _set_timer(self) -> None:
        next_ns = self._schedule.next_ns(self.now_ns)
        if next_ns is not None:
            self.after("due", next_ns - self.now_ns, Look())

    def _word(self) -> SessionIs:
        now_ns, schedule, state = self.now_ns, self._schedule, self._state
        reason = reason_for(state, schedule, self._seen, now_ns)
        wound_down = schedule.wound_down(state, now_ns)
        return SessionIs(self._market.market, state, wound_down, reason, now_ns, schedule.until_ns(state))

    def _ask_for_what_is_missing(self) -> None:
        """The book comes by itself."""
        if self._state is not SessionState.BOOT_SYNC:
            return
        self._set_timer()
        if not self._seen.has_portfolio:
            self.tell(self._ledger, TellMarketPortfolio(self._market.market))
        if self.now_ns < self._schedule.start_ns or self._seen.has_price:
            return
        try:
            prices = self.address(symbol_path(self._period.series.symbol))
        except UnknownActor:
            return
        self.tell(prices, TellPrices(self._period.series))
