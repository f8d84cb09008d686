"""Markets and events as rows: everything that requests filter and sort by, and what documents are made of."""

from functools import cached_property

from attrs import define, field

from messages.identity import EventId, MarketId
from messages.units import CASH_SCALE, NANOSECONDS_PER_MILLISECOND
from polyactors.exchange.core import Exchange
from polyactors.exchange.gamma.quotes import Quote, liquidity, quote
from polyactors.exchange.gamma.statistics import MarketCount, MarketStatistics
from polyactors.exchange.gamma.tags import Tag, tags_of
from polyactors.exchange.words import EventListing, Listing

_DAY_NS = 24 * 3600 * 1_000_000_000


@define(slots=False, eq=False)
class MarketRow:
    """A market at the moment of a request; what costs something to find out is found out when it is wanted."""

    listing: Listing
    event: EventListing
    count: MarketCount
    now_ns: int
    _exchange: Exchange

    @property
    def market(self) -> MarketId:
        return self.listing.market.market

    @property
    def is_closed(self) -> bool:
        return self._exchange.resolution(self.market) is not None

    @property
    def is_accepting(self) -> bool:
        return self._exchange.is_accepting(self.market, self.now_ns)

    @property
    def tick_size(self) -> int:
        return self._exchange.tick_size(self.market)

    @property
    def end_ms(self) -> int:
        end_ms = self.listing.market.end_ms
        return self.event.end_ms if end_ms is None else end_ms

    @property
    def start_ms(self) -> int:
        """When it was listed."""
        return self.count.listed_ns // NANOSECONDS_PER_MILLISECOND

    @property
    def closed_ms(self) -> int:
        """0 while it is open."""
        return (self.count.resolved_ns or 0) // NANOSECONDS_PER_MILLISECOND

    @property
    def volume(self) -> float:
        return self.count.volume / CASH_SCALE

    @cached_property
    def day_volume(self) -> float:
        return self.count.volume_since(self.now_ns - _DAY_NS) / CASH_SCALE

    @cached_property
    def liquidity(self) -> float:
        return liquidity(self._exchange, self.market) / CASH_SCALE

    @cached_property
    def quote(self) -> Quote:
        return quote(self._exchange, self.market)

    @cached_property
    def last_trade_price(self) -> float:
        text = self._exchange.last_trade_price(self.market)
        return float(text) if text else 0.0

    @property
    def competitive(self) -> float:
        """How close to a half the price is: 1 there."""
        return 1 / (1 + (self.quote.price - 0.5) ** 2)


@define(slots=False, eq=False)
class EventRow:
    event: EventListing
    markets: tuple[MarketRow, ...]
    now_ns: int
    tags: tuple[Tag, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.tags = tags_of(self.event)

    @property
    def is_closed(self) -> bool:
        return bool(self.markets) and all(row.is_closed for row in self.markets)

    @property
    def start_ms(self) -> int:
        return min((row.start_ms for row in self.markets), default=self.event.opens_ms)

    @property
    def closed_ms(self) -> int:
        return max((row.closed_ms for row in self.markets), default=0) if self.is_closed else 0

    @cached_property
    def volume(self) -> float:
        return round(sum(row.volume for row in self.markets), 6)

    @cached_property
    def day_volume(self) -> float:
        return round(sum(row.day_volume for row in self.markets), 6)

    @cached_property
    def liquidity(self) -> float:
        return round(sum(row.liquidity for row in self.markets), 6)

    @cached_property
    def competitive(self) -> float:
        return max((row.competitive for row in self.markets), default=0.0)


class Catalogue:
    def __init__(self, exchange: Exchange, statistics: MarketStatistics) -> None:
        self._exchange = exchange
        self._statistics = statistics

    def markets(self, now_ns: int) -> list[MarketRow]:
        return [row for listing in self._exchange.listings.values() if (row := self._row(listing, now_ns)) is not None]

    def market(self, market: MarketId, now_ns: int) -> MarketRow | None:
        listing = self._exchange.listings.get(market)
        return None if listing is None else self._row(listing, now_ns)

    def events(self, now_ns: int) -> list[EventRow]:
        members: dict[EventId, list[MarketRow]] = {}
        for row in self.markets(now_ns):
            members.setdefault(row.event.event, []).append(row)
        return [
            EventRow(event, tuple(members.get(event.event, ())), now_ns) for event in self._exchange.events.values()
        ]

    def _row(self, listing: Listing, now_ns: int) -> MarketRow | None:
        """None for a market whose event was never told: there is nothing to show it in."""
        event = self._exchange.events.get(listing.market.event)
        if event is None:
            return None
        return MarketRow(listing, event, self._statistics.of(listing.market.market), now_ns, self._exchange)
