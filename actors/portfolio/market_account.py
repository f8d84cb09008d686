"""One market in the ledger: positions, open orders and reservations, kept as sums so that a change costs little."""

from attrs import Factory, define, field

from actors.portfolio.positions import booked, reversed_, settled
from actors.portfolio.reserve import Reserve
from messages.fills import Fill
from messages.identity import MarketId, OrderId, Outcome, Side, StrategyName
from messages.orders import OrderChanged
from messages.portfolio import MarketPortfolio, Position
from messages.units import Cash, Shares


@define
class MarketAccount:
    """Changed by the ledger alone. `version` grows with each change; the portfolio is built once a version."""

    market: MarketId
    version: int = 0
    yes: int = 0
    no: int = 0
    reserved_cash: int = 0
    reserved_yes: int = 0
    reserved_no: int = 0
    provisional_yes: int = 0
    provisional_no: int = 0
    positions: dict[StrategyName, Position] = Factory(dict)
    open_orders: dict[OrderId, OrderChanged] = Factory(dict)
    _portfolio: MarketPortfolio | None = field(default=None, init=False, eq=False)

    def book(self, fill: Fill) -> None:
        position = self.positions.get(fill.strategy) or Position(self.market, fill.strategy)
        self.positions[fill.strategy] = booked(position, fill)
        self._hold(fill, 1)
        if fill.provisional:
            self._wait_for(fill, 1)

    def settle(self, fill: Fill) -> None:
        """The provisional fill, which is booked, is final."""
        self.positions[fill.strategy] = settled(self.positions[fill.strategy], fill)
        self._wait_for(fill, -1)

    def reverse(self, fill: Fill) -> None:
        """The provisional fill, which is booked, has never been."""
        self.positions[fill.strategy] = reversed_(self.positions[fill.strategy], fill)
        self._hold(fill, -1)
        self._wait_for(fill, -1)

    def show(self, order: OrderChanged) -> None:
        """Take the order among the open ones, or out of them."""
        if order.state.is_final:
            self.open_orders.pop(order.order.order, None)
        else:
            self.open_orders[order.order.order] = order

    def reserve(self, before: Reserve, after: Reserve) -> None:
        self.reserved_cash += after.cash - before.cash
        self.reserved_yes += after.yes - before.yes
        self.reserved_no += after.no - before.no

    def free_shares(self, outcome: Outcome) -> int:
        """Shares held, settled and not reserved; below zero is a shortfall."""
        if outcome is Outcome.YES:
            return self.yes - self.provisional_yes - self.reserved_yes
        return self.no - self.provisional_no - self.reserved_no

    def next_version(self) -> None:
        self.version += 1
        self._portfolio = None

    def portfolio(self) -> MarketPortfolio:
        if self._portfolio is None:
            self._portfolio = MarketPortfolio(
                self.market,
                self.version,
                tuple(self.positions.values()),
                tuple(self.open_orders.values()),
                Cash(self.reserved_cash),
                Shares(self.reserved_yes),
                Shares(self.reserved_no),
            )
        return self._portfolio

    def _hold(self, fill: Fill, times: int) -> None:
        moved = times * (fill.size if fill.side is Side.BUY else -fill.size)
        if fill.outcome is Outcome.YES:
            self.yes += moved
        else:
            self.no += moved

    def _wait_for(self, fill: Fill, times: int) -> None:
        if fill.side is Side.SELL:
            return
        if fill.outcome is Outcome.YES:
            self.provisional_yes += times * fill.size
        else:
            self.provisional_no += times * fill.size
