"""The exchange itself: listings, books, wallets and the settlement of trades, with no clock and no I/O.

Every call brings the time, which must not go back. What an operation changes is told to the listeners when it is
complete: the book first, then the orders, then the trades. A listener that gives orders itself is served after those
who came before it have heard everything.
"""

import random
from collections.abc import Sequence

from messages.identity import EventId, MarketId, OrderId, Outcome, Side, TokenId, TradeId
from messages.units import NANOSECONDS_PER_MILLISECOND, PRICE_SCALE, Cash, Price, Shares, TickSize
from polyactors.exchange import admission
from polyactors.exchange.accounts.vault import Totals, Vault
from polyactors.exchange.market_state import MarketState, last_price_text
from polyactors.exchange.order_desk import OrderDesk
from polyactors.exchange.register import Listener, Register
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.settlement import Settlement
from polyactors.exchange.steps import EndPostOnly, Execute, Expire, MoveOn, PayRebates
from polyactors.exchange.words import (
    ApiKey,
    CancelOutcome,
    EventListing,
    Holding,
    Listing,
    MarketOpened,
    MarketResolved,
    NewOrder,
    OrderStatus,
    OrderView,
    Placed,
    Refused,
    TickSizeChanged,
    Trade,
    TradingMode,
    TransferKind,
    Wallet,
)

