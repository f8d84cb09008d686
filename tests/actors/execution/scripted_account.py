"""An account at a venue that does what a test says: a `LiveAccount` on virtual time, with faults and delays.

Left alone it is a venue where all goes well: what is posted rests, what is cancelled is gone, and the test says what is
matched. `answers.<call>.next(...)` puts answers in the way of one kind of call, `there_ns` and `back_ns` delay it.
"""

from collections import deque
from collections.abc import Collection, Coroutine, Sequence

import trio
from attrs import Factory, define, evolve

from actors.execution.live.account import Deliver, Named, nobody_asks
from actors.execution.live.words import (
    AskFailed,
    CancelOutcome,
    InDoubt,
    NoSuchOrder,
    NotSent,
    NotSigned,
    OwnPart,
    PostOutcome,
    Taken,
    UserFeedUp,
    UserNews,
    VenueBalances,
    VenueOrder,
    VenueOrderStatus,
    VenueTrade,
    VenueTradeStatus,
)
from messages.fills import Liquidity
from messages.identity import MarketId, Outcome, Side, TradeId, VenueOrderId
from messages.orders import Order
from messages.units import Cash, Price, Shares, TickSize, notional, proceeds
from tests.actors.execution.scripted_answers import Answers

MOVED = (VenueTradeStatus.MINED, VenueTradeStatus.CONFIRMED)


@define(eq=False)
class AllAnswers:
    sign: Answers[VenueOrderId | NotSigned] = Factory(Answers)
    post: Answers[tuple[PostOutcome, ...]] = Factory(Answers)
    cancel: Answers[CancelOutcome | AskFailed] = Factory(Answers)
    look_up: Answers[VenueOrder | NoSuchOrder | AskFailed] = Factory(Answers)
    open_orders: Answers[tuple[VenueOrder, ...] | AskFailed] = Factory(Answers)
    trades: Answers[tuple[VenueTrade, ...] | AskFailed] = Factory(Answers)
    balances: Answers[VenueBalances | AskFailed] = Factory(Answers)
    beat: Answers[AskFailed | None] = Factory(Answers)


