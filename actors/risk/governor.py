"""The governor: nothing is placed that it has not allowed. Its veto is absolute, and the default."""

from attrs import frozen

from actors.paths import EXECUTOR, JOURNAL, LEDGER, OPERATORS, session_path, strategy_path
from actors.portfolio.bookkeeper import TellPortfolio
from actors.records.joined_markets import KINDS as OF_MARKETS
from actors.records.joined_markets import ever_joined, left_for_good
from actors.records.words import ReadRecords, Records
from actors.risk.governor_rules import Veto, judge
from actors.risk.limits import RiskLimits
from actors.risk.modes import ModeBoard
from actors.risk.reduction import reducible
from actors.risk.reject_storm import RejectStorms, RejectStormSettings
from actors.risk.replacing import replaceable, without
from actors.risk.reservations import PendingReservations, Replaced
from actors.risk.session_allowance import SessionBoard
from actors.risk.standing_modes import KINDS, standing
from messages.control import AreYouThere, ClearMode, Here, ModeIs, SetMode
from messages.identity import IntentId, MarketId
from messages.intents import Gate, IntentRefused, Place, Refusal
from messages.markets import Market
from messages.orders import CancelOrders, OrderChanged, OrdersGone
from messages.portfolio import PortfolioView
from messages.risk import (
    Authorise,
    Authorised,
    BookClean,
    BookDirty,
    ExecutionReady,
    HoldMode,
    ModeChanged,
    ReleaseMode,
    Reservation,
    ReservationReleased,
    RiskMode,
)
from messages.sessions import MarketJoined, MarketLeft, SessionIs, SessionState
from messages.units import NANOSECONDS_PER_SECOND
from supervision.actor import Actor, Down
from supervision.log import Level
from supervision.registry import UnknownActor


@frozen
class ModeDue:
    """Timer: a cleared cause stops counting about now."""


@frozen
class OperatorsDue:
    """Timer: those that went down have been started again by now, or never will be."""


@frozen
class StormDue:
    """Timer: a storm of rejects at the whole venue may be over."""


GovernorMessage = (
    Authorise
    | ReservationReleased
    | OrderChanged
    | PortfolioView
    | BookDirty
    | BookClean
    | ExecutionReady
    | OrdersGone
    | SetMode
    | ClearMode
    | HoldMode
    | ReleaseMode
    | MarketJoined
    | MarketLeft
    | SessionIs
    | AreYouThere
    | Down
    | ModeDue
    | OperatorsDue
    | StormDue
)

EXECUTION = "execution is not ready"
BOOK = "the book is dirty"
NOBODY_STEERS = "the operators are gone"
REJECTS = "the venue rejects orders in many markets"
NO_PORTFOLIO = "the portfolio is not known"
NOT_TRADED = "the market is not traded"
SESSION = "the session of the market"

READ_WITHIN_NS = 60 * NANOSECONDS_PER_SECOND
OPERATORS_BACK_WITHIN_NS = 5 * NANOSECONDS_PER_SECOND


@frozen(kw_only=True)
class GovernorSettings:
    """`quiet_ns` is how long a cause that is over still holds its mode."""

    limits: RiskLimits
    quiet_ns: int
    reject_storms: RejectStormSettings = RejectStormSettings()


@frozen
class GovernorState:
    """What the governor shows of itself."""

    mode: RiskMode
    causes: tuple[str, ...]
    markets_not_normal: tuple[tuple[MarketId, str], ...]
    pending: int
    reject_storms: tuple[tuple[MarketId, str], ...] = ()
    """The markets where nothing but reductions may be placed, or one probe, because of rejects."""


