"""Maker, market, ledger, governor, executor and gateway, all real, before a venue that rejects whatever it is sent."""

from collections.abc import Awaitable, Callable

from actors.execution.executor import Executor, ExecutorSettings
from actors.execution.gateway import Gateway
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from actors.portfolio.bookkeeper import Bookkeeper
from actors.records.words import Confirm, Confirmed
from actors.risk.governor import Governor, GovernorSettings, GovernorState
from actors.risk.limits import RiskLimits
from actors.strategies.maker import Maker
from messages.identity import MarketId
from messages.intents import IntentRefused, Refusal
from messages.orders import Accepted, Order, Rejected, VenueEvent
from messages.units import Cash
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import (
    EXECUTOR_PATH,
    GATEWAY_PATH,
    GOVERNOR_PATH,
    JOURNAL_PATH,
    LEDGER_PATH,
    MAKER_PATH,
    MAKER_SETTINGS,
    MARKET_PATH,
    Create,
    JournalProbe,
    heard,
    market_actor,
    whole,
    world,
)
from tests.actors.samples import GAME, OTHER_GAME, dollars, market

MARKETS = (market(), market(OTHER_GAME))
SETTINGS = GovernorSettings(limits=RiskLimits(dollars(1000), dollars(1000), 6, dollars(100)), quiet_ns=SECOND)
CROSSES = "invalid post-only order: order crosses book"
RESTARTING = "matching engine restarting"


class MoodyVenue(PaperVenue):
    """Says `mood` to every order, and lets it rest where there is none."""

    def __init__(self) -> None:
        super().__init__(PaperSettings(), MARKETS)
        self.mood: str | None = None
        self.sent = 0

    def submit(self, order: Order, now_ns: int) -> tuple[VenueEvent, ...]:
        self.sent += 1
        if self.mood is None:
            return (Accepted(order.order, now_ns),)
        return (Rejected(order.order, self.mood, now_ns),)


class WritingJournal(JournalProbe):
    """Has everything on disk at once."""

    def receive(self, message: object) -> None:
        if isinstance(message, Confirm):
            super().receive(message.record)
            self.reply(Confirmed(message.record))
        else:
            super().receive(message)


class Service:
    def __init__(self, tree: Tree, diary: Diary, venue: MoodyVenue) -> None:
        self.tree = tree
        self.diary = diary
        self.venue = venue

    async def pass_seconds(self, number: int) -> int:
        """A second at a time, with a book at the end of each; how many orders were sent."""
        before = self.venue.sent
        for _ in range(number):
            await self.tree.advance(SECOND)
            self.tree.tell(MARKET_PATH, whole())
            await self.tree.settle()
        return self.venue.sent - before

    def storms(self) -> tuple[tuple[MarketId, str], ...]:
        actor = self.tree.cell(GOVERNOR_PATH).actor
        assert actor is not None
        state = actor.describe()
        assert isinstance(state, GovernorState)
        return state.reject_storms

    def refusals(self) -> list[Refusal]:
        return [each.refusal for each in heard(self.diary, JOURNAL_PATH, IntentRefused)]


def run(script: Callable[[Service], Awaitable[None]], mood: str) -> None:
    diary, venue = Diary(), MoodyVenue()
    venue.mood = mood
    real: dict[str, Create] = {
        JOURNAL_PATH: lambda: WritingJournal(diary),
        LEDGER_PATH: lambda: Bookkeeper(Cash(dollars(1000)), MARKETS),
        GOVERNOR_PATH: lambda: Governor(MARKETS, SETTINGS),
        GATEWAY_PATH: lambda: Gateway(venue),
        EXECUTOR_PATH: lambda: Executor(MARKETS, ExecutorSettings(settle_ns=SECOND)),
        MARKET_PATH: market_actor(),
        MAKER_PATH: lambda: Maker(market(), MAKER_SETTINGS),
    }

    async def with_the_service(tree: Tree) -> None:
        await script(Service(tree, diary, venue))

    run_tree(world(diary, real), with_the_service)


def test_five_rejects_pause_the_market_and_a_probe_that_the_venue_takes_opens_it_again() -> None:
    async def script(service: Service) -> None:
        for _ in range(10):
            if not service.storms():
                assert await service.pass_seconds(1) <= 2
        # The sixth was under way when the fifth was rejected.
        assert service.venue.sent in (5, 6)

        assert await service.pass_seconds(4) == 0
        assert Refusal.REJECT_STORM in service.refusals()

        assert await service.pass_seconds(2) == 1
        ((paused, how),) = service.storms()
        assert paused == GAME
        assert how.startswith("pause 2")

        service.venue.mood = None
        assert await service.pass_seconds(8) == 0
        assert await service.pass_seconds(3) == 2
        assert service.storms() == ()
        assert await service.pass_seconds(5) == 0

    run(script, CROSSES)


def test_a_restricted_mode_pauses_nothing() -> None:
    async def script(service: Service) -> None:
        assert await service.pass_seconds(20) > 20
        assert service.storms() == ()
        assert Refusal.REJECT_STORM not in service.refusals()

    run(script, RESTARTING)
