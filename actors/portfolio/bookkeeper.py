"""The actor that holds the ledger: it hears of orders and fills, books them, writes them down, and tells who has to
know.

Its state comes back from the journal, so everything that it books is told to the journal in the order of booking.
"""

from attrs import field, frozen

from actors.execution.words import OpenOrders, OrderNotWritten, OrderOnDisk, TellOpenOrders, TellSettled
from actors.paths import EXECUTOR, GOVERNOR, JOURNAL, strategy_path
from actors.portfolio.booking import AlreadyWritten, Booked, InvariantBroken
from actors.portfolio.ledger import Ledger
from actors.records.joined_markets import ever_joined
from actors.records.words import Confirm, Confirmed, ReadRecords, Records
from messages.control import AreYouThere, Here
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import MarketId, StrategyName
from messages.markets import Market
from messages.orders import Order, OrderChanged, OrderMoved
from messages.portfolio import AccountMoved, PortfolioChanged, PortfolioView, Wallet
from messages.sessions import MarketJoined, MarketLeft
from messages.units import NANOSECONDS_PER_SECOND, Cash
from supervision.actor import Actor
from supervision.log import Level
from supervision.registry import UnknownActor


@frozen
class TellPortfolio:
    """Answered by a `PortfolioView`."""


@frozen
class TellMarketPortfolio:
    """Answered by a `PortfolioChanged` of one market."""

    market: MarketId


Heard = OrderMoved | Fill | FillSettled | FillReversed | AccountMoved

LedgerMessage = (
    Order
    | Heard
    | Confirmed
    | TellOpenOrders
    | TellSettled
    | TellPortfolio
    | TellMarketPortfolio
    | AreYouThere
    | MarketJoined
    | MarketLeft
)

REPLAY_WITHIN_NS = 60 * NANOSECONDS_PER_SECOND

BOOKED_KINDS = (Order, OrderMoved, Fill, FillSettled, FillReversed, AccountMoved, MarketJoined, MarketLeft)


@frozen
class LedgerState:
    """What the ledger shows of itself."""

    version: int
    wallet: Wallet
    open_orders: int
    irregularities: int = field(default=0)


class Bookkeeper(Actor[LedgerMessage]):
    def __init__(self, deposit: Cash, markets: tuple[Market, ...]) -> None:
        self._deposit = deposit
        self._markets = markets
        self._events = {market.market: market.event for market in markets}
        self._joined: dict[MarketId, Market] = {}
        self._ledger = Ledger(deposit, markets)
        self._irregularities = 0

    async def load(self) -> object:
        kinds = tuple(kind.__name__ for kind in BOOKED_KINDS)
        return await self.ask(self.address(JOURNAL), ReadRecords(kinds), REPLAY_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        if isinstance(snapshot, Records):
            for market in ever_joined(snapshot.records):
                self._joined[market.market] = market
            self._ledger = Ledger.replay(self._deposit, self._markets, snapshot.records)
            for shortfall in self._ledger.shortfalls():
                self.log(Level.ERROR, "the journal leaves a shortfall", detail=shortfall.detail)

    def started(self) -> None:
        self._journal = self.address(JOURNAL)
        self._governor = self.address(GOVERNOR)
        self._executor = self.address(EXECUTOR)

    def receive(self, message: LedgerMessage) -> None:
        match message:
            case Order():
                self._write(message)
            case OrderMoved():
                self._book(message, self._ledger.move(message))
            case Fill():
                self._book(message, self._ledger.fill(message))
            case FillSettled():
                self._book(message, self._ledger.settle(message))
            case FillReversed():
                self._book(message, self._ledger.reverse(message))
            case AccountMoved():
                self._book(message, self._ledger.transfer(message))
            case Confirmed():
                if isinstance(message.record, Order):
                    self.tell(self._executor, OrderOnDisk(message.record))
            case TellOpenOrders():
                self.reply(OpenOrders(tuple(self._ledger.open_orders()), tuple(self._joined.values())))
            case TellSettled():
                self.reply(self._ledger.settled())
            case AreYouThere(number):
                self.reply(Here(number))
            case MarketJoined(market):
                self._joined[market.market] = market
                self._ledger.add_market(market)
            case MarketLeft():
                self._ledger.leave_market(message.market)
            case TellPortfolio():
                self.reply(self._ledger.view())
            case TellMarketPortfolio():
                portfolio = self._ledger.view().market(message.market)
                if portfolio is not None:
                    self.reply(PortfolioChanged(portfolio, self._ledger.wallet()))

    def describe(self) -> LedgerState:
        ledger = self._ledger
        open_orders = sum(1 for _ in ledger.open_orders())
        return LedgerState(ledger.version, ledger.wallet(), open_orders, self._irregularities)

    def _write(self, order: Order) -> None:
        try:
            booked = self._ledger.write(order)
        except InvariantBroken as error:
            self.log(Level.ERROR, "an order that the wallet does not cover was refused", report=error.report)
            self.tell(self._executor, OrderNotWritten(order.order, error.report))
            return
        if isinstance(booked, AlreadyWritten):
            reason = f"intent {booked.intent} is already order {booked.written}"
            self.tell(self._executor, OrderNotWritten(order.order, reason))
            return
        self.tell(self._journal, Confirm(order))
        self._publish(booked)

    def _book(self, heard: Heard, booked: Booked | None) -> None:
        if booked is None:
            return
        for irregularity in booked.irregularities:
            self._irregularities += 1
            self.log(Level.ERROR, irregularity.oddity.value, detail=irregularity.detail)
        if not booked.is_booked:
            return
        self.tell(self._journal, booked.record or heard)
        self._publish(booked)

    def _publish(self, booked: Booked) -> None:
        view = self._ledger.view()
        self.tell(self._governor, view)
        if booked.portfolio is not None:
            portfolio = booked.portfolio.portfolio
            names = {position.strategy for position in portfolio.positions}
            if booked.order is not None:
                names.add(booked.order.order.strategy)
            for name in sorted(names):
                self._tell_strategy(portfolio.market, name, booked.portfolio)
        if booked.order is not None:
            self.tell(self._governor, booked.order)
            self._tell_strategy(booked.order.order.market, booked.order.order.strategy, booked.order)

    def _tell_strategy(
        self, market: MarketId, strategy: StrategyName, message: PortfolioChanged | OrderChanged
    ) -> None:
        """Nobody, where the journal has a strategy or a market that this tree has not."""
        joined = self._joined.get(market)
        event = self._events.get(market) if joined is None else joined.event
        if event is None:
            return
        try:
            address = self.address(strategy_path(event, market, strategy))
        except UnknownActor:
            return
        self.tell(address, message)


__all__ = ["Bookkeeper", "LedgerMessage", "PortfolioView", "TellMarketPortfolio", "TellPortfolio"]
