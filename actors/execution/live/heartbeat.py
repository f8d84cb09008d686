"""Tells the venue that we are alive, as long as we are: without it the venue cancels everything by itself.

A process that runs proves nothing. So there is a beat only when all of those that trading depends on have answered
since the last one; where one of them hangs, or the user feed is down, the venue takes our orders away.
"""

from attrs import frozen

from actors.execution.live.account import LiveAccount
from actors.execution.live.words import AskFailed
from actors.paths import EXECUTOR, GOVERNOR, LEDGER, USER_FEED
from messages.control import AreYouThere, Here
from messages.units import NANOSECONDS_PER_SECOND
from supervision.actor import Actor
from supervision.log import Level

WITNESSES = frozenset(path.text for path in (GOVERNOR, EXECUTOR, LEDGER, USER_FEED))


@frozen
class BeatDue:
    """Timer: another interval begins."""


@frozen
class TryAgain:
    """Timer: the venue did not hear the last one."""


@frozen
class BeatEnded:
    """From the worker: the venue has heard it, or why it has not."""

    failed: AskFailed | None


HeartbeatMessage = Here | BeatDue | TryAgain | BeatEnded


@frozen(kw_only=True)
class HeartbeatSettings:
    """`every_ns` twice over is less than the ten seconds after which the venue cancels; one that failed is tried again
    after `retry_ns`."""

    every_ns: int = 5 * NANOSECONDS_PER_SECOND
    retry_ns: int = NANOSECONDS_PER_SECOND


@frozen
class HeartbeatState:
    """What the heartbeat shows of itself: `missed` are the intervals in which somebody was silent, `failed` the beats
    that the venue did not hear. `last_ns` is 0 before the first."""

    beats: int
    missed: int
    failed: int
    last_ns: int
    silent: tuple[str, ...]
    last_failure: str


class Heartbeat(Actor[HeartbeatMessage]):
    def __init__(self, account: LiveAccount, settings: HeartbeatSettings) -> None:
        self._account = account
        self._settings = settings
        self._number = 0
        self._silent = set(WITNESSES)
        self._is_wanted = False
        self._is_under_way = False
        self._beats = self._missed = self._failed = self._last_ns = 0
        self._last_failure = ""

    def started(self) -> None:
        self._governor, self._executor = self.address(GOVERNOR), self.address(EXECUTOR)
        self._ledger, self._user_feed = self.address(LEDGER), self.address(USER_FEED)
        self.every("beat", self._settings.every_ns, BeatDue())
        self._ask()

    def receive(self, message: HeartbeatMessage) -> None:
        match message:
            case Here(number):
                self._heard(number)
            case BeatDue():
                self._count_missed()
                self._ask()
            case TryAgain():
                self._beat_if_proved()
            case BeatEnded(failed):
                self._ended(failed)

    def describe(self) -> HeartbeatState:
        return HeartbeatState(
            self._beats, self._missed, self._failed, self._last_ns, tuple(sorted(self._silent)), self._last_failure
        )

    def _ask(self) -> None:
        self._number += 1
        self._silent = set(WITNESSES)
        self._is_wanted = True
        question = AreYouThere(self._number)
        self.tell(self._governor, question)
        self.tell(self._executor, question)
        self.tell(self._ledger, question)
        self.tell(self._user_feed, question)

    def _heard(self, number: int) -> None:
        """An answer to an earlier question says that somebody was alive, not that they are."""
        if number == self._number and self.sender is not None:
            self._silent.discard(self.sender.path)
            self._beat_if_proved()

    def _beat_if_proved(self) -> None:
        if self._is_wanted and not self._silent and not self._is_under_way:
            self._is_wanted = False
            self._is_under_way = True
            self.work("beat", self._beat)

    def _count_missed(self) -> None:
        if self._silent:
            self._missed += 1
            self.log(Level.WARNING, "no heartbeat: somebody is silent", silent=", ".join(sorted(self._silent)))

    def _ended(self, failed: AskFailed | None) -> None:
        self._is_under_way = False
        if failed is None:
            self._beats += 1
            self._last_ns = self.now_ns
            self._beat_if_proved()
            return
        self._failed += 1
        self._last_failure = failed.reason
        self._is_wanted = True
        self.log(Level.WARNING, "the venue did not hear the heartbeat", reason=failed.reason)
        self.after("again", self._settings.retry_ns, TryAgain())

    # Worker

    async def _beat(self) -> None:
        await self.report(BeatEnded(await self._account.beat()))
