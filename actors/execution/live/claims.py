"""Claims what was won, and merges sets when asked to: watches what the chain says that our markets hold.

One worker at a time: it looks, redeems, or merges, and what it found is judged by `claim_rules` and `merge_rules`. The
ledger is told what came of it. A claim whose answer was lost is looked at and not sent again blindly.
"""

from collections.abc import Awaitable, Callable

from attrs import frozen

from actors.execution.live.claim_account import ClaimAccount
from actors.execution.live.claim_log import log_outcome
from actors.execution.live.claim_rules import (
    NOTHING,
    ClaimMemory,
    ClaimSettings,
    LeaveIt,
    Owned,
    RedeemIt,
    SeeAgain,
    TellLedger,
    judge,
    owned,
    redeemed,
)
from actors.execution.live.claim_words import (
    Claimed,
    ClaimInDoubt,
    ClaimsLooked,
    Holding,
    LookAtClaims,
    MergeSets,
    WouldClaim,
)
from actors.execution.live.claim_work import ClaimWork, Merged, NotSeen, Redeemed, Seen
from actors.execution.live.merge_desk import MergeDesk
from actors.paths import JOURNAL, LEDGER
from actors.records.words import ReadRecords, Records
from messages.claims import MergeOver, MergeSent
from messages.identity import MarketId
from messages.market_data import MarketResolution
from messages.portfolio import AccountMoved
from messages.units import NANOSECONDS_PER_SECOND
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level


@frozen
class LookDue:
    """Timer."""


WorkDone = Seen | NotSeen | Redeemed | Merged
ClaimsMessage = MarketResolution | MergeSets | LookAtClaims | LookDue | WorkDone

READ_WITHIN_NS = 60 * NANOSECONDS_PER_SECOND
MERGE_KINDS = (MergeSent.__name__, MergeOver.__name__)


@frozen
class ClaimsState:
    """What the claims show of themselves. `in_doubt` are markets where something was sent, or is about to be, that the
    ledger does not know of."""

    is_working: bool
    looks: int
    failed_in_a_row: int
    last_failure: str
    in_doubt: tuple[MarketId, ...]


