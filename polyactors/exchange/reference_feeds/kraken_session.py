"""A connection to Kraken's websocket, version 2."""

from attrs import frozen

from polyactors.exchange.reference_feeds import kraken_frames as frames
from polyactors.exchange.reference_feeds import symbols
from polyactors.exchange.reference_feeds.hub import Feed, Session
from polyactors.exchange.reference_feeds.requests import read_count, read_object, read_texts
from polyactors.exchange.reference_feeds.tape import Print
from polyactors.exchange.reference_feeds.writing import SECOND_NS, frame

_MALFORMED = "Malformed request"
_MOST_SYMBOLS = 1_000


class _Refused(Exception):
    """What for, in Kraken's words."""


@frozen
class _Asked:
    channel: str
    names: tuple[str, ...]
    wants_snapshot: bool
    event_trigger: str | None


class KrakenSession(Session):
    """Every symbol of a request is answered on its own. While there is nothing else to say, a heartbeat a second."""

    def __init__(self, feed: Feed, connection: int) -> None:
        super().__init__(feed)
        self._spelling = symbols.Spelling.of(feed.tape.prices.symbols, symbols.kraken)
        self._followed: set[tuple[str, str]] = set()
        self._said_ns = feed.now_ns()
        self._say(frames.status(connection))

    def hear(self, text: str) -> None:
        now_ns = self.feed.now_ns()
        fields = read_object(text)
        if fields is None:
            self._say(frames.refusal(_MALFORMED, None, None, None, now_ns))
            return
        request = read_count(fields.get("req_id"))
        method = fields.get("method")
        if method == "ping":
            self._say(frames.pong(request, now_ns))
            return
        try:
            if method not in ("subscribe", "unsubscribe"):
                raise _Refused("Method(s) not found" if isinstance(method, str) else _MALFORMED)
            asked = _asked(fields.get("params"))
        except _Refused as refused:
            named = method[:50] if isinstance(method, str) else None
            self._say(frames.refusal(str(refused), named, None, request, now_ns))
            return
        for name in asked.names:
            if method == "subscribe":
                self._subscribe(asked, name, request, now_ns)
            else:
                self._unsubscribe(asked, name, request, now_ns)

    def tell(self, told: Print) -> None:
        if ("trade", told.symbol) in self._followed:
            self._say(frames.trades((told,)))
            self._said_ns = told.at_ns
        if ("ticker", told.symbol) in self._followed:
            self._say(frames.ticker(told, self.feed.tape.day(told.symbol)))
            self._said_ns = told.at_ns

    def beat(self, at_ns: int) -> None:
        if self._followed and at_ns - self._said_ns >= SECOND_NS:
            self._said_ns = at_ns
            self._say(frames.heartbeat())

    def _subscribe(self, asked: _Asked, name: str, request: int | None, now_ns: int) -> None:
        symbol = self._spelling.symbol(name)
        if symbol is None:
            problem = f"Currency pair not supported {name[:50]}"
            self._say(frames.refusal(problem, "subscribe", name[:50], request, now_ns))
            return
        if (asked.channel, symbol) in self._followed:
            self._say(frames.refusal("Already subscribed", "subscribe", name, request, now_ns))
            return
        self._followed.add((asked.channel, symbol))
        what: dict[str, object] = {"channel": asked.channel, "snapshot": asked.wants_snapshot, "symbol": name}
        if asked.event_trigger is not None:
            what["event_trigger"] = asked.event_trigger
        self._say(frames.accepted("subscribe", what, request, now_ns))
        if asked.wants_snapshot and not self.feed.is_stalled:
            self._say_snapshot(asked.channel, symbol)

    def _unsubscribe(self, asked: _Asked, name: str, request: int | None, now_ns: int) -> None:
        symbol = self._spelling.symbol(name)
        if symbol is None or (asked.channel, symbol) not in self._followed:
            self._say(frames.refusal("Subscription Not Found", "unsubscribe", name[:50], request, now_ns))
            return
        self._followed.discard((asked.channel, symbol))
        what: dict[str, object] = {"channel": asked.channel, "symbol": name}
        self._say(frames.accepted("unsubscribe", what, request, now_ns))

    def _say_snapshot(self, channel: str, symbol: str) -> None:
        tape = self.feed.tape
        if channel == "trade":
            self._say(frames.trades(tape.recent(symbol), is_snapshot=True))
        else:
            self._say(frames.ticker(tape.last(symbol), tape.day(symbol), is_snapshot=True))

    def _say(self, content: dict[str, object]) -> None:
        self.outbox.put(frame(content))


def _asked(parameters: object) -> _Asked:
    """Without being told, there is a snapshot of tickers and none of trades. Raises `_Refused`."""
    if not isinstance(parameters, dict):
        raise _Refused(_MALFORMED)
    channel = parameters.get("channel")
    if channel not in ("ticker", "trade"):
        raise _Refused("Channel is not supported" if isinstance(channel, str) else _MALFORMED)
    names = read_texts(parameters.get("symbol"))
    if not names:
        raise _Refused("Symbol(s) not found" if names is not None else _MALFORMED)
    if len(names) > _MOST_SYMBOLS:
        raise _Refused(_MALFORMED)
    snapshot = parameters.get("snapshot", channel == "ticker")
    if not isinstance(snapshot, bool):
        raise _Refused(_MALFORMED)
    trigger: str | None = None
    if channel == "ticker":
        trigger = parameters.get("event_trigger", "trades")
        if trigger not in ("trades", "bbo"):
            raise _Refused(_MALFORMED)
    return _Asked(channel, names, snapshot, trigger)
