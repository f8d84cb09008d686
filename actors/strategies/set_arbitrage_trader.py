"""Trades what the detector counts: both tokens of one market at once, and never one of them for long."""

from attrs import frozen

from actors.order_management.desired import Funds
from actors.strategies.holdings import funds_of, holding_of
from actors.strategies.order_desk import DeskState, OrderDesk, Trader
from actors.strategies.order_in_hand import Wish
from actors.strategies.set_arbitrage import SET_ARBITRAGE, ArbitrageTally, SetArbitrage
from actors.strategies.set_arbitrage_rules import SetArbitrageSettings, both_legs, lone_leg
from actors.strategies.words import Awake, StrategyMessage
from messages.identity import Tier
from messages.intents import IntentRefused, SnapshotId
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.markets import Market
from messages.orders import OrderChanged
from messages.ownership import Granted, Refused, Revoked
from messages.portfolio import PortfolioChanged, Position


@frozen
class SetArbitrageState:
    """What the trader shows of itself."""

    desk: DeskState
    position: Position
    tally: ArbitrageTally


class SetArbitrageTrader(SetArbitrage):
    """Counts like the detector, claims the market for as long as there is something to trade, places both legs at once.

    A leg that stays alone is got rid of before anything else, and at once: not kept for the unwinder, which would let
    it grow old first. One closed book is traded on once, for what the trade left of it shows in the next.
    """

    def __init__(self, market: Market, tally: ArbitrageTally, settings: SetArbitrageSettings) -> None:
        super().__init__(market, tally)
        self._settings = settings
        self._snapshot: Snapshot | None = None
        self._traded_on: SnapshotId | None = None
        self._position = Position(market.market, SET_ARBITRAGE)
        self._funds: Funds | None = None

    def started(self) -> None:
        super().started()
        settings = self._settings
        self._desk = OrderDesk(
            self,
            self._market,
            Trader(SET_ARBITRAGE, Tier.ARBITRAGE, 90, settings.time_to_live_ns, settings.retry_after_ns),
        )
        self._desk.ask_for_portfolio()

    def receive(self, message: StrategyMessage) -> None:
        match message:
            case Snapshot():
                super().receive(message)
                self._snapshot = message
                self._look()
            case PortfolioChanged():
                self._position = holding_of(message.portfolio, SET_ARBITRAGE)
                self._funds = funds_of(message, SET_ARBITRAGE)
                self._look()
            case BookOpened():
                self._snapshot = None
            case Granted() | Refused() | Revoked() | OrderChanged() | IntentRefused() | Awake():
                if self._desk.heard(message):
                    self._look()
            case TradeSeen():
                pass

    def describe(self) -> SetArbitrageState:
        return SetArbitrageState(self._desk.state, self._position, self._tally)

    def _look(self) -> None:
        snapshot, funds, desk = self._snapshot, self._funds, self._desk
        if snapshot is None or funds is None or desk.open:
            return
        number = SnapshotId(snapshot.epoch, snapshot.number)
        alone = lone_leg(snapshot, self._position, funds, self._market)
        legs: tuple[Wish, ...] = (alone,) if alone is not None else ()
        if not legs and number != self._traded_on:
            legs = both_legs(snapshot, self._position, funds, self._market, self._settings)
        if not legs:
            desk.release()
            return
        desk.want()
        if all(desk.can_place(each.outcome) for each in legs):
            self._traded_on = number
            for each in legs:
                desk.place(each, snapshot)
