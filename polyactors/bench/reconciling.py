"""What a comparison of the account with the venue's takes: its pages are read, the gateway takes in the orders, and the
reconciler judges the balances by the real ledger; all but the network."""

import time

import trio
from attrs import frozen

from actors.execution.live.gateway import LiveCounts, LiveGateway, LiveGatewaySettings
from actors.execution.live.reconciler import Reconciler, ReconcilerSettings
from actors.execution.live.words import Reconciled, ReconcileNow
from actors.paths import EXECUTOR, GATEWAY, GOVERNOR, JOURNAL, LEDGER, RECONCILER
from actors.portfolio.bookkeeper import Bookkeeper
from actors.records.words import ReadRecords, Record, Records
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.bench.measure import Figure, demand, frozen_heap, spread
from polyactors.bench.paged_account import CASH, MARKETS, PagedAccount, orders_and_digests
from polyactors.bench.running import flat, roomy, running
from polyactors.bench.small_tree import Sink
from supervision.actor import Actor
from supervision.specs import Strategy, SupervisorSpec

ORDERS = 1_000
RUNS = 5
WITHIN_NS = 60 * NANOSECONDS_PER_SECOND


class OldJournal(Actor[object]):
    """Has the records of former days, and keeps nothing."""

    def __init__(self, records: tuple[Record, ...]) -> None:
        self._records = records

    def receive(self, message: object) -> None:
        if isinstance(message, ReadRecords):
            meant = (each for each in self._records if not message.kinds or type(each).__name__ in message.kinds)
            self.reply(Records(tuple(meant)))


@frozen
class Compared:
    """`taken` are milliseconds of the process's own time."""

    taken: list[float]
    answers: list[object]
    at_venue: tuple[int, int]


def reconciling() -> list[Figure]:
    with frozen_heap():
        compared = trio.run(_compare)
    for answer in compared.answers:
        demand(answer.differences if isinstance(answer, Reconciled) else answer, (), "differences")
    demand(compared.at_venue, (ORDERS, 0), "orders that are open, and in doubt")
    # In the first, every order is shown to a gateway that has only read of it in the journal.
    first, *others = compared.taken
    aim = "under 1,000"
    return [
        spread(f"the first comparison after a restart, {ORDERS:,} open orders", "ms of work", [first], aim),
        spread(f"a comparison, {ORDERS:,} open orders", "ms of work", others, aim),
    ]


async def _compare() -> Compared:
    async with running(_tree()) as runtime:
        to_reconciler, gateway = runtime.registry.address(RECONCILER), runtime.registry.cell(GATEWAY.text)
        taken, answers = [], []
        for _ in range(RUNS + 1):
            began_ns = time.process_time_ns()
            answers.append(await runtime.ask(to_reconciler, ReconcileNow("it is measured"), WITHIN_NS))
            while gateway.mailbox.depth:
                await trio.lowlevel.checkpoint()
            taken.append((time.process_time_ns() - began_ns) / 1e6)
        actor = gateway.actor
        shown = actor.describe() if isinstance(actor, LiveGateway) else None
    return Compared(taken, answers, (-1, -1) if shown is None else (shown.open_orders, shown.in_doubt))


def _tree() -> SupervisorSpec:
    records = tuple(record for pair in orders_and_digests(ORDERS) for record in pair)
    account, counts = PagedAccount(ORDERS), LiveCounts()
    gateway = roomy(_last(GATEWAY.text), lambda: LiveGateway(account, LiveGatewaySettings(), counts))
    reconciler = roomy(_last(RECONCILER.text), lambda: Reconciler(account, MARKETS, ReconcilerSettings()))
    execution = (gateway, reconciler, roomy(_last(EXECUTOR.text), Sink))
    return flat(
        roomy(JOURNAL.text, lambda: OldJournal(records)),
        roomy(LEDGER.text, lambda: Bookkeeper(CASH, MARKETS)),
        roomy(GOVERNOR.text, Sink),
        SupervisorSpec(name="execution", strategy=Strategy.ONE_FOR_ALL, children=execution),
    )


def _last(path: str) -> str:
    return path.rpartition("/")[2]
