"""Compares the account at the venue with ours: at the start, when somebody asks, and every few minutes.

One comparison at a time, read by a worker (`account_reading`); a read that fails makes all of it void. What was read is
told to the gateway, which books what is news; what the balances say is judged by `reconciliation`. A difference that
stays latches HALT. One that may be of the moment is looked at again, and while that goes on for too long the account is
held at HALT: what stands still can be compared.
"""

from collections.abc import Iterable

import trio
from attrs import evolve, frozen

from actors.execution.live.account import LiveAccount
from actors.execution.live.account_reading import ComparisonVoid, read_account
from actors.execution.live.claim_words import ClaimsLooked, LookAtClaims
from actors.execution.live.claims import ClaimsMessage
from actors.execution.live.compared_markets import KINDS, ComparedMarkets
from actors.execution.live.reconciler_words import LookOnceMore, ReconcileDue, ReconcilerState
from actors.execution.live.reconciliation import Baseline, Dust, Gap, Reading, judge, not_compared
from actors.execution.live.words import OpenOrdersRead, Reconciled, ReconcileNow
from actors.execution.words import TellSettled
from actors.paths import CLAIMS, GATEWAY, GOVERNOR, JOURNAL, LEDGER
from actors.records.words import ReadRecords, Records
from messages.control import AccountOpened, ModeIs, SetMode
from messages.markets import Market
from messages.portfolio import SettledAccount
from messages.risk import HoldMode, ReleaseMode, RiskMode
from messages.sessions import MarketJoined, MarketLeft
from messages.units import NANOSECONDS_PER_SECOND
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level
from supervision.questions import ActorDown
from supervision.registry import UnknownActor

IN_DOUBT = "the account cannot be told from the venue's"
DIFFERS = "the account differs from the venue's"
IN_A_CAUSE = 3
"""Differences that the name of the cause has; the log has all of them."""


READ_WITHIN_NS = 60 * NANOSECONDS_PER_SECOND

OfMarkets = AccountOpened | MarketJoined | MarketLeft
ReconcilerMessage = ReconcileNow | ReconcileDue | LookOnceMore | Reading | ComparisonVoid | ModeIs | OfMarkets


@frozen(kw_only=True)
class ReconcilerSettings:
    """Trades are asked for from `margin_ns` before the last comparison that agreed, or from `first_since_ns` on.

    `pause_ns` is between two looks at what may be a difference: longer than what was told to the gateway takes to the
    ledger. Doubt that lasts for `doubt_limit_ns` is HALT.
    """

    every_ns: int = 300 * NANOSECONDS_PER_SECOND
    pause_ns: int = 2 * NANOSECONDS_PER_SECOND
    first_retry_ns: int = NANOSECONDS_PER_SECOND
    last_retry_ns: int = 30 * NANOSECONDS_PER_SECOND
    doubt_limit_ns: int = 30 * NANOSECONDS_PER_SECOND
    margin_ns: int = 600 * NANOSECONDS_PER_SECOND
    first_since_ns: int = 0
    ledger_within_ns: int = 10 * NANOSECONDS_PER_SECOND
    claims_within_ns: int = 60 * NANOSECONDS_PER_SECOND
    dust: Dust = Dust()
    baseline: Baseline = Baseline()


