"""Invariant 2 from the journal alone: no order on a dirty book, none in HALT or FLATTEN unless it reduces."""

from collections.abc import Iterator

from attrs import Factory, define

from actors.records.money_check import MoneyCheck
from messages.control import SessionStarted
from messages.identity import IntentId, MarketId, Side
from messages.intents import Place
from messages.orders import Order
from messages.risk import Authorised, BookClean, BookDirty, ModeChanged, RiskMode
from messages.sessions import MarketLeft
from messages.units import format_shares


@define
class PermissionCheck:
    """Folds books, modes and authorisations; each step yields what is wrong with it."""

    _money: MoneyCheck
    _dirty: dict[MarketId, int] = Factory(dict)
    """Since which record."""
    _modes: dict[MarketId | None, RiskMode] = Factory(dict)
    _authorised: dict[IntentId, int] = Factory(dict)

    def see(self, message: object, seq: int) -> Iterator[str]:
        match message:
            case SessionStarted():
                # What was dirty or halted in a former session is told anew, or is over.
                self._dirty.clear()
                self._modes.clear()
            case BookDirty():
                self._dirty.setdefault(message.market, seq)
            case BookClean():
                self._dirty.pop(message.market, None)
            case ModeChanged():
                self._modes[message.market] = message.mode
            case MarketLeft():
                # Whoever comes again comes with another book.
                self._dirty.pop(message.market, None)
                self._modes.pop(message.market, None)
            case Authorised():
                self._authorised[message.place.intent] = seq
                yield from self._on_authorised(message)
            case Order():
                yield from self._on_order(message)

    def _on_order(self, order: Order) -> Iterator[str]:
        since = self._dirty.get(order.market)
        if since is not None and self._authorised.get(order.intent, since) >= since:
            yield f"order {order.order} was written on the book of {order.market}, dirty since record {since}"

    def _on_authorised(self, authorised: Authorised) -> Iterator[str]:
        place = authorised.place
        modes = (authorised.mode, self._modes.get(None), self._modes.get(place.market))
        mode = max(each for each in modes if each is not None)
        if mode is RiskMode.HALT or (mode is RiskMode.FLATTEN and not self._reduces(place)):
            what = f"{place.side.value} {format_shares(place.size)} {place.outcome.value} in {place.market}"
            yield f"intent {place.intent} of {place.strategy} was authorised in {mode.name}: {what}"

    def _reduces(self, place: Place) -> bool:
        held = self._money.held(place.market, place.outcome)
        if place.side is Side.SELL:
            return place.size <= held
        return place.size <= self._money.held(place.market, place.outcome.other) - held
