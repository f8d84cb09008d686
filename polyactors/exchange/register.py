"""What the exchange knows, and the news of what changed: the desks that change it share this."""

from collections import deque
from collections.abc import Callable

from messages.identity import EventId, MarketId, OrderId, Outcome, TokenId
from messages.market_data import Level
from messages.units import Cash, Shares
from polyactors.exchange.accounts.account import Account
from polyactors.exchange.accounts.vault import Vault
from polyactors.exchange.agenda import Agenda
from polyactors.exchange.history import History
from polyactors.exchange.market_state import MarketState
from polyactors.exchange.matching.resting import OpenOrder
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.steps import Expire, Step
from polyactors.exchange.words import (
    ApiKey,
    BookChanged,
    EventListing,
    ExchangeEvent,
    Listing,
    OrderEvent,
    OrderReported,
    OrderStatus,
    TransferKind,
    Transferred,
    Wallet,
)

Listener = Callable[[ExchangeEvent], None]


class Register:
    """Listings, open orders and wallets; each change goes through here once, and is told when it is complete."""

    def __init__(self, settings: ExchangeSettings) -> None:
        self.settings = settings
        self.listeners: list[Listener] = []
        self.listings: dict[MarketId, Listing] = {}
        self.events: dict[EventId, EventListing] = {}
        self.markets: dict[MarketId, MarketState] = {}
        self.tokens: dict[TokenId, tuple[Listing, Outcome]] = {}
        self.open_orders: dict[OrderId, OpenOrder] = {}
        self.by_owner: dict[ApiKey, dict[OrderId, OpenOrder]] = {}
        self.vault = Vault()
        self.simulated_wallets: set[Wallet] = set()
        self.history = History(settings)
        self.agenda: Agenda[Step] = Agenda()
        self.news: list[ExchangeEvent] = []
        self._untold: deque[ExchangeEvent] = deque()
        self._touched: dict[MarketId, MarketState] = {}
        self._is_telling = False

    def account(self, wallet: Wallet, now_ns: int) -> Account:
        """Whoever comes for the first time is given some cash."""
        account = self.vault.accounts.get(wallet)
        if account is None:
            account = self.vault.open(wallet)
            if self.settings.first_credit:
                self.pay_in(account, self.settings.first_credit, TransferKind.DEPOSIT, None, now_ns)
        return account

    def pay_in(self, account: Account, cash: Cash, kind: TransferKind, market: MarketId | None, now_ns: int) -> None:
        self.vault.deposit(account, cash)
        self.transferred(kind, account, market, Shares(0), cash, now_ns)

    def transferred(
        self,
        kind: TransferKind,
        account: Account,
        market: MarketId | None,
        shares: Shares,
        cash: Cash,
        now_ns: int,
    ) -> None:
        """Cash or shares moved: orders that lost their backing by it go, and it is told."""
        self.drop_unbacked({account.wallet}, now_ns)
        self.tell(Transferred(kind, account.wallet, market, shares, cash, now_ns))

    def enter(self, account: Account, order: OpenOrder) -> None:
        """The order is open from now on, and what it may cost is promised."""
        placed = order.order
        self.open_orders[placed.order] = order
        self.by_owner.setdefault(placed.owner, {})[placed.order] = order
        account.promise(order)

    def leave(self, account: Account, order: OpenOrder) -> None:
        placed = order.order
        del self.open_orders[placed.order]
        owned = self.by_owner[placed.owner]
        del owned[placed.order]
        if not owned:
            del self.by_owner[placed.owner]
        account.release(order)
        self.agenda.drop(f"expire {placed.order}")
        self.agenda.drop(f"execute {placed.order}")

    def rest(self, state: MarketState, order: OpenOrder, ends_ns: int | None) -> None:
        state.book.rest(order)
        self.touch(state, order)
        if ends_ns is not None:
            self.agenda.plan(f"expire {order.order.order}", ends_ns, Expire(order.order.order))

    def touch(self, state: MarketState, order: OpenOrder) -> None:
        """The level that the order stands on changes by the operation at hand."""
        state.touched[order.bids_for, order.bid] = None
        self._touched[order.order.market] = state

    def end(self, order: OpenOrder, status: OrderStatus, now_ns: int) -> None:
        """Cancelled, for whatever reason the status tells."""
        state = self.markets[order.order.market]
        if order.status is OrderStatus.LIVE:
            state.book.remove(order)
            self.touch(state, order)
        self.leave(self.vault.accounts[order.order.wallet], order)
        order.status = status
        self.history.ended(order.view())
        self.report(OrderEvent.CANCELLATION, order, now_ns)

    def end_all(self, state: MarketState, status: OrderStatus, now_ns: int) -> None:
        market = state.listing.market.market
        for order in [found for found in self.open_orders.values() if found.order.market == market]:
            self.end(order, status, now_ns)
        self.flush(now_ns)

    def drop_unbacked(self, wallets: set[Wallet], now_ns: int) -> None:
        """Orders whose cash or shares went elsewhere are cancelled, newest first (polymarket.md 3.2)."""
        for wallet in sorted(wallets):
            account = self.vault.accounts[wallet]
            for market in [market for market in account.open_orders if account.is_short(market)]:
                newest_first = sorted(account.open_orders[market].values(), key=_by_sequence, reverse=True)
                for order in newest_first:
                    if order.status is OrderStatus.LIVE and account.lacks_backing(order):
                        self.end(order, OrderStatus.CANCELED_NOT_ENOUGH_BALANCE, now_ns)

    def report(self, event: OrderEvent, order: OpenOrder, now_ns: int) -> None:
        self.news.append(OrderReported(event, order.view(), now_ns))

    def tell(self, event: ExchangeEvent) -> None:
        self.news.append(event)
        self.flush(event.at_ns)

    def flush(self, now_ns: int, *, placed_on: Outcome = Outcome.YES, by_trade: bool = False) -> None:
        """Tell what happened: the books that changed, then everything else in its order; and all of that after what
        is being told already."""
        if self._touched:
            self._untold.extend([_change(state, placed_on, by_trade, now_ns) for state in self._touched.values()])
            self._touched.clear()
        self._untold.extend(self.news)
        self.news.clear()
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._untold:
                event = self._untold.popleft()
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
