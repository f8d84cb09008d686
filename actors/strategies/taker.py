"""Takes the best price of one market's book where it is worth more than it costs, and sells what it took again."""

from attrs import evolve, frozen

from actors.order_management.desired import Funds
from actors.strategies.holdings import funds_of, holding_of
from actors.strategies.order_desk import DeskState, OrderDesk, Trader
from actors.strategies.order_in_hand import Asked, Wish, Working
from actors.strategies.taker_rules import TakerSettings, entry, leaving
from actors.strategies.words import Awake, StrategyMessage
from messages.identity import Outcome, StrategyName, Tier
from messages.intents import IntentRefused
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.markets import Market, Phase
from messages.orders import OrderChanged
from messages.ownership import Granted, Refused, Revoked
from messages.portfolio import PortfolioChanged, Position
from supervision.actor import Actor

TAKER = StrategyName("taker")


@frozen
class LookAgain:
    """Timer: time alone may have made it due to sell."""


@frozen
class TakerState:
    """What the taker shows of itself."""

    desk: DeskState
    position: Position


class Taker(Actor[StrategyMessage | LookAgain]):
    """Claims its market when there is something to take, keeps it until that is sold again, and gives it up then."""

    def __init__(self, market: Market, settings: TakerSettings) -> None:
        self._market = market
        self._settings = settings
        self._snapshot: Snapshot | None = None
        self._position = Position(market.market, TAKER)
        self._funds: Funds | None = None
        self._held_since_ns: dict[Outcome, int] = {}

    def started(self) -> None:
        settings = self._settings
        self._desk = OrderDesk(
            self,
            self._market,
            Trader(TAKER, Tier.DIRECTIONAL, 55, settings.time_to_live_ns, settings.retry_after_ns),
        )
        self._desk.ask_for_portfolio()

    def receive(self, message: StrategyMessage | LookAgain) -> None:
        match message:
            case Snapshot():
                self._snapshot = message
                self._look()
            case PortfolioChanged():
                self._portfolio(message)
                self._look()
            case LookAgain():
                self._look()
            case BookOpened():
                self._snapshot = None
            case Granted() | Refused() | Revoked() | OrderChanged() | IntentRefused() | Awake():
                if self._desk.heard(message):
                    self._look()
            case TradeSeen():
                pass

    def describe(self) -> TakerState:
        return TakerState(self._desk.state, self._position)

    def _portfolio(self, changed: PortfolioChanged) -> None:
        self._position = holding_of(changed.portfolio, TAKER)
        self._funds = funds_of(changed, TAKER)
        for outcome in Outcome:
            if self._position.shares(outcome) <= 0:
                self._held_since_ns.pop(outcome, None)
            else:
                self._held_since_ns.setdefault(outcome, self.now_ns)

    def _look(self) -> None:
        snapshot, funds, desk = self._snapshot, self._funds, self._desk
        if self._holds_something:
            self.after("look", self._settings.look_every_ns, LookAgain())
        if snapshot is None or funds is None:
            return
        order = next(iter(desk.open), None)
        wish = self._wish(snapshot, funds, order)
        match order:
            case Asked():
                return
            case Working():
                if not order.wish.takes and not self._can_stay(order, wish, snapshot):
                    desk.cancel(order, "it should not rest there any more")
                return
        if wish is not None:
            desk.want()
            desk.place(wish, snapshot)
        elif not self._holds_something or snapshot.phase in (Phase.CLOSED, Phase.RESOLVED):
            desk.release()

    def _wish(self, snapshot: Snapshot, funds: Funds, order: Asked | Working | None) -> Wish | None:
        """To sell comes before to buy. What an order of ours is to sell counts as free for the one in its place."""
        market, settings = self._market, self._settings
        if order is not None and order.wish.outcome is Outcome.YES:
            funds = evolve(funds, yes=self._position.settled(Outcome.YES))
        elif order is not None:
            funds = evolve(funds, no=self._position.settled(Outcome.NO))
        sale = leaving(snapshot, self._position, funds, self._held_since_ns, self.now_ns, market, settings)
        return sale or entry(snapshot, self._position, funds, market, settings)

    def _can_stay(self, order: Working, wish: Wish | None, snapshot: Snapshot) -> bool:
        """A young order stays for anything but a sale at once; our own offer moves the fair value too."""
        if wish is not None and (wish.takes or wish.outcome is not order.wish.outcome):
            return False
        if self.now_ns - order.since_ns < self._settings.replace_min_age_ns:
            return True
        return wish is not None and abs(wish.price - order.wish.price) <= 2 * snapshot.tick_size

    @property
    def _holds_something(self) -> bool:
        """As much as can be sold: less waits for the market's end."""
        position = self._position
        return max(position.yes, position.no) >= self._market.minimum_size
