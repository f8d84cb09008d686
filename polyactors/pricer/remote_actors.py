"""The actors of a trader whose prices are made in another process: one a symbol, in the place of those that make
them."""

from collections.abc import Sequence

from actors.pricing.remote_pricer import RemotePricer
from actors.pricing.remote_words import RemotePricerHealth, RemotePricerSettings
from messages.periods import Series
from messages.reference import Symbol
from polyactors.pricer.client import HttpPriceService
from polyactors.pricer.place import ServicePlace
from polyactors.pricer.reference_actors import PRICES_WAITING
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.specs import ActorSpec


def remote_pricers(
    series: Sequence[Series], place: ServicePlace, settings: RemotePricerSettings
) -> tuple[ActorSpec, ...]:
    """One a symbol of `series`, in their order; each with connections of its own."""
    symbols = dict.fromkeys(each.symbol for each in series)
    return tuple(
        _remote_pricer(symbol, tuple(each for each in series if each.symbol == symbol), place, settings)
        for symbol in symbols
    )


def _remote_pricer(
    symbol: Symbol, series: tuple[Series, ...], place: ServicePlace, settings: RemotePricerSettings
) -> ActorSpec:
    service, health = HttpPriceService(place), RemotePricerHealth()
    return ActorSpec(
        name=symbol,
        create=lambda: RemotePricer(series, service, settings, health),
        mailbox=MailboxSpec(capacity=PRICES_WAITING, on_restart=OnRestart.DISCARD),
    )
