"""A plan of orders through hftbacktest, the optional extra of that name."""

from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Protocol

from attrs import frozen

from messages.identity import Outcome
from messages.market_data import TradePrint
from messages.units import LOT, NANOSECONDS_PER_MILLISECOND, PRICE_SCALE, SHARE_SCALE, Shares, complement
from polyactors.comparisons.errands import Errand, errands
from polyactors.comparisons.hftbacktest_feed import Row, feed_rows
from polyactors.comparisons.market_history import MarketHistory, NoComparison
from polyactors.comparisons.order_plan import PlannedOrder
from polyactors.comparisons.outcome_of_orders import OrdersOutcome

VERSION = "2.4.4"

A_MOMENT = NANOSECONDS_PER_MILLISECOND // 4
"""After whole milliseconds, when frames come, and after halves, when orders do: all that happens then has happened."""

_FOREIGN_FEES = 0.0
_WENT_WELL, _NO_MORE_DATA = 0, 1


class Asset(Protocol):
    """What is said to an asset of hftbacktest before a test; every call answers with the asset."""

    def data(self, feed: object) -> "Asset": ...
    def linear_asset(self, size: float) -> "Asset": ...
    def constant_order_latency(self, there_ns: int, back_ns: int) -> "Asset": ...
    def trading_value_fee_model(self, maker: float, taker: float) -> "Asset": ...
    def tick_size(self, tick: float) -> "Asset": ...
    def lot_size(self, lot: float) -> "Asset": ...
    def partial_fill_exchange(self) -> "Asset": ...
    def power_prob_queue_model(self, exponent: float) -> "Asset": ...
    def log_prob_queue_model(self) -> "Asset": ...
    def risk_adverse_queue_model(self) -> "Asset": ...


class ForeignOrder(Protocol):
    @property
    def leaves_qty(self) -> float: ...


class ForeignOrders(Protocol):
    def get(self, number: int) -> ForeignOrder | None: ...


class Test(Protocol):
    """What is asked of a test of hftbacktest. Times in nanoseconds."""

    @property
    def current_timestamp(self) -> int: ...
    def elapse(self, duration: int) -> int: ...
    def orders(self, asset: int) -> ForeignOrders: ...
    def cancel(self, asset: int, number: int, wait: bool) -> int: ...
    def submit_buy_order(
        self, asset: int, number: int, price: float, size: float, time_in_force: int, kind: int, wait: bool
    ) -> int: ...
    def submit_sell_order(
        self, asset: int, number: int, price: float, size: float, time_in_force: int, kind: int, wait: bool
    ) -> int: ...


@frozen(eq=False)
class Feed:
    """A history as an array of its events, for as many tests as are wanted."""

    history: MarketHistory
    array: object


class Hftbacktest:
    """The package. Raises `NoComparison` if it is not here, or another version."""

    def __init__(self) -> None:
        try:
            self._main = import_module("hftbacktest")
            self._numpy = import_module("numpy")
            self._types = import_module("hftbacktest.types")
        except ImportError as error:
            raise NoComparison(f"{error}; install the extra: pip install 'polyactors[hftbacktest]'") from error
        if self._main.__version__ != VERSION:
            raise NoComparison(f"this is hftbacktest {self._main.__version__}; the comparison is with {VERSION}")

    def feed(self, history: MarketHistory) -> Feed:
        types = self._types
        here = types.EXCH_EVENT | types.LOCAL_EVENT
        flags = {
            Row.BID: here | types.DEPTH_EVENT | types.BUY_EVENT,
            Row.ASK: here | types.DEPTH_EVENT | types.SELL_EVENT,
            Row.BOUGHT: here | types.TRADE_EVENT | types.BUY_EVENT,
            Row.SOLD: here | types.TRADE_EVENT | types.SELL_EVENT,
        }
        rows = [
            (flags[row.row], row.at_ns, row.at_ns, row.price, row.size, 0, 0, 0.0) for row in feed_rows(history.seen)
        ]
        return Feed(history, self._numpy.array(rows, dtype=types.event_dtype))

    def run(
        self, feed: Feed, orders: Sequence[PlannedOrder], latency_ns: int, with_model: Callable[[Asset], Asset]
    ) -> OrdersOutcome:
        """What it fills of `orders`; `with_model` chooses the queue model.

        Answers come back at once, so that each fill is seen at the time of the trade that made it.
        """
        main, history = self._main, feed.history
        asset: Asset = main.BacktestAsset()
        asset = asset.data(feed.array).linear_asset(1.0).constant_order_latency(latency_ns, 0)
        asset = asset.trading_value_fee_model(_FOREIGN_FEES, _FOREIGN_FEES).partial_fill_exchange()
        asset = asset.tick_size(history.market.tick_size / PRICE_SCALE).lot_size(LOT / SHARE_SCALE)
        test = main.HashMapMarketDepthBacktest([with_model(asset)])
        try:
            return _Run(test, main.GTX, main.LIMIT, latency_ns).through(history, orders)
        finally:
            test.close()


class _Run:
    """One test, looked at after every trade: it counts complete fills only, and forgets how often an order was hit."""

    def __init__(self, test: "Test", post_only: int, limit: int, latency_ns: int) -> None:
        self._test = test
        self._kind = (post_only, limit)
        self._latency_ns = latency_ns
        self._open: dict[int, PlannedOrder] = {}
        self._filled: Counter[int] = Counter()
        self._fills = 0

    def through(self, history: MarketHistory, orders: Sequence[PlannedOrder]) -> OrdersOutcome:
        self._elapse(0)
        looks = sorted({seen.received_ns for seen in history.seen if isinstance(seen, TradePrint)})
        steps: list[tuple[int, Errand | PlannedOrder | None]] = [(at_ns + A_MOMENT, None) for at_ns in looks]
        steps += [(errand.at_ns, errand) for errand in errands(orders)]
        # By then its cancel has come back, and what it had got until then is known.
        steps += [(order.cancelled_ns + self._latency_ns + A_MOMENT, order) for order in orders]
        for at_ns, step in sorted(steps, key=lambda each: each[0]):
            self._elapse(at_ns - self._test.current_timestamp)
            self._look()
            if isinstance(step, PlannedOrder):
                self._open.pop(step.number, None)
            elif step is not None:
                self._do(step)
        return OrdersOutcome(self._fills, {number: Shares(size) for number, size in self._filled.items()})

    def _elapse(self, duration_ns: int) -> None:
        """Once it has failed it goes on with half of its state: what it says from then on means nothing."""
        code = self._test.elapse(duration_ns)
        if code not in (_WENT_WELL, _NO_MORE_DATA):
            raise NoComparison(f"hftbacktest gave up with error {code}: another size of the orders may help")

    def _do(self, errand: Errand) -> None:
        planned, test = errand.order, self._test
        if not errand.is_new:
            if planned.number in self._open:
                test.cancel(0, planned.number, False)
            return
        in_yes = planned.price if planned.outcome is Outcome.YES else complement(planned.price)
        send = test.submit_buy_order if planned.outcome is Outcome.YES else test.submit_sell_order
        send(0, planned.number, in_yes / PRICE_SCALE, planned.size / SHARE_SCALE, *self._kind, False)
        self._open[planned.number] = planned

    def _look(self) -> None:
        known = self._test.orders(0)
        for planned in list(self._open.values()):
            order = known.get(planned.number)
            filled = planned.size if order is None else planned.size - round(order.leaves_qty * SHARE_SCALE)
            if filled > self._filled[planned.number]:
                self._fills += 1
                self._filled[planned.number] = filled
            if filled == planned.size:
                del self._open[planned.number]
