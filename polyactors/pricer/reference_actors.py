"""The actors that make prices: one a source, one a symbol. The same in a pricer process and in a trader's tree."""

from collections.abc import Sequence

from attrs import Factory, define

from actors.feeds.reference.feed import ReferenceConnectionSettings, ReferenceFeed
from actors.feeds.reference.feed_health import ReferenceHealth
from actors.feeds.reference.ports import ReferenceSource
from actors.pricing.open_price_source import OpenPriceSource
from actors.pricing.settings import PricingSettings
from actors.pricing.symbol_pricer import SymbolPricer
from messages.periods import Series
from messages.reference import ReferenceVenue, Symbol
from supervision.mailbox import MailboxSpec, OnRestart, Overflow
from supervision.specs import ActorSpec

PRICES_WAITING = 16_384
"""Messages of one symbol that may wait: more than any second of all venues, so that sockets are seldom held up."""


@define(eq=False)
class Feed:
    """A source, its actor, and how it does over all its lives."""

    source: ReferenceSource
    settings: ReferenceConnectionSettings = ReferenceConnectionSettings()
    health: ReferenceHealth = Factory(ReferenceHealth)

    @property
    def spec(self) -> ActorSpec:
        return ActorSpec(name=self.source.name, create=lambda: ReferenceFeed(self.source, self.settings, self.health))


def symbol_pricers(
    series: Sequence[Series],
    settings: PricingSettings,
    sources: Sequence[ReferenceSource],
    open_prices: OpenPriceSource | None = None,
) -> tuple[ActorSpec, ...]:
    """One a symbol of `series`, in their order; expecting to hear all venues of its symbol."""
    symbols = dict.fromkeys(each.symbol for each in series)
    return tuple(
        _symbol_pricer(
            symbol,
            tuple(each for each in series if each.symbol == symbol),
            settings,
            tuple(dict.fromkeys(source.venue for source in sources if symbol in source.symbols)),
            open_prices,
        )
        for symbol in symbols
    )


def _symbol_pricer(
    symbol: Symbol,
    series: tuple[Series, ...],
    settings: PricingSettings,
    venues: tuple[ReferenceVenue, ...],
    open_prices: OpenPriceSource | None,
) -> ActorSpec:
    return ActorSpec(
        name=symbol,
        create=lambda: SymbolPricer(symbol, series, settings, venues, open_prices=open_prices),
        # Its own timer may find the mailbox full in a burst; who delivers prices waits anyway.
        mailbox=MailboxSpec(capacity=PRICES_WAITING, overflow=Overflow.DROP, on_restart=OnRestart.DISCARD),
    )
