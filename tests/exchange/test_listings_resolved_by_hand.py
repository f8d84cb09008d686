"""Markets that an operator resolves at once, whatever the truth was."""

import pytest

from messages.identity import MarketId
from messages.units import ONE, PRICE_SCALE
from polyactors.exchange.words import Kind
from tests.exchange.catalogue_world import Watched


@pytest.mark.parametrize("yes_pays", [0.0, 0.5, 1.0])
def test_a_market_can_be_resolved_at_once(yes_pays: float) -> None:
    world = Watched()
    market = world.market().market
    world.resolve(market, yes_pays)
    assert world.exchange.resolution(market) == round(yes_pays * PRICE_SCALE)
    assert world.lifecycle.fair_value(market, world.now_ns) == yes_pays
    world.wait(3600)
    assert len([each for each in world.resolved if each.market == market]) == 1


def test_a_winner_makes_losers_of_all_the_others_of_its_event() -> None:
    world = Watched()
    first, second, third = (world.market(Kind.NEG_RISK, index).market for index in range(3))
    world.resolve(second, 1)
    assert [world.exchange.resolution(market) for market in (first, second, third)] == [0, ONE, 0]


def test_a_loser_leaves_its_event_open() -> None:
    world = Watched()
    first, second, third = (world.market(Kind.NEG_RISK, index).market for index in range(3))
    world.resolve(first, 0)
    assert world.exchange.resolution(second) is world.exchange.resolution(third) is None
    total = sum(world.lifecycle.fair_value(market, world.now_ns) for market in (second, third))
    assert total == pytest.approx(1)


def test_a_market_of_an_event_never_pays_a_half() -> None:
    world = Watched()
    with pytest.raises(ValueError, match="pays 0 or 1"):
        world.resolve(world.market(Kind.NEG_RISK).market, 0.5)
    assert not world.resolved


def test_nonsense_is_not_resolved() -> None:
    world = Watched()
    with pytest.raises(KeyError):
        world.resolve(MarketId("0x0"), 1)
    with pytest.raises(ValueError, match="pays 0"):
        world.resolve(world.market().market, 0.3)
