"""What holds at the paper venue whatever the market, the orders and the clock do."""

from collections import Counter
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actors.execution.paper.queue_position import PowerProbability, RiskAverse
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from messages.fills import Fill, Liquidity
from messages.identity import MarketId, OrderId, Outcome, Side
from messages.intents import TimeInForce
from messages.market_data import Snapshot
from messages.markets import FeeSchedule
from messages.orders import Accepted, Ended, Executed, Order, OrderState, Rejected, VenueEvent
from messages.units import CASH_SCALE, LOT, Cash, proceeds
from tests.actors.execution.paper.paper_world import (
    BUY,
    FAK,
    FOK,
    FOREVER,
    MARKET,
    MS,
    OTHER_MARKET,
    WINDOW,
    Levels,
    book,
    market,
    order,
    print_of,
)

DEPOSIT = Cash(60 * CASH_SCALE)
MARKETS = (market(fees=FeeSchedule(rate_ppm=70_000)), market(OTHER_MARKET))

prices = st.sampled_from(["0.47", "0.48", "0.49", "0.50", "0.51", "0.52", "0.53"])
sizes = st.sampled_from(["1.5", "5", "7.25", "20", "33.337"])
names = st.sampled_from([MARKET, OTHER_MARKET])
outcomes, sides = st.sampled_from(Outcome), st.sampled_from(Side)
orders = st.sampled_from([f"order {number}" for number in range(40)])
ladders: st.SearchStrategy[Levels] = st.dictionaries(prices, sizes, max_size=4)