class Claims(Actor[ClaimsMessage]):
    def __init__(self, account: ClaimAccount, settings: ClaimSettings) -> None:
        self._account = account
        self._settings = settings
        self._memories: dict[MarketId, ClaimMemory] = {}
        self._notes: dict[MarketId, str] = {}
        self._over: set[MarketId] = set()
        self._merges = MergeDesk(settings)
        self._to_redeem: dict[MarketId, Holding] = {}
        self._underway: MarketId | None = None
        self._waiting: list[Address[object]] = []
        self._answered_by_this: list[Address[object]] = []
        self._wants_look = self._is_working = False
        self._looks = self._failed_in_a_row = 0
        self._last_failure = ""

    async def load(self) -> object:
        return await self.ask(self.address(JOURNAL), ReadRecords(MERGE_KINDS), READ_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        if isinstance(snapshot, Records):
            self._merges.recover(snapshot.records)

    def started(self) -> None:
        self._ledger, journal = self.address(LEDGER), self.address(JOURNAL)
        within_ns = self._settings.answer_within_ns
        self._work = ClaimWork(
            self._account,
            lambda question: self.ask(self._ledger, question, within_ns),
            lambda question: self.ask(journal, question, within_ns),
            self._settings,
        )
        self._merges.begin(self, self._tell_ledger)
        self.every("look", self._settings.look_every_ns, LookDue())
        self._want_look()
        self._next()

    def receive(self, message: ClaimsMessage) -> None:
        match message:
            case MarketResolution():
                self._over.add(message.market)
                self._want_look()
            case LookDue():
                self._want_look()
            case LookAtClaims():
                self._asked_to_look()
            case MergeSets():
                self._merges.wish(message, self.sender)
            case Seen():
                self._seen(message)
            case NotSeen():
                self._not_seen(message)
            case Redeemed():
                self._redeemed(message)
            case Merged():
                self._merged(message)
        if isinstance(message, WorkDone):
            self._is_working, self._underway = False, None
        self._next()

    def describe(self) -> ClaimsState:
        return ClaimsState(self._is_working, self._looks, self._failed_in_a_row, self._last_failure, self._in_doubt())

    def _next(self) -> None:
        """Merges before looks before redemptions: what somebody waits for comes first."""
        if self._is_working:
            return
        if (wish := self._merges.next()) is not None:
            self._start_merge(wish)
        elif self._wants_look:
            self._wants_look = False
            self._answered_by_this += self._waiting
            self._waiting = []
            besides = self._merges.in_doubt
            self._start("look", lambda: self._work.look(besides))
        elif self._to_redeem:
            holding = self._to_redeem.pop(next(iter(self._to_redeem)))
            self._underway = holding.market
            self._start("redeem", lambda: self._work.redeem(holding))

    def _start_merge(self, wish: MergeSets) -> None:
        at_ns = self.now_ns
        self._underway = wish.market
        self._start("merge", lambda: self._work.merge(wish, at_ns))

    def _start(self, name: str, what: Callable[[], Awaitable[WorkDone]]) -> None:
        async def work() -> None:
            await self.report(await what())

        self._is_working = True
        self.work(name, work)

    # Looking

    def _want_look(self) -> None:
        self._wants_look = True

    def _asked_to_look(self) -> None:
        if self._underway is not None:
            # A transaction takes minutes: whoever asks has to know of it now.
            self.reply(ClaimsLooked(self._in_doubt()))
        elif self.sender is not None:
            self._waiting.append(self.sender)
            self._want_look()

    def _seen(self, seen: Seen) -> None:
        self._looks += 1
        self._failed_in_a_row = 0
        before, after = owned(seen.before), owned(seen.after)
        is_sure = True
        for holding in seen.holdings:
            market = holding.market
            ours = after.get(market, NOTHING)
            if before.get(market, NOTHING) != ours:
                # It moved while it was read: the two cannot be compared.
                is_sure &= holding.yes_payout is None and market not in self._merges.in_doubt
            elif market in self._merges.in_doubt and holding.yes_payout is None:
                is_sure &= self._merges.look(holding, ours)
            else:
                is_sure &= self._judge(holding, ours)
        if is_sure:
            self._answer("")
        else:
            self._look_after("look once more", self._settings.confirm_after_ns)

    def _judge(self, holding: Holding, ours: Owned) -> bool:
        """Whether one look was enough."""
        market = holding.market
        if holding.yes_payout is not None:
            self._over.discard(market)
            self._merges.market_is_decided(market)
        elif market in self._over:
            self._look_after(f"decided {market}", self._settings.first_retry_ns)
        memory = self._memories.get(market, ClaimMemory())
        decision, self._memories[market] = judge(holding, ours, memory, self.now_ns, self._settings)
        match decision:
            case RedeemIt():
                self._to_redeem[market] = holding
            case TellLedger(moved):
                self._tell_ledger(moved)
            case LeaveIt(note):
                if note and self._notes.get(market) != note:
                    self.log(Level.WARNING, "what is held is not what was settled", market=market, detail=note)
                self._notes[market] = note
            case SeeAgain():
                return False
        return True

    def _not_seen(self, failed: NotSeen) -> None:
        settings, in_a_row = self._settings, self._failed_in_a_row
        self._failed_in_a_row += 1
        self._last_failure = failed.reason
        self.log(Level.WARNING, "what can be claimed is not known", reason=failed.reason)
        self._look_after("look once more", min(settings.look_every_ns, settings.confirm_after_ns << min(in_a_row, 32)))
        self._answer(failed.reason)

    def _look_after(self, key: str, delay_ns: int) -> None:
        self.after(key, delay_ns, LookDue())

    def _answer(self, failed: str) -> None:
        self.publish(self._answered_by_this, ClaimsLooked(self._in_doubt(), failed))
        self._answered_by_this = []

    def _in_doubt(self) -> tuple[MarketId, ...]:
        remembered = (market for market, memory in self._memories.items() if memory.in_doubt or memory.was_redeemed)
        underway = () if self._underway is None else (self._underway,)
        return tuple(sorted({*self._merges.in_doubt, *self._to_redeem, *remembered, *underway}))

    # What was done

    def _redeemed(self, ended: Redeemed) -> None:
        market, outcome = ended.holding.market, ended.outcome
        memory = redeemed(self._memories.get(market, ClaimMemory()), outcome, self.now_ns, self._settings)
        self._memories[market] = memory
        log_outcome(self, "redemption", market, outcome)
        if isinstance(outcome, Claimed | ClaimInDoubt):
            self._want_look()
        if not isinstance(outcome, WouldClaim):
            self._look_after(f"redeemed {market}", memory.not_before_ns - self.now_ns)

    def _merged(self, ended: Merged) -> None:
        self._merges.merged(ended)
        log_outcome(self, "merge", ended.wish.market, ended.outcome)
        if isinstance(ended.outcome, ClaimInDoubt):
            self._want_look()

    def _tell_ledger(self, moved: AccountMoved) -> None:
        self.tell(self._ledger, moved)
        self.log(Level.INFO, "told the ledger", move=moved.move, cash=moved.cash, yes=moved.yes, no=moved.no)