class Reconciler(Actor[ReconcilerMessage]):
    def __init__(self, account: LiveAccount, markets: Iterable[Market], settings: ReconcilerSettings) -> None:
        self._account = account
        self._markets = ComparedMarkets(markets, settings.baseline)
        self._settings = settings
        self._reasons: list[str] = []
        self._waiting: list[Address[object]] = []
        self._answered_by_this: list[Address[object]] = []
        self._is_comparing = False
        self._is_pausing = False
        self._previous: Reading | None = None
        self._doubt_since_ns: int | None = None
        self._may_hold = True
        self._latched: set[str] = set()
        self._state = ReconcilerState(False, (), 0, 0, 0, 0, "", 0, (), (), ())

    async def load(self) -> object:
        return await self.ask(self.address(JOURNAL), ReadRecords(KINDS), READ_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        if isinstance(snapshot, Records):
            self._markets.recover(snapshot.records)

    def started(self) -> None:
        self._ledger, self._gateway = self.address(LEDGER), self.address(GATEWAY)
        self._governor = self.address(GOVERNOR)
        self._claims = self._address_of_claims()
        self.every("due", self._settings.every_ns, ReconcileDue())
        self._want("it starts")

    def receive(self, message: ReconcilerMessage) -> None:
        match message:
            case ReconcileNow(reason):
                if self.sender is not None:
                    self._waiting.append(self.sender)
                self._want(reason)
            case ReconcileDue():
                self._want("it is time")
            case LookOnceMore():
                self._is_pausing = False
                self._compare()
            case ComparisonVoid(reason):
                self._void(reason)
            case Reading():
                self._read(message)
            case AccountOpened() | MarketJoined() | MarketLeft():
                self._markets.hear(message)
            case ModeIs():
                pass

    def describe(self) -> ReconcilerState:
        waiting = len(self._waiting) + len(self._answered_by_this)
        return evolve(self._state, is_comparing=self._is_comparing, reasons=tuple(self._reasons), waiting=waiting)

    def _address_of_claims(self) -> Address[ClaimsMessage] | None:
        try:
            return self.address(CLAIMS)
        except UnknownActor:
            return None

    def _want(self, reason: str) -> None:
        if reason not in self._reasons:
            self._reasons.append(reason)
        if not self._is_comparing and not self._is_pausing:
            self._compare()

    def _compare(self) -> None:
        """Whoever asked before now is answered by this comparison, or by another look after it."""
        self._is_comparing = True
        self._answered_by_this += self._waiting
        self._waiting = []
        self.log(Level.INFO, "comparing the account with the venue's", reasons="; ".join(self._reasons))
        self._reasons = []
        self.work("compare", self._work)

    def _look_again(self, delay_ns: int) -> None:
        self._is_pausing = True
        self.after("look once more", delay_ns, LookOnceMore())

    def _void(self, reason: str) -> None:
        """Nothing is concluded, whoever waits goes on waiting."""
        self._is_comparing = False
        settings, in_a_row = self._settings, self._state.void_in_a_row
        self._state = evolve(self._state, void=self._state.void + 1, void_in_a_row=in_a_row + 1, last_failure=reason)
        self.log(Level.WARNING, "the account could not be compared", reason=reason)
        self._look_again(min(settings.last_retry_ns, settings.first_retry_ns << min(in_a_row, 32)))

    def _read(self, reading: Reading) -> None:
        self._is_comparing = False
        # Trades first: an order that is not open any more is over only once its fills are known.
        for trade in reading.trades:
            self.tell(self._gateway, trade)
        self.tell(self._gateway, OpenOrdersRead(reading.orders, reading.orders_asked_ns))
        judgement = judge(self._previous, reading, self._markets.baseline, self._settings.dust)
        left_out = tuple(asset.text_of(amount) for asset, amount in not_compared(reading))
        if left_out != self._state.not_compared:
            self.log(Level.WARNING, "not compared with the venue's", held="; ".join(left_out))
        made = self._state.comparisons + 1
        state = evolve(self._state, comparisons=made, void_in_a_row=0, not_compared=left_out)
        doubts = _texts(judgement.doubtful)
        if judgement.doubtful and not judgement.real:
            self._state = evolve(state, doubts=doubts)
            self._doubt(reading, doubts)
            return
        differences = _texts(judgement.real)
        agreed_ns = state.agreed_ns if differences else reading.began_ns
        self._state = evolve(state, doubts=doubts, differences=differences, agreed_ns=agreed_ns)
        if differences:
            self._differs(differences)
        else:
            self._latched.clear()
            self._markets.agreed()
        self._conclude(differences)

    def _doubt(self, reading: Reading, doubts: tuple[str, ...]) -> None:
        self._previous = reading
        if self._doubt_since_ns is None:
            self._doubt_since_ns = self.now_ns
        elif self._doubt_since_ns + self._settings.doubt_limit_ns <= self.now_ns:
            self._may_hold = True
            self.tell(self._governor, HoldMode(RiskMode.HALT, IN_DOUBT))
        self.log(Level.INFO, "the account may differ from the venue's", doubts="; ".join(doubts))
        self._look_again(self._settings.pause_ns)

    def _differs(self, differences: tuple[str, ...]) -> None:
        """Latched once, until a comparison agrees: what an operator clears meanwhile stays cleared."""
        self.log(Level.ERROR, DIFFERS, report="; ".join(differences))
        more = len(differences) - IN_A_CAUSE
        named = "; ".join(differences[:IN_A_CAUSE]) + (f"; and {more} more" if more > 0 else "")
        if named not in self._latched:
            self._latched.add(named)
            self.tell(self._governor, SetMode(RiskMode.HALT, f"{DIFFERS}: {named}", latched=True))

    def _conclude(self, differences: tuple[str, ...]) -> None:
        self._previous = self._doubt_since_ns = None
        if self._may_hold:
            # A former life may have held it, too.
            self._may_hold = False
            self.tell(self._governor, ReleaseMode(IN_DOUBT))
        answer = Reconciled(differences, self.now_ns)
        self.publish(self._answered_by_this, answer)
        self._answered_by_this = []
        if self._reasons:
            self._compare()

    # Worker

    async def _work(self) -> None:
        settings = self._settings
        known_until_ns = self._state.agreed_ns or settings.first_since_ns
        await self.report(
            await read_account(
                self._account,
                self._markets.wanted,
                self._settled,
                self._claimed,
                known_until_ns,
                settings.margin_ns,
                self.clock,
            )
        )

    async def _claimed(self) -> ClaimsLooked | None:
        """Asked before a difference is believed: by then the ledger knows of all that was claimed."""
        if self._claims is None or self._previous is None:
            return None
        try:
            answer = await self.ask(self._claims, LookAtClaims(), self._settings.claims_within_ns)
        except (trio.TooSlowError, ActorDown):
            answer = None
        return answer if isinstance(answer, ClaimsLooked) else ClaimsLooked((), "the claims do not answer")

    async def _settled(self) -> SettledAccount | None:
        try:
            answer = await self.ask(self._ledger, TellSettled(), self._settings.ledger_within_ns)
        except (trio.TooSlowError, ActorDown):
            return None
        return answer if isinstance(answer, SettledAccount) else None


def _texts(gaps: Iterable[Gap]) -> tuple[str, ...]:
    return tuple(gap.text for gap in gaps)