class AnyMarket(RuleBasedStateMachine):
    """Random snapshots, trades, orders, cancels and times; a second, simple account beside the venue's."""

    @initialize(
        model=st.sampled_from([RiskAverse(), PowerProbability(), PowerProbability(1)]),
        order_latency=st.sampled_from([0, 1, 50 * MS]),
        cancel_latency=st.sampled_from([0, 50 * MS]),
    )
    def open_venue(self, model: RiskAverse | PowerProbability, order_latency: int, cancel_latency: int) -> None:
        self.settings = PaperSettings(DEPOSIT, order_latency, cancel_latency, WINDOW, model)
        self.venue = PaperVenue(self.settings, MARKETS)
        self.calls: list[Callable[[PaperVenue], tuple[VenueEvent, ...]]] = []
        self.events: list[VenueEvent] = []
        self.now = 0
        self.sent: dict[str, Order] = {}
        self.sent_at: dict[str, list[int]] = {}
        self.filled: Counter[str] = Counter()
        self.over: set[str] = set()
        self.accepted: set[str] = set()
        self.held: Counter[tuple[MarketId, Outcome]] = Counter()
        self.cash = int(DEPOSIT)
        self.queues: dict[str, int] = {}
        self.shown: dict[tuple[MarketId, Outcome, int], int] = {}
        self.ever_shown: Counter[tuple[MarketId, Outcome]] = Counter()
        self.taken: Counter[tuple[MarketId, Outcome]] = Counter()

    def call(self, what: Callable[[PaperVenue], tuple[VenueEvent, ...]]) -> list[Fill]:
        """Makes a call, checks and books its events, and returns its fills."""
        self.calls.append(what)
        events = what(self.venue)
        self.events += events
        times = [event.fill.at_ns if isinstance(event, Executed) else event.at_ns for event in events]
        assert times == sorted(times)
        assert all(time <= self.now for time in times)
        for event in events:
            match event:
                case Executed(fill):
                    self.book_fill(fill)
                case Accepted(name, at_ns):
                    assert name not in self.accepted
                    assert at_ns == self.sent_at[name][0] + self.settings.order_latency_ns
                    self.accepted.add(name)
                case Rejected(name, _, at_ns):
                    assert at_ns - self.settings.order_latency_ns in self.sent_at[name]
                case Ended(name, state, filled, _, at_ns):
                    assert name in self.accepted
                    assert name not in self.over
                    assert filled == self.filled[name] < self.sent[name].size
                    assert state is not OrderState.EXPIRED or at_ns == self.sent[name].expires_ns
                    self.over.add(name)
        return [event.fill for event in events if isinstance(event, Executed)]

    def book_fill(self, fill: Fill) -> None:
        wanted = self.sent[fill.order]
        assert fill.order in self.accepted
        assert fill.order not in self.over
        assert fill.size > 0
        assert fill.size % LOT == 0
        assert fill.price <= wanted.price if fill.side is BUY else fill.price >= wanted.price
        assert fill.liquidity is Liquidity.TAKER or (fill.price, fill.fee) == (wanted.price, 0)
        assert not (wanted.post_only and fill.liquidity is Liquidity.TAKER)
        assert fill.at_ns < wanted.expires_ns
        self.filled[fill.order] += fill.size
        assert self.filled[fill.order] <= wanted.size
        direction = 1 if fill.side is BUY else -1
        self.cash -= direction * proceeds(fill.price, fill.size) + fill.fee
        self.held[fill.market, fill.outcome] += direction * fill.size
        if fill.liquidity is Liquidity.TAKER:
            self.take_depth(fill)

    def take_depth(self, fill: Fill) -> None:
        ladder = fill.outcome.other if fill.side is BUY else fill.outcome
        self.taken[fill.market, ladder] += fill.size
        assert self.taken[fill.market, ladder] <= self.ever_shown[fill.market, ladder]

    @rule(pause=st.sampled_from([0, 1, 10 * MS, 49 * MS, 50 * MS, WINDOW - 1, WINDOW]))
    def time_passes(self, pause: int) -> None:
        self.now += pause
        now = self.now
        self.call(lambda venue: venue.advance(now))
        due_ns = self.venue.next_due_ns()
        assert due_ns is None or due_ns > now

    @rule(name=names, bids=ladders, asks=ladders)
    def book_closes(self, name: MarketId, bids: Levels, asks: Levels) -> None:
        snapshot, now = book(bids, asks, name=name), self.now
        self.call(lambda venue: venue.advance(now))
        self.show(snapshot)
        makers = self.call(lambda venue: venue.snapshot(snapshot, now))
        assert {fill.liquidity for fill in makers} <= {Liquidity.MAKER}
        for fill in makers:
            assert fill.middle == snapshot.middle
            self.take_depth(fill)

    def show(self, snapshot: Snapshot) -> None:
        for outcome in Outcome:
            shown = dict(snapshot.bids(outcome).levels())
            for price, size in shown.items():
                before = self.shown.get((snapshot.market, outcome, price), 0)
                self.ever_shown[snapshot.market, outcome] += max(0, size - before)
            for grid_price in range(4700, 5400, 100):
                self.shown[snapshot.market, outcome, grid_price] = 0
            self.shown.update({(snapshot.market, outcome, price): size for price, size in shown.items()})

    @rule(name=names, side=sides, price=prices, size=sizes)
    def somebody_trades(self, name: MarketId, side: Side, price: str, size: str) -> None:
        trade, now = print_of(side, price, size, name), self.now
        self.call(lambda venue: venue.advance(now))
        makers = self.call(lambda venue: venue.trade(trade, now))
        assert {fill.liquidity for fill in makers} <= {Liquidity.MAKER}
        assert sum(fill.size for fill in makers) <= trade.size

    @rule(
        name=orders,
        where=names,
        outcome=outcomes,
        side=sides,
        price=prices,
        size=sizes,
        kind=st.sampled_from(TimeInForce),
        post_only=st.booleans(),
        life=st.sampled_from([WINDOW, 2 * WINDOW, FOREVER]),
    )
    def we_order(
        self,
        name: str,
        where: MarketId,
        outcome: Outcome,
        side: Side,
        price: str,
        size: str,
        kind: TimeInForce,
        post_only: bool,
        life: int,
    ) -> None:
        maker_only = post_only and kind not in (FOK, FAK)
        wanted = self.sent.get(name) or order(
            name,
            outcome,
            side,
            price,
            size,
            kind=kind,
            post_only=maker_only,
            expires_ns=self.now + life,
            in_market=where,
        )
        self.sent[name] = wanted
        self.sent_at.setdefault(name, []).append(self.now)
        now = self.now
        self.call(lambda venue: venue.submit(wanted, now))

    @rule(name=orders)
    def we_cancel(self, name: str) -> None:
        now = self.now
        self.call(lambda venue: venue.withdraw(OrderId(name), now))

    @invariant()
    def the_account_conserves_cash_and_shares(self) -> None:
        assert self.venue.cash == self.cash >= 0
        for name in (MARKET, OTHER_MARKET):
            for outcome in Outcome:
                assert self.venue.shares(name, outcome) == self.held[name, outcome] >= 0

    @invariant()
    def open_orders_are_those_that_have_not_ended(self) -> None:
        done = {name for name in self.accepted if self.filled[name] == self.sent[name].size}
        assert set(self.venue.open_orders()) == self.accepted - self.over - done
        assert [fill for fill in self.venue.fills_since(0)] == [
            event.fill for event in self.events if isinstance(event, Executed)
        ]

    @invariant()
    def open_orders_are_backed_in_each_market(self) -> None:
        for name in (MARKET, OTHER_MARKET):
            resting = [self.sent[each] for each in self.venue.open_orders() if self.sent[each].market == name]
            buys = [each for each in resting if each.side is BUY]
            assert sum(each.price * (each.size - self.filled[each.order]) for each in buys) <= self.cash * 10_000
            for outcome in Outcome:
                sells = [each for each in resting if each.side is not BUY and each.outcome is outcome]
                assert sum(each.size - self.filled[each.order] for each in sells) <= self.held[name, outcome]

    @invariant()
    def a_queue_position_never_goes_up(self) -> None:
        for name in self.venue.open_orders():
            ahead = self.venue.queue_ahead(name, self.now)
            assert ahead is not None
            assert 0 <= ahead <= self.queues.get(name, ahead)
            self.queues[name] = ahead

    def teardown(self) -> None:
        if hasattr(self, "calls"):
            again = PaperVenue(self.settings, MARKETS)
            assert [event for what in self.calls for event in what(again)] == self.events


TestAnyMarket = AnyMarket.TestCase
TestAnyMarket.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
