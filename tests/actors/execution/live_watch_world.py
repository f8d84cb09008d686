"""The part of the tree that watches over a live account: the real user feed, reconciler or heartbeat beside probes."""

from collections.abc import Mapping

from actors.execution.live.words import VenueOrder, VenueOrderStatus
from actors.execution.words import TellSettled
from actors.paths import CLAIMS, EXECUTOR, GATEWAY, GOVERNOR, HEARTBEAT, LEDGER, RECONCILER, USER_FEED
from messages.control import AreYouThere, Here
from messages.fills import Fill
from messages.identity import MarketId, Outcome, VenueOrderId
from messages.portfolio import SettledAccount
from messages.units import Cash, Price, Shares
from supervision.mailbox import MailboxSpec
from supervision.specs import ActorSpec, Strategy, SupervisorSpec
from supervision.testing import Diary, Probe
from tests.actors.actor_world import AT_ONCE, BUY, JOURNAL_PATH, YES, Create, JournalProbe
from tests.actors.samples import GAME, shares

GOVERNOR_PATH, EXECUTOR_PATH, GATEWAY_PATH, LEDGER_PATH = GOVERNOR.text, EXECUTOR.text, GATEWAY.text, LEDGER.text
USER_FEED_PATH, RECONCILER_PATH, HEARTBEAT_PATH = USER_FEED.text, RECONCILER.text, HEARTBEAT.text


class Answering(Probe):
    """A probe that proves that it lives, unless it is among the `silent`."""

    def __init__(self, diary: Diary, silent: set[str]) -> None:
        super().__init__(diary)
        self._silent = silent

    def receive(self, message: object) -> None:
        super().receive(message)
        if isinstance(message, AreYouThere) and self.path not in self._silent:
            self.reply(Here(message.number))


class SettledBooks:
    """What the ledger of a test has; it outlives the actor."""

    def __init__(self, cash: Cash = Cash(0)) -> None:
        self.cash = cash
        self.shares: dict[tuple[MarketId, Outcome], Shares] = {}
        self.unsettled: tuple[Fill, ...] = ()
        self.is_silent = False
        self.asked = 0

    def account(self) -> SettledAccount:
        held = tuple((market, outcome, size) for (market, outcome), size in self.shares.items())
        return SettledAccount(self.asked, self.cash, held, self.unsettled)


class LedgerOfBooks(Answering):
    def __init__(self, diary: Diary, silent: set[str], books: SettledBooks) -> None:
        super().__init__(diary, silent)
        self._books = books

    def receive(self, message: object) -> None:
        if not isinstance(message, TellSettled):
            super().receive(message)
            return
        self._books.asked += 1
        if not self._books.is_silent:
            self.reply(self._books.account())


def watched(
    diary: Diary, real: Mapping[str, Create], books: SettledBooks | None = None, silent: set[str] | None = None
) -> SupervisorSpec:
    """The real actors at the paths in `real`, probes elsewhere; one_for_one, and restarts at once."""
    quiet = set[str]() if silent is None else silent
    ledger = SettledBooks() if books is None else books

    def at(path: str) -> ActorSpec:
        def stand_in() -> Probe:
            if path == JOURNAL_PATH:
                return JournalProbe(diary)
            return LedgerOfBooks(diary, quiet, ledger) if path == LEDGER_PATH else Answering(diary, quiet)

        create: Create = real.get(path, stand_in)
        return ActorSpec(name=path.rpartition("/")[2], create=create, mailbox=MailboxSpec(capacity=100_000))

    def group(name: str, *children: ActorSpec | SupervisorSpec, is_group: bool) -> SupervisorSpec:
        return SupervisorSpec(
            name=name,
            strategy=Strategy.ONE_FOR_ONE,
            children=children,
            intensity=1000,
            backoff=AT_ONCE,
            is_group=is_group,
        )

    also = [at(path) for path in real if path == CLAIMS.text]
    execution = (GATEWAY_PATH, USER_FEED_PATH, RECONCILER_PATH, HEARTBEAT_PATH, EXECUTOR_PATH)
    return group(
        "root",
        at(JOURNAL_PATH),
        at(LEDGER_PATH),
        at(GOVERNOR_PATH),
        *also,
        group("execution", *map(at, execution), is_group=False),
        is_group=True,
    )


def resting(name: str = "0x1", matched: int = 0, status: VenueOrderStatus = VenueOrderStatus.LIVE) -> VenueOrder:
    """A BUY of 100 YES at 0.40; `matched` in whole shares."""
    terms = (GAME, YES, BUY, Price(4000), shares(100))
    return VenueOrder(VenueOrderId(name), *terms, shares(matched), status)
