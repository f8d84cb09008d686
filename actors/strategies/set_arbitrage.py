"""Counts arbitrage over the two tokens of one market, on closed books only. It trades nothing: `SetArbitrageTrader`
may take its place.

A full set (one YES, one NO) is worth exactly 1. Buying both for less, or selling both for more, would be free money;
since an ask of one token is a bid of the other, both are the same event: the best bids of the two tokens add up to
more than 1. On a proven book that is expected never to happen (field note 4); what a naive scanner sees are
half-applied batches.
"""

from attrs import define

from actors.paths import JOURNAL
from actors.strategies.words import StrategyMessage
from messages.identity import Side, StrategyName
from messages.intents import OpportunityCounted, SnapshotId
from messages.market_data import Snapshot
from messages.markets import FeeSchedule, Market
from messages.units import PRICE_SCALE, Price, Shares
from supervision.actor import Actor

SET_ARBITRAGE = StrategyName("set-arbitrage")


@define
class ArbitrageTally:
    """What the detector of one market has seen in all its lives. Costs of a set of both tokens in price units.

    `snapshots` are those that it looked at: one for each time that a best price changed, for nothing else matters here.
    """

    snapshots: int = 0
    opportunities: int = 0
    after_fees: int = 0
    lowest_cost: int | None = None


def opportunity(snapshot: Snapshot, fees: FeeSchedule, at_ns: int) -> OpportunityCounted | None:
    """What buying one of each token at the best prices would bring, if that is less than 1."""
    yes_ask, no_ask = PRICE_SCALE - snapshot.no_bids.best, PRICE_SCALE - snapshot.yes_bids.best
    cost = yes_ask + no_ask
    if not snapshot.is_two_sided or cost >= PRICE_SCALE:
        return None
    size = Shares(min(snapshot.yes_bids.best_size, snapshot.no_bids.best_size))
    fee = fees.taker_fee(Price(yes_ask), size) + fees.taker_fee(Price(no_ask), size)
    fee_per_share = -(-fee * PRICE_SCALE // size)
    number = SnapshotId(snapshot.epoch, snapshot.number)
    return OpportunityCounted(
        SET_ARBITRAGE, snapshot.market, number, Side.BUY, cost, cost + fee_per_share, size, at_ns
    )  # fmt: skip


class SetArbitrage(Actor[StrategyMessage]):
    """Looks at every closed book with new best prices, and writes down each opportunity."""

    def __init__(self, market: Market, tally: ArbitrageTally) -> None:
        self._market = market
        self._tally = tally

    def started(self) -> None:
        self._journal = self.address(JOURNAL)

    def receive(self, message: StrategyMessage) -> None:
        if type(message) is not Snapshot:
            return
        tally = self._tally
        tally.snapshots += 1
        cost = 2 * PRICE_SCALE - message.yes_bids.best - message.no_bids.best
        if message.is_two_sided and (tally.lowest_cost is None or cost < tally.lowest_cost):
            tally.lowest_cost = cost
        if cost >= PRICE_SCALE:
            return
        seen = opportunity(message, self._market.fees, self.now_ns)
        if seen is not None:
            tally.opportunities += 1
            tally.after_fees += seen.after_fees < PRICE_SCALE
            self.tell(self._journal, seen)

    def describe(self) -> object:
        return self._tally
