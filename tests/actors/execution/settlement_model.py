"""A venue, its chain and our ledger, each of which hears of a thing in its own time: what the reconciliation faces."""

from collections.abc import Callable
from random import Random

from attrs import Factory, define, evolve

from actors.execution.live.fills import fill_id
from actors.execution.live.reconciliation import CASH, Asset, Reading, since_ns
from actors.execution.live.words import OwnPart, VenueBalances, VenueTrade, VenueTradeStatus
from actors.portfolio.ledger import Ledger
from actors.portfolio.positions import cash_flow, shares_moved
from messages.fills import Fill, FillReversed, FillSettled, Liquidity
from messages.identity import MarketId, OrderId, Outcome, Side, TradeId, VenueOrderId
from messages.portfolio import SettledAccount
from messages.units import LOT, Cash, Price, Shares
from tests.actors.samples import GAME, MAKER, OTHER_GAME, dollars, market

MATCHED, MINED, RETRYING, CONFIRMED, FAILED = (
    VenueTradeStatus.MATCHED,
    VenueTradeStatus.MINED,
    VenueTradeStatus.RETRYING,
    VenueTradeStatus.CONFIRMED,
    VenueTradeStatus.FAILED,
)
NEXT = {MATCHED: (MINED, RETRYING, FAILED), RETRYING: (MINED, FAILED), MINED: (CONFIRMED, CONFIRMED, FAILED)}
"""The ways that a trade goes. A mined one that fails is taken back from the chain."""

MOVED = (MINED, CONFIRMED)

DEPOSIT = dollars(10_000)
MARGIN_NS = 5
REBATE = 4_000
MARKETS = (GAME, OTHER_GAME)


@define(eq=False)
class SettlementModel:
    """Steps are chosen by `chance`; `now_ns` grows with each. The venue has paid so many `rebates`, the ledger heard of
    `rebates_heard`, and there were `rebates_read` when it was last compared."""

    chance: Random
    now_ns: int = 100
    agreed_ns: int = 0
    trades: dict[TradeId, VenueTrade] = Factory(dict)
    cash: Cash = DEPOSIT
    shares: dict[tuple[MarketId, Outcome], int] = Factory(dict)
    rebates: int = 0
    rebates_heard: int = 0
    rebates_read: int = 0
    ledger: Ledger = Factory(lambda: Ledger(DEPOSIT, (market(), market(OTHER_GAME))))

    def step(self) -> None:
        self.now_ns += 1
        self.chance.choice((self._match, self._go_on, self._go_on, self._hear, self._hear, self._pay))()

    def steps(self, most: int) -> None:
        for _ in range(self.chance.randint(0, most)):
            self.step()

    def come_to_rest(self) -> None:
        """The ledger hears of everything as it is now."""
        for trade in self.trades.values():
            self.hear(trade)
        self.rebates_heard = self.rebates

    def account(self) -> SettledAccount:
        settled = self.ledger.settled()
        return evolve(settled, cash=Cash(settled.cash + REBATE * self.rebates_heard))

    def settle_all(self) -> None:
        for trade in list(self.trades.values()):
            if trade.status is MATCHED or trade.status is RETRYING:
                self._become(trade, MINED)
            if self.trades[trade.trade].status is MINED:
                self._become(self.trades[trade.trade], CONFIRMED)
        self.come_to_rest()

    def take(self, asset: Asset, amount: int) -> None:
        """Something happens at the venue that no trade tells of."""
        if asset.market is None or asset.outcome is None:
            self.cash = Cash(self.cash + amount)
        else:
            token = (asset.market, asset.outcome)
            self.shares[token] = self.shares.get(token, 0) + amount

    def compare(self, steps_between: int) -> Reading:
        """What a comparison reads, with so many steps at most between any two reads."""
        began_ns = self.now_ns
        before = self.account()
        self.steps(steps_between)
        since = since_ns(self.agreed_ns, before, MARGIN_NS)
        trades = tuple(each for each in self.trades.values() if each.matched_ns >= since)
        self.steps(steps_between)
        held = tuple(
            (each, outcome, Shares(self.shares.get((each, outcome), 0))) for each in MARKETS for outcome in Outcome
        )
        balances = VenueBalances(self.cash, held)
        self.rebates_read = self.rebates
        self.steps(steps_between)
        return Reading(began_ns, since, before, began_ns, (), trades, balances, self.account())

    def tell(self, reading: Reading) -> None:
        """What the reconciler read has come to the ledger by now."""
        for trade in reading.trades:
            self.hear(trade)
        self.rebates_heard = max(self.rebates_heard, self.rebates_read)

    def hear(self, trade: VenueTrade) -> None:
        for part in trade.parts:
            fill = fill_of_part(trade, part)
            if trade.status is FAILED:
                self.ledger.reverse(FillReversed(fill.trade, fill.order, fill.market, self.now_ns))
                continue
            self.ledger.fill(fill)
            if trade.status is CONFIRMED:
                self.ledger.settle(FillSettled(fill.trade, fill.order, fill.market, self.now_ns))

    def _match(self) -> None:
        name = f"t{len(self.trades)}"
        part = OwnPart(
            VenueOrderId(f"0x{name}"),
            self.chance.choice(MARKETS),
            self.chance.choice(tuple(Outcome)),
            self.chance.choice(tuple(Side)),
            Price(100 * self.chance.choice((40, 60))),
            # Few sizes, so that one trade's move is often as large as another's.
            Shares(LOT * self.chance.choice((500, 1000))),
            Cash(self.chance.choice((0, 0, 700))),
            Liquidity.MAKER,
        )
        self.trades[TradeId(name)] = VenueTrade(TradeId(name), MATCHED, (part,), self.now_ns)

    def _go_on(self) -> None:
        trade = self._any(lambda each: each.status in NEXT)
        if trade is not None:
            self._become(trade, self.chance.choice(NEXT[trade.status]))

    def _become(self, trade: VenueTrade, status: VenueTradeStatus) -> None:
        times = (status in MOVED) - (trade.status in MOVED)
        for part in trade.parts:
            fill = fill_of_part(trade, part)
            self.take(CASH, times * (cash_flow(fill) - fill.fee))
            self.take(Asset(part.market, part.outcome), times * shares_moved(fill))
        self.trades[trade.trade] = evolve(trade, status=status)

    def _hear(self) -> None:
        trade = self._any(lambda _: True)
        if trade is not None:
            self.hear(trade)

    def _pay(self) -> None:
        """Cash that no trade tells of, and the ledger hears of by itself."""
        if self.chance.random() < 0.5:
            self.rebates += 1
            self.take(CASH, REBATE)
        else:
            self.rebates_heard = self.rebates

    def _any(self, is_meant: Callable[[VenueTrade], bool]) -> VenueTrade | None:
        meant = [each for each in self.trades.values() if is_meant(each)]
        return self.chance.choice(meant) if meant else None


def fill_of_part(trade: VenueTrade, part: OwnPart) -> Fill:
    return Fill(
        fill_id(trade, part),
        OrderId(part.venue_order),
        MAKER,
        part.market,
        part.outcome,
        part.side,
        part.price,
        part.size,
        part.fee,
        part.liquidity,
        part.price,
        trade.matched_ns,
        provisional=trade.status is not CONFIRMED,
    )
