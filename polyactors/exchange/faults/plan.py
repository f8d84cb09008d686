"""Faults at planned times: from a file, or at random from a seed."""

import random
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import define, frozen

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.faults.armed import Arming
from polyactors.exchange.faults.desk import FaultDesk
from polyactors.exchange.faults.kinds import (
    ClockSkew,
    DropConnections,
    DropFrames,
    DuplicateFrames,
    FailAfterwards,
    FailTrades,
    Fault,
    LateAnswer,
    LoseAnswer,
    RateLimited,
    ReorderFrames,
    RestrictedMode,
    Silence,
    StalledFeed,
    WrongHashes,
)
from polyactors.exchange.faults.written import BadFault, arming_of
from polyactors.exchange.timed import Timed
from polyactors.exchange.words import Refused, TradingMode

_MOST_SECONDS = 366 * 24 * 3600
_LONGEST_S = 15


@frozen
class Planned:
    """`after_ns` counts from the beginning of the exchange."""

    after_ns: int
    arming: Arming


@frozen
class FaultPlan:
    """What will go wrong: at given times, in their order, and `random_per_minute` besides."""

    planned: tuple[Planned, ...] = ()
    random_per_minute: float = 0.0

    def timed(self, desk: FaultDesk, seed: int, now_ns: int, tell: Callable[[str], None]) -> tuple[Timed, ...]:
        """Those who arm it when they are moved. What the desk refuses is told."""
        found: tuple[Timed, ...] = (PlannedFaults(desk, self.planned, now_ns, tell),)
        if self.random_per_minute:
            found += (RandomFaults(desk, self.random_per_minute, seed, now_ns),)
        return found


NO_FAULTS = FaultPlan()


class BadPlan(ValueError):
    """The file cannot be used. `mistakes` has one line each."""

    def __init__(self, source: str, mistakes: Iterable[str]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        super().__init__(f"{source}: " + "; ".join(self.mistakes))


def read_plan(path: Path) -> tuple[Planned, ...]:
    """A TOML file with a [[fault]] each: `at_s`, and what `written.arming_of` reads. Raises `BadPlan`."""
    try:
        plain = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise BadPlan(str(path), [f"cannot be read: {error.strerror or error}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPlan(str(path), [f"is no TOML: {error}"]) from error
    mistakes = [f"{key}: there is no such setting; each fault begins with [[fault]]" for key in plain if key != "fault"]
    tables = plain.get("fault", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadPlan(str(path), [*mistakes, "fault: is a list; write [[fault]] above each of them"])
    planned: list[Planned] = []
    for number, table in enumerate(tables, start=1):
        rest = dict(table)
        at_s = rest.pop("at_s", 0)
        if not isinstance(at_s, int | float) or isinstance(at_s, bool) or not 0 <= at_s <= _MOST_SECONDS:
            mistakes.append(f"fault {number}: at_s: {at_s!r} is no number of seconds from 0 on")
            at_s = 0
        try:
            planned.append(Planned(round(at_s * NANOSECONDS_PER_SECOND), arming_of(rest)))
        except BadFault as error:
            mistakes += (f"fault {number}: {mistake}" for mistake in error.mistakes)
    if mistakes:
        raise BadPlan(str(path), mistakes)
    return tuple(sorted(planned, key=lambda each: each.after_ns))


@define
class PlannedFaults:
    """Arms each of `plan`, which is in the order of its times, when it is due. What the desk refuses is told."""

    desk: FaultDesk
    plan: tuple[Planned, ...]
    begun_ns: int
    tell: Callable[[str], None]
    _next: int = 0

    def advance(self, now_ns: int) -> None:
        while (due_ns := self.next_due_ns()) is not None and due_ns <= now_ns:
            planned = self.plan[self._next]
            self._next += 1
            outcome = self.desk.arm(planned.arming, due_ns)
            if isinstance(outcome, Refused):
                self.tell(f"a planned fault was not armed: {outcome.text}")

    def next_due_ns(self) -> int | None:
        return self.begun_ns + self.plan[self._next].after_ns if self._next < len(self.plan) else None


class RandomFaults:
    """So many faults a minute on average, of every kind that needs no market named, each for some seconds.

    Which and when follows from the seed.
    """

    def __init__(self, desk: FaultDesk, per_minute: float, seed: int, now_ns: int) -> None:
        self._desk = desk
        self._mean_s = 60 / per_minute
        self._chance = random.Random(f"faults {seed}")
        self._due_ns = now_ns
        self._draw_time()

    def advance(self, now_ns: int) -> None:
        while self._due_ns <= now_ns:
            seconds = self._chance.uniform(1, _LONGEST_S)
            self._desk.arm(Arming(self._draw(), for_ns=round(seconds * NANOSECONDS_PER_SECOND)), self._due_ns)
            self._draw_time()

    def next_due_ns(self) -> int:
        return self._due_ns

    def _draw_time(self) -> None:
        self._due_ns += round(self._chance.expovariate(1 / self._mean_s) * NANOSECONDS_PER_SECOND) + 1

    def _draw(self) -> Fault:
        chance = self._chance
        one_in = chance.choice((1, 2, 5))
        faults: tuple[Fault, ...] = (
            RateLimited(one_in=one_in, retry_after_s=chance.randint(1, 3)),
            FailAfterwards(one_in=one_in),
            LoseAnswer(one_in=one_in, hangs=chance.random() < 0.5),
            LateAnswer(one_in=one_in, delay_ms=chance.randint(100, 5_000)),
            DropFrames(one_in=chance.randint(2, 50)),
            DuplicateFrames(one_in=one_in),
            ReorderFrames(one_in=chance.randint(2, 10)),
            WrongHashes(one_in=one_in),
            Silence(stream=chance.choice(("market", "user"))),
            DropConnections(stream=chance.choice(("market", "user", ""))),
            ClockSkew(chance.randint(-20_000, 20_000)),
            StalledFeed(chance.choice(("binance", "coinbase", "kraken", "rtds", "live", ""))),
            RestrictedMode(chance.choice([mode for mode in TradingMode if mode is not TradingMode.NORMAL])),
            FailTrades(chance.randint(1, 3)),
        )
        return chance.choice(faults)