@define(eq=False)
class ScriptedAccount:
    """`orders` and `trades_done` are what the venue has, `cash` and `shares` what the chain has.

    `outcomes` are those of the next orders posted, one each; `has_doubtful` says whether the venue has those that are
    `InDoubt`. `told` is what `listen` delivered; with `tells_news` it also delivers what the test has happen,
    and with `comes_up` each listening begins with a `UserFeedUp`; `ends_listening` has one end at the next news.
    """

    cash: Cash = Cash(0)
    answers: AllAnswers = Factory(AllAnswers)
    orders: dict[VenueOrderId, VenueOrder] = Factory(dict)
    trades_done: dict[TradeId, VenueTrade] = Factory(dict)
    shares: dict[tuple[MarketId, Outcome], Shares] = Factory(dict)
    signed: dict[VenueOrderId, Order] = Factory(dict)
    posted: list[tuple[VenueOrderId, ...]] = Factory(list)
    withdrawn: list[tuple[VenueOrderId, ...]] = Factory(list)
    asked_since_ns: list[int] = Factory(list)
    outcomes: deque[PostOutcome] = Factory(deque)
    tick_sizes: dict[MarketId, TickSize] = Factory(dict)
    has_doubtful: bool = True
    tells_news: bool = True
    comes_up: bool = False
    ends_listening: bool = False
    told: list[UserNews] = Factory(list)
    listeners: int = 0
    listens: int = 0
    _to_tell: deque[UserNews | Exception] = Factory(deque)
    _news: trio.Event = Factory(trio.Event)

    # What a test has happen

    def say(self, *news: UserNews | Exception) -> None:
        """Told to whoever listens, now or next; an exception ends the listening."""
        self._to_tell.extend(news)
        self._news.set()

    def change(self, order: VenueOrder) -> None:
        self.orders[order.venue_order] = order
        self._happened(order)

    def match(
        self,
        venue_order: VenueOrderId,
        trade: str,
        size: Shares,
        *,
        fee: Cash = Cash(0),
        price: Price | None = None,
        at_ns: int = 0,
        liquidity: Liquidity = Liquidity.MAKER,
    ) -> VenueTrade:
        """A part of an order is matched; the chain knows nothing yet. Raises `KeyError`."""
        order = self.orders[venue_order]
        matched = Shares(order.matched + size)
        status = VenueOrderStatus.MATCHED if matched >= order.size else order.status
        price = order.price if price is None else price
        part = OwnPart(venue_order, order.market, order.outcome, order.side, price, size, fee, liquidity)
        self.change(evolve(order, matched=matched, status=status))
        done = VenueTrade(TradeId(trade), VenueTradeStatus.MATCHED, (part,), at_ns)
        return self._now_is(done)

    def becomes(self, trade: str, status: VenueTradeStatus) -> VenueTrade:
        """The trade goes on; the chain's balances move when it is MINED (or CONFIRMED at once), and back if it FAILED.
        Raises `KeyError`."""
        before = self.trades_done[TradeId(trade)]
        if before.status not in MOVED and status in MOVED:
            self._move(before, 1)
        if before.status in MOVED and status not in MOVED:
            self._move(before, -1)
        return self._now_is(evolve(before, status=status))

    def _now_is(self, trade: VenueTrade) -> VenueTrade:
        self.trades_done[trade.trade] = trade
        self._happened(trade)
        return trade

    def _move(self, trade: VenueTrade, sign: int) -> None:
        for part in trade.parts:
            is_buy = part.side is Side.BUY
            money = -notional(part.price, part.size) if is_buy else proceeds(part.price, part.size)
            self.cash = Cash(self.cash + sign * (money - part.fee))
            held = self.shares.get((part.market, part.outcome), Shares(0))
            self.shares[part.market, part.outcome] = Shares(held + sign * (part.size if is_buy else -part.size))

    def _happened(self, news: VenueOrder | VenueTrade) -> None:
        if self.tells_news:
            self.say(news)

    def take_news(self) -> list[UserNews]:
        """What would be told now, for a test that tells it itself."""
        news = [each for each in self._to_tell if not isinstance(each, Exception)]
        self._to_tell.clear()
        return news

    # What execution asks of it

    def sign(self, order: Order, named: Named = nobody_asks) -> Coroutine[object, object, VenueOrderId | NotSigned]:
        venue_order = VenueOrderId(f"0x{len(self.signed) + 1:064x}")
        self.signed[venue_order] = order
        named(venue_order)
        return self.answers.sign.given(lambda: venue_order)

    def tick_size_changed(self, market: MarketId, tick_size: TickSize) -> None:
        self.tick_sizes[market] = tick_size

    async def post(self, orders: Sequence[VenueOrderId]) -> tuple[PostOutcome, ...]:
        self.posted.append(tuple(orders))
        return await self.answers.post.given(lambda: tuple(map(self._post, orders)))

    def _post(self, venue_order: VenueOrderId) -> PostOutcome:
        if venue_order not in self.signed or venue_order in self.orders:
            return NotSent("not signed, or sent before")
        outcome = self.outcomes.popleft() if self.outcomes else Taken(is_resting=True)
        if isinstance(outcome, Taken) or (isinstance(outcome, InDoubt) and self.has_doubtful):
            order = self.signed[venue_order]
            terms = (order.market, order.outcome, order.side, order.price, order.size)
            self.change(VenueOrder(venue_order, *terms, Shares(0), VenueOrderStatus.LIVE))
        return outcome

    async def cancel(self, orders: Sequence[VenueOrderId]) -> CancelOutcome | AskFailed:
        self.withdrawn.append(tuple(orders))
        return await self.answers.cancel.given(lambda: self._cancel(tuple(orders)))

    async def cancel_everything(self) -> CancelOutcome | AskFailed:
        def cancel() -> CancelOutcome:
            return self._cancel(tuple(each.venue_order for each in self.orders.values() if each.status.is_open))

        return await self.answers.cancel.given(cancel)

    def _cancel(self, orders: tuple[VenueOrderId, ...]) -> CancelOutcome:
        cancelled = [each for each in orders if each in self.orders and self.orders[each].status.is_open]
        for each in cancelled:
            self.change(evolve(self.orders[each], status=VenueOrderStatus.CANCELLED))
        not_cancelled = tuple((each, "not found or already gone") for each in orders if each not in cancelled)
        return CancelOutcome(tuple(cancelled), not_cancelled)

    async def look_up(self, order: VenueOrderId) -> VenueOrder | NoSuchOrder | AskFailed:
        return await self.answers.look_up.given(lambda: self.orders.get(order, NoSuchOrder()))

    async def open_orders(self) -> tuple[VenueOrder, ...] | AskFailed:
        def read() -> tuple[VenueOrder, ...]:
            return tuple(each for each in self.orders.values() if each.status.is_open)

        return await self.answers.open_orders.given(read)

    async def trades(self, since_ns: int) -> tuple[VenueTrade, ...] | AskFailed:
        self.asked_since_ns.append(since_ns)

        def read() -> tuple[VenueTrade, ...]:
            return tuple(each for each in self.trades_done.values() if each.matched_ns >= since_ns)

        return await self.answers.trades.given(read)

    async def balances(self, markets: Collection[MarketId]) -> VenueBalances | AskFailed:
        def read() -> VenueBalances:
            held = tuple(
                (market, outcome, self.shares.get((market, outcome), Shares(0)))
                for market in markets
                for outcome in Outcome
            )
            return VenueBalances(self.cash, held)

        return await self.answers.balances.given(read)

    async def beat(self) -> AskFailed | None:
        return await self.answers.beat.given(lambda: None)

    async def listen(self, deliver: Deliver) -> None:
        self.listeners += 1
        self.listens += 1
        try:
            assert self.listeners == 1, "one caller at a time"
            if self.comes_up:
                self._to_tell.appendleft(UserFeedUp(0))
            while True:
                while self._to_tell:
                    news = self._to_tell.popleft()
                    if isinstance(news, Exception):
                        raise news
                    self.told.append(news)
                    waiting = deliver(news)
                    if waiting is not None:
                        await waiting
                await self._news.wait()
                self._news = trio.Event()
                if self.ends_listening:
                    self.ends_listening = False
                    return
        finally:
            self.listeners -= 1
