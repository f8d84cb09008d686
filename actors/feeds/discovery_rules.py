"""Which market joins and leaves when: the whole life of the markets of all series, as a state machine of pure steps.

Each step is told the time and gives what is to be done now. Nothing here is lost by a death: what was written down
(MarketJoined, MarketLeft) says which markets are with us, and everything else is asked for again.
"""

from collections.abc import Callable, Iterable

from attrs import define, evolve, field

from actors.feeds.discovery_held import Held, Sought, reason_to_stay
from actors.feeds.discovery_settings import DiscoverySettings, end_ns, start_ns
from actors.feeds.discovery_words import (
    Action,
    Ask,
    DiscoveryShown,
    EndLooked,
    LookAtTheEnd,
    MarketShown,
    Say,
    SeriesShown,
    SetUp,
    Stage,
    TakeDown,
    Tell,
    TellPricer,
    Write,
)
from actors.feeds.market_finder import FindFailed, Found, NotListed, Unfit
from messages.identity import MarketId
from messages.markets import Market
from messages.periods import Period, Series, UpOrDown
from messages.sessions import MarketJoined, MarketLeft
from messages.units import NANOSECONDS_PER_MILLISECOND
from supervision.log import Level

Stands = Callable[[MarketId], bool]
Draw = Callable[[int], int]
"""A random whole number from 0 to below the bound."""


