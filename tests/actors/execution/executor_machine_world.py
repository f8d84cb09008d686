"""The real executor, ledger and governor before a venue that answers late, twice, in any order, or never."""

from collections.abc import Iterable
from typing import cast

from attrs import AttrsInstance, Factory, define, evolve

from actors.execution.executor import Executor, ExecutorSettings, ExecutorState, Stage
from actors.execution.words import TellVenueState
from actors.portfolio.bookkeeper import Bookkeeper, LedgerState
from actors.records.invariants import InvariantCheck
from actors.records.words import Confirm, Confirmed, ReadRecords, Records
from actors.risk.governor import Governor, GovernorSettings
from actors.risk.limits import RiskLimits
from messages.control import SetMode
from messages.fills import Fill, FillReversed, FillSettled, Liquidity
from messages.identity import Lease, OrderId, Outcome, Tier, TradeId
from messages.orders import (
    Accepted,
    CancelRefused,
    Doubtful,
    Ended,
    Executed,
    Order,
    OrderState,
    Rejected,
    Submit,
    VenueEvent,
    VenueReport,
    Withdraw,
)
from messages.ownership import LeaseChanged
from messages.risk import RiskMode
from messages.units import LOT, Cash, Price, Shares, notional, proceeds
from supervision.actor import Actor
from supervision.address import Address
from supervision.specs import SECOND
from supervision.testing import Diary, Tree
from tests.actors.actor_world import BUY, EXECUTOR_PATH, GATEWAY_PATH, GOVERNOR_PATH, JOURNAL_PATH, LEDGER_PATH, Create
from tests.actors.samples import GAME, MAKER, OTHER_GAME, dollars, market

SETTLE = SECOND
DEPOSIT = dollars(100)
MARKETS = (market(), market(OTHER_GAME))
PLENTY = RiskLimits(dollars(1_000_000), dollars(1_000_000), 1_000, dollars(1_000_000))


@define
class SlowDisk:
    """What the journal has been told, and which confirmations wait. It outlives the journal's lives."""

    records: list[AttrsInstance] = Factory(list)
    waiting: list[tuple[AttrsInstance, Address[object]]] = Factory(list)

    def orders(self) -> list[Order]:
        return [each for each in self.records if isinstance(each, Order)]


class SlowJournal(Actor[object]):
    def __init__(self, disk: SlowDisk) -> None:
        self._disk = disk

    def receive(self, message: object) -> None:
        match message:
            case Confirm(record):
                assert self.sender is not None
                self._disk.records.append(record)
                self._disk.waiting.append((record, self.sender))
            case ReadRecords(kinds):
                told = self._disk.records
                self.reply(Records(tuple(each for each in told if type(each).__name__ in kinds)))
            case _:
                self._disk.records.append(cast(AttrsInstance, message))


@define
class AtVenue:
    order: Order
    filled: int = 0
    is_open: bool = True
    never_told: int = 0


