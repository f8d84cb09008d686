"""A replay finds the markets of its recording, each while its period lasts."""

from pathlib import Path

from actors.feeds.market_finder import NotListed, Unfit
from polyactors.venues.recording.finder import RecordedFinder
from polyactors.venues.recording.folder import Recording, open_recording


async def test_finds_the_recorded_market_until_its_period_is_over(shared: Path) -> None:
    recording = open_recording(shared / "recordings" / "btc-updown-5m-20260425")
    assert isinstance(recording, Recording)
    (market,) = recording.markets
    assert market.about is not None
    period = market.about.period
    now_ms = recording.manifest.start_ms
    finder = RecordedFinder(recording.markets, lambda: now_ms * 1_000_000)
    assert await finder.find(period) == market
    assert isinstance(await finder.find(period.following), NotListed)
    assert await finder.is_over(market) is False
    now_ms = period.end_ms
    assert isinstance(await finder.find(period), Unfit)
    assert await finder.is_over(market) is True


async def test_a_recording_of_other_markets_has_none_of_any_period(shared: Path) -> None:
    recording = open_recording(shared / "recordings" / "nhl-20260607")
    assert isinstance(recording, Recording)
    finder = RecordedFinder(recording.markets, lambda: 0)
    assert await finder.is_over(recording.markets[0]) is None
