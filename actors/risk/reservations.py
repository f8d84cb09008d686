"""What was authorised and is not yet among the ledger's orders: it counts as if it were."""

from attrs import Factory, define, frozen

from actors.portfolio.reserve import Reserve, reserve_for
from messages.identity import IntentId, MarketId, OrderId, Outcome, Side
from messages.intents import Place
from messages.markets import FeeSchedule
from messages.orders import Order, OrderChanged
from messages.portfolio import MarketPortfolio, PortfolioView
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

    def beyond(self, other: "PendingSums") -> "PendingSums":
        """What this needs more than `other`."""
        return PendingSums(
            Cash(max(0, self.cash - other.cash)),
            Shares(max(0, self.yes_shares - other.yes_shares)),
            Shares(max(0, self.no_shares - other.no_shares)),
            Shares(max(0, self.yes_bought - other.yes_bought)),
            Shares(max(0, self.no_bought - other.no_bought)),
            max(0, self.orders - other.orders),
        )


NOTHING_PENDING = PendingSums()


@frozen
class Replaced:
    """The order whose place an intent takes, as far as was heard. While it is open, one of the two will be filled and
    not both, so that the intent needs only what it may cost more."""

    changed: OrderChanged
    fees: FeeSchedule
    is_open: bool = True

    @property
    def order(self) -> OrderId:
        return self.changed.order.order


@define
class _Pending:
    place: Place
    sums: PendingSums
    replaced: Replaced | None = None


@define
class PendingReservations:
    """Keyed by intent; sums are kept as it changes. Cash in micro-pUSD."""

    cash: Cash = Cash(0)
    _pending: dict[IntentId, _Pending] = Factory(dict)
    _sums: dict[MarketId, PendingSums] = Factory(dict)
    _replaced: dict[OrderId, IntentId] = Factory(dict)

    def add(self, place: Place, reservation: Reservation, replaced: Replaced | None = None) -> None:
        """The place is authorised. One that is pending already is replaced."""
        self.release(place.intent)
        reserve = Reserve(reservation.cash, reservation.yes_shares, reservation.no_shares)
        sums = _sums_of(place, place.size, reserve) if replaced is None else _needed(place, replaced)
        self._pending[place.intent] = _Pending(place, sums, replaced)
        if replaced is not None:
            self._replaced[replaced.order] = place.intent
        self._apply(place.market, sums, 1)

    def release(self, intent: IntentId) -> bool:
        """It will never be an order, or the ledger counts it now. False if it was not pending."""
        pending = self._pending.pop(intent, None)
        if pending is None:
            return False
        if pending.replaced is not None:
            del self._replaced[pending.replaced.order]
        self._apply(pending.place.market, pending.sums, -1)
        return True

    def seen(self, order: OrderChanged) -> bool:
        """The ledger knows the order. To be told together with the view that counts it, not before."""
        self._hear(order, is_open=not order.state.is_final)
        return self.release(order.order.intent)

    def seen_in(self, portfolio: MarketPortfolio) -> None:
        """The same for all open orders of a market. Orders that ended before they were ever shown need `seen`."""
        for order in portfolio.open_orders:
            self.release(order.order.intent)

    def follow(self, view: PortfolioView) -> None:
        """Where an order that is being replaced is not open any more in the ledger's view, the view does not count it,
        and all of what replaces it has to be counted here."""
        for order, intent in self._replaced.items():
            pending = self._pending[intent]
            shown = open_order(view.market(pending.place.market), order)
            if shown is not None:
                self._hear(shown, is_open=True)
            elif pending.replaced is not None:
                self._hear(pending.replaced.changed, is_open=False)

    def is_being_replaced(self, order: OrderId) -> bool:
        return order in self._replaced

    def of(self, market: MarketId) -> PendingSums:
        return self._sums.get(market, NOTHING_PENDING)

    def places(self) -> tuple[Place, ...]:
        return tuple(each.place for each in self._pending.values())

    def intents(self) -> tuple[IntentId, ...]:
        return tuple(self._pending)

    def __contains__(self, intent: IntentId) -> bool:
        return intent in self._pending

    def _hear(self, changed: OrderChanged, *, is_open: bool) -> None:
        intent = self._replaced.get(changed.order.order)
        pending = None if intent is None else self._pending[intent]
        if pending is None or pending.replaced is None:
            return
        replaced = Replaced(changed, pending.replaced.fees, is_open)
        if replaced == pending.replaced:
            return
        sums = _needed(pending.place, replaced)
        self._apply(pending.place.market, pending.sums, -1)
        self._apply(pending.place.market, sums, 1)
        pending.sums, pending.replaced = sums, replaced

    def _apply(self, market: MarketId, one: PendingSums, sign: int) -> None:
        self.cash = Cash(self.cash + sign * one.cash)
        sums = self.of(market).changed(one, sign)
        if sums != NOTHING_PENDING:
            self._sums[market] = sums
        else:
            self._sums.pop(market, None)


def open_order(portfolio: MarketPortfolio | None, order: OrderId) -> OrderChanged | None:
    shown = () if portfolio is None else portfolio.open_orders
    return next((each for each in shown if each.order.order == order), None)


def reserved_for(changed: OrderChanged, fees: FeeSchedule) -> Reserve:
    """What the ledger reserves for an open order."""
    order = changed.order
    return reserve_for(order.side, order.outcome, order.price, changed.remaining, order.post_only, fees)


def handed_over(place: Place, changed: OrderChanged, fees: FeeSchedule) -> Reserve:
    """What of the reservation for an open order is left for `place`, which takes its place, however much of the order
    is filled before it ends: what fills it costs its own price, and makes the new one smaller at the new one's."""
    size = place.size_after(changed.filled)
    old, new = reserved_for(changed, fees), _reserve(place, size, fees)
    beyond = _reserve(place, Shares(max(0, size - changed.remaining)), fees)
    return Reserve(
        Cash(min(old.cash, new.cash - beyond.cash)),
        Shares(min(old.yes, new.yes - beyond.yes)),
        Shares(min(old.no, new.no - beyond.no)),
    )


def _needed(place: Place, replaced: Replaced) -> PendingSums:
    """What `place` may cost beyond what the ledger counts of the order that it replaces."""
    changed, fees = replaced.changed, replaced.fees
    size = place.size_after(changed.filled)
    need = _sums_of(place, size, _reserve(place, size, fees))
    if not replaced.is_open:
        return need
    kept = handed_over(place, changed, fees)
    return need.beyond(_sums_of(changed.order, changed.remaining, kept))


def _reserve(place: Place, size: Shares, fees: FeeSchedule) -> Reserve:
    return reserve_for(place.side, place.outcome, place.price, size, place.post_only, fees)


def _sums_of(order: Place | Order, size: Shares, reserve: Reserve) -> PendingSums:
    buy, yes = order.side is Side.BUY, order.outcome is Outcome.YES
    return PendingSums(
        reserve.cash,
        reserve.yes,
        reserve.no,
        yes_bought=size if buy and yes else Shares(0),
        no_bought=size if buy and not yes else Shares(0),
        orders=1,
    )
