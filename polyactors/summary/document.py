"""The summary as a document. Money in micro-pUSD, shares in micro-shares, prices in 1/10,000 pUSD, times as named.

Field names are stable: programs read them by `--json`.
"""

from attrs import frozen

from actors.feeds.bad_inputs import BadInputCount
from messages.identity import EventId, MarketId, StrategyName
from messages.units import Cash, Price, Shares


@frozen
class Activity:
    """What one strategy did in one market, or in all. `refused` is what our own gates said no to, by gate and reason;
    `rejected` what the venue said no to, by its text."""

    intents: int
    place_intents: int
    orders: int
    cancels: int
    expired: int
    refused: dict[str, int]
    rejected: dict[str, int]
    fills: int
    bought: Shares
    sold: Shares


@frozen
class ProfitAndLoss:
    """spread + fees + inventory == total, exactly. `fees` is negative where fees were paid."""

    spread: Cash
    fees: Cash
    inventory: Cash
    total: Cash


@frozen
class MarketLine:
    """One strategy in one market. `cash` is what trading brought (positive) or cost, without fees."""

    event: EventId
    market: MarketId
    slug: str
    strategy: StrategyName
    activity: Activity
    yes: Shares
    no: Shares
    cash: Cash
    fees: Cash
    middle: Price | None
    profit: ProfitAndLoss


@frozen
class StrategyLine:
    """One strategy over all markets."""

    strategy: StrategyName
    activity: Activity
    cash: Cash
    fees: Cash
    profit: ProfitAndLoss


@frozen
class SetArbitrageLine:
    """What the detector saw on closed books of one market. `lowest_cost` is that of one YES and one NO together."""

    market: MarketId
    slug: str
    snapshots: int
    opportunities: int
    after_fees: int
    lowest_cost: int | None


@frozen
class BookHealth:
    """How well one market's data came in. `crossed_instants` were never shown to a strategy."""

    market: MarketId
    slug: str
    frames: int
    changes: int
    whole_books: int
    trades: int
    books_closed: int
    closed_by_hash: int
    open_instants: int
    crossed_instants: int
    dirty_spells: int
    dirty_ms: int
    resyncs_asked: int
    tick_changes_inferred: int
    frames_refused: dict[str, int]


@frozen
class FeedHealth:
    """The feed as a whole. `unread` are frames of channels that nobody here reads yet."""

    frames: int
    frames_by_channel: dict[str, int]
    unread: dict[str, int]
    connections: int
    connections_lost: int
    resyncs: int
    resyncs_without_answer: int
    books_closed: int
    dirty_spells: int
    crossed_instants: int
    markets: tuple[BookHealth, ...]
    bad_input: tuple[BadInputCount, ...]


@frozen
class Account:
    """equity == cash + positions at their middles == deposited + profit."""

    deposited: Cash
    cash: Cash
    reserved: Cash
    open_orders: int
    positions_value: Cash
    equity: Cash
    profit: ProfitAndLoss


@frozen
class ActorLine:
    """One actor: how many lives it has had, and how many messages they handled. `last_failure` is None for an actor
    that never failed itself: it may have been restarted with its group.
    """

    path: str
    lives: int
    handled: int
    mailbox_high_water: int
    last_failure: str | None


@frozen
class FaultLine:
    """How often a fault, the `number`th of the plan, came to one actor."""

    number: int
    fault: str
    actor: str
    count: int


@frozen
class BrokenInvariant:
    number: int
    text: str
    record: int


@frozen
class Timing:
    """`speed` is simulated time over real time."""

    simulated_ms: int
    real_ms: int
    frames_per_second: int
    speed: float
    peak_memory_mb: int


@frozen
class Summary:
    recording: str
    seed: int
    ended: str
    why: str
    exit_code: int
    decision_hash: str
    decisions: int
    account: Account
    strategies: tuple[StrategyLine, ...]
    markets: tuple[MarketLine, ...]
    set_arbitrage: tuple[SetArbitrageLine, ...]
    feed: FeedHealth
    actors: tuple[ActorLine, ...]
    restarts: int
    dead_letters: int
    faults: tuple[FaultLine, ...]
    faults_that_never_came: tuple[str, ...]
    kills_that_never_came: tuple[str, ...]
    broken_invariants: tuple[BrokenInvariant, ...]
    journal: str | None
    journal_records: int
    timing: Timing
