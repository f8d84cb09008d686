"""In the place of a `SymbolPricer` where the prices of a symbol are made in another process: polls it and passes on.

What is published is what the other process published: its `epoch`, its `seq`, its word on `stale`. A poller does not
see every publication, so `seq` rises here by one or more. What only this side can know is that nothing comes any more:
when a series has brought nothing new for `silent_after_ns`, whatever the reason (no process, no answer, an answer that
cannot be read, the same snapshot again and again), its followers are told `NoPrices`, which means to them what a stale
snapshot does, and no old snapshot is given to anybody until a new one comes.
"""

from collections.abc import Awaitable

import trio
from attrs import Factory, define

from actors.pricing.remote_words import (
    LookForSilence,
    NoAnswer,
    PeriodTold,
    Polled,
    PriceService,
    RemotePricerHealth,
    RemotePricerMessage,
    RemotePricerSettings,
    RemotePricerState,
)
from messages.periods import Period, Series, UpOrDown
from messages.pricing import (
    FOLLOWED_FOR_NS,
    AboutPeriod,
    FollowPrices,
    NoPrices,
    PriceSnapshot,
    TellPrices,
)
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level


@define(eq=False)
class _Remote:
    """One series. `heard_ns` is when it brought something new, `why_not` what was wrong since."""

    heard_ns: int
    newest: PriceSnapshot | None = None
    is_silent: bool = False
    why_not: str = "nothing has come yet"
    followers: dict[str, tuple[Address[object], int]] = Factory(dict)


