"""What happens to an order at the paper venue: refused, matched, resting, ended; and the account after it."""

from collections.abc import Iterable, Mapping, Sequence

from actors.execution.paper import admission
from actors.execution.paper.account import Account
from actors.execution.paper.live_order import LiveOrder, as_bid
from actors.execution.paper.matching import Match, Share, displayed_matches, paid_price
from actors.execution.paper.paper_market import PaperMarket
from actors.execution.paper.queue_position import QueuePosition
from actors.execution.paper.schedule import Schedule
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.settlement import Settlements
from messages.fills import Fill, Liquidity
from messages.identity import MarketId, OrderId, Side, TradeId
from messages.market_data import Snapshot
from messages.orders import Accepted, CancelRefused, Ended, Executed, Order, OrderState, Rejected, VenueEvent
from messages.units import Cash, Price, Shares, notional


class Engine:
    """The orders, the account and the fills of the paper venue.

    The balance rule is the venue's (reference polymarket.md, 3.2): in each market by itself, open BUYs stay within the
    cash and open SELLs within the shares, as far as both are settled. So cash may be promised in several markets at
    once; when a fill makes that too much, the newest orders of the markets concerned are pulled.
    """

    __slots__ = ("_arrivals", "_markets", "_settings", "account", "resting", "settlements")

    def __init__(self, settings: PaperSettings, markets: Mapping[MarketId, PaperMarket], schedule: Schedule) -> None:
        self._settings = settings
        self._markets = markets
        self._arrivals = 0
        self.account = Account(settings.initial_deposit)
        self.settlements = Settlements(settings, self.account, schedule)
        self.resting: dict[OrderId, LiveOrder] = {}

    def arrive(self, order: Order, at_ns: int) -> list[VenueEvent]:
        """The order reaches the venue and is matched against the last closed book; what is left of it may rest."""
        market = self._markets.get(order.market)
        if market is None:
            return [Rejected(order.order, admission.MARKET_NOT_FOUND, at_ns)]
        last = market.last
        if last is None or not admission.is_ready(market.listing, last):
            return [Rejected(order.order, admission.NOT_READY, at_ns)]
        bid = as_bid(order.outcome, order.side, order.price)
        matches: Sequence[Match] = ()
        reason = admission.refusal_of_form(order, market.listing, last)
        if reason is None:
            matches = displayed_matches(last, market.taken, bid, order.size)
            is_covered = self._is_covered(order, market, matches)
            reason = admission.refusal_of_match(order, matches) if is_covered else admission.NOT_ENOUGH_BALANCE
        if reason is not None:
            return [Rejected(order.order, reason, at_ns)]

        self._arrivals += 1
        queue = QueuePosition.joining(
            self._settings.cancel_model,
            self._settings.trade_report_window_ns,
            last.bids(bid.outcome).size_at(bid.price),
        )
        live = LiveOrder(order, bid, queue, joined=market.reports.count, arrival=self._arrivals)
        return [Accepted(order.order, at_ns), *self._take(live, market, last, matches, at_ns)]

    def make(self, shares: Iterable[Share], at_ns: int) -> list[VenueEvent]:
        """Resting orders are hit: they trade at their own price and pay no fee."""
        events: list[VenueEvent] = []
        for live, size in shares:
            last = self._markets[live.order.market].last
            assert last is not None, "an order rests only once a book closed"
            events.append(self._execute(live, live.order.price, size, Cash(0), Liquidity.MAKER, last, at_ns))
            if not live.remaining:
                self._remove(live)
            events += self._pull_uncovered(at_ns)
        return events

    def cancel(self, order: OrderId, at_ns: int) -> VenueEvent:
        """A cancel reaches the venue."""
        live = self.resting.get(order)
        if live is None:
            return CancelRefused(order, admission.CANNOT_BE_FOUND, at_ns)
        return self.end(live, OrderState.CANCELLED, "", at_ns)

    def end(self, live: LiveOrder, state: OrderState, reason: str, at_ns: int) -> VenueEvent:
        """A resting order rests no more."""
        self._remove(live)
        return Ended(live.order.order, state, live.filled, reason, at_ns)

    def _take(
        self, live: LiveOrder, market: PaperMarket, last: Snapshot, matches: Sequence[Match], at_ns: int
    ) -> list[VenueEvent]:
        events: list[VenueEvent] = []
        for match in matches:
            market.taken.take(*match)
            price = paid_price(live.order.side, match)
            fee = market.listing.fees.taker_fee(price, match.size)
            events.append(self._execute(live, price, match.size, fee, Liquidity.TAKER, last, at_ns))
        if live.remaining and admission.is_immediate(live.order):
            order = live.order.order
            events.append(Ended(order, OrderState.CANCELLED, live.filled, admission.FAK_REST, at_ns))
        elif live.remaining:
            self.resting[live.order.order] = live
            market.rest(live)
        return [*events, *self._pull_uncovered(at_ns)] if matches else events

    def _execute(
        self, live: LiveOrder, price: Price, size: Shares, fee: Cash, liquidity: Liquidity, last: Snapshot, at_ns: int
    ) -> VenueEvent:
        live.matches += 1
        live.filled = Shares(live.filled + size)
        order = live.order
        fill = Fill(
            trade=TradeId(f"{order.order}-{live.matches}"),
            order=order.order,
            strategy=order.strategy,
            market=order.market,
            outcome=order.outcome,
            side=order.side,
            price=price,
            size=size,
            fee=fee,
            liquidity=liquidity,
            middle=last.middle,
            at_ns=at_ns,
        )
        return Executed(self.settlements.add(fill))

    def _is_covered(self, order: Order, market: PaperMarket, matches: Sequence[Match]) -> bool:
        if order.side is Side.SELL:
            held = self.account.sellable(order.market, order.outcome)
            return market.open_sells(order.outcome) + order.size <= held
        cost, left = 0, order.size
        for match in matches:
            price = paid_price(order.side, match)
            cost += notional(price, match.size) + market.listing.fees.taker_fee(price, match.size)
            left = Shares(left - match.size)
        needed = max(notional(order.price, order.size), cost + notional(order.price, left))
        return market.open_buys() + needed <= self.account.spendable

    def _pull_uncovered(self, at_ns: int) -> list[VenueEvent]:
        events: list[VenueEvent] = []
        for market_id in sorted({live.order.market for live in self.resting.values()}):
            market = self._markets[market_id]
            promised = market.open_buys()
            for live in reversed(market.orders()):
                if promised <= self.account.spendable:
                    break
                if live.order.side is Side.BUY:
                    promised = Cash(promised - live.open_notional)
                    events.append(self.end(live, OrderState.CANCELLED, admission.UNCOVERED, at_ns))
        return events

    def _remove(self, live: LiveOrder) -> None:
        del self.resting[live.order.order]
        self._markets[live.order.market].remove(live)
