"""The exchange and the naive one side by side: each step is done on both, then compared."""

import random
from collections.abc import Callable
from fractions import Fraction

from messages.identity import MarketId, OrderId, Outcome, Side
from messages.markets import Market
from messages.units import CASH_SCALE, PRICE_SCALE, SHARE_SCALE, Cash, Price, Shares, TickSize
from polyactors.exchange.core import Exchange
from polyactors.exchange.settings import ExchangeSettings, SelfTrade
from polyactors.exchange.words import (
    ApiKey,
    BookChanged,
    EventListing,
    ExchangeEvent,
    Kind,
    Listing,
    NewOrder,
    OrderType,
    Placed,
    Refused,
    TradeReported,
    TradingMode,
    Wallet,
)
from tests.exchange.audit import Auditor
from tests.exchange.naive_exchange import NaiveExchange
from tests.exchange.naive_translation import (
    BUDGETS,
    EVENT,
    MARKETS,
    ODD_PRICES,
    ODD_SIZES,
    PAUSES_NS,
    PRICES,
    SIZES,
    START_NS,
    WALLETS,
    naive_order,
    seen,
    wanted,
)
from tests.exchange.naive_words import MICRO, NaiveMarket


class Pair:
    """`chance` decides on every step, so that what finds a difference can be made small, or run by a seed alone."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now_ns = START_NS
        self_trade = chance.choice(list(SelfTrade))
        credit = chance.choice((20, 60, 300))
        self.real = Exchange(
            ExchangeSettings(first_credit=Cash(credit * CASH_SCALE), self_trade=self_trade), 0, START_NS
        )
        self.naive = NaiveExchange(self_trade.name, Fraction(credit), START_NS)
        self.reports: list[TradeReported] = []
        self.told: dict[tuple[MarketId, Outcome, Price], Shares] = {}
        self.auditor = Auditor(self.real)
        self.real.listeners.append(self._hear)
        self.real.list_event(EventListing(EVENT, 1, "", "", "", 0, 0, neg_risk=True), START_NS)
        self.markets = chance.sample(MARKETS, chance.randint(1, 3))
        for each, delay_ns in self.markets:
            self._list(each, delay_ns)
        self.orders: list[NewOrder] = []
        for _ in range(chance.randint(0, 6)):
            self.split()

    def _list(self, each: Market, delay_ns: int) -> None:
        kind = Kind.NEG_RISK if each.neg_risk else Kind.BINARY
        self.real.list_market(
            Listing(each, 1, kind, ("Yes", "No"), "0x", "", "Sports", 0, 0, taker_delay_ns=delay_ns), START_NS
        )
        self.naive.markets[each.market] = NaiveMarket(
            each.market,
            each.event,
            Fraction(each.tick_size, PRICE_SCALE),
            Fraction(each.fees.rate_ppm, MICRO),
            delay_ns,
            each.neg_risk,
        )

    def _hear(self, event: ExchangeEvent) -> None:
        if isinstance(event, TradeReported):
            self.reports.append(event)
        elif isinstance(event, BookChanged):
            for level in event.levels:
                self.told[event.market, level.outcome, level.price] = level.size

    # steps

    def step(self) -> None:
        steps: list[tuple[int, Callable[[], None]]] = [
            (60, self.submit),
            (8, self.cancel),
            (2, self.cancel_all),
            (12, self.wait),
            (1, self.change_mode),
            (1, self.change_tick),
            (6, self.split),
            (2, self.merge),
            (2, self.convert),
            (2, self.redeem),
            (2, self.fail_next),
        ]
        if self.chance.randrange(300) == 299:
            steps = [(1, self.end_market)]
        names = [step for weight, step in steps for _ in range(weight)]
        self.chance.choice(names)()
        if self.naive.mode != "NORMAL" and self.chance.randrange(3) == 0:
            self.real.set_mode(TradingMode.NORMAL, self.now_ns)
            self.naive.set_mode("NORMAL", self.now_ns)
        self.compare()
        self.auditor.check()

    def submit(self) -> None:
        chance = self.chance
        kind = chance.choice(list(OrderType) + [OrderType.GTC] * 6)
        side = chance.choice(list(Side))
        odd = chance.randrange(20)
        price = chance.choice(ODD_PRICES if odd == 0 else PRICES)
        size = chance.choice(ODD_SIZES if odd == 1 else SIZES)
        has_budget = side is Side.BUY and not kind.rests and chance.randrange(2) == 0
        expires = kind is OrderType.GTD or odd == 2
        order = NewOrder(
            order=self.orders[-1].order if odd == 3 and self.orders else OrderId(f"0x{len(self.orders):x}"),
            wallet=(wallet := chance.choice(WALLETS)),
            owner=ApiKey(wallet),
            market=chance.choice(self.markets)[0].market,
            outcome=chance.choice(list(Outcome)),
            side=side,
            price=Price(price),
            size=Shares(round(size * SHARE_SCALE)),
            order_type=kind,
            post_only=chance.randrange(8) == 0,
            expiration_s=self.now_ns // 10**9 + chance.choice((59, 60, 61, 62, 90)) if expires else 0,
            budget=Cash(chance.choice(BUDGETS)) if has_budget or odd == 4 else None,
        )
        self.orders.append(order)
        answer = self.real.submit(order, self.now_ns)
        match answer:
            case Refused():
                told: tuple[str, ...] = ("refused", answer.text)
            case Placed():
                told = ("placed", answer.status.name, str(answer.paid), str(answer.received))
        due = self.naive.submit(naive_order(order), self.now_ns)
        if due[0] == "placed":
            due = (*due[:2], *(str(int(Fraction(amount) * MICRO)) for amount in due[2:]))
        assert told == due, (order, told, due)

    def cancel(self) -> None:
        names = [order.order for order in self.orders]
        meant = [self.chance.choice(names) for _ in range(self.chance.randint(1, 4))] if names else []
        owner = self.chance.choice(WALLETS)
        outcome = self.real.cancel(meant, ApiKey(owner), self.now_ns)
        assert sorted(outcome.canceled) == self.naive.cancel(list(meant), owner, self.now_ns)
        assert set(outcome.canceled) | {order for order, _ in outcome.not_canceled} == set(meant)

    def cancel_all(self) -> None:
        owner = self.chance.choice(WALLETS)
        market = self.chance.choice([None, *(each.market for each, _ in self.markets)])
        token = self.chance.choice([None, *Outcome])
        outcome = self.real.cancel_all(ApiKey(owner), self.now_ns, market, token)
        self.naive.advance(self.now_ns)
        meant = [
            order.name
            for order in self.naive.resting
            if (market is None or order.market == market) and (token is None or order.token == token.name)
        ]
        assert sorted(outcome.canceled) == self.naive.cancel(meant, owner, self.now_ns)

    def wait(self) -> None:
        self.now_ns += self.chance.choice(PAUSES_NS)
        if self.chance.randrange(4):
            self.real.advance(self.now_ns)
            self.naive.advance(self.now_ns)

    def change_mode(self) -> None:
        mode = self.chance.choice(list(TradingMode))
        self.real.set_mode(mode, self.now_ns)
        self.naive.set_mode(mode.name, self.now_ns)

    def change_tick(self) -> None:
        market = self.chance.choice(self.markets)[0].market
        tick = self.chance.choice((100, 100, 50, 10, 1000))
        self.real.change_tick_size(market, TickSize(tick), self.now_ns)
        self.naive.advance(self.now_ns)
        self.naive.markets[market].tick = Fraction(tick, PRICE_SCALE)

    def split(self) -> None:
        wallet, market, size = self._some()
        refused = self.real.split(wallet, market, size, self.now_ns)
        self.naive.advance(self.now_ns)
        assert (refused is None) == self.naive.split(wallet, market, Fraction(size, MICRO))

    def merge(self) -> None:
        wallet, market, size = self._some()
        refused = self.real.merge(wallet, market, size, self.now_ns)
        self.naive.advance(self.now_ns)
        assert (refused is None) == self.naive.merge(wallet, market, Fraction(size, MICRO))

    def convert(self) -> None:
        wallet, _, size = self._some()
        given = [self.chance.choice(self.markets)[0].market for _ in range(self.chance.randint(0, 3))]
        refused = self.real.convert(wallet, EVENT, given, size, self.now_ns)
        self.naive.advance(self.now_ns)
        done = self.naive.convert(wallet, EVENT, list(given), Fraction(size, MICRO))
        assert (refused is None) == done

    def redeem(self) -> None:
        wallet, market, _ = self._some()
        paid = self.real.redeem(wallet, market, self.now_ns)
        self.naive.advance(self.now_ns)
        owed = self.naive.redeem(wallet, market)
        assert (None if isinstance(paid, Refused) else Fraction(paid, MICRO)) == owed

    def fail_next(self) -> None:
        self.naive.to_fail = self.chance.randint(1, 3)
        self.real.fail_next_trades(self.naive.to_fail)

    def end_market(self) -> None:
        market = self.chance.choice(self.markets)[0]
        naive = self.naive.markets[market.market]
        if self.chance.randrange(2):
            self.real.stop_orders(market.market, self.now_ns)
            self.naive.end_all(market.market, "CANCELED", self.now_ns)
        elif naive.yes_pays is None:
            payout = Price(0 if market.neg_risk else self.chance.choice((0, 5_000, 10_000)))
            self.real.resolve(market.market, payout, self.now_ns)
            self.naive.end_all(market.market, "CANCELED_MARKET_RESOLVED", self.now_ns)
            naive.yes_pays = Fraction(payout, PRICE_SCALE)

    def _some(self) -> tuple[Wallet, MarketId, Shares]:
        size = self.chance.choice((10.0, 0.0, 1.0, 5.0, 10.0, 20.0, 0.333333))
        market = self.chance.choice(self.markets)[0].market
        return self.chance.choice(WALLETS), market, Shares(round(size * SHARE_SCALE))

    # what can be seen

    def compare(self) -> None:
        real, naive = self.real, self.naive
        assert real.mode.name == naive.mode
        assert len(self.reports) == len(naive.reports)
        for event, (trade, state) in zip(self.reports, naive.reports, strict=True):
            assert event.trade.status.name == state
            if state == "MATCHED":
                assert seen(event) == wanted(trade)
        self.reports.clear()
        naive.reports.clear()
        standing = {view.order.order: (view.status.name, int(view.remaining)) for view in real.open_orders()}
        assert standing == {order.name: (order.state, int(order.left * MICRO)) for order in naive.open()}
        for name, order in naive.known.items():
            view = real.order(OrderId(name))
            assert view is not None and (view.status.name, view.remaining) == (order.state, int(order.left * MICRO))
        for market, _ in self.markets:
            for outcome in Outcome:
                bids = real.bids(market.market, outcome)
                levels = naive.levels(market.market, outcome.name)
                assert bids == [(int(price * PRICE_SCALE), int(size * MICRO)) for price, size in levels]
                told = {key[2]: size for key, size in self.told.items() if key[:2] == (market.market, outcome) and size}
                assert told == dict(bids)
        for wallet, cash in naive.cash.items():
            assert real.cash(Wallet(wallet), self.now_ns) == cash * MICRO
            for market, _ in self.markets:
                for outcome in Outcome:
                    owned = naive.owned(wallet, market.market, outcome.name)
                    assert real.shares(Wallet(wallet), market.market, outcome) == owned * MICRO
