"""A strategy of a session that acts now and then: it claims its market when there is something to do, and gives it up
when what it took is sold again. What it wants is for its rules to say; how it leaves is the same for all."""

from attrs import evolve, frozen

from actors.order_management.desired import Funds
from actors.risk.session_rules import last_order_ns_of
from actors.strategies.holdings import funds_of, holding_of
from actors.strategies.order_desk import DeskState, OrderDesk, Trader
from actors.strategies.order_in_hand import Asked, Wish, Working
from actors.strategies.period_watch import FollowOn, PeriodSettings, PeriodWatch, TimeGoes
from actors.strategies.stance import Aim, Fair, NoFair, Stance
from actors.strategies.way_out import at_risk, way_out
from actors.strategies.words import Awake, StrategyMessage
from messages.identity import Outcome
from messages.intents import IntentRefused
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.markets import Market
from messages.orders import OrderChanged
from messages.ownership import Granted, Refused, Revoked
from messages.portfolio import PortfolioChanged, Position
from messages.pricing import NoPrices, PriceSnapshot
from messages.sessions import SessionIs, SessionState
from messages.units import Price
from supervision.actor import Actor


@frozen
class PeriodTraderState:
    """What it shows of itself."""

    aim: Aim
    why: str
    desk: DeskState
    position: Position


class PeriodTrader(Actor[StrategyMessage | FollowOn | TimeGoes]):
    """`trade` is the rule. Raises `ValueError` for a market that is about no period."""

    def __init__(
        self, market: Market, trader: Trader, period: PeriodSettings, replace_min_age_ns: int, lowest_sale: Price
    ) -> None:
        if market.about is None:
            raise ValueError(f"{market.slug} is about no period")
        self.market = market
        self.position = Position(market.market, trader.strategy)
        self.held_since_ns: dict[Outcome, int] = {}
        self._trader = trader
        self._period = period
        self._replace_min_age_ns = replace_min_age_ns
        self._lowest_sale = lowest_sale
        self._snapshot: Snapshot | None = None
        self._funds: Funds | None = None

    def trade(self, snapshot: Snapshot, fair: Fair, share: float, funds: Funds) -> Wish | None:
        """What to do where the session lets it trade: with `share` of its sizes, and what is free in `funds`."""
        raise NotImplementedError

    def not_trading(self) -> None:
        """There is no book, no fair value, or no permission: what was seen before counts no more."""

    def started(self) -> None:
        self._desk = OrderDesk(self, self.market, self._trader)
        self._watch = PeriodWatch(self, self.market, self._period)
        self._desk.ask_for_portfolio()
        self._watch.begin()

    def receive(self, message: StrategyMessage | FollowOn | TimeGoes) -> None:
        match message:
            case Snapshot():
                self._snapshot = message
                self._look()
            case PriceSnapshot() | NoPrices() | SessionIs() | FollowOn() | TimeGoes():
                if self._watch.heard(message):
                    self._look()
            case PortfolioChanged():
                self._hear_of_portfolio(message)
                self._look()
            case BookOpened():
                self._snapshot = None
                self.not_trading()
            case Granted() | Refused() | Revoked() | OrderChanged() | IntentRefused() | Awake():
                if self._desk.heard(message):
                    self._look()
            case TradeSeen():
                pass

    def describe(self) -> PeriodTraderState:
        stance = self._watch.stance(self._watch.fair())
        return PeriodTraderState(stance.aim, stance.why, self._desk.state, self.position)

    def _hear_of_portfolio(self, changed: PortfolioChanged) -> None:
        self.position = holding_of(changed.portfolio, self._trader.strategy)
        self._funds = funds_of(changed, self._trader.strategy)
        for outcome in Outcome:
            if self.position.shares(outcome) <= 0:
                self.held_since_ns.pop(outcome, None)
            else:
                self.held_since_ns.setdefault(outcome, self.now_ns)

    def _look(self) -> None:
        snapshot, funds, desk = self._snapshot, self._funds, self._desk
        if snapshot is None or funds is None:
            return
        fair = self._watch.fair()
        stance = self._watch.stance(fair)
        order = next(iter(desk.open), None)
        wish = self._wish(stance, snapshot, fair, funds, order)
        match order:
            case Asked():
                return
            case Working():
                if not order.wish.takes and not self._can_stay(order, wish, snapshot):
                    desk.cancel(order, "it should not rest there any more")
                return
        if wish is not None:
            desk.want()
            desk.place(wish, snapshot, self._until_ns)
        elif stance.aim is not Aim.TRADE or not self._holds_something:
            # On the way out others may have something to sell that somebody wants.
            desk.release()

    def _wish(
        self, stance: Stance, snapshot: Snapshot, fair: Fair | NoFair, funds: Funds, order: Asked | Working | None
    ) -> Wish | None:
        if stance.aim is not Aim.TRADE or isinstance(fair, NoFair):
            self.not_trading()
            return way_out(stance.aim, snapshot, self.position, fair, self.market, self._lowest_sale)
        # What an order of ours is to sell counts as free for the one in its place.
        if order is not None and order.wish.outcome is Outcome.YES:
            funds = evolve(funds, yes=self.position.settled(Outcome.YES))
        elif order is not None:
            funds = evolve(funds, no=self.position.settled(Outcome.NO))
        return self.trade(snapshot, fair, stance.share, funds)

    def _can_stay(self, order: Working, wish: Wish | None, snapshot: Snapshot) -> bool:
        """A young order stays for anything but a sale at once."""
        if wish is not None and (wish.takes or wish.outcome is not order.wish.outcome):
            return False
        if self.now_ns - order.since_ns < self._replace_min_age_ns:
            return True
        return wish is not None and abs(wish.price - order.wish.price) <= snapshot.tick_size

    @property
    def _until_ns(self) -> int | None:
        """No order outlives the market, and none the state that it was placed in once the session is on its way out."""
        told, last_ns = self._watch.told, last_order_ns_of(self.market)
        if told is None or told.until_ns is None or told.state is SessionState.ACTIVE:
            return last_ns
        return told.until_ns if last_ns is None else min(told.until_ns, last_ns)

    @property
    def _holds_something(self) -> bool:
        """As much as can be sold: less waits for the market's end, and so do pairs, which are worth 1 in any case."""
        return at_risk(self.position).size >= self.market.minimum_size
