"""The account: the only writer of orders, fills, positions and cash. In memory, rebuilt from the journal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from attrs import define, evolve

from actors.execution.order_rules import after_fill, step
from actors.portfolio.attribution import Profit, attribute
from actors.portfolio.booking import AlreadyWritten, Booked, InvariantBroken, Irregularity, Oddity, UnknownMarket
from actors.portfolio.incomes import Incomes
from actors.portfolio.market_account import MarketAccount
from actors.portfolio.moves import is_same_move, is_sound, text_of_move
from actors.portfolio.oddities import can_be, is_of, is_same_trade, oddities, text_of
from actors.portfolio.purse import Purse, assert_covered, free_of, new_shortfalls, shortfalls
from actors.portfolio.reserve import NOTHING
from actors.portfolio.settled_account import settled_account
from actors.portfolio.trades import Trades
from actors.portfolio.written_orders import WrittenOrders
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import MarketId, OrderId
from messages.markets import Market
from messages.orders import Order, OrderChanged, OrderMoved, OrderState
from messages.portfolio import AccountMoved, MoveCause, PortfolioChanged, PortfolioView, SettledAccount, Wallet
from messages.sessions import MarketJoined, MarketLeft
from messages.units import Cash, Price, Shares


@define(init=False)
class Ledger:
    """Orders, positions, reservations and cash of one account.

    What we decide is checked before it is booked: `write` refuses what the wallet cannot cover. What the venue tells is
    booked as it is, for money has moved, and told as an irregularity where it is strange. Two ledgers that heard the
    same are equal; positions, cash and profit are equal whatever the order in which it was heard.
    """

    version: int
    changed_ns: int
    _purse: Purse
    _accounts: dict[MarketId, MarketAccount]
    _orders: WrittenOrders
    _trades: Trades
    _moves: dict[str, AccountMoved]
    _incomes: Incomes

    def __init__(self, deposit: Cash, markets: Iterable[Market] = ()) -> None:
        self.version = self.changed_ns = 0
        self._purse = Purse(deposit, deposit)
        self._accounts = {}
        self._orders = WrittenOrders()
        self._trades = Trades()
        self._moves = {}
        self._incomes = Incomes()
        for market in markets:
            self.add_market(market)

    @classmethod
    def replay(cls, deposit: Cash, markets: Iterable[Market], records: Iterable[object]) -> Self:
        """The ledger that heard `records`, the journal's messages in order; those that are not for it are passed over.

        Raises nothing: an order that is in the journal may be on the wire, so it is booked even where `write` would
        have raised. Ask `shortfalls` afterwards.
        """
        ledger = cls(deposit, markets)
        for record in records:
            match record:
                case Order() if ledger._orders.already(record) is None:
                    ledger._write(record)
                case OrderMoved():
                    ledger.move(record)
                case Fill():
                    ledger._fill(record, asserting=False)
                case FillSettled():
                    ledger.settle(record)
                case FillReversed():
                    ledger.reverse(record)
                case AccountMoved():
                    ledger.transfer(record)
                case Market():
                    ledger.add_market(record)
                case MarketJoined():
                    ledger.add_market(record.market)
                case MarketLeft():
                    ledger.leave_market(record.market)
        return ledger

    @property
    def cash(self) -> Cash:
        return Cash(self._purse.cash)

    def add_market(self, market: Market) -> None:
        """From now on orders in `market` may be written. One that is known keeps its fees."""
        self._orders.add_market(market.market, market.fees)
        self._account(market.market)

    def leave_market(self, market: MarketId) -> None:
        """Nobody trades it any more. What was owned or ordered there stays; where nothing ever was, it is shown no
        more."""
        account = self._accounts.get(market)
        if account is not None and not account.version:
            del self._accounts[market]

    def write(self, order: Order) -> Booked | AlreadyWritten:
        """The order is known and its reservation taken, before anything is sent.

        Raises `InvariantBroken` where the wallet does not cover it, and `UnknownMarket`; nothing is changed then.
        """
        if (already := self._orders.already(order)) is not None:
            return already
        if not self._orders.knows(order.market):
            raise UnknownMarket(order.market)
        needed = self._orders.reserve(_as_written(order))
        assert_covered(order, needed, self._purse, self._account(order.market))
        return self._write(order)

    def move(self, moved: OrderMoved) -> Booked | None:
        """Something was heard of an order; None where it is not news."""
        before = self._orders.get(moved.order)
        if before is None:
            return _nothing(Oddity.UNKNOWN_ORDER, f"{moved.order} is said to be {moved.state.value}")
        state = step(before.state, moved.state)
        if state is before.state:
            return None
        after = OrderChanged(before.order, state, before.filled, moved.reason, moved.at_ns)
        self._replace(before, after)
        return Booked(after, self._changed(before.order.market, moved.at_ns))

    def fill(self, fill: Fill) -> Booked | None:
        """Money moved: booked once a trade id, in whatever state its order is; None for a trade that was booked before.

        Raises `InvariantBroken` where a fill with nothing odd about it leaves more reserved than there is: then it is
        our own reckoning that is wrong.
        """
        return self._fill(fill, asserting=True)

    def settle(self, settled: FillSettled) -> Booked | None:
        """What the provisional fill brought can be used, even if it comes later; None where that is no news.

        A fill that has failed does not settle: that is told as an irregularity.
        """
        if self._trades.has_failed(settled.trade):
            return _nothing(Oddity.SETTLED_LATE, f"trade {settled.trade} of order {settled.order}")
        if self._trades.is_settled(settled.trade):
            return None
        fill = self._trades.settle(settled.trade)
        if fill is None:
            return Booked(None, self._changed(settled.market, settled.at_ns))
        self._purse.settle(fill)
        self._account(fill.market).settle(fill)
        return Booked(None, self._changed(fill.market, settled.at_ns))

    def reverse(self, reversal: FillReversed) -> Booked | None:
        """The provisional fill has never been, also where it is heard of later; None where that is no news.

        A fill that was settled is not reversed: that is told as an irregularity.
        """
        if self._trades.has_failed(reversal.trade):
            return None
        if self._trades.is_settled(reversal.trade):
            return _nothing(Oddity.REVERSED_LATE, f"trade {reversal.trade} of order {reversal.order}")
        fill = self._trades.fail(reversal.trade)
        if fill is None:
            return Booked(None, self._changed(reversal.market, reversal.at_ns))
        self._purse.book(fill, -1)
        self._account(fill.market).reverse(fill)
        return Booked(None, self._changed(fill.market, reversal.at_ns))

    def transfer(self, moved: AccountMoved) -> Booked | None:
        """Cash or shares came or went without a trade: booked once by its id; None where it was booked before.

        What its cause cannot have moved is told as an irregularity and not booked.
        """
        if (heard := self._moves.get(moved.move)) is not None:
            return None if is_same_move(heard, moved) else _nothing(Oddity.CONTRADICTION, text_of_move(moved))
        if not is_sound(moved):
            return _nothing(Oddity.NO_MOVE, text_of_move(moved))
        self._moves[moved.move] = moved
        is_transfer = moved.cause in (MoveCause.DEPOSIT, MoveCause.WITHDRAWAL)
        account = None if is_transfer or moved.market is None else self._account(moved.market)
        free = free_of(self._purse, account)
        self._purse.cash += moved.cash
        if is_transfer:
            self._purse.deposited += moved.cash
        elif account is None:
            self._incomes.book(moved)
        else:
            account.move(moved)
        short = _short(text_of_move(moved), new_shortfalls(free, self._purse, account))
        return Booked(None, self._changed(account.market if account else None, moved.at_ns), short)

    def order(self, order: OrderId) -> OrderChanged | None:
        return self._orders.get(order)

    def open_orders(self) -> Iterator[OrderChanged]:
        for account in self._accounts.values():
            yield from account.open_orders.values()

    def wallet(self) -> Wallet:
        return self._purse.wallet()

    def view(self) -> PortfolioView:
        """The whole account; `at_ns` is the time of its last change."""
        portfolios = tuple(account.portfolio() for account in self._accounts.values())
        return PortfolioView(self.version, self.wallet(), portfolios, self.changed_ns, self._incomes.rows())

    def settled(self) -> SettledAccount:
        """The account as if the unsettled fills had moved nothing yet, neither what they bring nor what they cost."""
        return settled_account(self.version, self.cash, self._accounts.values(), self._trades.unsettled())

    def profit(self, middles: Mapping[MarketId, Price]) -> Profit:
        """Cash and value of all positions less the deposit, by strategy, market and cause. Raises `NoMiddle`."""
        view = self.view()
        positions = (position for portfolio in view.markets for position in portfolio.positions)
        return attribute(positions, middles, view.incomes)

    def shortfalls(self) -> tuple[Irregularity, ...]:
        """Where more is reserved than there is: after late or strange fills alone. Empty is good."""
        texts = shortfalls(self._purse, self._accounts.values())
        return tuple(Irregularity(Oddity.SHORTFALL, text) for text in texts)

    def _write(self, order: Order) -> Booked:
        after = _as_written(order)
        self._replace(None, after)
        return Booked(after, self._changed(order.market, order.written_ns))

    def _fill(self, fill: Fill, *, asserting: bool) -> Booked | None:
        if self._trades.has_failed(fill.trade):
            return None if fill.provisional else _nothing(Oddity.SETTLED_LATE, text_of(fill))
        if (heard := self._trades.booked(fill.trade)) is not None:
            return self._again(heard, fill)
        if not can_be(fill):
            return _nothing(Oddity.NO_FILL, text_of(fill))
        if self._trades.is_settled(fill.trade):
            fill = evolve(fill, provisional=False)
        before, account = self._orders.get(fill.order), self._account(fill.market)
        odd = oddities(fill, before, self._orders.fees(fill.market))
        free = free_of(self._purse, account)
        self._trades.book(fill)
        self._purse.book(fill)
        account.book(fill)
        after = None
        if before is not None and is_of(fill, before.order):
            filled = Shares(before.filled + fill.size)
            state = after_fill(before.state, filled, before.order.size)
            after = OrderChanged(before.order, state, filled, "filled", fill.at_ns)
            self._replace(before, after)
        short = _short(text_of(fill), new_shortfalls(free, self._purse, account))
        if short and asserting and not odd:
            raise InvariantBroken(1, "; ".join(each.detail for each in short))
        return Booked(after, self._changed(fill.market, fill.at_ns), odd + short)

    def _again(self, heard: Fill, fill: Fill) -> Booked | None:
        """A fill that was booked is heard of again, perhaps as one that is settled meanwhile."""
        if not is_same_trade(heard, fill):
            return _nothing(Oddity.CONTRADICTION, text_of(fill))
        if fill.provisional:
            return None
        settled = FillSettled(fill.trade, fill.order, fill.market, fill.at_ns)
        booked = self.settle(settled)
        return None if booked is None else evolve(booked, record=settled)

    def _replace(self, before: OrderChanged | None, after: OrderChanged) -> None:
        account = self._account(after.order.market)
        then, now = NOTHING if before is None else self._orders.reserve(before), self._orders.reserve(after)
        account.reserve(then, now)
        account.show(after)
        self._purse.reserved += now.cash - then.cash
        self._orders.put(after)

    def _account(self, market: MarketId) -> MarketAccount:
        account = self._accounts.get(market)
        if account is None:
            account = self._accounts[market] = MarketAccount(market)
        return account

    def _changed(self, market: MarketId | None, at_ns: int) -> PortfolioChanged | None:
        self.version += 1
        self.changed_ns = at_ns
        if market is None:
            return None
        account = self._account(market)
        account.next_version()
        return PortfolioChanged(account.portfolio(), self.wallet())


def _as_written(order: Order) -> OrderChanged:
    return OrderChanged(order, OrderState.WRITTEN, Shares(0), "", order.written_ns)


def _nothing(oddity: Oddity, detail: str) -> Booked:
    return Booked(None, None, (Irregularity(oddity, detail),), is_booked=False)


def _short(what: str, texts: Iterable[str]) -> tuple[Irregularity, ...]:
    return tuple(Irregularity(Oddity.SHORTFALL, f"{what}: {text}") for text in texts)
