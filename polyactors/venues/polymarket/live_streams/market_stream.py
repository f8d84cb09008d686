"""The market data of a shard of markets, live: one websocket that is kept alive for ever.

Nothing that changes a book is ever dropped in silence. The consumer's slowness reaches the socket; whatever else is
lost, with a connection, with a frame that cannot be read, or because the stream has gone silent about an asset, is said
to the market in a `FeedLost`, and its book begins anew.
"""

import random
from collections.abc import Callable, Iterable
from functools import partial

from attrs import frozen

from actors.feeds.ports import ConnectionLost, Deliver
from messages.identity import MarketId, Outcome, TokenId
from messages.market_data import BadInput, FeedLost, MarketData, WholeBook
from messages.markets import Market
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_streams.catching_up import Meanwhile
from polyactors.venues.polymarket.live_streams.clob_beat import CLOB_BEAT
from polyactors.venues.polymarket.live_streams.liveness import Liveness, WitnessRule
from polyactors.venues.polymarket.live_streams.market_requests import subscribe, subscribe_all, unsubscribe
from polyactors.venues.polymarket.live_streams.reading import MarketFrames
from polyactors.venues.polymarket.live_streams.witness import BookOf, Witness
from polyactors.venues.streams.backoff import Backoff
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.heartbeat import Beat, Line
from polyactors.venues.streams.reconnecting import Loss, OpenWire, Reconnecting, Subscription
from polyactors.venues.streams.together import until_lost
from supervision.log import Level, LogEvent, LogSink, LogValue, discard

ATTEMPTS_ON_A_MOVING_GRID = 3


@frozen(kw_only=True)
class MarketStreamSettings:
    beat: Beat = CLOB_BEAT
    witness: WitnessRule = WitnessRule()


USUAL_MARKET_STREAM = MarketStreamSettings()


