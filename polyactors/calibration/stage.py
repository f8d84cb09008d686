"""A tree in virtual time that makes prices and looks at markets, as fast as it goes: what `recorded` and `simulated`
have in common."""

from collections.abc import Awaitable, Callable, Sequence

import trio
from attrs import evolve, frozen

from actors.pricing.settings import PricingSettings
from actors.pricing.symbol_pricer import SymbolPricer
from messages.periods import Period
from messages.reference import ReferenceVenue, Symbol
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.calibration.sampler import Looks, Middle, Sampler, Wanted
from polyactors.pricer.reference_actors import PRICES_WAITING, Feed
from supervision.child import ChildFailedToStart
from supervision.clock import VirtualClock
from supervision.mailbox import MailboxSpec, Overflow
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Strategy, SupervisorSpec
from supervision.virtual_time import drive, run_repeatably

PRICES_EVERY_NS = 100 * NANOSECONDS_PER_MILLISECOND
"""Nobody trades on these prices: between two looks they are made less often than in service."""

_ENDS_READ_EVERY_NS = 10 * NANOSECONDS_PER_SECOND


class StageBroken(Exception):
    """The tree gave up; the text says why."""


@frozen
class Stage:
    """What is played. `pump` plays the markets at their times, and `middle` tells that of one now; `until_ns` is the
    end of the play."""

    runtime: Runtime
    clock: VirtualClock
    feeds: Sequence[Feed]
    wanted: tuple[Wanted, ...]
    pump: Callable[[], Awaitable[None]]
    middle: Middle
    until_ns: int
    prices_every_ns: int = PRICES_EVERY_NS


@frozen
class Seen:
    """`ended` tells of periods whose both ends could be read by the rule whether they were Up."""

    looks: Looks
    ended: dict[Period, bool]


def play(stage: Stage, settings: PricingSettings) -> Seen:
    """Not to be called from within trio. Raises `StageBroken`."""
    pricers: dict[Symbol, SymbolPricer] = {}
    seen = Seen(Looks(), {})
    stage.runtime.describe(_tree(stage, settings, pricers, seen.looks))
    reading = _Ends(pricers, seen.ended)
    run_repeatably(lambda: _run(stage, reading), stage.clock, stage.runtime.seed)
    return seen


def _tree(
    stage: Stage,
    settings: PricingSettings,
    pricers: dict[Symbol, SymbolPricer],
    looks: Looks,
) -> SupervisorSpec:
    series = tuple(dict.fromkeys(each.about.period.series for each in stage.wanted))
    settings = evolve(settings, publish_every_ns=max(settings.publish_every_ns, stage.prices_every_ns))

    def pricer_of(symbol: Symbol) -> ActorSpec:
        own, venues = tuple(each for each in series if each.symbol == symbol), _venues(stage.feeds, symbol)

        def create() -> SymbolPricer:
            pricers[symbol] = made = SymbolPricer(symbol, own, settings, venues)
            return made

        return ActorSpec(
            name=symbol, create=create, mailbox=MailboxSpec(capacity=PRICES_WAITING, overflow=Overflow.DROP)
        )

    symbols = tuple(pricer_of(symbol) for symbol in dict.fromkeys(each.symbol for each in series))
    feeds = tuple(feed.spec for feed in stage.feeds)
    reference = SupervisorSpec(name="reference", strategy=Strategy.ONE_FOR_ONE, children=(*symbols, *feeds))
    sampler = ActorSpec(name="sampler", create=lambda: Sampler(stage.wanted, stage.middle, looks))
    return SupervisorSpec(name="root", strategy=Strategy.ONE_FOR_ONE, children=(reference, sampler), is_group=True)


def _venues(feeds: Sequence[Feed], symbol: Symbol) -> tuple[ReferenceVenue, ...]:
    return tuple(dict.fromkeys(feed.source.venue for feed in feeds if symbol in feed.source.symbols))


class _Ends:
    """Reads now and then how periods ended: a pricer keeps the last ones only."""

    def __init__(self, pricers: dict[Symbol, SymbolPricer], ended: dict[Period, bool]) -> None:
        self._pricers = pricers
        self._ended = ended
        self._next_ns = 0

    def look(self, now_ns: int) -> None:
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + _ENDS_READ_EVERY_NS
        for pricer in self._pricers.values():
            for series in pricer.describe().series:
                for period in series.ended:
                    if period.is_up is not None:
                        self._ended[period.period] = period.is_up


async def _run(stage: Stage, ends: _Ends) -> None:
    """Raises `StageBroken`."""
    clock, timers, over = stage.clock, stage.runtime.timers, trio.Event()
    why: list[str] = []

    async def run_tree() -> None:
        try:
            why.append(str(await stage.runtime.run()))
        except ChildFailedToStart as error:
            why.append(str(error))
        over.set()

    def keep_going() -> bool:
        ends.look(clock.now_ns())
        return clock.now_ns() < stage.until_ns and not over.is_set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_tree)
        nursery.start_soon(stage.pump)
        await drive(clock, timers, keep_going)
        has_given_up = over.is_set()
        stage.runtime.stop("all was played")
        await drive(clock, timers, lambda: not over.is_set())
        nursery.cancel_scope.cancel(reason="all was played")
    if has_given_up:
        raise StageBroken(why[0])
