"""A connection to Binance's streams: names of streams in its address, or asked for later."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from polyactors.exchange.reference_feeds import binance_frames as frames
from polyactors.exchange.reference_feeds import symbols
from polyactors.exchange.reference_feeds.binance_frames import Kind
from polyactors.exchange.reference_feeds.candles import Interval
from polyactors.exchange.reference_feeds.hub import Feed, Session
from polyactors.exchange.reference_feeds.requests import Pace, read_object, read_texts
from polyactors.exchange.reference_feeds.tape import Print
from polyactors.exchange.reference_feeds.writing import MILLISECOND_NS, SECOND_NS, frame
from polyactors.exchange.streams.outbox import POLICY_VIOLATION

_MOST_STREAMS = 1024
_MOST_MESSAGES_A_SECOND = 5
_KLINE_EVERY_NS = 2 * SECOND_NS
_LONGEST_ID = 36
_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


@frozen
class Stream:
    symbol: str
    kind: Kind


class _Refused(Exception):
    """`code` and text are Binance's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BinanceSession(Session):
    """Streams that are not known are taken without a word, and nothing ever comes of them: as Binance does it."""

    def __init__(self, feed: Feed, streams: Iterable[str], *, is_combined: bool, unit_ns: int = MILLISECOND_NS) -> None:
        super().__init__(feed)
        self._spelling = symbols.Spelling.of(feed.tape.prices.symbols, symbols.binance_lower)
        self._is_combined = is_combined
        self._unit_ns = unit_ns
        self._pace = Pace(_MOST_MESSAGES_A_SECOND)
        self._streams = {name: self._read(name) for name in streams}
        if len(self._streams) > _MOST_STREAMS:
            self.outbox.close(POLICY_VIOLATION)

    def hear(self, text: str) -> None:
        """Who says too much too fast is thrown out."""
        if not self._pace.allows(self.feed.now_ns()):
            self.outbox.close(POLICY_VIOLATION)
            return
        fields = read_object(text)
        if fields is None:
            self._say(frames.refusal(3, "Invalid JSON: expected value at line 1 column 1", None))
            return
        request: int | str | None = None
        try:
            request = _id(fields)
            self._say(frames.result(self._carry_out(fields), request))
        except _Refused as refused:
            self._say(frames.refusal(refused.code, refused.message, request))

    def tell(self, told: Print) -> None:
        for name, stream in self._streams.items():
            if stream is None or stream.symbol != told.symbol:
                continue
            for content in self._contents(stream.kind, told):
                self._say(frames.combined(name, content) if self._is_combined else content)

    def _contents(self, kind: Kind, told: Print) -> Iterator[dict[str, object]]:
        sent_ns, unit_ns = self.feed.now_ns(), self._unit_ns
        match kind:
            case Kind.TRADE:
                yield frames.trade(told, sent_ns, unit_ns)
            case Kind.AGGREGATE_TRADE:
                yield frames.aggregate_trade(told, sent_ns, unit_ns)
            case Kind.BOOK_TICKER:
                yield frames.book_ticker(told)
            case Kind.MINUTE:
                yield from self._klines(told, Interval.MINUTE, sent_ns)
            case Kind.HOUR:
                yield from self._klines(told, Interval.HOUR, sent_ns)

    def _klines(self, told: Print, interval: Interval, sent_ns: int) -> Iterator[dict[str, object]]:
        """The end of a candle at once, the present one every two seconds."""
        tape = self.feed.tape
        if told.begins(interval.length_ns, tape.step_ns):
            ended = tape.kline(told.symbol, interval, told.at_ns - interval.length_ns)
            if ended is not None:
                yield frames.kline(told.symbol, ended, True, sent_ns, self._unit_ns)
        if told.begins(_KLINE_EVERY_NS, tape.step_ns):
            present = tape.kline(told.symbol, interval, told.at_ns)
            if present is not None:
                yield frames.kline(told.symbol, present, False, sent_ns, self._unit_ns)

    def _carry_out(self, fields: dict[str, object]) -> object:
        """The result. Raises `_Refused`."""
        method = fields.get("method")
        match method:
            case "SUBSCRIBE":
                new = {name: self._read(name) for name in _names(fields)}
                if len(self._streams.keys() | new.keys()) > _MOST_STREAMS:
                    raise _Refused(2, "Invalid request: too many parameters")
                self._streams.update(new)
                return None
            case "UNSUBSCRIBE":
                for name in _names(fields):
                    self._streams.pop(name, None)
                return None
            case "LIST_SUBSCRIPTIONS":
                return list(self._streams)
            case "SET_PROPERTY":
                self._set_property(fields.get("params"))
                return None
            case "GET_PROPERTY":
                return self._property(fields.get("params"))
            case None:
                raise _Refused(2, "Invalid request: missing field `method`")
        named = method if isinstance(method, str) else "?"
        known = ", ".join(f"`{each}`" for each in _METHODS)
        raise _Refused(2, f"Invalid request: unknown variant `{named[:50]}`, expected one of {known}")

    def _set_property(self, parameters: object) -> None:
        if not isinstance(parameters, list) or len(parameters) != 2:
            raise _Refused(2, "Invalid request: property name must be a string")
        _check_property(parameters[0])
        if not isinstance(parameters[1], bool):
            raise _Refused(1, "Invalid value type: expected Boolean")
        self._is_combined = parameters[1]

    def _property(self, parameters: object) -> bool:
        if not isinstance(parameters, list) or len(parameters) != 1:
            raise _Refused(2, "Invalid request: property name must be a string")
        _check_property(parameters[0])
        return self._is_combined

    def _read(self, name: str) -> Stream | None:
        before, _, after = name.partition("@")
        symbol = self._spelling.symbol(before)
        try:
            return None if symbol is None else Stream(symbol, Kind(after))
        except ValueError:
            return None

    def _say(self, content: dict[str, object]) -> None:
        self.outbox.put(frame(content))


def _id(fields: dict[str, object]) -> int | str | None:
    found = fields.get("id")
    if found is None or (isinstance(found, str) and len(found) <= _LONGEST_ID):
        return found
    if isinstance(found, int) and not isinstance(found, bool) and -(1 << 63) <= found < 1 << 63:
        return found
    raise _Refused(2, "Invalid request: request ID must be an unsigned integer")


def _names(fields: dict[str, object]) -> tuple[str, ...]:
    names = read_texts(fields.get("params"))
    if names is None:
        raise _Refused(2, "Invalid request: params must be an array of strings")
    return names


def _check_property(name: object) -> None:
    if not isinstance(name, str):
        raise _Refused(2, "Invalid request: property name must be a string")
    if name != "combined":
        raise _Refused(0, "Unknown property")
