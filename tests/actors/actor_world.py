"""The paths of the real tree with a probe on each, so that a test can put in the actors that it is about.

Every supervisor is one_for_one, except that the children of a market are rest_for_one as in `polyactors.app`: what a
death does to siblings is the subject of few tests, and those say so.
"""

from array import array
from collections.abc import Callable, Mapping
from typing import Any, Never, TypeVar

from actors.markets.book import BookSettings
from actors.markets.health import MarketHealth
from actors.markets.market import Market as MarketActor
from actors.markets.market import MarketSettings
from actors.paths import AUDITOR, EXECUTOR, GATEWAY, GOVERNOR, JOURNAL, LEDGER, market_path, shard_path, strategy_path
from actors.records.words import ReadRecords, Records
from actors.strategies.maker_quotes import MakerSettings
from messages.depth import Depth
from messages.identity import EventId, Outcome, Side
from messages.market_data import BookDelta, Level, Proof, Snapshot, TradePrint, WholeBook
from messages.markets import Market, Phase
from messages.units import PRICE_SCALE, SHARE_SCALE, Price, Shares, TickSize
from supervision.actor import Actor
from supervision.mailbox import MailboxSpec
from supervision.specs import SECOND, ActorSpec, Backoff, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Diary, Do, Probe, Tree
from tests.actors.samples import ARBITRAGE, GAME, MAKER, OTHER_GAME, market

EVENT = EventId("game")
JOURNAL_PATH, LEDGER_PATH, GOVERNOR_PATH = JOURNAL.text, LEDGER.text, GOVERNOR.text
GATEWAY_PATH, EXECUTOR_PATH, AUDITOR_PATH = GATEWAY.text, EXECUTOR.text, AUDITOR.text
SHARD_PATH = shard_path(0).text
MARKET_PATH, OTHER_MARKET_PATH = market_path(EVENT, GAME).text, market_path(EVENT, OTHER_GAME).text
MAKER_PATH, ARBITRAGE_PATH = strategy_path(EVENT, GAME, MAKER).text, strategy_path(EVENT, GAME, ARBITRAGE).text
OTHER_MAKER_PATH = strategy_path(EVENT, OTHER_GAME, MAKER).text

YES, NO, BUY, SELL = Outcome.YES, Outcome.NO, Side.BUY, Side.SELL

Create = Callable[[], Actor[Never]]
M = TypeVar("M")


class JournalProbe(Probe):
    """A probe in the journal's place: it can be asked for what it was told."""

    def receive(self, message: object) -> None:
        if not isinstance(message, ReadRecords):
            super().receive(message)
            return
        told = self._diary.received(JOURNAL_PATH)
        self.reply(Records(tuple(each for each in told if type(each).__name__ in message.kinds)))


def world(
    diary: Diary,
    real: Mapping[str, Create],
    *,
    execution: Strategy = Strategy.ONE_FOR_ONE,
    mailboxes: Mapping[str, MailboxSpec] | None = None,
) -> SupervisorSpec:
    """The whole tree: at the paths in `real` the actors that it makes, everywhere else a probe."""
    boxes = mailboxes or {}

    def at(path: str) -> ActorSpec:
        in_its_place = JournalProbe if path == JOURNAL_PATH else Probe
        create: Create = real.get(path, lambda: in_its_place(diary))
        return ActorSpec(
            name=path.rpartition("/")[2], create=create, mailbox=boxes.get(path, MailboxSpec(capacity=100_000))
        )

    def group(name: str, strategy: Strategy, *children: ActorSpec | SupervisorSpec) -> SupervisorSpec:
        return SupervisorSpec(name=name, strategy=strategy, children=children, intensity=1000, backoff=AT_ONCE)

    rest, one = Strategy.REST_FOR_ONE, Strategy.ONE_FOR_ONE
    markets = group(
        EVENT,
        one,
        group(GAME, rest, at(MARKET_PATH), at(MAKER_PATH), at(ARBITRAGE_PATH)),
        group(OTHER_GAME, rest, at(OTHER_MARKET_PATH), at(OTHER_MAKER_PATH)),
    )
    return SupervisorSpec(
        name="root",
        strategy=one,
        is_group=True,
        intensity=1000,
        backoff=AT_ONCE,
        children=(
            at(JOURNAL_PATH),
            at(LEDGER_PATH),
            at(GOVERNOR_PATH),
            group("execution", execution, at(GATEWAY_PATH), at(EXECUTOR_PATH)),
            group("market-data", one, at(SHARD_PATH)),
            group("markets", one, markets),
            group("records", one, at(AUDITOR_PATH)),
        ),
    )


