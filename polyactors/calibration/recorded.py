"""A recording played for calibration: its reference prices to those who make fair values, its books to who looks."""

from collections.abc import Iterable, Sequence

from actors.pricing.settings import PricingSettings
from messages.markets import Market
from messages.periods import UpOrDown
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.calibration.middle import Middles
from polyactors.calibration.outcomes import Told, told_outcomes
from polyactors.calibration.sampler import Wanted
from polyactors.calibration.stage import Seen, Stage, StageBroken, play
from polyactors.calibration.words import JudgedMarket, Looked, MarketLeftOut, Played
from polyactors.pricer.reference_actors import Feed
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.recording.folder import Recording
from polyactors.venues.recording.reference_source import recorded_references
from polyactors.venues.recording.source import RecordingSource
from supervision.clock import VirtualClock
from supervision.log import LogSink, discard
from supervision.runtime import Runtime

AFTER_NS = 20 * NANOSECONDS_PER_SECOND
"""Played on so long after the last frame, that the last ends are read."""

PLAYED_ON_MS = 600_000
"""So long after the last market's end at most: what a manifest says of its own end may be a year too late."""


def play_recording(
    recording: Recording, times_left_s: Sequence[int], settings: PricingSettings, log: LogSink = discard
) -> Played:
    """Every market of it either judged or left out."""
    told = told_outcomes(recording)
    name = recording.manifest.name
    known = [(market, market.about) for market in recording.markets if market.about is not None]
    left_out = [
        MarketLeftOut(f"{name}/{market.slug}", told[market.market].why_not_about or "its rule is not understood")
        for market in recording.markets
        if market.about is None
    ]
    if not recording.markets:
        left_out.append(MarketLeftOut(name, "it has no markets"))
    if not known:
        return Played((), tuple(left_out))
    wanted = tuple(Wanted(market.market, about, tuple(times_left_s)) for market, about in known)
    clock = VirtualClock(recording.manifest.start_ms * NANOSECONDS_PER_MILLISECOND)
    runtime, counts = Runtime(clock, 0, log), FeedCounts()
    symbols = dict.fromkeys(each.about.period.series.symbol for each in wanted)
    sources = recorded_references(recording, symbols, clock, runtime.timers, counts, log)
    markets = RecordingSource(recording, clock, runtime.timers, counts, log, 0)
    last_ms = min(recording.manifest.end_ms, max(about.period.end_ms for _, about in known) + PLAYED_ON_MS)
    until_ns = last_ms * NANOSECONDS_PER_MILLISECOND + AFTER_NS
    feeds, middles = [Feed(source) for source in sources], Middles()

    async def pump() -> None:
        await markets.pump(middles.see)

    try:
        seen = play(Stage(runtime, clock, feeds, wanted, pump, middles.middle, until_ns), settings)
    except StageBroken as error:
        return Played((), (*left_out, MarketLeftOut(name, f"its prices could not be made: {error}")))
    finally:
        markets.close()
        for source in sources:
            source.close()
    judged = [_judged(name, market, about, told[market.market], seen) for market, about in known]
    return Played(
        tuple(each for each in judged if isinstance(each, JudgedMarket)),
        (*left_out, *(each for each in judged if isinstance(each, MarketLeftOut))),
        counts.bad.total + sum(feed.health.bad.total for feed in feeds),
    )


def _judged(recording: str, market: Market, about: UpOrDown, told: Told, seen: Seen) -> JudgedMarket | MarketLeftOut:
    """By what the recording tells of its outcome; where it does not, by the rule, from the recorded prices."""
    name = f"{recording}/{market.slug}"
    by_rule = seen.ended.get(about.period)
    looks = sorted(seen.looks.by_market.get(market.market, ()), key=_left, reverse=True)
    if told.is_up is None and by_rule is None:
        return MarketLeftOut(name, f"{told.by}, and its ends cannot be read from the recorded prices")
    if not _says_anything(looks):
        return MarketLeftOut(name, "at none of the times was there a fair value or a book")
    if told.is_up is None:
        assert by_rule is not None
        return JudgedMarket(name, about.period.end_ms, by_rule, "the rule, from the recorded prices", tuple(looks))
    by = told.by
    if by_rule is not None and by_rule != told.is_up:
        by += "; the rule, from the recorded prices, says otherwise"
    return JudgedMarket(name, about.period.end_ms, told.is_up, by, tuple(looks))


def _left(look: Looked) -> int:
    return look.left_s


def _says_anything(looks: Iterable[Looked]) -> bool:
    return any(look.fair is not None or look.market is not None for look in looks)
