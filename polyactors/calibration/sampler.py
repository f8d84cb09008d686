"""The actor that looks at markets at fixed times before their ends, and asks who publishes prices what it says then."""

from collections.abc import Callable
from contextlib import suppress

import trio
from attrs import field, frozen

from actors.paths import symbol_path
from messages.identity import MarketId
from messages.periods import UpOrDown
from messages.pricing import AboutPeriod, NoPrices, PriceSnapshot, TellPrices
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.calibration.words import Looked
from supervision.actor import Actor
from supervision.questions import ActorDown

SAID_BEFORE_NS = 30 * NANOSECONDS_PER_SECOND
"""So long before a period begins the rule of its market is told, without a strike."""

STRIKE_AFTER_NS = 5 * NANOSECONDS_PER_SECOND
"""So long after the start the venue may tell the strike, to whoever has not heard it itself."""

LOOK_BEFORE_NS = NANOSECONDS_PER_SECOND
_WITHIN_NS = NANOSECONDS_PER_SECOND


Middle = Callable[[MarketId, int], float | None]
"""The middle of a market's own book at a time that is now, as the chance of Up."""


@frozen
class Wanted:
    """A market that is to be looked at."""

    market: MarketId
    about: UpOrDown
    times_left_s: tuple[int, ...]


@frozen
class TellAbout:
    """Timer."""

    about: UpOrDown


@frozen
class LookNow:
    """Timer. With `left_s` None only the book is looked at, so that its last middle is known."""

    wanted: Wanted
    left_s: int | None


@frozen
class Answered:
    """From a worker."""

    wanted: Wanted
    left_s: int
    middle: float | None
    answer: PriceSnapshot | NoPrices | None


SamplerMessage = TellAbout | LookNow | Answered


@frozen
class Looks:
    """All that was seen, by market."""

    by_market: dict[MarketId, list[Looked]] = field(factory=dict)


class Sampler(Actor[SamplerMessage]):
    def __init__(self, wanted: tuple[Wanted, ...], middle: Middle, looks: Looks) -> None:
        self._wanted = wanted
        self._middle = middle
        self._looks = looks

    def started(self) -> None:
        for wanted in self._wanted:
            about, market = wanted.about, wanted.market
            start_ns = about.period.start_ms * NANOSECONDS_PER_MILLISECOND
            end_ns = about.period.end_ms * NANOSECONDS_PER_MILLISECOND
            rule = UpOrDown(about.period, about.rule)
            self._at((market, "rule"), start_ns - SAID_BEFORE_NS, TellAbout(rule))
            if about.strike is not None:
                self._at((market, "strike"), start_ns + STRIKE_AFTER_NS, TellAbout(about))
            for left_s in wanted.times_left_s:
                at_ns = end_ns - left_s * NANOSECONDS_PER_SECOND
                if at_ns >= max(start_ns, self.now_ns):
                    self._at((market, left_s), at_ns, LookNow(wanted, left_s))
                    self._at((market, left_s, "before"), at_ns - LOOK_BEFORE_NS, LookNow(wanted, None))

    def receive(self, message: SamplerMessage) -> None:
        match message:
            case TellAbout(about):
                self.tell(self.address(symbol_path(about.period.series.symbol)), AboutPeriod(about))
            case LookNow(wanted, left_s):
                middle = self._middle(wanted.market, self.now_ns)
                if left_s is not None:
                    self._look(wanted, left_s, middle)
            case Answered():
                self._looks.by_market.setdefault(message.wanted.market, []).append(_looked(message))

    def _at(self, key: tuple[object, ...], at_ns: int, message: SamplerMessage) -> None:
        self.after(key, max(0, at_ns - self.now_ns), message)

    def _look(self, wanted: Wanted, left_s: int, middle: float | None) -> None:
        self.work(f"{wanted.about.period.name} {left_s}", lambda: self._ask(wanted, left_s, middle))

    # Worker

    async def _ask(self, wanted: Wanted, left_s: int, middle: float | None) -> None:
        series = wanted.about.period.series
        answer: object = None
        with suppress(trio.TooSlowError, ActorDown):
            answer = await self.ask(self.address(symbol_path(series.symbol)), TellPrices(series), _WITHIN_NS)
        known = answer if isinstance(answer, PriceSnapshot | NoPrices) else None
        await self.report(Answered(wanted, left_s, middle, known))


def _looked(answered: Answered) -> Looked:
    snapshot = answered.answer
    if not isinstance(snapshot, PriceSnapshot) or snapshot.hour_id != answered.wanted.about.period.name:
        return Looked(answered.left_s, None, None, None, answered.middle)
    return Looked(
        left_s=answered.left_s,
        fair=snapshot.p_yes_fair,
        fair_lo=snapshot.p_yes_band_lo,
        fair_hi=snapshot.p_yes_band_hi,
        market=answered.middle,
        is_uncertain=snapshot.uncertain,
        is_stale=snapshot.stale,
    )
