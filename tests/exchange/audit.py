"""An auditor of an exchange: it hears everything, keeps its own accounts, and says what does not add up.

What it holds against the exchange is derived from the rules, not asked of the exchange: the cash that is not in wallets
has to be what pending trades hold, what takers paid in fees, and what the outstanding shares are worth, whoever wins.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product

from messages.identity import EventId, MarketId, OrderId, Outcome, Side, TradeId
from messages.units import CASH_SCALE, LOT, PRICE_SCALE
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import (
    BookChanged,
    ExchangeEvent,
    OrderEvent,
    OrderReported,
    OrderStatus,
    Trade,
    TradeReported,
    TradeStatus,
    TransferKind,
    Transferred,
    Wallet,
)
from tests.exchange.audit_books import check_books

STEPS = {
    None: {TradeStatus.MATCHED},
    TradeStatus.MATCHED: {TradeStatus.MINED, TradeStatus.RETRYING},
    TradeStatus.RETRYING: {TradeStatus.MINED, TradeStatus.FAILED},
    TradeStatus.MINED: {TradeStatus.CONFIRMED},
}
PAID_IN = (TransferKind.DEPOSIT, TransferKind.REWARD)


class Auditor:
    """Make one before the exchange lists its markets or opens wallets."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.paid_in = 0
        self.fees = 0
        self.lost_halves = 0
        self.rebates: Counter[tuple[Wallet, MarketId]] = Counter()
        self.trades: dict[TradeId, Trade] = {}
        self.filled: Counter[OrderId] = Counter()
        self.ended: set[OrderId] = set()
        self.seen: set[OrderId] = set()
        self.told: dict[tuple[MarketId, Outcome], dict[int, int]] = {}
        self.last_ns = 0
        exchange.listeners.append(self.hear)

    # what is told

    def hear(self, event: ExchangeEvent) -> None:
        assert event.at_ns >= self.last_ns, "what is told goes back in time"
        self.last_ns = event.at_ns
        match event:
            case BookChanged():
                assert event.levels
                for level in event.levels:
                    book = self.told.setdefault((event.market, level.outcome), {})
                    book[level.price] = level.size
                    if not level.size:
                        del book[level.price]
            case OrderReported():
                self._hear_order(event)
            case TradeReported():
                self._hear_trade(event.trade)
            case Transferred():
                if event.kind in PAID_IN:
                    self.paid_in += event.cash
                elif event.kind is TransferKind.MAKER_REBATE:
                    assert event.market is not None
                    assert event.cash == self.rebates.pop((event.wallet, event.market)) >= CASH_SCALE
                    self.fees -= event.cash
                elif event.kind is TransferKind.REDEEM:
                    self.lost_halves += 2

    def _hear_order(self, event: OrderReported) -> None:
        order = event.view.order.order
        assert order not in self.ended, "an order that ended is heard of again"
        assert (event.event is OrderEvent.PLACEMENT) == (order not in self.seen)
        self.seen.add(order)
        assert 0 <= event.view.remaining <= event.view.order.size
        if not event.view.status.is_open:
            self.ended.add(order)

    def _hear_trade(self, trade: Trade) -> None:
        before = self.trades.get(trade.trade)
        assert trade.status in STEPS[before.status if before else None]
        assert before is None or _terms(before) == _terms(trade)
        assert (trade.status in (TradeStatus.MINED, TradeStatus.CONFIRMED)) == bool(trade.transaction)
        self.trades[trade.trade] = trade
        if before is None:
            self._check_parties(trade)
        if trade.status is TradeStatus.MINED:
            self.fees += trade.fee
            pool = trade.fee * self.exchange.listings[trade.market].rebate_ppm // 10**6
            for part in trade.makers:
                self.rebates[part.wallet, trade.market] += pool * part.size // trade.size

    def _check_parties(self, trade: Trade) -> None:
        assert trade.size > 0 and trade.size % LOT == 0 and 0 < trade.price < PRICE_SCALE
        assert sum(part.size for part in trade.makers) == trade.size
        listing = self.exchange.listings[trade.market]
        assert trade.fee == fee_of(listing.market.fees.rate_ppm, trade.price, trade.size)
        taker = self.exchange.order(trade.taker_order)
        assert taker is not None and taker.order.outcome is trade.outcome and taker.order.side is trade.side
        assert (taker.order.owner, taker.order.wallet) == (trade.taker_owner, trade.taker_wallet)
        is_within = trade.price <= taker.order.price if trade.side is Side.BUY else trade.price >= taker.order.price
        assert is_within
        self.filled[trade.taker_order] += trade.size
        for part in trade.makers:
            maker = self.exchange.order(part.order)
            assert maker is not None and maker.order.order_type.rests and trade.trade in maker.trades
            assert (maker.order.owner, maker.order.wallet) == (part.owner, part.wallet)
            assert (maker.order.outcome, maker.order.side) == (part.outcome, part.side)
            assert part.price == maker.order.price and part.size > 0 and part.size % LOT == 0
            is_same = part.outcome is trade.outcome
            assert (part.side is trade.side) != is_same
            assert part.price == (trade.price if is_same else PRICE_SCALE - trade.price)
            self.filled[part.order] += part.size

    # what has to add up

    def check(self) -> None:
        self.check_wallets()
        self.check_money()
        self.check_promises()
        check_books(self.exchange, self.told)
        for order, filled in self.filled.items():
            view = self.exchange.order(order)
            assert view is not None and view.matched == filled

    def check_wallets(self) -> None:
        vault = self.exchange.vault
        for account in vault.accounts.values():
            assert account.cash >= 0 and all(size >= 0 for size in account.shares.values())
        assert self.fees == self.exchange.totals().fees >= 0

    def pending(self) -> Iterator[tuple[MarketId, Outcome, Side, int, int]]:
        """What each party of an unsettled trade gave: its cash or its shares, in its own terms."""
        for trade in self.trades.values():
            if trade.status in (TradeStatus.MATCHED, TradeStatus.RETRYING):
                cost = trade.price * trade.size // PRICE_SCALE + trade.fee
                yield trade.market, trade.outcome, trade.side, cost, trade.size
                for part in trade.makers:
                    yield trade.market, part.outcome, part.side, part.price * part.size // PRICE_SCALE, part.size

    def outstanding(self) -> Counter[tuple[MarketId, Outcome]]:
        found: Counter[tuple[MarketId, Outcome]] = Counter()
        for account in self.exchange.vault.accounts.values():
            found.update(account.shares)
        for market, outcome, side, _, size in self.pending():
            if side is Side.SELL:
                found[market, outcome] += size
        return found

    def check_money(self) -> None:
        totals = self.exchange.totals()
        in_wallets = sum(account.cash for account in self.exchange.vault.accounts.values())
        escrow = sum(cost for _, _, side, cost, _ in self.pending() if side is Side.BUY)
        assert (totals.deposited, totals.in_accounts, totals.in_escrow) == (self.paid_in, in_wallets, escrow)
        locked = self.paid_in - in_wallets - escrow - self.fees
        assert totals.locked == locked
        outstanding = self.outstanding()
        for market, listing in self.exchange.listings.items():
            for outcome in Outcome:
                assert self.exchange.vault.outstanding(market, outcome) == outstanding[market, outcome]
            if not listing.market.neg_risk and self.exchange.resolution(market) is None:
                assert outstanding[market, Outcome.YES] == outstanding[market, Outcome.NO]
        for payouts, is_complete in self.endings():
            worth = 0
            for (market, outcome), size in outstanding.items():
                yes = payouts.get(market, 0)
                worth += size * (yes if outcome is Outcome.YES else PRICE_SCALE - yes)
            owed = worth // PRICE_SCALE
            assert owed <= locked, "shares are not covered"
            assert not is_complete or locked - owed <= self.lost_halves, "cash is locked behind no shares"

    def endings(self) -> Iterator[tuple[dict[MarketId, int], bool]]:
        """What YES may come to pay in each market; and whether each negRisk event has its one winner then."""
        plain: dict[MarketId, int] = {}
        groups: dict[EventId, list[tuple[dict[MarketId, int], bool]]] = {}
        for market, listing in self.exchange.listings.items():
            if listing.market.neg_risk:
                groups[listing.market.event] = []
            else:
                payout = self.exchange.resolution(market)
                plain[market] = 0 if payout is None else payout
        for event in groups:
            groups[event] = list(self._endings_of(event))
        for combination in product(*groups.values()):
            payouts = dict(plain)
            for each, _ in combination:
                payouts |= each
            yield payouts, all(is_complete for _, is_complete in combination)

    def _endings_of(self, event: EventId) -> Iterator[tuple[dict[MarketId, int], bool]]:
        members = [m for m, listing in self.exchange.listings.items() if listing.market.event == event]
        decided = {m: int(payout) for m in members if (payout := self.exchange.resolution(m)) is not None}
        assert sum(decided.values()) <= PRICE_SCALE
        yield decided, sum(decided.values()) == PRICE_SCALE
        if not sum(decided.values()):
            for winner in members:
                if winner not in decided:
                    yield {**decided, winner: PRICE_SCALE}, True

    def check_promises(self) -> None:
        cash: Counter[tuple[Wallet, MarketId]] = Counter()
        shares: Counter[tuple[Wallet, MarketId, Outcome]] = Counter()
        buys: set[tuple[Wallet, MarketId]] = set()
        sells: set[tuple[Wallet, MarketId, Outcome]] = set()
        for view in self.exchange.open_orders():
            order, is_live = view.order, view.status is OrderStatus.LIVE
            assert view.remaining > 0
            if order.side is Side.BUY:
                limit = -(-order.price * view.remaining // PRICE_SCALE)
                cash[order.wallet, order.market] += limit if order.budget is None else min(limit, order.budget)
                if is_live:
                    buys.add((order.wallet, order.market))
            else:
                shares[order.wallet, order.market, order.outcome] += view.remaining
                if is_live:
                    sells.add((order.wallet, order.market, order.outcome))
        for wallet, account in self.exchange.vault.accounts.items():
            for market in self.exchange.listings:
                assert self.exchange.promised_cash(wallet, market) == cash[wallet, market]
                assert (wallet, market) not in buys or cash[wallet, market] <= account.cash
                for outcome in Outcome:
                    promised = shares[wallet, market, outcome]
                    assert account.promised_shares(market, outcome) == promised
                    is_live = (wallet, market, outcome) in sells
                    assert not is_live or promised <= account.shares.get((market, outcome), 0)


def fee_of(rate_ppm: int, price: int, size: int) -> int:
    """C x rate x p(1-p), to the nearest 0.00001 pUSD, in base units."""
    exact_over = 10**6 * PRICE_SCALE**2 * 10
    return (size * rate_ppm * price * (PRICE_SCALE - price) * 2 + exact_over) // (2 * exact_over) * 10


def _terms(trade: Trade) -> tuple[object, ...]:
    return (trade.market, trade.taker_order, trade.price, trade.size, trade.fee, trade.bucket, trade.makers)