class Governor(Actor[GovernorMessage]):
    def __init__(self, markets: tuple[Market, ...], settings: GovernorSettings) -> None:
        self._markets = {market.market: market for market in markets}
        self._fixed = frozenset(self._markets)
        self._over: set[MarketId] = set()
        self._settings = settings
        self._board = ModeBoard(settings.quiet_ns)
        self._pending = PendingReservations()
        self._storms = RejectStorms(settings.reject_storms)
        self._sessions = SessionBoard()
        self._keepers: dict[str, MarketId] = {}
        self._view: PortfolioView | None = None
        self._modes: dict[MarketId | None, RiskMode] = {}

    async def load(self) -> object:
        return await self.ask(self.address(JOURNAL), ReadRecords((*KINDS, *OF_MARKETS)), READ_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        if isinstance(snapshot, Records):
            self._markets |= {market.market: market for market in ever_joined(snapshot.records)}
            for left in left_for_good(snapshot.records):
                self._leave(left)
            for each in standing(snapshot.records):
                self._board.raise_cause(None, each.cause, each.mode, self.now_ns, latched=each.latched)

    def started(self) -> None:
        self._executor = self.address(EXECUTOR)
        self._journal = self.address(JOURNAL)
        self.monitor(EXECUTOR.text)
        self.monitor(OPERATORS)
        self._board.raise_cause(None, EXECUTION, RiskMode.HALT, self.now_ns)
        self._modes[None] = RiskMode.HALT
        self.tell(self._journal, ModeChanged(None, RiskMode.HALT, (EXECUTION,), self.now_ns))
        self.tell(self.address(LEDGER), TellPortfolio())

    def receive(self, message: GovernorMessage) -> None:
        match message:
            case Authorise():
                self._on_authorise(message.place)
            case PortfolioView():
                self._view = message
                self._pending.follow(message)
            case OrderChanged():
                self._pending.seen(message)
                self._hear_of_rejects(message)
            case ReservationReleased():
                self._release(message.intent)
                self.tell(self._journal, message)
            case BookDirty():
                self.tell(self._journal, message)
                self._raise(message.market, BOOK, RiskMode.HALT)
            case BookClean():
                self.tell(self._journal, message)
                self._clear(message.market, BOOK)
            case ExecutionReady():
                self.tell(self._journal, message)
                self._settle_what_was_lost()
                self._clear(None, EXECUTION)
            case Down(path=path, generation=generation) if path == OPERATORS:
                # Where there never were any, as in a replay, nobody is missing.
                if generation:
                    self.after(OPERATORS, OPERATORS_BACK_WITHIN_NS, OperatorsDue())
            case Down(path=path) if path in self._keepers:
                # Who keeps it next is watched from its first word on.
                self._sessions.keeper_down(self._keepers.pop(path))
            case Down(path=path) if path == EXECUTOR.text:
                self._raise(None, EXECUTION, RiskMode.HALT)
            case OperatorsDue():
                if self.is_over(OPERATORS):
                    self.log(Level.ERROR, "the operators are gone for good: no new risk")
                    self._raise(None, NOBODY_STEERS, RiskMode.REDUCE_ONLY)
            case SetMode():
                self.tell(self._journal, message)
                self._board.raise_cause(None, message.cause, message.mode, self.now_ns, latched=message.latched)
                self._look_at_modes(is_asked_for=True)
                self.reply(ModeIs(self._board.mode(None, self.now_ns)))
            case ClearMode():
                self.tell(self._journal, message)
                self._board.clear_cause(None, message.cause, self.now_ns, by_operator=True)
                if message.cause == REJECTS:
                    self._storms.forget()
                self._look_at_modes()
            case HoldMode():
                self._raise(None, message.cause, message.mode)
            case ReleaseMode():
                self._clear(None, message.cause)
            case MarketJoined(market):
                self._markets[market.market] = market
                self._over.discard(market.market)
            case MarketLeft():
                self._leave(message.market)
            case SessionIs():
                self._hear_of_session(message)
            case AreYouThere():
                self.reply(Here(message.number))
            case ModeDue():
                self._look_at_modes()
            case StormDue():
                if self._storms.is_storm_over(self.now_ns):
                    self._clear(None, REJECTS)
            case OrdersGone():
                pass

    def describe(self) -> GovernorState:
        not_normal = tuple((market, mode.name) for market, mode in self._modes.items() if market and mode)
        mode = self._modes.get(None, RiskMode.NORMAL)
        causes, storms = self._board.causes(None, self.now_ns), self._storms.shown(self.now_ns)
        return GovernorState(mode, causes, not_normal, len(self._pending.intents()), storms)

    def _on_authorise(self, place: Place) -> None:
        # A quiet period may be over before its timer's message is here: what is decided on has to be told first.
        self._look_at_modes()
        market = self._markets.get(place.market)
        mode = self._board.mode(place.market, self.now_ns)
        verdict: Reservation | Veto = Veto(Refusal.MODE, NO_PORTFOLIO if market is not None else NOT_TRADED)
        replaced: Replaced | None = None
        if market is not None and self._view is not None:
            view = self._view
            if place.replaces is not None:
                found = replaceable(place, view, self._pending)
                if isinstance(found, str):
                    self._refuse(place, Veto(Refusal.UNKNOWN_ORDER, found))
                    return
                replaced = Replaced(found, market.fees)
                view = without(view, found, place, market.fees)
            verdict = self._judge(place, view, mode, market)
        if isinstance(verdict, Veto):
            self._refuse(place, verdict)
            return
        authorised = Authorised(place, verdict, mode, self.now_ns)
        self._pending.add(place, verdict, replaced)
        self.tell(self._journal, authorised)
        self.tell(self._executor, authorised)

    def _judge(self, place: Place, view: PortfolioView, mode: RiskMode, market: Market) -> Reservation | Veto:
        """A pause because of rejects lets pass what reduces, and then one order to see whether the venue takes it."""
        session = self._sessions.allowance(market, self.now_ns)
        verdict = judge(place, view, self._pending, mode, self._settings.limits, market, self._over, session)
        portfolio = view.market(place.market)
        if isinstance(verdict, Veto) or not self._storms.is_stormy(place.market):
            return verdict
        if portfolio is not None and place.size <= reducible(portfolio, self._pending.of(place.market), place):
            return verdict
        refusal = self._storms.refusal(place.market, self.now_ns)
        if refusal is not None:
            return Veto(Refusal.REJECT_STORM, refusal)
        self._storms.placed(place.market, place.intent, self.now_ns)
        self.log(Level.INFO, "a probe after rejects", scope=place.market, intent=place.intent)
        return verdict

    def _leave(self, market: MarketId) -> None:
        """What the tree began with is traded as long as it is there."""
        if market not in self._fixed:
            self._markets.pop(market, None)
            self._modes.pop(market, None)
            self._board.forget_scope(market)
            self._sessions.forget(market)
            self._over.add(market)

    def _hear_of_session(self, told: SessionIs) -> None:
        """In FLATTEN everything is cancelled here and not by the session: whatever was authorised before is with the
        executor by then, so that nothing that adds risk is left."""
        market = self._markets.get(told.market)
        is_new = self._sessions.hear(told)
        if market is None:
            return
        path = session_path(market.event, market.market).text
        if path not in self._keepers:
            self._keepers[path] = market.market
            self.monitor(path)
        if is_new and told.state is SessionState.FLATTEN:
            self._board.raise_cause(market.market, SESSION, RiskMode.FLATTEN, self.now_ns)
            self._look_at_modes(is_asked_for=True)
            self.tell(self._executor, CancelOrders(market.market, None, "the session is in FLATTEN"))
        elif is_new and told.state is SessionState.DONE:
            self._board.raise_cause(market.market, SESSION, RiskMode.HALT, self.now_ns)
            self._look_at_modes(is_asked_for=True)

    def _hear_of_rejects(self, changed: OrderChanged) -> None:
        turn = self._storms.heard(changed, self.now_ns)
        for market in turn.paused:
            standing = self._storms.refusal(market, self.now_ns)
            self.log(Level.WARNING, "paused because of rejects", scope=market, how=standing, reason=changed.reason)
        if turn.resumed is not None:
            self.log(Level.INFO, "the venue takes orders again", scope=turn.resumed)
        if turn.venue_until_ns is not None:
            self._raise(None, REJECTS, RiskMode.REDUCE_ONLY)
            self.after("storm", turn.venue_until_ns - self.now_ns, StormDue())

    def _release(self, intent: IntentId) -> None:
        """It will never be an order."""
        self._pending.release(intent)
        self._storms.undecided(intent, self.now_ns)

    def _refuse(self, place: Place, veto: Veto) -> None:
        refused = IntentRefused(
            place.intent, place.strategy, place.market, Gate.GOVERNOR, veto.refusal, veto.detail, self.now_ns
        )
        self.tell(self._journal, refused)
        market = self._markets.get(place.market)
        if market is None:
            return
        try:
            strategy = self.address(strategy_path(market.event, market.market, place.strategy))
        except UnknownActor:
            return
        self.tell(strategy, refused)

    def _settle_what_was_lost(self) -> None:
        """Execution begins with what the ledger holds, and the ledger has told of each of those orders by now. What
        still is pending went down with the former life, and will never be an order."""
        for place in self._pending.places():
            self._release(place.intent)
            self.tell(self._journal, ReservationReleased(place.intent))
            self._refuse(place, Veto(Refusal.RECONCILING, "lost when execution ended"))

    def _raise(self, scope: MarketId | None, cause: str, mode: RiskMode) -> None:
        self._board.raise_cause(scope, cause, mode, self.now_ns)
        self._look_at_modes()

    def _clear(self, scope: MarketId | None, cause: str) -> None:
        self._board.clear_cause(scope, cause, self.now_ns)
        self._look_at_modes()

    def _look_at_modes(self, *, is_asked_for: bool = False) -> None:
        """Tell of each mode that is another one than before, and cancel what HALT does not let rest. A market's own
        mode is told apart from that of everything; what counts is the worse of the two.
        """
        now_ns = self.now_ns
        for scope in (None, *self._markets):
            mode = self._board.own_mode(scope, now_ns)
            before = self._modes.get(scope, RiskMode.NORMAL)
            if mode is before:
                continue
            self._modes[scope] = mode
            causes = self._board.causes(scope, now_ns)
            self.tell(self._journal, ModeChanged(scope, mode, causes, now_ns))
            self.log(
                Level.WARNING if mode and not is_asked_for else Level.INFO, "mode", scope=scope or "all", mode=mode.name
            )
            if mode is RiskMode.HALT:
                self.tell(self._executor, CancelOrders(scope, None, f"HALT: {', '.join(causes)}"))
        next_ns = self._board.next_change_ns(now_ns)
        if next_ns is not None:
            self.after("mode", next_ns - now_ns, ModeDue())
