"""What a trader's tree has in the place of those who make prices."""

from actors.pricing.remote_pricer import RemotePricer
from actors.pricing.settings import PricingSettings
from messages.periods import PeriodLength, Series
from messages.reference import Symbol
from polyactors.pricer.place import PortPlace
from polyactors.pricer.reference_actors import symbol_pricers
from polyactors.pricer.remote_actors import remote_pricers
from polyactors.pricer.settings import PricerSettings

SERIES = tuple(
    Series(Symbol(symbol), length)
    for length in (PeriodLength.FIVE_MINUTES, PeriodLength.HOUR)
    for symbol in ("btcusd", "ethusd")
)


def test_there_is_one_a_symbol_and_it_has_the_name_of_who_would_make_the_prices() -> None:
    remote = remote_pricers(SERIES, PortPlace("127.0.0.1", 8710), PricerSettings().remote)
    made_here = symbol_pricers(SERIES, PricingSettings(), ())
    assert [each.name for each in remote] == [each.name for each in made_here] == ["btcusd", "ethusd"]
    assert all(isinstance(each.create(), RemotePricer) for each in remote)


def test_each_life_is_another_actor() -> None:
    (spec,) = remote_pricers(SERIES[:1], PortPlace("127.0.0.1", 8710), PricerSettings().remote)
    assert spec.create() is not spec.create()
