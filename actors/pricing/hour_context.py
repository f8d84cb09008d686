"""Where a series is: the period of the present, what its end is held against, and how the former ones ended.

The clock alone moves it from one period to the next, to the millisecond, and never back. What is read of prices is read
by the clock of the rule's source, so that what comes early or late belongs where the source says.
"""

import math
from collections.abc import Mapping

from attrs import evolve, frozen

from actors.pricing.period_ends import End, close_reading, open_reading
from actors.pricing.settings import ReadingSettings
from actors.pricing.venue_history import VenueHistory
from messages.periods import Period, Series, SettlementRule, UpOrDown
from messages.reference import REFERENCE_SCALE, ReferenceVenue
from messages.units import NANOSECONDS_PER_MILLISECOND

Histories = Mapping[ReferenceVenue, VenueHistory]

_ENDED_KEPT = 4
_SAME = 1e-6
"""Prices that differ by less than a hundredth of a basis point are the same."""


@frozen
class OpenPrice:
    """What the end is held against, in dollars, and by whom we know. It may be off by what the price moves in
    `doubt_s`."""

    price: float
    origin: str
    doubt_s: float = 0.0


@frozen
class PeriodNow:
    """One period. `told` is the strike as the market tells it, `why_no_open` what is missing for the open price."""

    period: Period
    rule: SettlementRule
    told: float | None = None
    open: OpenPrice | None = None
    why_no_open: str = "the period has not begun"
    close: float | None = None

    @property
    def told_otherwise(self) -> bool:
        """The market tells another strike than the open price that was read before."""
        return self.told is not None and self.open is not None and abs(self.told / self.open.price - 1) > _SAME

    @property
    def is_up(self) -> bool | None:
        """Who won, None where an end is not known. What ends where it began is Up."""
        if self.open is None or self.close is None:
            return None
        return self.close >= self.open.price


class HourContext:
    """Of one series. `rule` is that of its markets unless they say otherwise (`about`)."""

    def __init__(self, series: Series, rule: SettlementRule, settings: ReadingSettings) -> None:
        self._series = series
        self._rule = rule
        self._settings = settings
        self._present: PeriodNow | None = None
        self._next: PeriodNow | None = None
        self._ended: list[PeriodNow] = []

    def about(self, about: UpOrDown, now_ns: int, histories: Histories) -> None:
        """What a market says of its period. An open price that is known already stays, and with it its rule; of other
        periods than the present and the next one nothing is kept."""
        self.advance(now_ns, histories)
        assert self._present is not None and self._next is not None
        if about.period == self._present.period:
            self._present = _told(self._present, about)
        elif about.period == self._next.period:
            self._next = _told(self._next, about)
        self.advance(now_ns, histories)

    def advance(self, now_ns: int, histories: Histories) -> PeriodNow:
        """The period of the present. Call it at least as often as anything is to be read of it."""
        now_ms = now_ns // NANOSECONDS_PER_MILLISECOND
        present = self._present
        if present is None or now_ms >= present.period.end_ms:
            present = self._roll(now_ms)
        if present.open is None and now_ms >= present.period.start_ms:
            present = self._present = self._opened(present, now_ns, histories)
        if self._ended:
            self._close_former(now_ns, histories)
        return present

    def found_open(self, period: Period, price: float) -> None:
        """Somebody was asked for the open price of `period`. It stands unless there is one."""
        if self._present is not None and self._present.period == period and self._present.open is None:
            self._present = evolve(self._present, open=OpenPrice(price, "asked for"))

    @property
    def ended(self) -> tuple[PeriodNow, ...]:
        """The last ones, the newest first."""
        return tuple(reversed(self._ended))

    def _roll(self, now_ms: int) -> PeriodNow:
        period = self._series.period_at(now_ms)
        present, following = self._present, self._next
        if present is not None:
            self._ended = [*self._ended, present][-_ENDED_KEPT:]
        if following is None or following.period != period:
            following = PeriodNow(period, self._rule)
        self._present = following
        self._next = PeriodNow(period.following, self._rule)
        return following

    def _opened(self, present: PeriodNow, now_ns: int, histories: Histories) -> PeriodNow:
        if present.told is not None:
            return evolve(present, open=OpenPrice(present.told, "told by the market"), why_no_open="")
        history = histories.get(present.rule.source)
        if history is None:
            return evolve(present, why_no_open=f"nothing was heard of {present.rule.source.value}")
        start_ns = present.period.start_ms * NANOSECONDS_PER_MILLISECOND
        found = open_reading(present.rule, start_ns, now_ns, history, self._settings)
        if isinstance(found, End):
            return evolve(
                present, open=OpenPrice(found.price / REFERENCE_SCALE, found.origin, found.doubt_s), why_no_open=""
            )
        return present if found == present.why_no_open else evolve(present, why_no_open=found)

    def _close_former(self, now_ns: int, histories: Histories) -> None:
        former = self._ended[-1]
        history = histories.get(former.rule.source)
        if former.close is not None or history is None:
            return
        end_ns = former.period.end_ms * NANOSECONDS_PER_MILLISECOND
        found = close_reading(former.rule, end_ns, now_ns, history, self._settings)
        if isinstance(found, End):
            self._ended[-1] = evolve(former, close=found.price / REFERENCE_SCALE)


def _told(known: PeriodNow, about: UpOrDown) -> PeriodNow:
    told = known.told
    if told is None and about.strike is not None and 0 < about.strike < math.inf:
        told = about.strike
    return evolve(known, told=told, rule=known.rule if known.open is not None else about.rule)