AT_ONCE = Backoff(initial_ns=0, maximum_ns=0)
"""Restarts that wait for nothing: what a test is about is what a new life does, not when it begins."""


def heard(diary: Diary, path: str, kind: type[M]) -> list[M]:
    """The messages of one class that the probe at `path` received, in order."""
    return [message for message in diary.received(path) if type(message) is kind]


def say(tree: Tree, speaker: str, to: str, *messages: object) -> None:
    """Have the probe at `speaker` tell the actor at `to`, so that the answers come back to the probe."""
    address: Any = tree.address(to)

    def tell(probe: Probe) -> None:
        for message in messages:
            probe.tell(address, message)

    tree.tell(speaker, Do(tell))


def kinds(messages: list[Any]) -> list[str]:
    return [type(message).__name__ for message in messages]


# Books


MARKET_SETTINGS = MarketSettings(
    open_limit_ns=250 * MILLISECOND,
    resync_every_ns=5 * SECOND,
    lease_ns=30 * SECOND,
    decision_limit_ns=SECOND,
    close_window_ns=60 * SECOND,
    book=BookSettings(),
)


MAKER_SETTINGS = MakerSettings(
    quote_size=Shares(50 * SHARE_SCALE),
    maximum_inventory=Shares(200 * SHARE_SCALE),
    minimum_edge=Price(25),
    skew_at_full=Price(100),
    depth_ahead=Shares(500 * SHARE_SCALE),
    width_of_volatility=0.5,
    volatility_horizon_ns=10 * SECOND,
    volatility_time_constant_ns=60 * SECOND,
    lowest_price=Price(300),
    look_every_ns=50 * MILLISECOND,
    replace_min_ticks=2,
    replace_min_age_ns=2 * SECOND,
    time_to_live_ns=60 * SECOND,
    retry_after_ns=SECOND,
)
"""Not the configuration's defaults: those may be tuned, and what is true of the maker stays true."""


def market_actor(
    listing: Market | None = None, health: MarketHealth | None = None, settings: MarketSettings = MARKET_SETTINGS
) -> Create:
    """Makes the real market actor of `GAME`, whose strategies see every snapshot."""
    every_snapshot = {MAKER: 0, ARBITRAGE: 0}
    tally = health or MarketHealth()
    return lambda: MarketActor(listing or market(), every_snapshot, 0, settings, tally)


def level(outcome: Outcome, price: int, size: int = 1000) -> Level:
    """`size` in whole shares."""
    return Level(outcome, Price(price), Shares(size * SHARE_SCALE))


def whole(*levels: Level, tick_size: int | None = None) -> WholeBook:
    tick = None if tick_size is None else TickSize(tick_size)
    return WholeBook(GAME, YES, levels or USUAL_LEVELS, None, tick, None, None, None, 1, 1)


def delta(*levels: Level, bid: int | None = None, ask: int | None = None) -> BookDelta:
    """Closes the book when the declared best prices are those of the book after it."""
    best = (None if price is None else Price(price) for price in (bid, ask))
    return BookDelta(GAME, levels, next(best), next(best), None, None, 1, 1)


USUAL_LEVELS = (level(YES, 4500), level(YES, 4400), level(NO, 5300), level(NO, 5200))
"""Bid 0.45, ask 0.47."""

OPENS = delta(bid=4400, ask=4700)
"""Leaves the usual book open: the best bid that it declares is not the one that is there."""


def trade(price: int = 4600, size: int = 10) -> TradePrint:
    return TradePrint(GAME, Price(price), Shares(size * SHARE_SCALE), BUY, "0.46", 1, 1)


def depth(levels: Mapping[int, int], step: int = 100) -> Depth:
    """Prices in price units, sizes in whole shares."""
    sizes = array("q", [0]) * (PRICE_SCALE // step + 1)
    occupied = 0
    for price, size in levels.items():
        sizes[price // step] = size * SHARE_SCALE
        occupied |= (1 << price // step) if size else 0
    return Depth(step, sizes, occupied)


def snapshot(
    yes: Mapping[int, int] | None = None,
    no: Mapping[int, int] | None = None,
    *,
    number: int = 1,
    tick: int = 100,
    step: int | None = None,
    at_ns: int = 0,
) -> Snapshot:
    """A closed book: bids of YES and of NO; bid 0.45 and ask 0.47 with plenty behind, if nothing is said."""
    grid = step or tick
    yes_bids = depth({4500: 1000, 4400: 1000} if yes is None else yes, grid)
    no_bids = depth({5300: 1000, 5200: 1000} if no is None else no, grid)
    return Snapshot(GAME, 1, number, yes_bids, no_bids, TickSize(tick), Phase.NORMAL, Proof.HASH, 0, at_ns)
