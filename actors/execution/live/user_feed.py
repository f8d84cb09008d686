"""What the venue tells of our orders and trades, taken to the gateway; and while it tells nothing, nothing is traded.

Down until the venue is heard for the first time, and in each life anew. Then, and after each loss: everything is
cancelled and at HALT; the feed is back; the account is compared with the venue's; only when both say the same, in a
comparison that began after the feed was back, the mode is released, which the governor lets follow after its quiet
period.
"""

from collections.abc import Awaitable

import trio
from attrs import frozen

from actors.execution.live.account import LiveAccount
from actors.execution.live.words import (
    Reconciled,
    ReconcileNow,
    UserFeedDown,
    UserFeedUp,
    UserNews,
    UserNewsLost,
    VenueOrder,
    VenueTrade,
)
from actors.paths import EXECUTOR, GATEWAY, GOVERNOR, RECONCILER
from messages.control import AreYouThere, Here
from messages.orders import CancelOrders, OrdersGone
from messages.risk import HoldMode, ReleaseMode, RiskMode
from messages.units import NANOSECONDS_PER_SECOND
from supervision.actor import Actor
from supervision.log import Level
from supervision.questions import ActorDown

DOWN = "the user feed is down"
NOT_YET = "it has not come up yet"


class ListeningEnded(Exception):
    """Whoever listens should do so for ever."""


@frozen
class ReconciledSince:
    """From a worker: what came of the comparison that was asked for after the feed came up for the `up`-th time; None
    where there was no answer."""

    up: int
    answer: Reconciled | None


@frozen
class AskAgain:
    """Timer."""

    up: int


UserFeedMessage = UserNews | ReconciledSince | AskAgain | Reconciled | OrdersGone | AreYouThere


@frozen(kw_only=True)
class UserFeedSettings:
    """How long a reconciliation may take before it is asked for again, and how soon one that found differences, or that
    nobody answered for, is."""

    reconciled_within_ns: int = 600 * NANOSECONDS_PER_SECOND
    ask_again_ns: int = 30 * NANOSECONDS_PER_SECOND


@frozen
class UserFeedState:
    """What the user feed shows of itself: `is_released` once the account was compared after it came up."""

    is_up: bool
    is_released: bool
    since_ns: int
    reason: str
    ups: int
    downs: int
    orders: int
    trades: int
    lost: int


class UserFeed(Actor[UserFeedMessage]):
    def __init__(self, account: LiveAccount, settings: UserFeedSettings) -> None:
        self._account = account
        self._settings = settings
        self._is_up = False
        self._is_released = False
        self._since_ns = 0
        self._reason = NOT_YET
        self._ups = self._downs = 0
        self._orders = self._trades = self._lost = 0

    def started(self) -> None:
        self._gateway, self._reconciler = self.address(GATEWAY), self.address(RECONCILER)
        self._governor, self._executor = self.address(GOVERNOR), self.address(EXECUTOR)
        self._hold(NOT_YET)
        self.work("listen", self._listen)

    def receive(self, message: UserFeedMessage) -> None:
        match message:
            case VenueOrder():
                self._orders += 1
                self.tell(self._gateway, message)
            case VenueTrade():
                self._trades += 1
                self.tell(self._gateway, message)
            case UserFeedUp():
                self._came_up()
            case UserFeedDown(reason=reason):
                self._went_down(reason)
            case UserNewsLost(reason=reason):
                self._lost += 1
                self.log(Level.WARNING, "news of our orders was lost", reason=reason)
                self.tell(self._reconciler, ReconcileNow(f"news was lost: {reason}"))
            case ReconciledSince(up, answer):
                self._compared(up, answer)
            case AskAgain(up):
                if self._is_of_now(up):
                    self._ask(up)
            case AreYouThere(number):
                if self._is_up:
                    self.reply(Here(number))
            case Reconciled() | OrdersGone():
                # Answers to what was only told: which question they belong to cannot be seen.
                pass

    def describe(self) -> UserFeedState:
        return UserFeedState(
            self._is_up,
            self._is_released,
            self._since_ns,
            self._reason,
            self._ups,
            self._downs,
            self._orders,
            self._trades,
            self._lost,
        )

    def _came_up(self) -> None:
        """Also where it never went down as far as we know: what happened before is not known then either."""
        if self._is_up:
            self._hold("it came up twice")
        self._ups += 1
        self._is_up, self._since_ns, self._reason = True, self.now_ns, ""
        self.log(Level.INFO, "the user feed is up")
        self._ask(self._ups)

    def _went_down(self, reason: str) -> None:
        if not self._is_up:
            self._reason = reason
            return
        self._downs += 1
        self.log(Level.WARNING, DOWN, reason=reason)
        self._hold(reason)

    def _hold(self, reason: str) -> None:
        self._is_up = self._is_released = False
        self._since_ns, self._reason = self.now_ns, reason
        self.tell(self._governor, HoldMode(RiskMode.HALT, DOWN))
        self.tell(self._executor, CancelOrders(None, None, f"{DOWN}: {reason}"))

    def _compared(self, up: int, answer: Reconciled | None) -> None:
        if not self._is_of_now(up):
            return
        if answer is None or answer.differences:
            self.after("ask again", self._settings.ask_again_ns, AskAgain(up))
            return
        self._is_released = True
        self.log(Level.INFO, "the account is the venue's again")
        self.tell(self._governor, ReleaseMode(DOWN))

    def _is_of_now(self, up: int) -> bool:
        return self._is_up and up == self._ups

    def _ask(self, up: int) -> None:
        self.work(f"reconcile {up}", lambda: self._reconcile(up))

    # Workers

    async def _listen(self) -> None:
        await self._account.listen(self._deliver)
        raise ListeningEnded("the account listens no more")

    def _deliver(self, news: UserNews) -> Awaitable[None] | None:
        return self.own_address.offer(news)

    async def _reconcile(self, up: int) -> None:
        """Asked rather than told, so that the answer is surely the one to this question."""
        asked = ReconcileNow("the user feed is up")
        try:
            answer = await self.ask(self._reconciler, asked, self._settings.reconciled_within_ns)
        except (trio.TooSlowError, ActorDown):
            answer = None
        await self.report(ReconciledSince(up, answer if isinstance(answer, Reconciled) else None))
