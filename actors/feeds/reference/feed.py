"""The connection to one venue's reference prices: what comes goes straight to the actors of the symbols.

The connection is a worker that puts each message into the mailbox of its symbol, after a look at what may be wrong with
it; only what concerns the connection itself comes by here.
"""

from collections.abc import Awaitable

from attrs import field, frozen
from attrs.validators import gt

from actors.feeds.ports import ConnectionLost
from actors.feeds.reference.feed_health import ReferenceFeedView, ReferenceHealth, view_of
from actors.feeds.reference.feed_watch import FeedWatch, Finding, WatchSettings
from actors.feeds.reference.ports import ReferenceSource
from actors.paths import symbol_path
from messages.market_data import BadInput
from messages.reference import ReferenceData, ReferenceMissed, Symbol
from messages.units import NANOSECONDS_PER_SECOND
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level


@frozen
class SourceEnded:
    """From the connection worker: there is nothing more (a recording is over)."""


@frozen
class SourceLost:
    """From the connection worker: only a new life of the connection helps."""

    reason: str


@frozen
class ConnectAgain:
    """Timer."""


@frozen
class LookForStalls:
    """Timer."""


@frozen
class Noticed:
    """From the connection worker: worth a line in the log."""

    event: str
    kind: str
    detail: str


ReferenceFeedMessage = SourceEnded | SourceLost | ConnectAgain | LookForStalls | Noticed


@frozen(kw_only=True)
class ReferenceConnectionSettings:
    """Where a source gives up its connection, the next begins a random time later, up to a bound that doubles from the
    first to the last of these."""

    first_reconnect_ns: int = field(default=NANOSECONDS_PER_SECOND // 4, validator=gt(0))
    last_reconnect_ns: int = field(default=30 * NANOSECONDS_PER_SECOND, validator=gt(0))
    watch: WatchSettings = WatchSettings()


LOOKS_A_LIMIT = 4
LOOK_AT_MOST_EVERY_NS = NANOSECONDS_PER_SECOND
GAPS_LOGGED = 5


class ReferenceFeed(Actor[ReferenceFeedMessage]):
    """Tells the actors at `symbol_path` of the source's symbols, which have to be in the tree."""

    def __init__(self, source: ReferenceSource, settings: ReferenceConnectionSettings, health: ReferenceHealth) -> None:
        self._source = source
        self._settings = settings
        self._health = health
        self._losses_in_a_row = 0
        self._connected_ns = 0
        self._gaps_logged = 0

    def started(self) -> None:
        self._to_symbols: dict[Symbol, Address[ReferenceData]] = {
            symbol: self.address(symbol_path(symbol)) for symbol in self._source.symbols
        }
        now_ns = self.now_ns
        if self._health.watch is None:
            lines = [(self._source.venue, symbol, 0) for symbol in self._source.symbols]
            self._health.watch = FeedWatch(lines, self._settings.watch, now_ns)
        self._watch = self._health.watch
        self._see = self._watch.see
        if self.generation > 1:
            self._tell_missed(ReferenceMissed(self._source.venue, None, "the feed was started anew", now_ns))
        self._connect()

    def receive(self, message: ReferenceFeedMessage) -> None:
        match message:
            case LookForStalls():
                self._look_for_stalls()
            case Noticed():
                self.log(Level.WARNING, message.event, kind=message.kind, detail=message.detail)
            case SourceEnded():
                self.cancel_timer("look")
                self.log(Level.INFO, "the feed is over")
            case SourceLost(reason):
                self._lost(reason)
            case ConnectAgain():
                self._connect()

    def describe(self) -> ReferenceFeedView:
        return view_of(self._source.name, self._health, self.now_ns)

    def _connect(self) -> None:
        self._health.connections += 1
        self._connected_ns = self.now_ns
        self._watch.begin(self.now_ns)
        look_ns = min(LOOK_AT_MOST_EVERY_NS, max(1, self._settings.watch.stall_limit_ns // LOOKS_A_LIMIT))
        self.every("look", look_ns, LookForStalls())
        self.work("connection", self._pump)

    def _lost(self, reason: str) -> None:
        self._health.losses += 1
        self._health.last_loss = reason
        self.cancel_timer("look")
        self._tell_missed(ReferenceMissed(self._source.venue, None, reason, self.now_ns))
        settings = self._settings
        if self.now_ns - self._connected_ns > settings.last_reconnect_ns:
            self._losses_in_a_row = 0
        bound = min(settings.last_reconnect_ns, settings.first_reconnect_ns << min(self._losses_in_a_row, 32))
        self._losses_in_a_row += 1
        self.log(Level.WARNING, "connection lost", reason=reason)
        self.after("reconnect", self.random.randrange(bound + 1), ConnectAgain())

    def _look_for_stalls(self) -> None:
        for missed in self._watch.newly_stalled(self.now_ns):
            self.log(Level.WARNING, "prices have stalled", symbol=missed.symbol, reason=missed.reason)
            self._tell_missed(missed)

    def _tell_missed(self, missed: ReferenceMissed) -> None:
        for symbol, address in self._to_symbols.items():
            if missed.symbol in (None, symbol):
                self.tell(address, missed)

    # Worker

    async def _pump(self) -> None:
        try:
            await self._source.pump(self._deliver)
        except ConnectionLost as error:
            await self.report(SourceLost(str(error)))
        else:
            await self.report(SourceEnded())

    def _deliver(self, message: ReferenceData) -> Awaitable[None] | None:
        symbol = message.symbol
        if symbol is None:
            return self._send_to_all(message)
        address = self._to_symbols.get(symbol)
        if address is None:
            self._bad("wrong_symbol", f"{symbol}: nobody asked for it")
            return None
        finding = self._see(message)
        return address.offer(message) if finding is None else self._deliver_with(finding, message, address)

    def _deliver_with(
        self, finding: Finding, message: ReferenceData, address: Address[ReferenceData]
    ) -> Awaitable[None] | None:
        if finding.bad is not None:
            self._bad(finding.bad, finding.detail)
        if finding.missed is None or isinstance(message, ReferenceMissed):
            return None
        self._gaps_logged += 1
        if self._gaps_logged <= GAPS_LOGGED:
            self.own_address.tell(Noticed("trades are missing", str(message.symbol), finding.missed))
        missed = ReferenceMissed(message.venue, message.symbol, finding.missed, message.received_ns)
        return _send_both(address, missed, message)

    async def _send_to_all(self, message: ReferenceData) -> None:
        """All symbols are concerned when the source has lost its connection, and makes it again."""
        if isinstance(message, ReferenceMissed):
            self._health.losses += 1
            self._health.last_loss = message.reason
        for address in self._to_symbols.values():
            await address.send(message)

    def _bad(self, kind: str, detail: str) -> None:
        if self._health.bad.count(BadInput(kind, self._source.name, detail)):
            self.own_address.tell(Noticed("bad input", kind, detail))


async def _send_both(address: Address[ReferenceData], first: ReferenceData, second: ReferenceData) -> None:
    await address.send(first)
    await address.send(second)
