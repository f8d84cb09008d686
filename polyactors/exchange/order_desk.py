"""What becomes of an order that comes in: refused, delayed, matched, rested; and of one that is to be cancelled."""

import random
from collections.abc import Sequence

from messages.identity import OrderId, Side, TradeId
from messages.units import LOT, Price, Shares, notional
from polyactors.exchange import admission
from polyactors.exchange.accounts.account import Account
from polyactors.exchange.market_state import MarketState
from polyactors.exchange.matching.book import Meeting
from polyactors.exchange.matching.resting import OpenOrder, as_open
from polyactors.exchange.register import Register
from polyactors.exchange.settings import SelfTrade
from polyactors.exchange.settlement import Settlement
from polyactors.exchange.steps import Execute
from polyactors.exchange.taking import by_price, refused_by_balance, refused_by_outcome, total
from polyactors.exchange.words import (
    ApiKey,
    CancelOutcome,
    MakerPart,
    NewOrder,
    OrderEvent,
    OrderStatus,
    Placed,
    Refused,
    Trade,
    TradeReported,
    TradeStatus,
)

GONE = "order can't be found - already canceled or matched"
HELD = "order is delayed - it can't be canceled before it is executed"


class OrderDesk:
    def __init__(self, register: Register, settlement: Settlement, ids: random.Random) -> None:
        self._register = register
        self._settings = register.settings
        self._settlement = settlement
        self._ids = ids
        self._sequence = 0

    def submit(self, order: NewOrder, now_ns: int) -> Placed | Refused:
        register = self._register
        state = register.markets.get(order.market)
        if state is None:
            return admission.NO_BOOK
        if order.order in register.open_orders or register.history.order(order.order) is not None:
            return admission.duplicated(order)
        refused = admission.refused_by_form(order, state, self._settings, now_ns)
        if refused is not None:
            return refused
        account = register.account(order.wallet, now_ns)
        self._sequence += 1
        taker = as_open(order, now_ns, self._sequence)
        takes = state.book.crosses(taker)
        refused = self._refused_as_taker(state, taker) if takes else None
        if refused is not None:
            return refused
        meetings = self._meetings(state, taker) if takes else []
        refused = refused_by_outcome(taker, meetings) or refused_by_balance(state, account, taker, meetings)
        if refused is not None:
            return refused
        if takes and state.listing.taker_delay_ns:
            return self._delay(state, account, taker, now_ns)
        return self._carry_out(state, account, taker, meetings, now_ns)

    def cancel(self, orders: Sequence[OrderId], owner: ApiKey, now_ns: int) -> CancelOutcome:
        canceled: list[OrderId] = []
        failed: list[tuple[OrderId, str]] = []
        for order_id in dict.fromkeys(orders):
            found = self._register.open_orders.get(order_id)
            if found is None or found.order.owner != owner:
                failed.append((order_id, GONE))
            elif found.status is OrderStatus.DELAYED:
                failed.append((order_id, HELD))
            else:
                self._register.end(found, OrderStatus.CANCELED, now_ns)
                canceled.append(order_id)
        self._register.flush(now_ns)
        return CancelOutcome(tuple(canceled), tuple(failed))

    def execute_delayed(self, order: OrderId, now_ns: int, *, may_take: bool) -> None:
        """The taker meets the book as it is now, which may have moved away from it; where nobody may take any more
        (`may_take`) it is not matched."""
        register = self._register
        taker = register.open_orders[order]
        state, account = register.markets[taker.order.market], register.vault.accounts[taker.order.wallet]
        register.leave(account, taker)
        crosses = state.book.crosses(taker)
        meetings = self._meetings(state, taker) if crosses else []
        ends_ns = admission.ends_at_ns(taker.order, self._settings)
        if ends_ns is not None and ends_ns <= now_ns:
            self._drop(taker, OrderStatus.CANCELED_EXPIRED_ORDER, now_ns)
        elif not may_take or (crosses and self._meets_its_own(state, taker)) or refused_by_outcome(taker, meetings):
            self._drop(taker, OrderStatus.UNMATCHED, now_ns)
        elif refused_by_balance(state, account, taker, meetings):
            self._drop(taker, OrderStatus.CANCELED_NOT_ENOUGH_BALANCE, now_ns)
        else:
            taker.status = OrderStatus.LIVE
            self._carry_out(state, account, taker, meetings, now_ns, told_as=OrderEvent.UPDATE)

    def _drop(self, taker: OpenOrder, status: OrderStatus, now_ns: int) -> None:
        """A delayed taker that comes to nothing; it has left the open orders already."""
        taker.status = status
        self._register.history.ended(taker.view())
        self._register.report(OrderEvent.CANCELLATION, taker, now_ns)
        self._register.flush(now_ns)

    def _refused_as_taker(self, state: MarketState, taker: OpenOrder) -> Refused | None:
        if taker.order.post_only:
            return admission.CROSSES
        refused = admission.refused_as_too_small(taker.order, self._settings)
        if refused is not None:
            return refused
        return admission.SELF_TRADE if self._meets_its_own(state, taker) else None

    def _meets_its_own(self, state: MarketState, taker: OpenOrder) -> bool:
        """Whether it crosses an order of its wallet although that is not allowed."""
        return self._settings.self_trade is SelfTrade.REFUSE and bool(state.book.own_in_the_way(taker))

    def _meetings(self, state: MarketState, taker: OpenOrder) -> list[Meeting]:
        without = None if self._settings.self_trade is SelfTrade.ALLOW else taker.order.wallet
        return state.book.meetings(taker, taker.order.budget, without)

    def _delay(self, state: MarketState, account: Account, taker: OpenOrder, now_ns: int) -> Placed:
        """What would take waits first, its funds promised, out of its owner's reach (polymarket.md 3.4)."""
        order = taker.order.order
        taker.status = OrderStatus.DELAYED
        self._register.enter(account, taker)
        self._register.agenda.plan(f"execute {order}", now_ns + state.listing.taker_delay_ns, Execute(order))
        self._register.report(OrderEvent.PLACEMENT, taker, now_ns)
        self._register.flush(now_ns)
        return Placed(order, OrderStatus.DELAYED, 0, 0)

    def _carry_out(
        self,
        state: MarketState,
        account: Account,
        taker: OpenOrder,
        meetings: list[Meeting],
        now_ns: int,
        *,
        told_as: OrderEvent = OrderEvent.PLACEMENT,
    ) -> Placed:
        """Take what is there to take, rest or drop what is left, and tell it."""
        register, order = self._register, taker.order
        if self._settings.self_trade is SelfTrade.CANCEL_RESTING:
            for own in state.book.own_in_the_way(taker):
                register.end(own, OrderStatus.CANCELED, now_ns)
        trades = self._match(state, taker, meetings, now_ns)
        if order.order_type.rests and taker.remaining >= LOT:
            register.enter(account, taker)
            register.rest(state, taker, admission.ends_at_ns(order, self._settings))
        else:
            taker.status = OrderStatus.MATCHED
            register.history.ended(taker.view())
        register.report(told_as, taker, now_ns)
        makers = {meeting.maker.order.order: meeting.maker for meeting in meetings}.values()
        for maker in makers:
            register.report(OrderEvent.UPDATE, maker, now_ns)
        register.news.extend(TradeReported(trade, now_ns) for trade in trades)
        if trades:
            register.drop_unbacked({order.wallet, *(maker.order.wallet for maker in makers)}, now_ns)
        register.flush(now_ns, placed_on=order.outcome, by_trade=bool(trades))
        return _placed(order, trades)

    def _match(self, state: MarketState, taker: OpenOrder, meetings: list[Meeting], now_ns: int) -> list[Trade]:
        """One trade a price."""
        trades = []
        for bucket, (price, group) in enumerate(by_price(meetings).items()):
            trade = self._trade(state, taker.order, price, group, bucket, now_ns)
            for meeting in group:
                self._take(state, meeting, trade.trade)
            taker.remaining = Shares(taker.remaining - trade.size)
            taker.trades = (*taker.trades, trade.trade)
            self._settlement.matched(state, trade, now_ns)
            trades.append(trade)
        return trades

    def _trade(
        self, state: MarketState, order: NewOrder, price: Price, group: list[Meeting], bucket: int, now_ns: int
    ) -> Trade:
        size = total(group)
        return Trade(
            trade=self._new_trade_id(),
            market=order.market,
            taker_order=order.order,
            taker_owner=order.owner,
            taker_wallet=order.wallet,
            outcome=order.outcome,
            side=order.side,
            price=price,
            size=size,
            fee=state.listing.market.fees.taker_fee(price, size),
            bucket=bucket,
            makers=tuple(_maker_part(meeting) for meeting in group),
            status=TradeStatus.MATCHED,
            matched_ns=now_ns,
            updated_ns=now_ns,
        )

    def _take(self, state: MarketState, meeting: Meeting, trade: TradeId) -> None:
        maker, register = meeting.maker, self._register
        account = register.vault.accounts[maker.order.wallet]
        before = maker.remaining
        state.book.take(meeting)
        register.touch(state, maker)
        account.reduce_promise(maker, before)
        maker.trades = (*maker.trades, trade)
        if maker.remaining < LOT:
            register.leave(account, maker)
            maker.status = OrderStatus.MATCHED
            register.history.ended(maker.view())

    def _new_trade_id(self) -> TradeId:
        digits = f"{self._ids.getrandbits(128):032x}"
        return TradeId(f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}")


def _maker_part(meeting: Meeting) -> MakerPart:
    order = meeting.maker.order
    return MakerPart(order.order, order.owner, order.wallet, order.outcome, order.side, order.price, meeting.size)


def _placed(order: NewOrder, trades: list[Trade]) -> Placed:
    shares = sum(trade.size for trade in trades)
    cash = sum(notional(trade.price, trade.size) for trade in trades)
    status = OrderStatus.MATCHED if trades else OrderStatus.LIVE
    paid, received = (cash, shares) if order.side is Side.BUY else (shares, cash)
    return Placed(order.order, status, paid, received, tuple(trade.trade for trade in trades))