@define
class ScriptedVenue:
    """What is true at the venue, and what it has said of it that nobody has heard yet. `silent` counts what it will
    never say by itself."""

    disk: SlowDisk
    cash: int = DEPOSIT
    shares: dict[Outcome, int] = Factory(lambda: dict.fromkeys(Outcome, 0))
    submitted: list[Order] = Factory(list)
    arriving: list[Order] = Factory(list)
    withdrawals: list[OrderId] = Factory(list)
    known: dict[OrderId, AtVenue] = Factory(dict)
    lost: set[OrderId] = Factory(set)
    fills: list[Fill] = Factory(list)
    unsettled: list[Fill] = Factory(list)
    settled: set[TradeId] = Factory(set)
    failed: list[FillReversed] = Factory(list)
    said: list[VenueEvent] = Factory(list)
    heard: list[VenueEvent] = Factory(list)
    silent: int = 0
    now_ns: int = 0

    def submit(self, order: Order) -> None:
        written = {each.order for each in self.disk.orders()} - {
            each.order for each, _ in self.disk.waiting if isinstance(each, Order)
        }
        assert order.order in written, "sent before it was on disk"
        assert order.order not in {each.order for each in self.submitted}, "sent twice"
        if order.replaces is not None:
            old = self.known.get(order.replaces)
            assert order.replaces not in {each.order for each in self.arriving}, "the old one may still arrive"
            assert old is None or not old.is_open, "both could be filled"
        self.submitted.append(order)
        self.arriving.append(order)

    def arrive(self, pick: int) -> None:
        if not self.arriving:
            return
        order = self.arriving.pop(pick % len(self.arriving))
        name, at_ns = order.order, self.now_ns
        match pick // 8 % 6:
            case 0 | 1:
                self._take(order)
                self.said.append(Accepted(name, at_ns))
            case 2:
                self._take(order)
                self.said += [Doubtful(name, "the answer was lost", at_ns), Accepted(name, at_ns)]
            case 3:
                self._take(order)
                self.silent += 1
            case 4:
                self.lost.add(name)
                self.said.append(Rejected(name, "no", at_ns))
            case _:
                self.lost.add(name)
                self.said += [Doubtful(name, "the answer was lost", at_ns), Rejected(name, "not found", at_ns)]

    def trade(self, pick: int) -> None:
        """A part of an order, or what is left of it."""
        resting = self.open()
        if not resting:
            return
        at_venue = resting[pick % len(resting)]
        order = at_venue.order
        left = order.size - at_venue.filled
        size = left if pick % 3 == 0 else max(LOT, left // (1 + pick % 4) // LOT * LOT)
        at_venue.filled += size
        at_venue.is_open = at_venue.filled < order.size
        fill = Fill(
            trade=TradeId(f"t{len(self.fills)}"),
            order=order.order,
            strategy=order.strategy,
            market=order.market,
            outcome=order.outcome,
            side=order.side,
            price=order.price,
            size=Shares(size),
            fee=Cash(0),
            liquidity=Liquidity.MAKER,
            middle=Price(5000),
            at_ns=self.now_ns,
            provisional=True,
        )
        self._exchange(fill, 1)
        self.fills.append(fill)
        self.unsettled.append(fill)
        self.said.append(Executed(fill))
        if at_venue.never_told and not at_venue.is_open:
            self._say_end(at_venue, OrderState.CANCELLED)

    def settle(self, pick: int) -> None:
        """A trade is final, or has failed: perhaps before anybody heard of it, and then nobody will."""
        if not self.unsettled:
            return
        fill = self.unsettled.pop(pick % len(self.unsettled))
        if pick // 8 % 3:
            self.settled.add(fill.trade)
            self.said.append(FillSettled(fill.trade, fill.order, fill.market, self.now_ns))
            return
        self._exchange(fill, -1)
        self.failed.append(FillReversed(fill.trade, fill.order, fill.market, self.now_ns))
        self.said.append(self.failed[-1])
        at_venue = self.known[fill.order]
        if Executed(fill) in self.said and pick // 32 % 2:
            self.said.remove(Executed(fill))
            at_venue.never_told += fill.size
            if not at_venue.is_open:
                self._say_end(at_venue, OrderState.CANCELLED)

    def cancel(self, pick: int) -> None:
        """One of the cancels that are on the way reaches the venue."""
        if not self.withdrawals:
            return
        name = self.withdrawals.pop(pick % len(self.withdrawals))
        at_venue = self.known.get(name)
        if at_venue is not None and at_venue.is_open:
            self._end(at_venue, OrderState.CANCELLED, pick)
        elif pick // 8 % 2:
            self.said.append(CancelRefused(name, "unknown, or gone", self.now_ns))

    def expire(self, pick: int) -> None:
        resting = self.open()
        if resting:
            self._end(resting[pick % len(resting)], OrderState.EXPIRED, pick)

    def everything_arrives(self) -> None:
        """Nothing is on the way for longer than the executor waits; answers may be."""
        while self.arriving:
            self.arrive(0)
        while self.withdrawals:
            self.cancel(0)

    def open(self) -> list[AtVenue]:
        return [each for each in self.known.values() if each.is_open]

    def report(self) -> VenueReport:
        failed = {each.trade for each in self.failed}
        fills = tuple(
            evolve(each, provisional=each.trade not in self.settled) for each in self.fills if each.trade not in failed
        )
        return VenueReport(tuple(each.order.order for each in self.open()), fills, self.now_ns, tuple(self.failed))

    def _exchange(self, fill: Fill, times: int) -> None:
        buy = fill.side is BUY
        self.cash += times * (-notional(fill.price, fill.size) if buy else proceeds(fill.price, fill.size))
        self.shares[fill.outcome] += times * (fill.size if buy else -fill.size)

    def _take(self, order: Order) -> None:
        self.known[order.order] = AtVenue(order)

    def _end(self, at_venue: AtVenue, state: OrderState, pick: int) -> None:
        at_venue.is_open = False
        if pick // 8 % 5 == 4:
            self.silent += 1
            return
        self._say_end(at_venue, state)

    def _say_end(self, at_venue: AtVenue, state: OrderState) -> None:
        name, filled = at_venue.order.order, Shares(at_venue.filled - at_venue.never_told)
        self.said.append(Ended(name, state, filled, "", self.now_ns))


class Door(Actor[object]):
    """In the gateway's place. What it says is said by the script."""

    def __init__(self, venue: ScriptedVenue) -> None:
        self._venue = venue

    def receive(self, message: object) -> None:
        match message:
            case Submit(order):
                self._venue.submit(order)
            case Withdraw(name):
                self._venue.withdrawals.append(name)
            case TellVenueState():
                self.reply(self._venue.report())


class Floor:
    """All of it together, and what always has to be true of it."""

    def __init__(self) -> None:
        self.diary = Diary()
        self.disk = SlowDisk()
        self.venue = ScriptedVenue(self.disk)
        self.real: dict[str, Create] = {
            JOURNAL_PATH: lambda: SlowJournal(self.disk),
            LEDGER_PATH: lambda: Bookkeeper(DEPOSIT, MARKETS),
            GOVERNOR_PATH: lambda: Governor(MARKETS, GovernorSettings(limits=PLENTY, quiet_ns=0)),
            GATEWAY_PATH: lambda: Door(self.venue),
            EXECUTOR_PATH: lambda: Executor(MARKETS, ExecutorSettings(settle_ns=SETTLE)),
        }
        self.is_halted = False
        self.fencing = 1
        self.lease()

    def lease(self) -> None:
        self.disk.records.append(LeaseChanged(GAME, Lease(GAME, MAKER, Tier.MARKET_MAKING, self.fencing), "", 1))

    def use(self, tree: Tree) -> None:
        self.tree = tree

    async def write_to_disk(self) -> None:
        for record, asked_by in self.disk.waiting:
            asked_by.tell(Confirmed(record))
        self.disk.waiting.clear()
        await self.tree.settle()

    async def hear(self, pick: int, *, again: bool = False) -> None:
        """Something of what the venue has said, in whatever order, and perhaps not for the last time."""
        if again and self.venue.heard:
            await self.tell(EXECUTOR_PATH, self.venue.heard[pick % len(self.venue.heard)])
        elif self.venue.said:
            event = self.venue.said.pop(pick % len(self.venue.said))
            self.venue.heard.append(event)
            await self.tell(EXECUTOR_PATH, event)

    async def tell(self, path: str, *messages: object) -> None:
        self.tree.tell(path, *messages)
        await self.tree.settle()

    async def let_time_pass(self, duration_ns: int = SETTLE) -> None:
        self.venue.everything_arrives()
        failed = {each.order for each in self.venue.failed}
        for event in [each for each in self.venue.said if isinstance(each, Executed) and each.fill.order in failed]:
            # Where a trade failed before its fill was told of, nobody can know for how many fills to wait.
            self.venue.said.remove(event)
            await self.tell(EXECUTOR_PATH, event)
        await self.write_to_disk()
        await self.tree.advance(duration_ns)
        self.venue.now_ns = self.tree.clock.now_ns()

    async def set_mode(self, mode: RiskMode) -> None:
        self.is_halted = mode is RiskMode.HALT
        await self.tell(GOVERNOR_PATH, SetMode(mode, "an operator"))

    async def restart_execution(self) -> None:
        self.tree.kill("execution")
        await self.tree.settle()

    @property
    def executor(self) -> Executor:
        actor = self.tree.cell(EXECUTOR_PATH).actor
        assert isinstance(actor, Executor)
        return actor

    @property
    def governor(self) -> Governor:
        actor = self.tree.cell(GOVERNOR_PATH).actor
        assert isinstance(actor, Governor)
        return actor

    @property
    def ledger(self) -> Bookkeeper:
        actor = self.tree.cell(LEDGER_PATH).actor
        assert isinstance(actor, Bookkeeper)
        return actor

    @property
    def is_ready(self) -> bool:
        return self.executor.describe().stage is Stage.READY

    def check_what_always_holds(self, submitted_before: int) -> None:
        view, pending = self.ledger._ledger.view(), self.governor._pending
        wallet = view.wallet
        assert wallet.reserved <= wallet.cash - wallet.provisional
        assert pending.cash <= wallet.free, "what is authorised is not covered"
        portfolio = view.market(GAME)
        assert portfolio is not None
        sums = pending.of(GAME)
        assert portfolio.reserved_yes + sums.yes_shares <= portfolio.yes
        assert portfolio.reserved_no + sums.no_shares <= portfolio.no
        intents = [each.intent for each in self.disk.orders()]
        assert len(intents) == len(set(intents)), "two orders of one intent"
        if self.is_halted:
            assert len(self.venue.submitted) == submitted_before, "submitted in HALT"
        assert self.tree.cell(LEDGER_PATH).generation == 1, "the ledger broke down"
        assert self.tree.cell(GOVERNOR_PATH).generation == 1, "the governor broke down"

    async def until_all_is_told(self) -> None:
        """Everything is cancelled, and the venue says all that it has to say. What it never says by itself is found
        out by asking it."""
        await self.set_mode(RiskMode.HALT)
        while self.venue.unsettled:
            self.venue.settle(8)
        if self.venue.silent:
            await self.restart_execution()
        for _ in range(8):
            await self.let_time_pass()
            while self.venue.said:
                await self.hear(0)

    def check_the_end(self) -> None:
        venue, state = self.venue, self.ledger.describe()
        assert isinstance(state, LedgerState)
        executor = self.executor.describe()
        assert executor == ExecutorState(Stage.READY, 0, 0, 0), executor
        view = self.ledger._ledger.view()
        portfolio = view.market(GAME)
        assert portfolio is not None
        assert (view.wallet.cash, portfolio.yes, portfolio.no) == (
            venue.cash,
            venue.shares[Outcome.YES],
            venue.shares[Outcome.NO],
        )
        assert (view.wallet.reserved, portfolio.reserved_yes, portfolio.reserved_no) == (0, 0, 0)
        assert portfolio.open_orders == ()
        assert self.governor._pending.intents() == ()
        assert state.irregularities == 0
        assert violations(self.disk.records) == []


def violations(records: Iterable[object]) -> list[str]:
    check = InvariantCheck.start(DEPOSIT, MARKETS)
    return [f"{each.number}: {each.text}" for seq, record in enumerate(records, 1) for each in check.hear(record, seq)]