@define(eq=False)
class DiscoveryRules:
    settings: DiscoverySettings
    draw: Draw
    _sought: dict[Period, Sought] = field(factory=dict)
    _held: dict[MarketId, Held] = field(factory=dict)
    _closed: dict[Period, str] = field(factory=dict)
    """Periods that nothing is looked for any more, and why; until they are over."""
    _at_yard: MarketId | None = None
    _reasons: dict[Series, str] = field(factory=dict)

    def begin(self, fixed: Iterable[Market], records: Iterable[object], now_ns: int) -> list[Action]:
        """Take up what the journal tells of former lives: everybody hears again of the markets that are with us."""
        joined: dict[MarketId, MarketJoined] = {}
        left: set[MarketId] = set()
        for record in records:
            if isinstance(record, MarketJoined):
                joined[record.market.market] = record
                left.discard(record.market.market)
            elif isinstance(record, MarketLeft):
                left.add(record.market)
        for market in fixed:
            if market.about is not None and end_ns(market.about.period) > now_ns:
                self._hold(market, market.about, Stage.STANDS).is_fixed = True
        actions: list[Action] = []
        for name, record in joined.items():
            about = record.market.about
            if about is None or name in self._held:
                continue
            if name in left:
                self._close(about.period, "its market was left", now_ns)
                continue
            has_ended = end_ns(about.period) <= now_ns
            held = self._hold(record.market, about, Stage.ENDING if has_ended else Stage.SETTING_UP)
            held.due_ns = now_ns
            actions.append(Tell(record))
        return actions

    def look(self, now_ns: int, stands: Stands) -> list[Action]:
        """What time brings; to be called often."""
        actions: list[Action] = []
        wanted = [period for series in self.settings.series for period in self.settings.wanted(series, now_ns)]
        for period in wanted:
            if period not in self._sought and period not in self._closed and self._holder(period) is None:
                self._sought[period] = Sought(period, now_ns)
        actions += self._forget(set(wanted), now_ns)
        for sought in self._sought.values():
            if not sought.is_asked and sought.due_ns <= now_ns:
                sought.is_asked = True
                actions.append(Ask(sought.period))
        for held in tuple(self._held.values()):
            actions += self._step(held, now_ns, stands)
        return actions + self._to_the_yard(now_ns)

    def answered(self, period: Period, found: Found, now_ns: int) -> list[Action]:
        """The finder's answer."""
        holder = self._holder(period)
        if holder is not None:
            return self._strike_told(holder, found, now_ns)
        sought = self._sought.get(period)
        if sought is None:
            return []
        sought.is_asked = False
        match found:
            case Market(about=UpOrDown(period=its) as about) if its == period and found.market not in self._held:
                del self._sought[period]
                self._reasons.pop(period.series, None)
                self._hold(found, about, Stage.WRITING)
                return [Write(MarketJoined(found, now_ns))]
            case Market():
                return self._refuse(period, f"{found.slug} was found, which is about another period", now_ns)
            case Unfit(reason=reason):
                return self._refuse(period, reason, now_ns)
            case NotListed(reason) | FindFailed(reason):
                sought.reason = self._reasons[period.series] = reason
                sought.due_ns = now_ns + self._pause_ns(sought.tries)
                sought.tries += 1
        return []

    def written(self, record: MarketJoined | MarketLeft, now_ns: int) -> list[Action]:
        """The journal has it on disk."""
        name = record.market if isinstance(record, MarketLeft) else record.market.market
        held = self._held.get(name)
        if held is None:
            return []
        if isinstance(record, MarketJoined) and held.stage is Stage.WRITING:
            self._move(held, Stage.SETTING_UP, now_ns)
            return [Tell(record), *self._tell_pricer(held, now_ns)]
        if isinstance(record, MarketLeft) and held.stage is Stage.WRITING_OUT:
            del self._held[name]
            self._close(held.about.period, "its market was left", now_ns)
            return [Tell(record), Say(Level.INFO, "a market left", held.market.slug, held.about.period.name)]
        return []

    def yard_done(self, name: MarketId, reason: str | None, now_ns: int) -> list[Action]:
        """The yard has set the market up, or taken it down; or it could not, for a reason."""
        if self._at_yard != name:
            return []
        self._at_yard = None
        held = self._held.get(name)
        if held is None or held.stage not in (Stage.SETTING_UP, Stage.TAKING_DOWN):
            return []
        if reason is not None:
            held.reason = reason
            held.due_ns = now_ns + self._pause_ns(held.tries)
            held.tries += 1
            return [Say(Level.WARNING, f"not yet: {held.stage.value}", held.market.slug, reason)]
        if held.stage is Stage.SETTING_UP:
            self._move(held, Stage.STANDS, now_ns)
            return [Say(Level.INFO, "a market joined", held.market.slug, held.about.period.name)]
        self._move(held, Stage.WRITING_OUT, now_ns)
        return [Write(MarketLeft(name, now_ns))]

    def end_looked(self, looked: EndLooked, now_ns: int) -> list[Action]:
        """Whether the market can be left. An open order keeps it, for however long."""
        held = self._held.get(looked.market)
        if held is None or held.stage is not Stage.ENDING:
            return []
        held.is_looked_at = False
        is_late = now_ns >= held.end_ns + self.settings.leave_after_ns
        reason = reason_to_stay(looked, is_late)
        if not reason:
            self._move(held, Stage.TAKING_DOWN, now_ns)
            return []
        is_news, held.reason = is_late and reason != held.reason, reason
        held.due_ns = now_ns + self._pause_ns(held.tries)
        held.tries += 1
        return [Say(Level.ERROR, "a market cannot be left", held.market.slug, reason)] if is_news else []

    def pricer_died(self, now_ns: int) -> None:
        """Whoever publishes prices begins anew, and is told of the periods again when that is over."""
        again_ns = now_ns + self.settings.look_every_ns
        for held in self._held.values():
            held.tell_due_ns = min(held.tell_due_ns, again_ns)

    def shown(self, now_ns: int) -> DiscoveryShown:
        series = tuple(self._series_shown(each, now_ns) for each in self.settings.series)
        markets = tuple(
            MarketShown(held.market.slug, held.stage, held.tries, held.reason) for held in self._held.values()
        )
        return DiscoveryShown(series, markets)

    # Steps

    def _step(self, held: Held, now_ns: int, stands: Stands) -> list[Action]:
        actions: list[Action] = []
        has_ended = now_ns >= held.end_ns
        if held.is_fixed and has_ended:
            del self._held[held.market.market]
            return []
        if has_ended and held.stage in (Stage.SETTING_UP, Stage.STANDS) and self._at_yard != held.market.market:
            self._move(held, Stage.ENDING, now_ns)
        if held.stage is Stage.ENDING:
            if not held.is_looked_at and held.due_ns <= now_ns:
                held.is_looked_at = True
                actions.append(LookAtTheEnd(held.market))
            return actions
        if has_ended or held.stage is Stage.WRITING:
            return actions
        if held.stage is Stage.STANDS and not held.is_fixed and not stands(held.market.market):
            self._move(held, Stage.SETTING_UP, now_ns)
            actions.append(Say(Level.WARNING, "a market is gone and is set up again", held.market.slug, ""))
        if held.tell_due_ns <= now_ns:
            actions += self._tell_pricer(held, now_ns)
        if held.wants_strike and not held.is_strike_asked and held.strike_due_ns <= now_ns:
            held.is_strike_asked = True
            actions.append(Ask(held.about.period))
        return actions

    def _to_the_yard(self, now_ns: int) -> list[Action]:
        """One market at a time; those that are to be set up before those that are to go."""
        if self._at_yard is not None:
            return []
        for stage, action in ((Stage.SETTING_UP, SetUp), (Stage.TAKING_DOWN, TakeDown)):
            for name, held in self._held.items():
                if held.stage is stage and held.due_ns <= now_ns:
                    self._at_yard = name
                    return [action(held.market)]
        return []

    def _forget(self, wanted: set[Period], now_ns: int) -> list[Action]:
        """Periods of which too little is left, and why others are closed that are over."""
        given_up = [sought for period, sought in self._sought.items() if period not in wanted]
        for sought in given_up:
            del self._sought[sought.period]
        self._closed = {period: why for period, why in self._closed.items() if end_ns(period) > now_ns}
        return [
            Say(Level.WARNING, "no market was found in time", sought.period.name, sought.reason or "nobody answered")
            for sought in given_up
        ]

    def _strike_told(self, held: Held, found: Found, now_ns: int) -> list[Action]:
        held.is_strike_asked = False
        if held.stage not in (Stage.SETTING_UP, Stage.STANDS):
            return []
        held.strike_due_ns = now_ns + (self.settings.ask_for_strike_after_ns << min(held.strike_tries, 32))
        held.strike_tries += 1
        about = found.about if isinstance(found, Market) and found.market == held.market.market else None
        if about is None or about.strike is None or evolve(about, strike=None) != evolve(held.about, strike=None):
            return []
        held.about = about
        return self._tell_pricer(held, now_ns)

    def _tell_pricer(self, held: Held, now_ns: int) -> list[Action]:
        held.tell_due_ns = now_ns + self.settings.tell_again_ns
        return [TellPricer(held.about)]

    def _refuse(self, period: Period, reason: str, now_ns: int) -> list[Action]:
        del self._sought[period]
        self._close(period, reason, now_ns)
        return [Say(Level.ERROR, "a market must not be traded, and its period is left out", period.name, reason)]

    def _close(self, period: Period, reason: str, now_ns: int) -> None:
        if end_ns(period) > now_ns:
            self._closed[period] = reason

    def _hold(self, market: Market, about: UpOrDown, stage: Stage) -> Held:
        strike_due_ns = start_ns(about.period) + self.settings.ask_for_strike_after_ns
        held = Held(market, about, stage, strike_due_ns=strike_due_ns)
        self._held[market.market] = held
        return held

    def _move(self, held: Held, stage: Stage, now_ns: int) -> None:
        held.stage, held.due_ns, held.tries, held.is_looked_at, held.reason = stage, now_ns, 0, False, ""

    def _holder(self, period: Period) -> Held | None:
        return next((held for held in self._held.values() if held.about.period == period), None)

    def _pause_ns(self, tries: int) -> int:
        bound_ns = min(self.settings.last_retry_ns, self.settings.first_retry_ns << min(tries, 32))
        return bound_ns // 2 + self.draw(bound_ns // 2 + 1)

    def _series_shown(self, series: Series, now_ns: int) -> SeriesShown:
        present = series.period_at(now_ns // NANOSECONDS_PER_MILLISECOND)
        holders = [self._holder(period) for period in (present, present.following)]
        slugs = ["" if holder is None else holder.market.slug for holder in holders]
        sought = [each for each in self._sought.values() if each.period.series == series]
        closed = [why for period, why in self._closed.items() if period.series == series]
        reason = next((each.reason for each in sought if each.reason), "") or next(iter(closed), "")
        return SeriesShown(
            series.name,
            slugs[0],
            slugs[1],
            tuple(each.period.name for each in sought),
            reason or self._reasons.get(series, ""),
        )
