"""The exchange itself: listings, books, wallets and the settlement of trades, with no clock and no I/O.

Every call brings the time, which must not go back. What an operation changes is told to the listeners when it is
complete: the book first, then the orders, then the trades. A listener that gives orders itself is served after those
who came before it have heard everything.
"""

import random
from collections import deque
from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from messages.identity import EventId, MarketId, OrderId, Outcome, Side, TokenId, TradeId
from messages.market_data import Level
from messages.units import LOT, PRICE_SCALE, Cash, Price, Shares, TickSize, notional
from polyactors.exchange import admission
from polyactors.exchange.accounts.account import Account
from polyactors.exchange.accounts.vault import Totals, Vault
from polyactors.exchange.agenda import Agenda
from polyactors.exchange.history import History
from polyactors.exchange.market_state import MarketState, last_price_text
from polyactors.exchange.matching.book import Meeting
from polyactors.exchange.matching.resting import OpenOrder, as_open
from polyactors.exchange.rebates import RebatesDue
from polyactors.exchange.settings import ExchangeSettings, SelfTrade
from polyactors.exchange.words import (
    ApiKey,
    BookChanged,
    CancelOutcome,
    EventListing,
    ExchangeEvent,
    Holding,
    Listing,
    MakerPart,
    MarketOpened,
    MarketResolved,
    NewOrder,
    OrderEvent,
    OrderReported,
    OrderStatus,
    OrderType,
    OrderView,
    Placed,
    Refused,
    TickSizeChanged,
    Trade,
    TradeReported,
    TradeStatus,
    TradingMode,
    TransferKind,
    Transferred,
    Wallet,
)

Listener = Callable[[ExchangeEvent], None]

