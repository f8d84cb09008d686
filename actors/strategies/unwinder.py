"""Sells what the account holds too long, or too near the end, in one market where nobody else acts.

Its tier is that of event arbitrage. The maker never gives its market up, not even while it quotes nothing, so that who
is to act then has to outrank it; and who outranks it has to keep away while it quotes, for its own quotes reduce its
inventory for a better price. A pure arbitrage goes before.
"""

from attrs import frozen

from actors.strategies.order_desk import DeskState, OrderDesk, Trader
from actors.strategies.order_in_hand import Asked, Wish, Working
from actors.strategies.unwinder_rules import UnwinderSettings, inventory_of, others_act, unwinding
from actors.strategies.words import Awake, StrategyMessage
from messages.identity import Outcome, StrategyName, Tier
from messages.intents import IntentRefused, Refusal
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.markets import Market
from messages.orders import OrderChanged
from messages.ownership import Granted, Refused, Revoked
from messages.portfolio import MarketPortfolio, PortfolioChanged
from messages.units import NANOSECONDS_PER_MILLISECOND, Shares
from supervision.actor import Actor

UNWINDER = StrategyName("unwinder")

_ENDS_THE_TURN = (Refusal.MODE, Refusal.REJECT_STORM)
"""Nothing is placed for now: whoever may place first when that is over should have the market."""


@frozen
class LookAgain:
    """Timer: ask what the account holds; the ledger tells it only to those who trade."""


@frozen
class UnwinderState:
    """What the unwinder shows of itself."""

    desk: DeskState
    held: Outcome | None
    held_since_ns: int
    turn_began_ns: int | None


class Unwinder(Actor[StrategyMessage | LookAgain]):
    """Holds the lease for a turn, while there is something to sell, and lets others have the market between turns.

    Ages count from when it first saw the inventory: a new life begins them anew.
    """

    def __init__(self, market: Market, settings: UnwinderSettings) -> None:
        self._market = market
        self._settings = settings
        self._end_ns = None if market.end_ms is None else market.end_ms * NANOSECONDS_PER_MILLISECOND
        self._snapshot: Snapshot | None = None
        self._portfolio: MarketPortfolio | None = None
        self._held: Outcome | None = None
        self._held_since_ns = 0
        self._quiet_since_ns: int | None = None
        self._turn_began_ns: int | None = None
        self._not_before_ns = 0

    def started(self) -> None:
        settings = self._settings
        self._desk = OrderDesk(
            self,
            self._market,
            Trader(UNWINDER, Tier.EVENT_ARBITRAGE, 50, settings.time_to_live_ns, settings.retry_after_ns),
        )
        self._desk.ask_for_portfolio()
        self.every("look", settings.look_every_ns, LookAgain())

    def receive(self, message: StrategyMessage | LookAgain) -> None:
        match message:
            case Snapshot():
                self._snapshot = message
                self._look()
            case PortfolioChanged():
                self._see(message.portfolio)
                self._look()
            case LookAgain():
                self._desk.ask_for_portfolio()
            case BookOpened():
                self._snapshot = None
            case Granted() | Refused() | Revoked() | OrderChanged() | IntentRefused() | Awake():
                if isinstance(message, IntentRefused) and message.refusal in _ENDS_THE_TURN:
                    self._not_before_ns = self.now_ns + self._settings.pause_ns
                if self._desk.heard(message):
                    self._look()
            case TradeSeen():
                pass

    def describe(self) -> UnwinderState:
        return UnwinderState(self._desk.state, self._held, self._held_since_ns, self._turn_began_ns)

    def _see(self, portfolio: MarketPortfolio) -> None:
        self._portfolio = portfolio
        inventory = inventory_of(portfolio)
        held = inventory.outcome if inventory.size >= self._market.minimum_size else None
        if held is not self._held:
            self._held, self._held_since_ns = held, self.now_ns
        if others_act(portfolio, UNWINDER):
            self._quiet_since_ns = None
        elif self._quiet_since_ns is None:
            self._quiet_since_ns = self.now_ns

    def _look(self) -> None:
        snapshot, portfolio, desk = self._snapshot, self._portfolio, self._desk
        if snapshot is None or portfolio is None:
            return
        self._count_turns()
        order = next(iter(desk.open), None)
        wish = self._wish(snapshot, portfolio, order)
        match order:
            case Asked():
                return
            case Working():
                if not order.wish.takes and not self._can_stay(order, wish, snapshot):
                    desk.cancel(order, "it should not rest there any more")
                return
        if wish is None:
            desk.release()
            return
        desk.want()
        desk.place(wish, snapshot)

    def _count_turns(self) -> None:
        if self._desk.lease is None:
            self._turn_began_ns = None
        elif self._turn_began_ns is None:
            self._turn_began_ns = self.now_ns
        elif self.now_ns - self._turn_began_ns >= self._settings.turn_ns:
            self._not_before_ns = self.now_ns + self._settings.pause_ns

    def _wish(self, snapshot: Snapshot, portfolio: MarketPortfolio, order: Asked | Working | None) -> Wish | None:
        now_ns = self.now_ns
        if self._held is None or now_ns < self._not_before_ns or not (self._desk.lease or self._is_left_alone):
            return None
        age_ns = now_ns - self._held_since_ns
        left_ns = None if self._end_ns is None else self._end_ns - now_ns
        reserved = _reserved(portfolio)
        return unwinding(snapshot, portfolio, reserved, age_ns, left_ns, self._market, self._settings)

    @property
    def _is_left_alone(self) -> bool:
        since_ns = self._quiet_since_ns
        return since_ns is not None and self.now_ns - since_ns >= self._settings.quiet_ns

    def _can_stay(self, order: Working, wish: Wish | None, snapshot: Snapshot) -> bool:
        if wish is None or wish.takes or wish.outcome is not order.wish.outcome:
            return False
        is_young = self.now_ns - order.since_ns < self._settings.replace_min_age_ns
        return is_young or abs(wish.price - order.wish.price) <= snapshot.tick_size


def _reserved(portfolio: MarketPortfolio) -> Shares:
    """What orders of our own are to sell: all of the same token, for there is one at a time."""
    return Shares(sum(each.remaining for each in portfolio.open_orders if each.order.strategy == UNWINDER))