class RemotePricer(Actor[RemotePricerMessage]):
    def __init__(
        self,
        series: tuple[Series, ...],
        service: PriceService,
        settings: RemotePricerSettings,
        health: RemotePricerHealth,
    ) -> None:
        self._all_series = series
        self._service = service
        self._settings = settings
        self._health = health
        self._periods: dict[Period, UpOrDown] = {}
        self._being_told: set[Period] = set()

    def started(self) -> None:
        self._series = {series: _Remote(self.now_ns) for series in self._all_series}
        for series in self._all_series:
            self.work(f"poll {series.name}", lambda series=series: self._poll(series))  # type: ignore[misc]
        self._look_again()

    async def unload(self) -> None:
        await self._service.close()

    def receive(self, message: RemotePricerMessage) -> None:
        match message:
            case Polled(series, PriceSnapshot() as snapshot):
                self._publish(self._series[series], snapshot)
            case Polled(series, NoAnswer(reason=reason)):
                self._series[series].why_not = reason
            case FollowPrices(series):
                self._follow(series)
            case TellPrices(series):
                self.reply(self._known_of(series))
            case AboutPeriod(about):
                self._hear_of(about)
            case PeriodTold(about, refusal):
                self._told(about, refusal)
            case LookForSilence():
                self._look()

    def describe(self) -> RemotePricerState:
        health = self._health
        return RemotePricerState(
            polls=health.polls,
            published=health.published,
            unchanged=health.unchanged,
            missed=health.missed,
            backwards=health.backwards,
            silences=health.silences,
            failures=tuple(sorted(health.failures.items())),
            silent=tuple(series.name for series, remote in self._series.items() if remote.is_silent),
            followers=sum(len(remote.followers) for remote in self._series.values()),
        )

    def _publish(self, remote: _Remote, snapshot: PriceSnapshot) -> None:
        former = remote.newest
        if former is not None and former.epoch == snapshot.epoch:
            if snapshot.seq <= former.seq:
                # No life of a publisher counts backwards: whatever this is, it is nothing new.
                self._health.backwards += 1
                return
            self._health.missed += snapshot.seq - former.seq - 1
        elif former is not None:
            self.log(Level.WARNING, "the pricer lives anew", series=snapshot.series.name, epoch=snapshot.epoch)
            self._tell_of_periods_again()
        if remote.is_silent:
            self.log(Level.INFO, "the pricer is heard again", series=snapshot.series.name)
        remote.newest, remote.heard_ns, remote.is_silent = snapshot, self.now_ns, False
        remote.why_not = "it repeats itself"
        self._health.published += 1
        self._to_followers(remote, snapshot)

    def _follow(self, series: Series) -> None:
        remote, sender = self._series.get(series), self.sender
        if sender is None:
            return
        if remote is None:
            self.tell(sender, self._known_of(series))
            return
        is_new = sender.path not in remote.followers
        remote.followers[sender.path] = (sender, self.now_ns + FOLLOWED_FOR_NS)
        if is_new and (remote.newest is not None or remote.is_silent):
            self.tell(sender, self._known_of(series))

    def _known_of(self, series: Series) -> PriceSnapshot | NoPrices:
        remote = self._series.get(series)
        if remote is None:
            return NoPrices(series, f"{series.name} is not polled: there are {', '.join(s.name for s in self._series)}")
        if remote.newest is None or remote.is_silent:
            return NoPrices(series, remote.why_not)
        return remote.newest

    def _look(self) -> None:
        for series, remote in self._series.items():
            silent_ns = self.now_ns - remote.heard_ns
            if silent_ns >= self._settings.silent_after_ns and not remote.is_silent:
                remote.is_silent = True
                self._health.silences += 1
                self.log(Level.WARNING, "the pricer says nothing new", series=series.name, reason=remote.why_not)
                silence = f"nothing new for {silent_ns // NANOSECONDS_PER_MILLISECOND} ms: {remote.why_not}"
                self._to_followers(remote, NoPrices(series, silence))
        self._look_again()

    def _look_again(self) -> None:
        self.after("silence", self._settings.silent_after_ns // 10, LookForSilence())

    def _to_followers(self, remote: _Remote, message: PriceSnapshot | NoPrices) -> None:
        now_ns = self.now_ns
        over = [path for path, (who, until_ns) in remote.followers.items() if until_ns <= now_ns or who.is_over]
        for path in over:
            del remote.followers[path]
        self.publish((address for address, _ in remote.followers.values()), message)

    # Periods

    def _hear_of(self, about: UpOrDown) -> None:
        """What the market of a period says is passed on to who makes the prices; and again when it lives anew."""
        if about.period.series not in self._series:
            self.log(Level.WARNING, "a period of a series that is not polled", period=about.period.name)
            return
        now_ms = self.now_ns // NANOSECONDS_PER_MILLISECOND
        self._periods = {period: each for period, each in self._periods.items() if period.end_ms > now_ms}
        known = self._periods.get(about.period)
        if known is None or (known.strike is None and about.strike is not None):
            self._periods[about.period] = about
            self._tell_of(about)

    def _tell_of_periods_again(self) -> None:
        for about in self._periods.values():
            self._tell_of(about)

    def _tell_of(self, about: UpOrDown) -> None:
        if about.period not in self._being_told:
            self._being_told.add(about.period)
            self.work(f"period {about.period.name}", lambda: self._tell_service(about))

    def _told(self, about: UpOrDown, refusal: NoAnswer | None) -> None:
        self._being_told.discard(about.period)
        if refusal is not None:
            self.log(Level.WARNING, "the pricer was not told", period=about.period.name, reason=refusal.reason)
        newer = self._periods.get(about.period, about)
        if newer != about:
            self._tell_of(newer)

    # Workers

    async def _poll(self, series: Series) -> None:
        """One request after the other: the next begins when its time has come and the one before is over."""
        settings, health = self._settings, self._health
        every_s, retry_s = (
            settings.poll_every_ns / NANOSECONDS_PER_SECOND,
            settings.retry_every_ns / NANOSECONDS_PER_SECOND,
        )
        seen: PriceSnapshot | None = None
        why_not = ""
        begin_s = trio.current_time()
        while True:
            health.polls += 1
            answer = await self._in_time(self._service.get_latest(series))
            wait_s = every_s
            if isinstance(answer, NoAnswer):
                wait_s = retry_s
                health.failures[answer.kind] += 1
                if answer.reason != why_not:
                    why_not = answer.reason
                    await self.report(Polled(series, answer))
            elif seen is not None and (answer.epoch, answer.seq) == (seen.epoch, seen.seq):
                health.unchanged += 1
            else:
                seen, why_not = answer, ""
                await self.report(Polled(series, answer))
            begin_s = max(begin_s + wait_s, trio.current_time())
            await trio.sleep_until(begin_s)

    async def _in_time(self, asked: Awaitable[PriceSnapshot | NoAnswer]) -> PriceSnapshot | NoAnswer:
        within_ns = self._settings.answer_within_ns
        with trio.move_on_after(within_ns / NANOSECONDS_PER_SECOND):
            return await asked
        return NoAnswer("late", f"no answer within {within_ns // NANOSECONDS_PER_MILLISECOND} ms")

    async def _tell_service(self, about: UpOrDown) -> None:
        """Until it is taken or refused, or the period is over."""
        answer: NoAnswer | None = NoAnswer("late", "the period is over")
        while about.period.end_ms > self.now_ns // NANOSECONDS_PER_MILLISECOND:
            answer = NoAnswer("late", "no answer in time")
            with trio.move_on_after(self._settings.answer_within_ns / NANOSECONDS_PER_SECOND):
                answer = await self._service.tell_period(about)
            if answer is None or answer.kind == "refused":
                break
            await trio.sleep(self._settings.silent_after_ns / NANOSECONDS_PER_SECOND)
        await self.report(PeriodTold(about, answer))
