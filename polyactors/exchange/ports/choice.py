"""Which of the exchange's markets our strategies trade."""

from attrs import frozen

from messages.identity import EventId
from messages.markets import Market
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import Kind, Listing

SHORTEST_LEFT_NS = 120 * NANOSECONDS_PER_SECOND
"""Of an up/down market's time: less than that is over before the maker has got used to it."""


@frozen
class Choice:
    """How many of each kind. A negRisk event is taken with all of its markets."""

    binary_markets: int = 4
    neg_risk_events: int = 1
    up_down_markets: int = 2


def chosen_markets(exchange: Exchange, now_ns: int, choice: Choice) -> tuple[Market, ...]:
    """Of what takes orders at `now_ns`: binary markets, those with rewards first; the negRisk events with the fewest
    outcomes; the up/down markets that end first, one of a series."""
    listings = sorted(
        (each for each in exchange.listings.values() if exchange.is_accepting(each.market.market, now_ns)),
        key=_number,
    )
    binary = [each for each in listings if each.kind is Kind.BINARY and not each.is_protocol_two]
    binary.sort(key=_has_no_rewards)
    chosen = [
        *binary[: choice.binary_markets],
        *_neg_risk(listings, choice.neg_risk_events),
        *_up_down(exchange, listings, now_ns)[: choice.up_down_markets],
    ]
    return tuple(each.market for each in chosen)


def _neg_risk(listings: list[Listing], count: int) -> list[Listing]:
    events: dict[EventId, list[Listing]] = {}
    for each in listings:
        if each.kind is Kind.NEG_RISK:
            events.setdefault(each.market.event, []).append(each)
    smallest = sorted(events.values(), key=len)[:count]
    return [each for members in smallest for each in members]


def _up_down(exchange: Exchange, listings: list[Listing], now_ns: int) -> list[Listing]:
    earliest_ms = (now_ns + SHORTEST_LEFT_NS) // NANOSECONDS_PER_MILLISECOND
    series: dict[str, Listing] = {}
    for each in sorted((each for each in listings if each.kind is Kind.UP_DOWN), key=_end_ms):
        event = exchange.events.get(each.market.event)
        if event is not None and _end_ms(each) >= earliest_ms:
            series.setdefault(event.series_slug, each)
    return list(series.values())


def _number(listing: Listing) -> int:
    return listing.number


def _has_no_rewards(listing: Listing) -> bool:
    return listing.rewards is None


def _end_ms(listing: Listing) -> int:
    return listing.market.end_ms or 0
