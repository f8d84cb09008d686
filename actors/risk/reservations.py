"""What was authorised and is not yet among the ledger's orders: it counts as if it were."""

from attrs import Factory, define, frozen

from messages.identity import IntentId, MarketId, Outcome, Side
from messages.intents import Place
from messages.orders import OrderChanged
from messages.portfolio import MarketPortfolio
from messages.risk import Reservation
from messages.units import Cash, Shares


@frozen
class PendingSums:
    """Of one market: cash and shares reserved, shares that may still be bought, and the number of orders."""

    cash: Cash = Cash(0)
    yes_shares: Shares = Shares(0)
    no_shares: Shares = Shares(0)
    yes_bought: Shares = Shares(0)
    no_bought: Shares = Shares(0)
    orders: int = 0

    def shares(self, outcome: Outcome) -> Shares:
        return self.yes_shares if outcome is Outcome.YES else self.no_shares

    def bought(self, outcome: Outcome) -> Shares:
        return self.yes_bought if outcome is Outcome.YES else self.no_bought

    def changed(self, one: "PendingSums", sign: int) -> "PendingSums":
        """With `one` put in (`sign` 1) or taken out (-1)."""
        return PendingSums(
            Cash(self.cash + sign * one.cash),
            Shares(self.yes_shares + sign * one.yes_shares),
            Shares(self.no_shares + sign * one.no_shares),
            Shares(self.yes_bought + sign * one.yes_bought),
            Shares(self.no_bought + sign * one.no_bought),
            self.orders + sign * one.orders,
        )


NOTHING_PENDING = PendingSums()


@define
class PendingReservations:
    """Keyed by intent; sums are kept as it changes. Cash in micro-pUSD."""

    cash: Cash = Cash(0)
    _pending: dict[IntentId, tuple[Place, PendingSums]] = Factory(dict)
    _sums: dict[MarketId, PendingSums] = Factory(dict)

    def add(self, place: Place, reservation: Reservation) -> None:
        """The place is authorised. One that is pending already is replaced."""
        self.release(place.intent)
        buy, yes = place.side is Side.BUY, place.outcome is Outcome.YES
        one = PendingSums(
            reservation.cash,
            reservation.yes_shares,
            reservation.no_shares,
            yes_bought=place.size if buy and yes else Shares(0),
            no_bought=place.size if buy and not yes else Shares(0),
            orders=1,
        )
        self._pending[place.intent] = (place, one)
        self._apply(place.market, one, 1)

    def release(self, intent: IntentId) -> bool:
        """It will never be an order, or the ledger counts it now. False if it was not pending."""
        if intent not in self._pending:
            return False
        place, one = self._pending.pop(intent)
        self._apply(place.market, one, -1)
        return True

    def seen(self, order: OrderChanged) -> bool:
        """The ledger knows the order. To be told together with the view that counts it, not before."""
        return self.release(order.order.intent)

    def seen_in(self, portfolio: MarketPortfolio) -> None:
        """The same for all open orders of a market. Orders that ended before they were ever shown need `seen`."""
        for order in portfolio.open_orders:
            self.release(order.order.intent)

    def of(self, market: MarketId) -> PendingSums:
        return self._sums.get(market, NOTHING_PENDING)

    def places(self) -> tuple[Place, ...]:
        return tuple(place for place, _ in self._pending.values())

    def intents(self) -> tuple[IntentId, ...]:
        return tuple(self._pending)

    def __contains__(self, intent: IntentId) -> bool:
        return intent in self._pending

    def _apply(self, market: MarketId, one: PendingSums, sign: int) -> None:
        self.cash = Cash(self.cash + sign * one.cash)
        sums = self.of(market).changed(one, sign)
        if sums.orders:
            self._sums[market] = sums
        else:
            self._sums.pop(market, None)