HALF = Price(PRICE_SCALE // 2)
GONE = "order can't be found - already canceled or matched"
HELD = "order is delayed - it can't be canceled before it is executed"


@frozen
class Expire:
    order: OrderId


@frozen
class Execute:
    """A taker's delay is over."""

    order: OrderId


@frozen
class MoveOn:
    """A trade takes its next step towards settlement."""

    trade: TradeId


@frozen
class EndPostOnly:
    """The time after a restart in which nobody takes is over."""


@frozen
class PayRebates:
    pass


Step = Expire | Execute | MoveOn | EndPostOnly | PayRebates


class Exchange:
    """Raises `KeyError` for a market that was never listed; what a client can get wrong is answered with `Refused`."""

    def __init__(self, settings: ExchangeSettings, seed: int, now_ns: int) -> None:
        self.settings = settings
        self.mode = TradingMode.NORMAL
        self.post_only_until_ns: int | None = None
        self.listeners: list[Listener] = []
        self.listings: dict[MarketId, Listing] = {}
        self.events: dict[EventId, EventListing] = {}
        self.vault = Vault()
        self._random = random.Random(f"exchange {seed}")
        self._markets: dict[MarketId, MarketState] = {}
        self._tokens: dict[TokenId, tuple[Listing, Outcome]] = {}
        self._open: dict[OrderId, OpenOrder] = {}
        self._by_owner: dict[ApiKey, dict[OrderId, OpenOrder]] = {}
        self._history = History(settings)
        self._pending: dict[TradeId, Trade] = {}
        self._failing: set[TradeId] = set()
        self._to_fail = 0
        self._rebates = RebatesDue()
        self._agenda: Agenda[Step] = Agenda()
        self._agenda.plan("rebates", now_ns + settings.rebates_every_ns, PayRebates())
        self._news: deque[ExchangeEvent] = deque()
        self._is_telling = False
        self._sequence = 0

    def list_event(self, event: EventListing, now_ns: int) -> None:
        self.events[event.event] = event

    def list_market(self, listing: Listing, now_ns: int) -> None:
        """A new market; its event, if it is a negRisk one, has to be there already."""
        market = listing.market
        if market.market in self._markets:
            raise ValueError(f"market {market.market} is listed already")
        pool = f"event {market.event}" if market.neg_risk else market.market
        self.listings[market.market] = listing
        self._markets[market.market] = MarketState(
            listing, pool, market.tick_size, takes_orders=market.accepting_orders
        )
        for outcome in Outcome:
            self._tokens[market.token(outcome)] = (listing, outcome)
        self._tell(MarketOpened(listing, now_ns))

    def listing_of(self, token: TokenId) -> tuple[Listing, Outcome] | None:
        return self._tokens.get(token)

    def tick_size(self, market: MarketId) -> TickSize:
        return self._markets[market].tick_size

    def change_tick_size(self, market: MarketId, tick_size: TickSize, now_ns: int) -> None:
        """Orders that rest off the new grid stay where they are (polymarket.md 3.2)."""
        state = self._markets[market]
        if tick_size != state.tick_size:
            old, state.tick_size = state.tick_size, tick_size
            self._tell(TickSizeChanged(market, old, tick_size, now_ns))

    def is_accepting(self, market: MarketId, now_ns: int) -> bool:
        state = self._markets[market]
        return state.takes_orders and state.listing.accepts_from_ms * 1_000_000 <= now_ns

    def stop_orders(self, market: MarketId, now_ns: int) -> None:
        """No more orders, and what rests is cancelled; the market is not resolved by that."""
        state = self._markets[market]
        state.takes_orders = False
        self._end_all(state, OrderStatus.CANCELED, now_ns)

    def resolve(self, market: MarketId, yes_payout: Price, now_ns: int) -> None:
        """Once and for all: later calls for the same market change nothing. Raises `ValueError` for another payout than
        0, a half or 1."""
        if yes_payout not in (0, HALF, PRICE_SCALE):
            raise ValueError(f"a YES share pays 0, {HALF} or {PRICE_SCALE}, not {yes_payout}")
        state = self._markets[market]
        if state.yes_payout is not None:
            return
        state.takes_orders = False
        state.yes_payout = yes_payout
        self._end_all(state, OrderStatus.CANCELED_MARKET_RESOLVED, now_ns)
        self._tell(MarketResolved(market, yes_payout, now_ns))

    def resolution(self, market: MarketId) -> Price | None:
        return self._markets[market].yes_payout

    def last_trade(self, market: MarketId) -> tuple[Outcome, Price, Side] | None:
        return self._markets[market].last_trade

    def last_trade_price(self, market: MarketId) -> str:
        """As in the books of both tokens: the price that the last taker had, with three decimals, or nothing."""
        last = self._markets[market].last_trade
        return "" if last is None else last_price_text(last[1])

    def bids(self, market: MarketId, outcome: Outcome) -> list[tuple[Price, Shares]]:
        """Price and size of each level, best first."""
        return self._markets[market].book.bids(outcome)

    def best_bid(self, market: MarketId, outcome: Outcome) -> Price:
        """0 when nobody bids."""
        return self._markets[market].book.best_bid(outcome)

    def set_mode(self, mode: TradingMode, now_ns: int) -> None:
        """After a restart nobody takes for two minutes (polymarket.md 2.6)."""
        was, self.mode = self.mode, mode
        self.post_only_until_ns = None
        self._agenda.drop("mode")
        if was is TradingMode.RESTARTING and mode is TradingMode.NORMAL:
            wait_ns = self.settings.post_only_after_restart_ns
            if wait_ns:
                self.mode = TradingMode.POST_ONLY
                self.post_only_until_ns = now_ns + wait_ns
                self._agenda.plan("mode", self.post_only_until_ns, EndPostOnly())

    def submit(self, order: NewOrder, now_ns: int) -> Placed | Refused:
        state = self._markets.get(order.market)
        if state is None:
            return admission.NO_BOOK
        refused = admission.refused_by_mode(self.mode, is_post_only=order.post_only)
        if refused is not None:
            return refused
        if order.order in self._open or self._history.order(order.order) is not None:
            return admission.duplicated(order)
        refused = admission.refused_by_form(order, state, self.settings, now_ns)
        if refused is not None:
            return refused
        self._sequence += 1
        taker = as_open(order, now_ns, self._sequence)
        account = self._account(order.wallet, now_ns)
        takes = state.book.crosses(taker)
        if takes:
            refused = self._refused_as_taker(state, taker)
        elif order.order_type is OrderType.FOK:
            refused = admission.FOK_NOT_FILLED
        elif order.order_type is OrderType.FAK:
            refused = admission.FAK_NOT_FILLED
        if refused is not None:
            self._flush(now_ns)
            return refused
        meetings = self._meetings(state, taker) if takes else []
        refused = self._refused_by_outcome(taker, meetings) or self._refused_by_balance(state, account, taker, meetings)
        if refused is not None:
            self._flush(now_ns)
            return refused
        if takes and state.listing.taker_delay_ns:
            return self._delay(state, account, taker, now_ns)
        return self._carry_out(state, account, taker, meetings, now_ns)

    def cancel(self, orders: Sequence[OrderId], owner: ApiKey, now_ns: int) -> CancelOutcome:
        """Orders of others are not found."""
        canceled: list[OrderId] = []
        failed: list[tuple[OrderId, str]] = []
        for order_id in dict.fromkeys(orders):
            found = self._open.get(order_id)
            if found is None or found.order.owner != owner:
                failed.append((order_id, GONE))
            elif found.status is OrderStatus.DELAYED:
                failed.append((order_id, HELD))
            else:
                self._end(found, OrderStatus.CANCELED, now_ns)
                canceled.append(order_id)
        self._flush(now_ns)
        return CancelOutcome(tuple(canceled), tuple(failed))

    def cancel_all(
        self, owner: ApiKey, now_ns: int, market: MarketId | None = None, outcome: Outcome | None = None
    ) -> CancelOutcome:
        meant = [
            open_order.order.order
            for open_order in self._by_owner.get(owner, {}).values()
            if (market is None or open_order.order.market == market)
            and (outcome is None or open_order.order.outcome is outcome)
        ]
        return self.cancel(meant, owner, now_ns)

    def order(self, order: OrderId) -> OrderView | None:
        """One that is open, or that ended not too long ago."""
        found = self._open.get(order)
        return self._history.order(order) if found is None else found.view()

    def open_orders(self, owner: ApiKey | None = None, market: MarketId | None = None) -> tuple[OrderView, ...]:
        """In the order of arrival."""
        among = self._open if owner is None else self._by_owner.get(owner, {})
        return tuple(found.view() for found in among.values() if market is None or found.order.market == market)

    def trade(self, trade: TradeId) -> Trade | None:
        return self._history.trade(trade)

    def trades_of(self, owner: ApiKey, most: int | None = None) -> tuple[Trade, ...]:
        """Newest first, as far back as is kept."""
        return self._history.trades_of(owner, most)

    def recent_trades(self, market: MarketId) -> tuple[Trade, ...]:
        """Newest first, as they were when they matched."""
        return tuple(self._markets[market].recent)

    def cash(self, wallet: Wallet, now_ns: int) -> Cash:
        return Cash(self._account(wallet, now_ns).cash)

    def shares(self, wallet: Wallet, market: MarketId, outcome: Outcome) -> Shares:
        """Settled shares."""
        account = self.vault.accounts.get(wallet)
        return Shares(0 if account is None else account.shares.get((market, outcome), 0))

    def holdings(self, wallet: Wallet) -> tuple[Holding, ...]:
        account = self.vault.accounts.get(wallet)
        if account is None:
            return ()
        return tuple(
            Holding(
                self.listings[market].market.token(outcome),
                market,
                outcome,
                Shares(settled),
                account.promised_shares(market, outcome),
            )
            for (market, outcome), settled in account.shares.items()
            if settled and market in self.listings
        )

    def promised_cash(self, wallet: Wallet, market: MarketId) -> Cash:
        """What the wallet's open BUY orders in the market may still cost."""
        account = self.vault.accounts.get(wallet)
        return Cash(0) if account is None else account.promised_cash(market)

    def totals(self) -> Totals:
        return self.vault.totals()

    def deposit(self, wallet: Wallet, cash: Cash, now_ns: int) -> None:
        self._pay_in(self._account(wallet, now_ns), cash, TransferKind.DEPOSIT, None, now_ns)

    def pay_reward(self, wallet: Wallet, market: MarketId, cash: Cash, now_ns: int) -> None:
        """Liquidity rewards come from outside, as a deposit does."""
        self._pay_in(self._account(wallet, now_ns), cash, TransferKind.REWARD, market, now_ns)

    def split(self, wallet: Wallet, market: MarketId, shares: Shares, now_ns: int) -> Refused | None:
        """Cash becomes whole sets. Promised cash can be used: the orders that it backed are cancelled then."""
        state, account = self._markets[market], self._account(wallet, now_ns)
        if shares <= 0:
            return admission.BAD_PAYLOAD
        if account.cash < shares:
            return admission.not_enough(account.cash, shares)
        self.vault.split(account, market, shares, state.pool)
        self._transferred(TransferKind.SPLIT, account, market, shares, Cash(-shares), now_ns)
        return None

    def merge(self, wallet: Wallet, market: MarketId, shares: Shares, now_ns: int) -> Refused | None:
        state, account = self._markets[market], self._account(wallet, now_ns)
        if shares <= 0:
            return admission.BAD_PAYLOAD
        owned = min(account.shares.get((market, outcome), 0) for outcome in Outcome)
        if owned < shares:
            return admission.not_enough(owned, shares)
        self.vault.merge(account, market, shares, state.pool)
        self._transferred(TransferKind.MERGE, account, market, shares, Cash(shares), now_ns)
        return None

    def redeem(self, wallet: Wallet, market: MarketId, now_ns: int) -> Cash | Refused:
        """All shares of a resolved market for what they pay; shares that lost pay nothing."""
        state, account = self._markets[market], self._account(wallet, now_ns)
        if state.yes_payout is None:
            return Refused(admission.BAD_REQUEST, "the market is not resolved")
        burned = Shares(sum(account.shares.get((market, outcome), 0) for outcome in Outcome))
        cash = self.vault.redeem(account, market, state.yes_payout, state.pool)
        self._transferred(TransferKind.REDEEM, account, market, burned, cash, now_ns)
        return cash

    def convert(
        self, wallet: Wallet, event: EventId, markets: Sequence[MarketId], shares: Shares, now_ns: int
    ) -> Refused | None:
        """NO shares of some of a negRisk event's markets become YES shares of all the others, and cash."""
        account = self._account(wallet, now_ns)
        members = [state for state in self._markets.values() if state.listing.market.event == event]
        given = tuple(dict.fromkeys(markets))
        names = {state.listing.market.market for state in members}
        if not given or shares <= 0 or not names.issuperset(given) or not members[0].listing.market.neg_risk:
            return admission.BAD_PAYLOAD
        owned = min(account.shares.get((market, Outcome.NO), 0) for market in given)
        if owned < shares:
            return admission.not_enough(owned, shares)
        gained = tuple(state.listing.market.market for state in members if state.listing.market.market not in given)
        cash = self.vault.convert(account, given, gained, shares, members[0].pool)
        self._transferred(TransferKind.CONVERSION, account, given[0], shares, cash, now_ns)
        return None

    def fail_next_trades(self, count: int) -> None:
        """A fault: so many of the next trades go from MATCHED to RETRYING to FAILED, and are reversed."""
        self._to_fail = count

    def advance(self, now_ns: int) -> None:
        """Does everything that is due at `now_ns` or before."""
        while (due := self._agenda.pop_due(now_ns)) is not None:
            due_ns, step = due
            match step:
                case Expire(order):
                    self._end(self._open[order], OrderStatus.CANCELED_EXPIRED_ORDER, due_ns)
                    self._flush(due_ns)
                case Execute(order):
                    self._execute_delayed(self._open[order], due_ns)
                case MoveOn(trade):
                    self._move_on(self._pending[trade], due_ns)
                case EndPostOnly():
                    self.mode = TradingMode.NORMAL
                    self.post_only_until_ns = None
                case PayRebates():
                    self._pay_rebates(due_ns)

    def next_due_ns(self) -> int | None:
        return self._agenda.next_due_ns()

    def _account(self, wallet: Wallet, now_ns: int) -> Account:
        """Whoever comes for the first time is given some cash."""
        account = self.vault.accounts.get(wallet)
        if account is None:
            account = self.vault.open(wallet)
            if self.settings.first_credit:
                self._pay_in(account, self.settings.first_credit, TransferKind.DEPOSIT, None, now_ns)
        return account

    def _refused_as_taker(self, state: MarketState, taker: OpenOrder) -> Refused | None:
        if taker.order.post_only:
            return admission.CROSSES
        refused = admission.refused_as_too_small(taker.order, self.settings)
        if refused is not None or self.settings.self_trade is SelfTrade.ALLOW:
            return refused
        own = [
            meeting.maker for meeting in state.book.meetings(taker) if meeting.maker.order.wallet == taker.order.wallet
        ]
        if own and self.settings.self_trade is SelfTrade.REFUSE:
            return admission.SELF_TRADE
        return None

    def _meetings(self, state: MarketState, taker: OpenOrder) -> list[Meeting]:
        budget = taker.order.budget
        without = None if self.settings.self_trade is SelfTrade.ALLOW else taker.order.wallet
        return state.book.meetings(taker, budget, without)

    def _refused_by_outcome(self, taker: OpenOrder, meetings: list[Meeting]) -> Refused | None:
        """Whether what it would take is too little for its type."""
        match taker.order.order_type:
            case OrderType.FOK:
                return None if self._is_filled(taker, meetings) else admission.FOK_NOT_FILLED
            case OrderType.FAK:
                return None if meetings else admission.FAK_NOT_FILLED
            case _:
                return None

    def _is_filled(self, taker: OpenOrder, meetings: list[Meeting]) -> bool:
        """Less than a lot may be missing: of the shares, or of what the budget would buy of them."""
        if not meetings:
            return False
        if taker.remaining - sum(meeting.size for meeting in meetings) < LOT:
            return True
        budget = taker.order.budget
        if budget is None:
            return False
        spent = sum(notional(meeting.price, meeting.size) for meeting in meetings)
        return budget - spent < notional(taker.order.price, LOT)

    def _refused_by_balance(
        self, state: MarketState, account: Account, taker: OpenOrder, meetings: list[Meeting]
    ) -> Refused | None:
        order = taker.order
        taken = sum(meeting.size for meeting in meetings)
        rest = Shares(taker.remaining - taken) if order.order_type.rests else Shares(0)
        if order.side is Side.SELL:
            free, wanted = int(account.free_shares(order.market, order.outcome)), taken + rest
        else:
            fees = state.listing.market.fees
            cost = sum(
                notional(meeting.price, meeting.size) + fees.taker_fee(meeting.price, meeting.size)
                for meeting in meetings
            )
            free, wanted = int(account.free_cash(order.market)), cost + notional(order.price, rest)
        return None if wanted <= free else admission.not_enough(free, wanted)

    def _delay(self, state: MarketState, account: Account, taker: OpenOrder, now_ns: int) -> Placed:
        """What would take waits first, its funds promised, out of its owner's reach (polymarket.md 3.4)."""
        taker.status = OrderStatus.DELAYED
        self._enter(account, taker)
        self._agenda.plan(
            f"execute {taker.order.order}", now_ns + state.listing.taker_delay_ns, Execute(taker.order.order)
        )
        self._report(OrderEvent.PLACEMENT, taker, now_ns)
        self._flush(now_ns)
        return Placed(taker.order.order, OrderStatus.DELAYED, 0, 0)

    def _execute_delayed(self, taker: OpenOrder, now_ns: int) -> None:
        state, account = self._markets[taker.order.market], self.vault.accounts[taker.order.wallet]
        self._leave(account, taker)
        meetings = self._meetings(state, taker) if state.book.crosses(taker) else []
        refused = self._refused_by_outcome(taker, meetings)
        short = self._refused_by_balance(state, account, taker, meetings)
        if refused is not None or short is not None:
            taker.status = OrderStatus.UNMATCHED if refused is not None else OrderStatus.CANCELED_NOT_ENOUGH_BALANCE
            self._report(OrderEvent.CANCELLATION, taker, now_ns)
            self._history.ended(taker.view())
            self._flush(now_ns)
            return
        taker.status = OrderStatus.LIVE
        self._carry_out(state, account, taker, meetings, now_ns, was_delayed=True)

    def _carry_out(
        self,
        state: MarketState,
        account: Account,
        taker: OpenOrder,
        meetings: list[Meeting],
        now_ns: int,
        *,
        was_delayed: bool = False,
    ) -> Placed:
        """Take what is there to take, rest or drop what is left."""
        order = taker.order
        if self.settings.self_trade is SelfTrade.CANCEL_RESTING:
            for own in state.book.own_in_the_way(taker):
                self._end(own, OrderStatus.CANCELED, now_ns)
        trades, makers = self._match(state, taker, meetings, now_ns) if meetings else ([], [])
        taken = Shares(sum(trade.size for trade in trades))
        amount = sum(notional(trade.price, trade.size) for trade in trades)
        left_to_rest = order.order_type.rests and taker.remaining >= LOT
        placed_as = OrderEvent.UPDATE if was_delayed else OrderEvent.PLACEMENT
        if left_to_rest:
            self._enter(account, taker)
            state.book.rest(taker)
            state.touched[taker.bids_for, taker.bid] = None
            ends_ns = admission.ends_at_ns(order, self.settings)
            if ends_ns is not None:
                self._agenda.plan(f"expire {order.order}", ends_ns, Expire(order.order))
        else:
            taker.status = OrderStatus.MATCHED
            self._history.ended(taker.view())
        self._report(placed_as, taker, now_ns)
        for maker in makers:
            self._report(OrderEvent.UPDATE, maker, now_ns)
        for trade in trades:
            self._news.append(TradeReported(trade, now_ns))
        if trades:
            self._drop_unbacked({order.wallet, *(maker.order.wallet for maker in makers)}, now_ns)
        self._flush(now_ns, placed_on=order.outcome, by_trade=bool(trades))
        status = OrderStatus.MATCHED if trades else OrderStatus.LIVE
        paid, received = (amount, taken) if order.side is Side.BUY else (taken, amount)
        return Placed(order.order, status, paid, received, tuple(trade.trade for trade in trades))

    def _match(
        self, state: MarketState, taker: OpenOrder, meetings: list[Meeting], now_ns: int
    ) -> tuple[list[Trade], list[OpenOrder]]:
        """One trade a price. The makers come once each, in the order of the book."""
        levels: dict[Price, list[Meeting]] = {}
        for meeting in meetings:
            levels.setdefault(meeting.price, []).append(meeting)
        trades = []
        for bucket, (price, group) in enumerate(levels.items()):
            trade = self._trade(state, taker, price, group, bucket, now_ns)
            for meeting in group:
                self._take(state, meeting, trade.trade)
            taker.remaining = Shares(taker.remaining - trade.size)
            taker.trades = (*taker.trades, trade.trade)
            self.vault.hold(trade)
            self._pending[trade.trade] = trade
            self._history.traded(trade)
            state.recent.appendleft(trade)
            state.last_trade = (trade.outcome, trade.price, trade.side)
            if self._to_fail:
                self._to_fail -= 1
                self._failing.add(trade.trade)
            self._agenda.plan(f"trade {trade.trade}", now_ns + self.settings.mined_after_ns, MoveOn(trade.trade))
            trades.append(trade)
        return trades, list({meeting.maker.order.order: meeting.maker for meeting in meetings}.values())

    def _trade(
        self, state: MarketState, taker: OpenOrder, price: Price, group: list[Meeting], bucket: int, now_ns: int
    ) -> Trade:
        order = taker.order
        size = Shares(sum(meeting.size for meeting in group))
        makers = tuple(
            MakerPart(
                meeting.maker.order.order,
                meeting.maker.order.owner,
                meeting.maker.order.wallet,
                meeting.maker.order.outcome,
                meeting.maker.order.side,
                meeting.maker.order.price,
                meeting.size,
            )
            for meeting in group
        )
        return Trade(
            self._new_trade_id(),
            order.market,
            order.order,
            order.owner,
            order.wallet,
            order.outcome,
            order.side,
            price,
            size,
            state.listing.market.fees.taker_fee(price, size),
            bucket,
            makers,
            TradeStatus.MATCHED,
            now_ns,
            now_ns,
        )

    def _take(self, state: MarketState, meeting: Meeting, trade: TradeId) -> None:
        maker = meeting.maker
        account = self.vault.accounts[maker.order.wallet]
        before = maker.remaining
        state.book.take(meeting)
        state.touched[maker.bids_for, maker.bid] = None
        account.reduce_promise(maker, before)
        maker.trades = (*maker.trades, trade)
        if maker.remaining < LOT:
            self._leave(account, maker)
            maker.status = OrderStatus.MATCHED
            self._history.ended(maker.view())

    def _move_on(self, trade: Trade, now_ns: int) -> None:
        """MATCHED to MINED to CONFIRMED; or to RETRYING to FAILED, and back."""
        state = self._markets[trade.market]
        match trade.status:
            case TradeStatus.MATCHED if trade.trade in self._failing:
                later = evolve(trade, status=TradeStatus.RETRYING, updated_ns=now_ns)
                self._plan_next(later, self.settings.failed_after_ns, now_ns)
            case TradeStatus.MATCHED:
                transaction = f"0x{self._random.getrandbits(256):064x}"
                later = evolve(trade, status=TradeStatus.MINED, updated_ns=now_ns, transaction=transaction)
                self.vault.settle(trade, state.pool)
                self._rebates.earned(trade, state.listing.rebate_ppm)
                self._plan_next(later, self.settings.confirmed_after_ns, now_ns)
            case TradeStatus.RETRYING:
                later = evolve(trade, status=TradeStatus.FAILED, updated_ns=now_ns)
                self.vault.give_back(trade)
                self._failing.discard(trade.trade)
                del self._pending[trade.trade]
            case _:
                later = evolve(trade, status=TradeStatus.CONFIRMED, updated_ns=now_ns)
                del self._pending[trade.trade]
        self._history.traded(later)
        self._news.append(TradeReported(later, now_ns))
        self._flush(now_ns)

    def _plan_next(self, trade: Trade, after_ns: int, now_ns: int) -> None:
        self._pending[trade.trade] = trade
        self._agenda.plan(f"trade {trade.trade}", now_ns + after_ns, MoveOn(trade.trade))

    def _pay_rebates(self, now_ns: int) -> None:
        self._agenda.plan("rebates", now_ns + self.settings.rebates_every_ns, PayRebates())
        for wallet, market, cash in self._rebates.pay_day():
            account = self.vault.accounts[wallet]
            self.vault.pay_from_fees(account, cash)
            self._transferred(TransferKind.MAKER_REBATE, account, market, Shares(0), cash, now_ns)

    def _drop_unbacked(self, wallets: set[Wallet], now_ns: int) -> None:
        """Orders whose cash or shares went elsewhere are cancelled, newest first (polymarket.md 3.2)."""
        for wallet in sorted(wallets):
            account = self.vault.accounts[wallet]
            for market in [market for market in account.open_orders if account.is_short(market)]:
                newest_first = sorted(account.open_orders[market].values(), key=_by_sequence, reverse=True)
                for order in newest_first:
                    if order.status is OrderStatus.LIVE and account.lacks_backing(order):
                        self._end(order, OrderStatus.CANCELED_NOT_ENOUGH_BALANCE, now_ns)

    def _end_all(self, state: MarketState, status: OrderStatus, now_ns: int) -> None:
        market = state.listing.market.market
        for order in [found for found in self._open.values() if found.order.market == market]:
            self._end(order, status, now_ns)
        self._flush(now_ns)

    def _end(self, order: OpenOrder, status: OrderStatus, now_ns: int) -> None:
        state = self._markets[order.order.market]
        if order.status is OrderStatus.LIVE:
            state.book.remove(order)
            state.touched[order.bids_for, order.bid] = None
        self._leave(self.vault.accounts[order.order.wallet], order)
        order.status = status
        self._history.ended(order.view())
        self._report(OrderEvent.CANCELLATION, order, now_ns)

    def _enter(self, account: Account, order: OpenOrder) -> None:
        name = order.order
        self._open[name.order] = order
        self._by_owner.setdefault(name.owner, {})[name.order] = order
        account.promise(order)

    def _leave(self, account: Account, order: OpenOrder) -> None:
        name = order.order
        del self._open[name.order]
        owned = self._by_owner[name.owner]
        del owned[name.order]
        if not owned:
            del self._by_owner[name.owner]
        account.release(order)
        self._agenda.drop(f"expire {name.order}")
        self._agenda.drop(f"execute {name.order}")

    def _pay_in(self, account: Account, cash: Cash, kind: TransferKind, market: MarketId | None, now_ns: int) -> None:
        self.vault.deposit(account, cash)
        self._transferred(kind, account, market, Shares(0), cash, now_ns)

    def _transferred(
        self,
        kind: TransferKind,
        account: Account,
        market: MarketId | None,
        shares: Shares,
        cash: Cash,
        now_ns: int,
    ) -> None:
        self._drop_unbacked({account.wallet}, now_ns)
        self._tell(Transferred(kind, account.wallet, market, shares, cash, now_ns))

    def _new_trade_id(self) -> TradeId:
        digits = f"{self._random.getrandbits(128):032x}"
        return TradeId(f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}")

    def _report(self, event: OrderEvent, order: OpenOrder, now_ns: int) -> None:
        self._news.append(OrderReported(event, order.view(), now_ns))

    def _tell(self, event: ExchangeEvent) -> None:
        self._news.append(event)
        self._flush(event.at_ns)

    def _flush(self, now_ns: int, *, placed_on: Outcome = Outcome.YES, by_trade: bool = False) -> None:
        """Tell what happened: the books that changed, then everything else in its order."""
        changes = [_change(state, placed_on, by_trade, now_ns) for state in self._markets.values() if state.touched]
        self._news.extendleft(reversed(changes))
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._news:
                event = self._news.popleft()
                for listener in self.listeners:
                    listener(event)
        finally:
            self._is_telling = False


def _change(state: MarketState, placed_on: Outcome, by_trade: bool, now_ns: int) -> BookChanged:
    market, book = state.listing.market.market, state.book
    levels = tuple(Level(outcome, price, book.total(outcome, price)) for outcome, price in state.touched)
    state.touched.clear()
    return BookChanged(market, levels, placed_on, by_trade, now_ns)


def _by_sequence(order: OpenOrder) -> int:
    return order.sequence