class LiveMarketSource:
    """A `MarketDataSource`. `open_wire` connects to the market channel; `name` is for counts and logs.

    One actor pumps it at a time. It outlives that actor, as `counts` and `health` do. `now_ns` is the service's clock.
    """

    def __init__(
        self,
        name: str,
        markets: Iterable[Market],
        open_wire: OpenWire,
        book_of: BookOf,
        now_ns: Callable[[], int],
        chance: random.Random,
        counts: FeedCounts,
        health: StreamHealth,
        settings: MarketStreamSettings = USUAL_MARKET_STREAM,
        log: LogSink = discard,
    ) -> None:
        self._name = name
        self._markets = {market.market: market for market in markets}
        self._book_of = book_of
        self._now_ns = now_ns
        self._health = health
        self._log_sink = log
        every = self._markets.values()
        self._liveness = Liveness(every, settings.witness, now_ns())
        self._witness = Witness(self._liveness, settings.witness, book_of, health, now_ns)
        self._frames = MarketFrames(every, name, counts, health.malformed, now_ns, self._on_bad_input)
        self._reconnecting = Reconnecting(open_wire, settings.beat, Backoff(chance), health, now_ns)
        self._being_fetched: dict[MarketId, list[Meanwhile]] = {}
        self._reconnected_for: set[MarketId] = set()

    @property
    def health(self) -> StreamHealth:
        return self._health

    async def pump(self, deliver: Deliver) -> None:
        """Never returns, and never raises `ConnectionLost`: it connects again by itself."""
        await self._reconnecting.keep(
            Subscription(self._first_frame, partial(self._session, deliver), partial(self._on_loss, deliver))
        )

    async def whole_book(self, market: MarketId) -> WholeBook | None:
        """By REST, with everything that the stream says until the answer is there.

        Raises `ConnectionLost` while the stream tells nothing of the market: the book would be right for an instant,
        and then quietly wrong.
        """
        listing = self._markets.get(market)
        if listing is None:
            return None
        for _ in range(ATTEMPTS_ON_A_MOVING_GRID):
            self._demand_a_stream(market)
            connection = self._health.connections
            with_meanwhile = await self._ask_for_the_book(listing)
            self._demand_a_stream(market)
            if with_meanwhile is None:
                return None
            book, meanwhile = with_meanwhile
            caught_up = meanwhile.applied_to(book)
            if caught_up is not None and connection == self._health.connections:
                return caught_up
        return None

    async def _ask_for_the_book(self, listing: Market) -> tuple[WholeBook, Meanwhile] | None:
        meanwhile = Meanwhile()
        listeners = self._being_fetched.setdefault(listing.market, [])
        listeners.append(meanwhile)
        try:
            book = await self._book_of(listing.token(Outcome.YES))
        finally:
            listeners.remove(meanwhile)
            if not listeners:
                self._being_fetched.pop(listing.market, None)
        return None if book is None else (book, meanwhile)

    def _demand_a_stream(self, market: MarketId) -> None:
        if not self._health.is_live:
            raise ConnectionLost(f"the stream is {self._health.state.value}")
        if self._liveness.is_silent(market):
            raise ConnectionLost("the stream is silent about it")

    # One connection

    def _first_frame(self) -> str:
        self._liveness.begin(self._now_ns())
        return subscribe_all(token for market in self._markets.values() for token in _tokens(market))

    async def _session(self, deliver: Deliver, line: Line) -> None:
        on_silent = partial(self._on_silent, deliver, line)
        raise ConnectionLost(
            await until_lost(
                partial(self._receive, deliver, line),
                partial(self._await_grant, line),
                partial(self._witness.watch, line, on_silent),
            )
        )

    async def _receive(self, deliver: Deliver, line: Line) -> None:
        now_ns, read, hear = self._now_ns, self._frames.read, self._liveness.hear
        while True:
            frame = await line.receive()
            received_ns = now_ns()
            for message in read(frame, received_ns):
                hear(message, received_ns)
                if self._being_fetched:
                    self._note(message)
                waiting = deliver(message)
                if waiting is not None:
                    await waiting

    def _note(self, message: MarketData) -> None:
        for meanwhile in self._being_fetched.get(message.market, ()):
            meanwhile.hear(message)

    async def _await_grant(self, line: Line) -> None:
        """There is no word for it: the answer to a ping comes behind the first books, or behind a refusal."""
        await line.round_trip()
        self._reconnecting.granted()
        self._log(Level.INFO, "subscribed", markets=len(self._markets))

    # What went wrong

    async def _on_loss(self, deliver: Deliver, loss: Loss) -> None:
        self._log(Level.WARNING, "stream lost", reason=loss.reason)
        for market in self._markets:
            await _delivered(deliver, FeedLost(market, loss.reason))

    async def _on_silent(self, deliver: Deliver, line: Line, token: TokenId, was_known: bool) -> None:
        """A new subscription helps first; then a new connection, but once: the other markets pay for it."""
        market = self._markets[self._liveness.market_of(token)]
        self._health.silences += 1
        self._log(Level.WARNING, "stream silent", market=market.market, token=token, again=was_known)
        await _delivered(deliver, FeedLost(market.market, "the stream is silent about it"))
        if was_known and market.market not in self._reconnected_for:
            self._reconnected_for.add(market.market)
            raise ConnectionLost(f"the stream stays silent about {market.slug}")
        await line.send(unsubscribe(_tokens(market)))
        await line.send(subscribe(_tokens(market)))

    def _on_bad_input(self, bad: BadInput) -> None:
        self._log(Level.WARNING, "bad input", kind=bad.kind, source=bad.source, detail=bad.detail)

    def _log(self, level: Level, event: str, **fields: LogValue) -> None:
        self._log_sink(LogEvent(self._now_ns(), level, f"live streams/{self._name}", 0, 0, event, fields))


async def _delivered(deliver: Deliver, message: MarketData) -> None:
    waiting = deliver(message)
    if waiting is not None:
        await waiting


def _tokens(market: Market) -> tuple[TokenId, ...]:
    return tuple(market.token(each) for each in Outcome)
