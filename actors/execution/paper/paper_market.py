"""One market of the paper venue: the last closed book, our resting orders, and what we took."""

from bisect import insort
from collections.abc import Sequence

from actors.execution.paper.depth_taken import DepthTaken
from actors.execution.paper.live_order import LiveOrder
from actors.execution.paper.matching import Share, against_the_book, from_a_trade, what_was_hit
from actors.execution.paper.trade_reports import TradeReports
from messages.identity import Outcome, Side
from messages.market_data import Snapshot, TradePrint
from messages.markets import Market
from messages.units import PRICE_SCALE, Cash, Shares


class PaperMarket:
    """The state that market data changes. `last` is None until the first book closed."""

    __slots__ = ("_no", "_yes", "last", "listing", "reports", "taken")

    def __init__(self, listing: Market, report_window_ns: int) -> None:
        self.listing = listing
        self.last: Snapshot | None = None
        self.reports = TradeReports(report_window_ns)
        self.taken = DepthTaken()
        self._yes: list[LiveOrder] = []
        self._no: list[LiveOrder] = []

    def orders(self) -> tuple[LiveOrder, ...]:
        """The resting orders, oldest first."""
        return tuple(sorted(self._yes + self._no, key=lambda live: live.arrival))

    def open_buys(self) -> Cash:
        """What the resting BUY orders of the market may still cost."""
        return Cash(sum(live.open_notional for live in self._yes + self._no if live.order.side is Side.BUY))

    def open_sells(self, outcome: Outcome) -> Shares:
        """The shares of `outcome` that resting SELL orders offer: they are bids for the other token."""
        orders = self._bids(outcome.other)
        return Shares(sum(live.remaining for live in orders if live.order.side is Side.SELL))

    def rest(self, live: LiveOrder) -> None:
        insort(self._bids(live.bid.outcome), live, key=lambda order: order.priority)

    def remove(self, live: LiveOrder) -> None:
        self._bids(live.bid.outcome).remove(live)

    def book_closed(self, snapshot: Snapshot, now_ns: int) -> Sequence[Share]:
        """Remembers the book, moves the queues, and returns what crosses our resting orders."""
        self.last = snapshot
        self.reports.remember(snapshot, now_ns)
        if self.taken:
            self.taken.bound(snapshot)
        yes, no = self._yes, self._no
        if not (yes or no):
            return ()
        shares: list[Share] = []
        if yes:
            depth = snapshot.yes_bids
            for live in yes:
                size = depth.size_at(live.bid.price)
                if size != live.queue.displayed:
                    live.queue.book_shows(size, now_ns)
            if yes[0].bid.price + snapshot.no_bids.best >= PRICE_SCALE:
                shares += against_the_book(yes, snapshot, self.taken)
        if no:
            depth = snapshot.no_bids
            for live in no:
                size = depth.size_at(live.bid.price)
                if size != live.queue.displayed:
                    live.queue.book_shows(size, now_ns)
            if no[0].bid.price + snapshot.yes_bids.best >= PRICE_SCALE:
                shares += against_the_book(no, snapshot, self.taken)
        return shares

    def traded(self, trade: TradePrint, now_ns: int) -> list[Share]:
        """Moves the queues, and returns what the trade print fills of our resting orders."""
        hit = what_was_hit(trade)
        reported = self.reports.explain(hit.outcome, hit.price, trade.size, now_ns)
        if self.last is None:
            return []
        return from_a_trade(self._bids(hit.outcome), hit, trade.size, reported, self.last.tick_size, now_ns)

    def _bids(self, outcome: Outcome) -> list[LiveOrder]:
        return self._yes if outcome is Outcome.YES else self._no
