"""Whatever is done on the exchange, in whatever order: nothing is made or lost, and all that it shows is true."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from messages.identity import EventId, MarketId, OrderId, Outcome, Side
from messages.units import Cash, Price, Shares, TickSize, complement
from polyactors.exchange.core import Exchange
from polyactors.exchange.settings import ExchangeSettings, SelfTrade
from polyactors.exchange.words import ApiKey, EventListing, NewOrder, OrderType, TradingMode, Wallet
from tests.exchange.audit import Auditor
from tests.exchange.trading_floor import ALICE, BOB, BUY, CAROL, GROUP, NO, START_NS, WITH_FEES, YES, Floor, listing
from tests.exchange.trading_floor import market as market_number

EFFORT = int(os.environ.get("POLYACTORS_EXCHANGE_EFFORT", "1"))
GROUP_EVENT = EventId("group")
SLOW = market_number(7, fee_ppm=70_000)
MARKETS = (WITH_FEES, SLOW, *GROUP)

wallets = st.sampled_from([Wallet(name) for name in ("alice", "bob", "carol")])
markets = st.sampled_from([each.market for each in MARKETS])
amounts = st.sampled_from((1, 10_000, 999_999, 5_000_000, 20_000_000, 2_000_000_001)).map(Shares)
prices = st.sampled_from((100, 4_000, 4_900, 5_000, 5_000, 5_100, 5_050, 6_000, 9_900)).map(Price)
sizes = st.sampled_from((10_000, 5_000_000, 5_005_000, 10_000_000, 33_330_000, 4_000_000_000)).map(Shares)
HOUR_NS = 3600 * 10**9


class Trading(RuleBasedStateMachine):
    @initialize(rule_of_self_trade=st.sampled_from(SelfTrade), credit=st.sampled_from((0, 30_000_000, 10**9)))
    def open(self, rule_of_self_trade: SelfTrade, credit: int) -> None:
        self.now_ns = START_NS
        self.exchange = Exchange(ExchangeSettings(Cash(credit), self_trade=rule_of_self_trade), 0, START_NS)
        self.auditor = Auditor(self.exchange)
        self.exchange.list_event(EventListing(GROUP_EVENT, 1, "", "", "", 0, 0, neg_risk=True), START_NS)
        for number, each in enumerate(MARKETS):
            delay_ns = 10**9 if each is SLOW else 0
            self.exchange.list_market(listing(each, number, taker_delay_ns=delay_ns, rebate_ppm=200_000), START_NS)
        self.orders: list[OrderId] = []

    @rule(
        wallet=wallets,
        market=markets,
        outcome=st.sampled_from(Outcome),
        side=st.sampled_from(Side),
        price=prices,
        size=sizes,
        order_type=st.sampled_from([*OrderType, OrderType.GTC, OrderType.GTC]),
        post_only=st.sampled_from((False, False, False, True)),
        lives_s=st.integers(60, 70),
        budget=st.sampled_from((None, None, 1_230_000)),
    )
    def submit(
        self,
        wallet: Wallet,
        market: MarketId,
        outcome: Outcome,
        side: Side,
        price: Price,
        size: Shares,
        order_type: OrderType,
        post_only: bool,
        lives_s: int,
        budget: int | None,
    ) -> None:
        new = NewOrder(
            order=self.new_id(),
            wallet=wallet,
            owner=ApiKey(wallet),
            market=market,
            outcome=outcome,
            side=side,
            price=price,
            size=size,
            order_type=order_type,
            post_only=post_only,
            expiration_s=self.now_ns // 10**9 + lives_s if order_type is OrderType.GTD else 0,
            budget=None if budget is None or side is Side.SELL or order_type.rests else Cash(budget),
        )
        self.exchange.submit(new, self.now_ns)

    def new_id(self) -> OrderId:
        self.orders.append(OrderId(f"0x{len(self.orders):x}"))
        return self.orders[-1]

    @rule(
        pair=st.permutations(("alice", "bob", "carol")),
        market=markets,
        outcomes=st.tuples(st.sampled_from(Outcome), st.sampled_from(Outcome)),
        price=prices,
        sizes=st.tuples(sizes, sizes),
        is_first_a_buy=st.booleans(),
    )
    def trade(
        self,
        pair: list[str],
        market: MarketId,
        outcomes: tuple[Outcome, Outcome],
        price: Price,
        sizes: tuple[Shares, Shares],
        is_first_a_buy: bool,
    ) -> None:
        """Two orders that meet, of two wallets that have what it takes: bought, minted or merged."""
        is_same = outcomes[0] is outcomes[1]
        for number, (wallet, outcome, size) in enumerate(zip(map(Wallet, pair), outcomes, sizes, strict=False)):
            is_buy = is_first_a_buy if number == 0 or not is_same else not is_first_a_buy
            if is_buy:
                self.exchange.deposit(wallet, Cash(2 * size), self.now_ns)
            else:
                self.exchange.deposit(wallet, Cash(size), self.now_ns)
                self.exchange.split(wallet, market, size, self.now_ns)
            new = NewOrder(
                order=self.new_id(),
                wallet=wallet,
                owner=ApiKey(wallet),
                market=market,
                outcome=outcome,
                side=Side.BUY if is_buy else Side.SELL,
                price=price if number == 0 or is_same else complement(price),
                size=size,
                order_type=OrderType.GTC,
            )
            self.exchange.submit(new, self.now_ns)

    @rule(wallet=wallets, numbers=st.lists(st.integers(0, 60), max_size=4))
    def cancel(self, wallet: Wallet, numbers: list[int]) -> None:
        meant = [self.orders[-number] for number in numbers if number < len(self.orders)]
        self.exchange.cancel(meant, ApiKey(wallet), self.now_ns)

    @rule(wallet=wallets, market=st.none() | markets, outcome=st.none() | st.sampled_from(Outcome))
    def cancel_all(self, wallet: Wallet, market: MarketId | None, outcome: Outcome | None) -> None:
        self.exchange.cancel_all(ApiKey(wallet), self.now_ns, market, outcome)

    @rule(pause_ns=st.sampled_from((1, 5 * 10**8, 10**9, 2 * 10**9, 5 * 10**9, 120 * 10**9, 24 * HOUR_NS)))
    def wait(self, pause_ns: int) -> None:
        self.now_ns += pause_ns
        self.exchange.advance(self.now_ns)

    @rule(mode=st.sampled_from([*TradingMode, *[TradingMode.NORMAL] * 8]))
    def set_mode(self, mode: TradingMode) -> None:
        self.exchange.set_mode(mode, self.now_ns)

    @rule(market=markets, tick=st.sampled_from((10, 50, 100)))
    def change_tick(self, market: MarketId, tick: int) -> None:
        self.exchange.change_tick_size(market, TickSize(tick), self.now_ns)

    @rule(wallet=wallets, market=markets, shares=amounts)
    def split(self, wallet: Wallet, market: MarketId, shares: Shares) -> None:
        self.exchange.split(wallet, market, shares, self.now_ns)

    @rule(wallet=wallets, market=markets, shares=amounts)
    def merge(self, wallet: Wallet, market: MarketId, shares: Shares) -> None:
        self.exchange.merge(wallet, market, shares, self.now_ns)

    @rule(wallet=wallets, market=markets)
    def redeem(self, wallet: Wallet, market: MarketId) -> None:
        self.exchange.redeem(wallet, market, self.now_ns)

    @rule(wallet=wallets, given=st.lists(markets, max_size=4), shares=amounts)
    def convert(self, wallet: Wallet, given: list[MarketId], shares: Shares) -> None:
        self.exchange.convert(wallet, GROUP_EVENT, given, shares, self.now_ns)

    @rule(wallet=wallets, given=st.lists(st.sampled_from([each.market for each in GROUP]), min_size=1, max_size=3))
    def split_and_convert(self, wallet: Wallet, given: list[MarketId]) -> None:
        for market in given:
            self.exchange.split(wallet, market, Shares(5_000_000), self.now_ns)
        self.exchange.convert(wallet, GROUP_EVENT, given, Shares(5_000_000), self.now_ns)

    @rule(wallet=wallets, cash=st.sampled_from((1, 10_000_000, 10**9)))
    def deposit(self, wallet: Wallet, cash: int) -> None:
        self.exchange.deposit(wallet, Cash(cash), self.now_ns)

    @rule(wallet=wallets, market=markets)
    def reward(self, wallet: Wallet, market: MarketId) -> None:
        self.exchange.pay_reward(wallet, market, Cash(1_234_567), self.now_ns)

    @rule(number=st.integers(0, 3))
    def fail_next(self, number: int) -> None:
        self.exchange.fail_next_trades(number)

    @rule(market=markets, yes_payout=st.sampled_from((0, 0, 5_000, 10_000)), chance=st.integers(0, 4))
    def end(self, market: MarketId, yes_payout: int, chance: int) -> None:
        if chance == 0:
            self.exchange.stop_orders(market, self.now_ns)
        elif chance == 1:
            try:
                self.exchange.resolve(market, Price(yes_payout), self.now_ns)
            except ValueError:
                assert self.exchange.resolution(market) is None

    @rule(number=st.integers(0, 1))
    def forget(self, number: int) -> None:
        """A market that is over and that nobody holds any more goes, and another one comes in its place."""
        each = MARKETS[number]
        if self.exchange.resolution(each.market) is not None:
            for wallet in list(self.exchange.vault.accounts):
                self.exchange.redeem(wallet, each.market, self.now_ns)
        if self.exchange.forget_market(each.market):
            delay_ns = 10**9 if each is SLOW else 0
            again = listing(each, number, taker_delay_ns=delay_ns, rebate_ppm=200_000)
            self.exchange.list_market(again, self.now_ns)

    @invariant()
    def adds_up(self) -> None:
        if hasattr(self, "auditor"):
            self.auditor.check()

    def teardown(self) -> None:
        """Once time passes, every trade is final and nothing is held any more."""
        if not hasattr(self, "auditor"):
            return
        self.exchange.advance(self.now_ns + HOUR_NS)
        self.auditor.check()
        assert all(trade.status.is_final for trade in self.auditor.trades.values())
        assert self.exchange.totals().in_escrow == 0


TestTrading = Trading.TestCase
TestTrading.settings = settings(
    max_examples=100 * EFFORT, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_makers_share_the_rebate_by_their_sizes_and_are_paid_once() -> None:
    """The pool is 15 % of a fee of 12.50; what is below a pUSD waits for a later day."""
    floor = Floor()
    auditor = Auditor(floor.exchange)
    floor.placed(ALICE, BUY, NO, 0.50, 750, on=WITH_FEES)
    floor.placed(BOB, BUY, NO, 0.50, 250, on=WITH_FEES)
    floor.placed(CAROL, BUY, YES, 0.50, 1_000, on=WITH_FEES)
    for rebates in ((1.40625, 0), (1.40625, 0)):
        floor.wait(24 * 3600)
        auditor.check()
        assert (floor.cash(ALICE), floor.cash(BOB)) == (9_625 + rebates[0], 9_875 + rebates[1])
    floor.placed(BOB, BUY, NO, 0.50, 500, on=WITH_FEES)
    floor.placed(CAROL, BUY, YES, 0.50, 500, on=WITH_FEES)
    for _ in range(2):
        floor.wait(24 * 3600)
        auditor.check()
        assert (floor.cash(ALICE), floor.cash(BOB)) == (9_625 + 1.40625, 9_625 + 0.46875 + 0.9375)
