"""The Data API's books are kept from what is told; whatever happens, they say what the wallets really own."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from messages.identity import Outcome, Side
from messages.markets import Market
from messages.units import LOT, SHARE_SCALE, Shares
from polyactors.exchange.words import ApiKey, Kind, TradeReported, TradeStatus, Wallet
from tests.exchange.catalogue_world import ALICE, BOB, BUY, CatalogueWorld

CAROL = Wallet("0x00000000000000000000000000000000000000C3")
WALLETS = (ALICE, BOB, CAROL)

WEIGHTS = (60, 6, 6, 10, 6, 2, 10, 4)


class Audited(CatalogueWorld):
    """Does what it is told to if it can be done. Market 0 is a plain one, the others are an event of three."""

    def __init__(self) -> None:
        super().__init__()
        plain, event = self.listings(Kind.BINARY)[3], self.listings(Kind.NEG_RISK)[:3]
        self.markets = [listing.market for listing in (plain, *event)]
        for wallet in WALLETS:
            for market in self.markets:
                self.split(wallet, 40, market)

    def live(self, chance: random.Random) -> None:
        """Eighty things happen, most of them orders; towards the end markets are resolved."""
        for number in range(80):
            self.step(chance, is_late=number > 50)
        self.exchange.fail_next_trades(0)
        self.wait(10)

    def step(self, chance: random.Random, is_late: bool) -> None:
        wallet, market = chance.choice(WALLETS), chance.choice(self.markets)
        shares = Shares(chance.randint(500, 4000) * LOT)
        match chance.choices(("order", "split", "merge", "convert", "redeem", "fail", "wait", "resolve"), WEIGHTS)[0]:
            case "order":
                self.try_order(wallet, chance.choice(list(Side)), chance.choice(list(Outcome)), chance, shares, market)
            case "split" if self.exchange.resolution(market.market) is None:
                self.exchange.split(wallet, market.market, shares, self.now_ns)
            case "merge":
                self.exchange.merge(wallet, market.market, shares, self.now_ns)
            case "convert":
                given = [each.market for each in chance.sample(self.markets[1:], chance.randint(1, 3))]
                self.exchange.convert(wallet, self.markets[1].event, given, shares, self.now_ns)
            case "redeem":
                self.exchange.redeem(wallet, market.market, self.now_ns)
            case "fail":
                self.exchange.fail_next_trades(1)
            case "wait":
                self.wait(chance.random() * 3)
            case "resolve" if is_late:
                self.resolve(market.market, float(chance.random() < 0.5))

    def try_order(
        self, wallet: Wallet, side: Side, outcome: Outcome, chance: random.Random, shares: Shares, market: Market
    ) -> None:
        """Sells nothing that it does not own."""
        owned = self.exchange.shares(wallet, market.market, outcome)
        if self.exchange.resolution(market.market) is None and (side is BUY or owned >= shares):
            self.exchange.cancel_all(ApiKey(wallet), self.now_ns, market.market)
            self.give(wallet, side, outcome, chance.choice((0.45, 0.5, 0.55)), shares / SHARE_SCALE, market)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_positions_are_the_wallets_shares_and_profits_are_its_cash(seed: int) -> None:
    world = Audited()
    world.live(random.Random(seed))
    for wallet in WALLETS:
        portfolio = world.activity.portfolio(wallet)
        assert portfolio is not None
        for market in world.markets:
            for outcome in Outcome:
                position = portfolio.positions.get((market.market, outcome))
                owned = world.exchange.shares(wallet, market.market, outcome)
                assert (position.size if position else 0) == owned
        totals = portfolio.totals
        costs = sum(position.cost for position in portfolio.positions.values())
        made = world.exchange.cash(wallet, world.now_ns) - totals.deposits - totals.rebates - totals.rewards
        assert made == totals.realized - totals.fees - costs


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_every_settled_trade_is_in_the_activity_of_all_its_wallets_once(seed: int) -> None:
    world = Audited()
    settled: list[tuple[str, str, int]] = []

    def hear(event: object) -> None:
        if isinstance(event, TradeReported) and event.trade.status is TradeStatus.MINED:
            trade = event.trade
            settled.append((trade.taker_wallet, trade.transaction, trade.size))
            settled.extend((maker.wallet, trade.transaction, maker.size) for maker in trade.makers)

    world.exchange.listeners.append(hear)
    world.live(random.Random(seed))
    assert settled
    told = [
        (row.wallet, row.transaction, row.shares)
        for wallet in WALLETS
        for row in world.activity.rows(wallet)
        if row.kind == "TRADE"
    ]
    assert sorted(told) == sorted(settled)
    assert sorted(told) == sorted((row.wallet, row.transaction, row.shares) for row in world.activity.trades)
