"""One market in the ledger: positions, open orders and reservations, kept as sums so that a change costs little."""

from attrs import Factory, define, evolve, field

from actors.portfolio.history import History
from actors.portfolio.positions import shares_moved
from actors.portfolio.reserve import Reserve
from messages.fills import Fill
from messages.identity import MarketId, OrderId, Outcome, Side, StrategyName
from messages.orders import OrderChanged
from messages.portfolio import AccountMoved, MarketPortfolio, Position
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
    open_orders: dict[OrderId, OrderChanged] = Factory(dict)
    _history: History = field(init=False)
    _waiting: dict[tuple[StrategyName, Outcome], int] = field(factory=dict, init=False)
    """Shares that were bought and are not settled; has everyone who ever held anything here."""
    _portfolio: MarketPortfolio | None = field(default=None, init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        self._history = History(self.market)

    def book(self, fill: Fill) -> None:
        self._history.add(fill)
        self._hold(fill, 1)
        self._wait_for(fill, 1 if fill.provisional else 0)

    def settle(self, fill: Fill) -> None:
        """The provisional fill, which is booked, is final."""
        self._wait_for(fill, -1)

    def reverse(self, fill: Fill) -> None:
        """The provisional fill, which is booked, has never been."""
        self._history.remove(fill)
        self._hold(fill, -1)
        self._wait_for(fill, -1)

    def move(self, moved: AccountMoved) -> None:
        self._history.add(moved)
        self.yes += moved.yes
        self.no += moved.no

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

    def held(self, outcome: Outcome) -> int:
        """Shares held, provisional ones with them."""
        return self.yes if outcome is Outcome.YES else self.no

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
                self.positions(),
                tuple(self.open_orders.values()),
                Cash(self.reserved_cash),
                Shares(self.reserved_yes),
                Shares(self.reserved_no),
            )
        return self._portfolio

    def positions(self) -> tuple[Position, ...]:
        """Of everyone who ever held anything here, also where nothing is left of it because it had failed."""
        names = dict.fromkeys((*(name for name, _ in self._waiting), *self._history.positions))
        return tuple(self._position(name) for name in names)

    def _position(self, name: StrategyName) -> Position:
        position = self._history.positions.get(name) or Position(self.market, name)
        yes = self._waiting.get((name, Outcome.YES), 0)
        no = self._waiting.get((name, Outcome.NO), 0)
        if not yes and not no:
            return position
        return evolve(position, provisional_yes=Shares(yes), provisional_no=Shares(no))

    def _hold(self, fill: Fill, times: int) -> None:
        moved = times * shares_moved(fill)
        if fill.outcome is Outcome.YES:
            self.yes += moved
        else:
            self.no += moved

    def _wait_for(self, fill: Fill, times: int) -> None:
        """Only what a fill brings is provisional; what it costs is gone at once."""
        size = 0 if fill.side is Side.SELL else times * fill.size
        key = (fill.strategy, fill.outcome)
        self._waiting[key] = self._waiting.get(key, 0) + size
        if fill.outcome is Outcome.YES:
            self.provisional_yes += size
        else:
            self.provisional_no += size
