"""Invariants 3 and 4 from the journal alone: where each order comes from, and that it was written first and once, and
after the end of what it replaces."""

from collections.abc import Iterator

from attrs import Factory, define

from messages.control import SessionStarted
from messages.fills import Fill
from messages.identity import IntentId, Lease, MarketId, OrderId, Side
from messages.intents import Place
from messages.orders import Order, OrderMoved
from messages.ownership import LeaseChanged
from messages.risk import Authorised
from messages.sessions import MarketLeft
from messages.units import Shares


@define
class OriginCheck:
    """Folds leases, authorisations and orders; each step yields pairs of invariant number and text."""

    _places: dict[IntentId, Place] = Factory(dict)
    _leases: dict[MarketId, Lease] = Factory(dict)
    """The last lease granted in a market, also after it ended: an order on its way then is still its owner's."""
    _written: dict[IntentId, OrderId] = Factory(dict)
    _heard_of: set[OrderId] = Factory(set)
    _open: set[OrderId] = Factory(set)
    _sizes: dict[OrderId, int] = Factory(dict)
    _filled: dict[OrderId, int] = Factory(dict)

    def see(self, message: object) -> Iterator[tuple[int, str]]:
        match message:
            case SessionStarted():
                # Leases end with their session, and fencing numbers begin anew: no order of before is sent any more.
                self._leases.clear()
            case MarketLeft():
                self._leases.pop(message.market, None)
            case LeaseChanged(lease=Lease() as lease):
                yield from self._on_lease(lease)
            case Authorised():
                self._places.setdefault(message.place.intent, message.place)
            case Order():
                yield from self._on_order(message)
            case OrderMoved() | Fill():
                yield from self._on_news(message)

    def _on_news(self, news: OrderMoved | Fill) -> Iterator[tuple[int, str]]:
        if news.order not in self._sizes:
            self._heard_of.add(news.order)
            yield 4, f"order {news.order} was heard of before it was written"
            return
        if isinstance(news, Fill):
            filled = self._filled[news.order] = self._filled.get(news.order, 0) + news.size
            is_over = filled >= self._sizes[news.order]
        else:
            is_over = news.state.is_final
        if is_over:
            self._open.discard(news.order)

    def _on_lease(self, lease: Lease) -> Iterator[tuple[int, str]]:
        before = self._leases.get(lease.market)
        if before is not None and lease.fencing < before.fencing:
            yield 3, f"the fencing number of {lease.market} went back from {before.fencing} to {lease.fencing}"
        if before is not None and lease.fencing == before.fencing and lease.strategy != before.strategy:
            yield 3, f"{before.strategy} and {lease.strategy} own {lease.market} under one number, {lease.fencing}"
        self._leases[lease.market] = lease

    def _on_order(self, order: Order) -> Iterator[tuple[int, str]]:
        name = f"order {order.order} of {order.strategy}"
        for missing in _unnamed(order):
            yield 3, f"{name} names no {missing}"
        yield from ((3, f"{name} {text}") for text in self._ownership(order))
        yield from ((4, f"{name} {text}") for text in self._replacement(order))
        first = self._written.setdefault(order.intent, order.order)
        if order.order in self._sizes:
            yield 4, f"{name} is written twice"
        elif first != order.order:
            yield 4, f"intent {order.intent} made both {first} and {order.order}"
        if order.order in self._heard_of:
            yield 4, f"{name} is written after it was heard of"
        self._sizes[order.order] = order.size
        self._open.add(order.order)

    def _replacement(self, order: Order) -> Iterator[str]:
        """One of the two may be filled: what was filled of the other is not wanted once more."""
        if order.replaces is None:
            return
        if order.replaces not in self._sizes or order.replaces in self._open:
            yield f"replaces {order.replaces}, which has not ended"
        place = self._places.get(order.intent)
        filled = Shares(self._filled.get(order.replaces, 0))
        if place is not None and order.size > place.size_after(filled):
            yield f"is larger than what {order.replaces} left of {order.intent}"

    def _ownership(self, order: Order) -> Iterator[str]:
        lease, place = self._leases.get(order.market), self._places.get(order.intent)
        if lease is None or (lease.fencing, lease.strategy) != (order.fencing, order.strategy):
            owner = "nobody" if lease is None else f"{lease.strategy} under {lease.fencing}"
            yield f"carries fencing number {order.fencing}, but {order.market} was last granted to {owner}"
        if place is None:
            yield f"was never authorised: no record of intent {order.intent}"
        elif not _is_of(order, place):
            yield f"is not what was authorised as {order.intent}"


def _unnamed(order: Order) -> Iterator[str]:
    named = (
        ("strategy", order.strategy.strip()),
        ("snapshot", order.snapshot.number > 0),
        ("lease", order.fencing > 0),
        ("rationale", order.rationale.strip()),
    )
    return (what for what, there in named if not there)


def _is_of(order: Order, place: Place) -> bool:
    """Whether the order is the place's, and neither larger nor at a worse price."""
    named = (order.strategy, order.market, order.outcome, order.side, order.fencing, order.snapshot)
    same = named == (place.strategy, place.market, place.outcome, place.side, place.fencing, place.snapshot)
    worse = order.price > place.price if order.side is Side.BUY else order.price < place.price
    return same and order.replaces == place.replaces and order.size <= place.size and not worse