HALF = Price(PRICE_SCALE // 2)


class Exchange:
    """Raises `KeyError` for a market that was never listed; what a client can get wrong is answered with `Refused`."""

    def __init__(self, settings: ExchangeSettings, seed: int, now_ns: int) -> None:
        self.settings = settings
        self.mode = TradingMode.NORMAL
        self.post_only_until_ns: int | None = None
        self._register = Register(settings)
        self._markets = self._register.markets
        self._paid_by_pool: dict[str, int] = {}
        chance = random.Random(f"exchange {seed}")
        self._settlement = Settlement(self._register, now_ns)
        self._desk = OrderDesk(self._register, self._settlement, chance)

    @property
    def listeners(self) -> list[Listener]:
        return self._register.listeners

    @property
    def listings(self) -> dict[MarketId, Listing]:
        return self._register.listings

    @property
    def events(self) -> dict[EventId, EventListing]:
        return self._register.events

    @property
    def vault(self) -> Vault:
        return self._register.vault

    @property
    def simulated_owners(self) -> set[ApiKey]:
        """Traders who never ask what became of something: little is kept of what they do among themselves."""
        return self._register.history.simulated

    @property
    def simulated_wallets(self) -> set[Wallet]:
        """The wallets of those traders."""
        return self._register.simulated_wallets

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
            self._register.tokens[market.token(outcome)] = (listing, outcome)
        self._register.tell(MarketOpened(listing, now_ns))

    def forget_market(self, market: MarketId) -> bool:
        """A resolved market in which nobody holds shares any more leaves the exchange: memory stays flat however many
        five-minute markets come and go. False while somebody holds some, or waits for some."""
        state = self._markets[market]
        if state.yes_payout is None or any(self.vault.outstanding(market, outcome) for outcome in Outcome):
            return False
        if self._settlement.is_pending(market):
            return False
        del self._markets[market], self.listings[market]
        for outcome in Outcome:
            del self._register.tokens[state.listing.market.token(outcome)]
            self.vault.forget(market, outcome)
        self.vault.forget_pool(state.pool)
        return True

    def listing_of(self, token: TokenId) -> tuple[Listing, Outcome] | None:
        return self._register.tokens.get(token)

    def tick_size(self, market: MarketId) -> TickSize:
        return self._markets[market].tick_size

    def change_tick_size(self, market: MarketId, tick_size: TickSize, now_ns: int) -> None:
        """Orders that rest off the new grid stay where they are (polymarket.md 3.2)."""
        self.advance(now_ns)
        state = self._markets[market]
        if tick_size != state.tick_size:
            old, state.tick_size = state.tick_size, tick_size
            self._register.tell(TickSizeChanged(market, old, tick_size, now_ns))

    def is_accepting(self, market: MarketId, now_ns: int) -> bool:
        state = self._markets[market]
        return state.takes_orders and state.listing.accepts_from_ms * NANOSECONDS_PER_MILLISECOND <= now_ns

    def stop_orders(self, market: MarketId, now_ns: int) -> None:
        """No more orders, and what rests is cancelled; the market is not resolved by that."""
        self.advance(now_ns)
        state = self._markets[market]
        state.takes_orders = False
        self._register.end_all(state, OrderStatus.CANCELED, now_ns)

    def resolve(self, market: MarketId, yes_payout: Price, now_ns: int) -> None:
        """Once and for all: later calls for the same market change nothing. Raises `ValueError` for another payout than
        0, a half or 1, and where the outcomes of a negRisk event would pay more than one of them can."""
        if yes_payout not in (0, HALF, PRICE_SCALE):
            raise ValueError(f"a YES share pays 0, {HALF} or {PRICE_SCALE}, not {yes_payout}")
        self.advance(now_ns)
        state = self._markets[market]
        if state.yes_payout is not None:
            return
        if state.listing.market.neg_risk:
            self._count_winner(state.pool, yes_payout)
        state.takes_orders = False
        state.yes_payout = yes_payout
        self._register.end_all(state, OrderStatus.CANCELED_MARKET_RESOLVED, now_ns)
        self._register.tell(MarketResolved(market, yes_payout, now_ns))

    def _count_winner(self, pool: str, yes_payout: Price) -> None:
        """Converted shares are covered because only one outcome of an event wins."""
        paid = self._paid_by_pool.get(pool, 0) + yes_payout
        if paid > PRICE_SCALE:
            raise ValueError(f"the YES shares of {pool} would pay {paid}, more than {PRICE_SCALE}")
        self._paid_by_pool[pool] = paid

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
        self.advance(now_ns)
        was, self.mode = self.mode, mode
        self.post_only_until_ns = None
        self._register.agenda.drop("mode")
        if was is TradingMode.RESTARTING and mode is TradingMode.NORMAL:
            wait_ns = self.settings.post_only_after_restart_ns
            if wait_ns:
                self.mode = TradingMode.POST_ONLY
                self.post_only_until_ns = now_ns + wait_ns
                self._register.agenda.plan("mode", self.post_only_until_ns, EndPostOnly())

    def submit(self, order: NewOrder, now_ns: int) -> Placed | Refused:
        self.advance(now_ns)
        refused = admission.refused_by_mode(self.mode, is_post_only=order.post_only)
        return self._desk.submit(order, now_ns) if refused is None else refused

    def cancel(self, orders: Sequence[OrderId], owner: ApiKey, now_ns: int) -> CancelOutcome:
        """Orders of others are not found. Whether the mode allows it is for who asks: `admission.refused_cancel`."""
        self.advance(now_ns)
        return self._desk.cancel(orders, owner, now_ns)

    def cancel_all(
        self, owner: ApiKey, now_ns: int, market: MarketId | None = None, outcome: Outcome | None = None
    ) -> CancelOutcome:
        self.advance(now_ns)
        meant = [
            found.order.order
            for found in self._register.by_owner.get(owner, {}).values()
            if (market is None or found.order.market == market) and (outcome is None or found.order.outcome is outcome)
        ]
        return self._desk.cancel(meant, owner, now_ns)

    def order(self, order: OrderId) -> OrderView | None:
        """One that is open, or that ended not too long ago."""
        found = self._register.open_orders.get(order)
        return self._register.history.order(order) if found is None else found.view()

    def open_orders(self, owner: ApiKey | None = None, market: MarketId | None = None) -> tuple[OrderView, ...]:
        """In the order of arrival."""
        among = self._register.open_orders if owner is None else self._register.by_owner.get(owner, {})
        return tuple(found.view() for found in among.values() if market is None or found.order.market == market)

    def trade(self, trade: TradeId) -> Trade | None:
        return self._register.history.trade(trade)

    def trades_of(self, owner: ApiKey, most: int | None = None) -> tuple[Trade, ...]:
        """Newest first, as far back as is kept."""
        return self._register.history.trades_of(owner, most)

    def recent_trades(self, market: MarketId) -> tuple[Trade, ...]:
        """Newest first, as they were when they matched."""
        return tuple(self._markets[market].recent)

    def cash(self, wallet: Wallet, now_ns: int) -> Cash:
        return Cash(self._register.account(wallet, now_ns).cash)

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
        self.advance(now_ns)
        self._register.pay_in(self._register.account(wallet, now_ns), cash, TransferKind.DEPOSIT, None, now_ns)

    def pay_reward(self, wallet: Wallet, market: MarketId, cash: Cash, now_ns: int) -> None:
        """Liquidity rewards come from outside, as a deposit does."""
        self.advance(now_ns)
        self._register.pay_in(self._register.account(wallet, now_ns), cash, TransferKind.REWARD, market, now_ns)

    def transfer(self, payer: Wallet, payee: Wallet, cash: Cash, now_ns: int) -> Refused | None:
        """Cash of one wallet to another. Promised cash can be sent: the orders that it backed are cancelled then."""
        self.advance(now_ns)
        giving = self._register.account(payer, now_ns)
        if giving.cash < cash:
            return admission.not_enough(giving.cash, cash)
        taking = self._register.account(payee, now_ns)
        self.vault.transfer(giving, taking, cash)
        self._register.transferred(TransferKind.WITHDRAWAL, giving, None, Shares(0), Cash(-cash), now_ns)
        self._register.transferred(TransferKind.DEPOSIT, taking, None, Shares(0), cash, now_ns)
        return None

    def split(self, wallet: Wallet, market: MarketId, shares: Shares, now_ns: int) -> Refused | None:
        """Cash becomes whole sets. Promised cash can be used: the orders that it backed are cancelled then."""
        self.advance(now_ns)
        state, account = self._markets[market], self._register.account(wallet, now_ns)
        if shares <= 0:
            return admission.BAD_PAYLOAD
        if account.cash < shares:
            return admission.not_enough(account.cash, shares)
        self.vault.split(account, market, shares, state.pool)
        self._register.transferred(TransferKind.SPLIT, account, market, shares, Cash(-shares), now_ns)
        return None

    def merge(self, wallet: Wallet, market: MarketId, shares: Shares, now_ns: int) -> Refused | None:
        self.advance(now_ns)
        state, account = self._markets[market], self._register.account(wallet, now_ns)
        if shares <= 0:
            return admission.BAD_PAYLOAD
        owned = min(account.shares.get((market, outcome), 0) for outcome in Outcome)
        if owned < shares:
            return admission.not_enough(owned, shares)
        self.vault.merge(account, market, shares, state.pool)
        self._register.transferred(TransferKind.MERGE, account, market, shares, Cash(shares), now_ns)
        return None

    def redeem(self, wallet: Wallet, market: MarketId, now_ns: int) -> Cash | Refused:
        """All shares of a resolved market for what they pay; shares that lost pay nothing."""
        self.advance(now_ns)
        state, account = self._markets[market], self._register.account(wallet, now_ns)
        if state.yes_payout is None:
            return Refused(admission.BAD_REQUEST, "the market is not resolved")
        burned = Shares(sum(account.shares.get((market, outcome), 0) for outcome in Outcome))
        cash = self.vault.redeem(account, market, state.yes_payout, state.pool)
        self._register.transferred(TransferKind.REDEEM, account, market, burned, cash, now_ns)
        return cash

    def convert(
        self, wallet: Wallet, event: EventId, markets: Sequence[MarketId], shares: Shares, now_ns: int
    ) -> Refused | None:
        """NO shares of some of a negRisk event's markets become YES shares of all the others, and cash."""
        self.advance(now_ns)
        account = self._register.account(wallet, now_ns)
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
        self._register.transferred(TransferKind.CONVERSION, account, given[0], shares, cash, now_ns)
        return None

    def fail_next_trades(self, count: int) -> None:
        """A fault: so many of the next trades go from MATCHED to RETRYING to FAILED, and are reversed."""
        self._settlement.fail_next(count)

    def advance(self, now_ns: int) -> None:
        """Does everything that is due at `now_ns` or before. Whatever else is done at `now_ns` does this first."""
        register = self._register
        while (due := register.agenda.pop_due(now_ns)) is not None:
            due_ns, step = due
            match step:
                case Expire(order):
                    register.end(register.open_orders[order], OrderStatus.CANCELED_EXPIRED_ORDER, due_ns)
                    register.flush(due_ns)
                case Execute(order):
                    self._desk.execute_delayed(order, due_ns, may_take=self.mode is TradingMode.NORMAL)
                case MoveOn(trade):
                    self._settlement.move_on(trade, due_ns)
                case EndPostOnly():
                    self.mode = TradingMode.NORMAL
                    self.post_only_until_ns = None
                case PayRebates():
                    self._settlement.pay_rebates(due_ns)

    def next_due_ns(self) -> int | None:
        return self._register.agenda.next_due_ns()
