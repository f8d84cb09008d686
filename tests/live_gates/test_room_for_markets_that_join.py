"""An account is not opened where no market could ever be traded with it: before any key is read."""

from pathlib import Path

import pytest
from attrs import evolve

from messages.periods import PeriodLength, Series
from messages.reference import Symbol
from messages.units import Cash
from polyactors.config import Configuration
from polyactors.live.opening import NotOpened, open_place
from polyactors.venues.polymarket.live_account.account import PolymarketAccount
from supervision.log import discard

FIVE_MINUTES = Series(Symbol("btcusd"), PeriodLength.FIVE_MINUTES)


async def why_not(configuration: Configuration) -> str:
    async def admit(_: PolymarketAccount) -> None:
        raise AssertionError("it was opened")

    def journal_for(_: str) -> Path:
        raise AssertionError("it was opened")

    with pytest.raises(NotOpened) as refused:
        async with open_place("polymarket", configuration, journal_for, admit, lambda: 0, discard):
            pass
    return str(refused.value)


async def test_series_without_leave_to_sign_for_new_tokens_are_a_mistake() -> None:
    default = Configuration()
    configuration = evolve(
        default,
        discovery=evolve(default.discovery, series=(FIVE_MINUTES,)),
        live=evolve(default.live, order_notional=Cash(1), minute_notional=Cash(1)),
    )
    assert "live.markets_an_hour" in await why_not(configuration)


async def test_no_markets_and_no_series_are_a_mistake() -> None:
    default = Configuration()
    configuration = evolve(default, polymarket=evolve(default.polymarket, most_markets=0))
    assert "nothing to trade" in await why_not(configuration)
