"""Which markets and which times a request is about."""

from collections.abc import Callable

from messages.identity import MarketId
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.asking import Asked, BadRequest
from polyactors.exchange.data_api.portfolio import Place
from polyactors.exchange.words import Listing

_LONG_STRUCTURAL_ID = 66
_STRUCTURAL = ("0x01", "0x02")

Wanted = Callable[[Place | None], bool]


def asked_markets(asked: Asked, name: str = "condition_id") -> frozenset[str] | None:
    """Condition ids; those of protocol two come with and without their last byte, and are made the short ones here."""
    texts = asked.texts(name)
    return None if texts is None else frozenset(short for text in texts for short in _both(text))


def selection(asked: Asked) -> Wanted:
    """By `condition_id` or by `event_id`. Without either everything is wanted, also what belongs to no market."""
    markets, events = asked_markets(asked), asked.texts("event_id")
    if markets is not None and events is not None:
        raise BadRequest("condition_id: it cannot be given together with event_id")
    if markets is not None:
        return lambda place: place is not None and place.listing.market.market in markets
    if events is not None:
        return lambda place: place is not None and place.event is not None and str(place.event.number) in events
    return lambda place: True


def selected_listings(asked: Asked, exchange: Exchange) -> list[Listing]:
    """The same among all that are listed."""
    markets, events = asked_markets(asked), asked.texts("event_id")
    numbers = {event.event: str(event.number) for event in exchange.events.values()}
    return [
        listing
        for listing in exchange.listings.values()
        if (markets is None or listing.market.market in markets)
        and (events is None or numbers.get(listing.market.event) in events)
    ]


def time_window(asked: Asked) -> Callable[[int], bool]:
    """Of epoch seconds, both ends included."""
    start_s, end_s = asked.second("start"), asked.second("end")
    if start_s is not None and end_s is not None and end_s < start_s:
        raise BadRequest("end: it is before start")
    return lambda at_s: (start_s is None or at_s >= start_s) and (end_s is None or at_s <= end_s)


def long_id(market: MarketId) -> str:
    """32 bytes, as condition ids of references are."""
    return market.ljust(_LONG_STRUCTURAL_ID, "0")


def _both(text: str) -> tuple[str, ...]:
    if len(text) == _LONG_STRUCTURAL_ID and text.startswith(_STRUCTURAL) and text.endswith("00"):
        return text, text[:-2]
    return (text,)
