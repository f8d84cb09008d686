"""The account: the only writer of orders, fills, positions and cash. In memory, rebuilt from the journal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from attrs import define, evolve

from actors.execution.order_rules import after_fill, step
from actors.portfolio.attribution import Profit, attribute
from actors.portfolio.booking import AlreadyWritten, Booked, InvariantBroken, Irregularity, Oddity, UnknownMarket
from actors.portfolio.market_account import MarketAccount
from actors.portfolio.oddities import can_be, is_of, is_same_trade, oddities, text_of
from actors.portfolio.positions import cash_flow
from actors.portfolio.reserve import NOTHING, Reserve, reserve_for
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import IntentId, MarketId, OrderId, Outcome, Side, TradeId
from messages.markets import NO_FEES, FeeSchedule, Market
from messages.orders import Order, OrderChanged, OrderMoved, OrderState
from messages.portfolio import PortfolioChanged, PortfolioView, Wallet
from messages.units import Cash, Price, Shares, format_cash, format_shares


@define(init=False)
class Ledger:
    """Orders, positions, reservations and cash of one account.

    What we decide is checked before it is booked: `write` refuses what the wallet cannot cover. What the venue tells is
    booked as it is, for money has moved, and told as an irregularity where it is strange. Two ledgers that heard the
    same are equal.
    """

    deposit: Cash
    cash: Cash
    reserved: Cash
    version: int
    changed_ns: int
    _fees: dict[MarketId, FeeSchedule]
    _accounts: dict[MarketId, MarketAccount]
    _orders: dict[OrderId, OrderChanged]
    _intents: dict[IntentId, OrderId]
    _trades: dict[TradeId, Fill]
    _unsettled: dict[TradeId, Fill]
    _reversed: set[TradeId]
    _settled_early: set[TradeId]
    provisional: Cash

    def __init__(self, deposit: Cash, markets: Iterable[Market] = ()) -> None:
        self.deposit = self.cash = deposit
        self.reserved = Cash(0)
        self.version = self.changed_ns = 0
        self._fees = {}
        self._accounts = {}
        self._orders = {}
        self._intents = {}
        self._trades = {}
        self._unsettled = {}
        self._reversed = set()
        self._settled_early = set()
        self.provisional = Cash(0)
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
                case Order() if ledger._already(record) is None:
                    ledger._write(record)
                case OrderMoved():
                    ledger.move(record)
                case Fill():
                    ledger._fill(record, asserting=False)
                case FillSettled():
                    ledger.settle(record)
                case FillReversed():
                    ledger.reverse(record)
                case Market():
                    ledger.add_market(record)
        return ledger

    def add_market(self, market: Market) -> None:
        """From now on orders in `market` may be written. One that is known keeps its fees."""
        self._fees.setdefault(market.market, market.fees)
        self._account(market.market)

    def write(self, order: Order) -> Booked | AlreadyWritten:
        """The order is known and its reservation taken, before anything is sent.

        Raises `InvariantBroken` where the wallet does not cover it, and `UnknownMarket`; nothing is changed then.
        """
        if (already := self._already(order)) is not None:
            return already
        if order.market not in self._fees:
            raise UnknownMarket(order.market)
        self._assert_covered(order)
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
        """What the provisional fill brought can be used, even if it comes later; None where that is no news."""
        fill = self._unsettled.pop(settled.trade, None)
        if fill is None:
            if settled.trade in self._trades or settled.trade in self._settled_early:
                return None
            self._settled_early.add(settled.trade)
            return Booked(None, self._changed(self._account(settled.market).market, settled.at_ns))
        self._account(fill.market).settle(fill)
        self.provisional = Cash(self.provisional - _brought(fill))
        return Booked(None, self._changed(fill.market, settled.at_ns))

    def reverse(self, reversal: FillReversed) -> Booked | None:
        """The provisional fill has never been, also where it is heard of later; None where that is no news.

        A fill that was settled is not reversed: that is told as an irregularity.
        """
        if reversal.trade in self._reversed:
            return None
        fill = self._unsettled.pop(reversal.trade, None)
        if fill is None:
            if reversal.trade in self._trades:
                return _nothing(Oddity.REVERSED_LATE, text_of(self._trades[reversal.trade]))
            self._reversed.add(reversal.trade)
            return Booked(None, self._changed(self._account(reversal.market).market, reversal.at_ns))
        self._reversed.add(reversal.trade)
        account = self._account(fill.market)
        account.reverse(fill)
        self.cash = Cash(self.cash - cash_flow(fill) + fill.fee)
        self.provisional = Cash(self.provisional - _brought(fill))
        return Booked(None, self._changed(fill.market, reversal.at_ns))

    def order(self, order: OrderId) -> OrderChanged | None:
        return self._orders.get(order)

    def open_orders(self) -> Iterator[OrderChanged]:
        for account in self._accounts.values():
            yield from account.open_orders.values()

    def wallet(self) -> Wallet:
        return Wallet(self.deposit, self.cash, self.reserved, self.provisional)

    def view(self) -> PortfolioView:
        """The whole account; `at_ns` is the time of its last change."""
        portfolios = tuple(account.portfolio() for account in self._accounts.values())
        return PortfolioView(self.version, self.wallet(), portfolios, self.changed_ns)

    def profit(self, middles: Mapping[MarketId, Price]) -> Profit:
        """Cash and value of all positions less the deposit, by strategy, market and cause. Raises `NoMiddle`."""
        accounts = self._accounts.values()
        return attribute((position for account in accounts for position in account.positions.values()), middles)

    def shortfalls(self) -> tuple[Irregularity, ...]:
        """Where more is reserved than there is: after late or strange fills alone. Empty is good."""
        found = []
        if self.reserved > self.cash - self.provisional:
            found.append(Irregularity(Oddity.SHORTFALL, self._cash_text()))
        for account in self._accounts.values():
            found += [
                Irregularity(Oddity.SHORTFALL, _shares_text(account, each))
                for each in Outcome
                if account.free_shares(each) < 0
            ]
        return tuple(found)

    def _already(self, order: Order) -> AlreadyWritten | None:
        written = order.order if order.order in self._orders else self._intents.get(order.intent)
        return None if written is None else AlreadyWritten(order.order, order.intent, written)

    def _write(self, order: Order) -> Booked:
        after = OrderChanged(order, OrderState.WRITTEN, Shares(0), "", order.written_ns)
        self._intents[order.intent] = order.order
        self._replace(None, after)
        return Booked(after, self._changed(order.market, order.written_ns))

    def _fill(self, fill: Fill, *, asserting: bool) -> Booked | None:
        if fill.trade in self._reversed:
            return None
        if fill.trade in self._settled_early:
            fill = evolve(fill, provisional=False)
        if (heard := self._trades.get(fill.trade)) is not None:
            return self._again(heard, fill)
        if not can_be(fill):
            return _nothing(Oddity.NO_FILL, text_of(fill))
        before, account = self._orders.get(fill.order), self._account(fill.market)
        odd = oddities(fill, before, self._fees.get(fill.market, NO_FEES))
        free = self._free(account, fill.outcome)
        self._trades[fill.trade] = fill
        self.cash = Cash(self.cash + cash_flow(fill) - fill.fee)
        account.book(fill)
        if fill.provisional:
            self._unsettled[fill.trade] = fill
            self.provisional = Cash(self.provisional + _brought(fill))
        after = None
        if before is not None and is_of(fill, before.order):
            filled = Shares(before.filled + fill.size)
            state = after_fill(before.state, filled, before.order.size)
            after = OrderChanged(before.order, state, filled, "filled", fill.at_ns)
            self._replace(before, after)
        short = self._new_shortfalls(account, fill, free)
        if short and asserting and not odd:
            raise InvariantBroken(1, "; ".join(each.detail for each in short))
        return Booked(after, self._changed(fill.market, fill.at_ns), odd + short)

    def _again(self, heard: Fill, fill: Fill) -> Booked | None:
        """A fill that was booked is heard of again, perhaps as one that is settled meanwhile."""
        if not is_same_trade(heard, fill):
            return _nothing(Oddity.CONTRADICTION, text_of(fill))
        if fill.provisional:
            return None
        return self.settle(FillSettled(fill.trade, fill.order, fill.market, fill.at_ns))

    def _new_shortfalls(self, account: MarketAccount, fill: Fill, before: tuple[int, int]) -> tuple[Irregularity, ...]:
        cash, shares = self._free(account, fill.outcome)
        texts = []
        if cash < min(before[0], 0):
            texts.append(self._cash_text())
        if shares < min(before[1], 0):
            texts.append(_shares_text(account, fill.outcome))
        return tuple(Irregularity(Oddity.SHORTFALL, f"{text_of(fill)}: {text}") for text in texts)

    def _replace(self, before: OrderChanged | None, after: OrderChanged) -> None:
        account = self._account(after.order.market)
        then, now = NOTHING if before is None else self._reserve(before), self._reserve(after)
        account.reserve(then, now)
        account.show(after)
        self.reserved = Cash(self.reserved + now.cash - then.cash)
        self._orders[after.order.order] = after

    def _reserve(self, changed: OrderChanged) -> Reserve:
        # FILLED before its fills have come: the money is as good as gone, so it stays reserved until they do.
        order, state = changed.order, changed.state
        if state.is_final and state is not OrderState.FILLED:
            return NOTHING
        remaining = Shares(order.size - changed.filled)
        fees = self._fees.get(order.market, NO_FEES)
        return reserve_for(order.side, order.outcome, order.price, remaining, order.post_only, fees)

    def _account(self, market: MarketId) -> MarketAccount:
        account = self._accounts.get(market)
        if account is None:
            account = self._accounts[market] = MarketAccount(market)
        return account

    def _changed(self, market: MarketId, at_ns: int) -> PortfolioChanged:
        self.version += 1
        self.changed_ns = at_ns
        account = self._accounts[market]
        account.next_version()
        return PortfolioChanged(account.portfolio(), self.wallet())

    def _free(self, account: MarketAccount, outcome: Outcome) -> tuple[int, int]:
        return self.cash - self.provisional - self.reserved, account.free_shares(outcome)

    def _assert_covered(self, order: Order) -> None:
        needed = self._reserve(OrderChanged(order, OrderState.WRITTEN, Shares(0), "", order.written_ns))
        cash, shares = self._free(self._account(order.market), order.outcome)
        if needed.cash > max(cash, 0) or needed.shares(order.outcome) > max(shares, 0):
            raise InvariantBroken(
                1,
                f"order {order.order} of {order.strategy} in {order.market} needs {format_cash(needed.cash)} pUSD and "
                f"{format_shares(needed.shares(order.outcome))} {order.outcome.value}; free are "
                f"{format_cash(Cash(cash))} pUSD and {format_shares(Shares(shares))} {order.outcome.value}",
            )

    def _cash_text(self) -> str:
        usable = Cash(self.cash - self.provisional)
        return f"{format_cash(self.reserved)} pUSD reserved of {format_cash(usable)}"


def _brought(fill: Fill) -> Cash:
    """The cash that waits for the fill to settle."""
    return Cash(cash_flow(fill) - fill.fee) if fill.side is Side.SELL else Cash(0)


def _nothing(oddity: Oddity, detail: str) -> Booked:
    return Booked(None, None, (Irregularity(oddity, detail),))


def _shares_text(account: MarketAccount, outcome: Outcome) -> str:
    yes = outcome is Outcome.YES
    reserved = account.reserved_yes if yes else account.reserved_no
    held = account.free_shares(outcome) + reserved
    name = f"{outcome.value} of {account.market}"
    return f"{format_shares(Shares(reserved))} {name} reserved of {format_shares(Shares(held))}"
