"""A connection to Polymarket's old price feed."""

from attrs import frozen

from polyactors.exchange.reference_feeds import rtds_frames as frames
from polyactors.exchange.reference_feeds.history import last_seconds, value
from polyactors.exchange.reference_feeds.hub import Feed, Session
from polyactors.exchange.reference_feeds.requests import read_object
from polyactors.exchange.reference_feeds.rtds_frames import Topic
from polyactors.exchange.reference_feeds.tape import Print
from polyactors.exchange.reference_feeds.writing import SECOND_NS, frame
from polyactors.exchange.streams.requests import PING, PONG

_SILENT_TOPICS = ("equity_prices", "comments", "activity", "clob_market", "clob_user", "rfq")
"""Topics that the venue has as well: taken, and nothing comes of them."""
_MOST_SUBSCRIPTIONS = 500


class _Refused(Exception):
    """The venue has one text for everything that it does not understand."""


@frozen
class _Subscription:
    """`names` as clients spell them; empty for all symbols. `topic` None for one that nothing comes of."""

    topic_name: str
    topic: Topic | None
    names: frozenset[str]

    def covers(self, topic: Topic, symbol: str) -> bool:
        return self.topic is topic and (not self.names or topic.spell(symbol) in self.names)


class RtdsSession(Session):
    """Prices once a second. What has no action that is known is passed over in silence, as the venue does."""

    def __init__(self, feed: Feed, connection: int) -> None:
        super().__init__(feed)
        self._connection = f"{connection:015x}="
        self._requests = 0
        self._subscriptions: dict[_Subscription, None] = {}

    def hear(self, text: str) -> None:
        if text.strip().upper() == PING:
            self.outbox.put(PONG)
            return
        fields = read_object(text)
        try:
            if fields is None:
                raise _Refused
            match fields.get("action"):
                case "subscribe":
                    self._subscribe(_asked(fields))
                case "unsubscribe":
                    self._unsubscribe(_asked(fields))
                case _:
                    pass
        except _Refused:
            self._requests += 1
            self._say(frames.refusal(self._connection, f"{self._connection[:-1]}{self._requests:x}="))

    def tell(self, told: Print) -> None:
        if not self._subscriptions or not told.begins(SECOND_NS, self.feed.tape.step_ns):
            return
        prices, sent_ns = self.feed.tape.prices, self.feed.now_ns()
        at_ns = told.at_ns - told.at_ns % SECOND_NS
        for topic in Topic:
            if any(each.covers(topic, told.symbol) for each in self._subscriptions):
                found = value(prices, told.symbol, told.at_ns, topic.window_s)
                self._say(frames.update(topic, told.symbol, found, at_ns, sent_ns))

    def _subscribe(self, asked: list[_Subscription]) -> None:
        if len(self._subscriptions) + len(asked) > _MOST_SUBSCRIPTIONS:
            raise _Refused
        for each in asked:
            if each not in self._subscriptions:
                self._subscriptions[each] = None
                self._say_history(each)

    def _unsubscribe(self, asked: list[_Subscription]) -> None:
        """What was not subscribed to is not understood either."""
        for each in asked:
            if each not in self._subscriptions:
                raise _Refused
            del self._subscriptions[each]

    def _say_history(self, subscription: _Subscription) -> None:
        topic, tape, now_ns = subscription.topic, self.feed.tape, self.feed.now_ns()
        if topic is None or self.feed.is_stalled:
            return
        for symbol in tape.prices.symbols:
            if subscription.covers(topic, symbol):
                points = last_seconds(tape.prices, symbol, tape.last(symbol).at_ns, topic.window_s)
                self._say(frames.history(topic, symbol, points, now_ns))

    def _say(self, content: dict[str, object]) -> None:
        self.outbox.put(frame(content))


def _asked(fields: dict[str, object]) -> list[_Subscription]:
    """Raises `_Refused`."""
    subscriptions = fields.get("subscriptions")
    if not isinstance(subscriptions, list) or not subscriptions:
        raise _Refused
    return [_subscription(each) for each in subscriptions]


def _subscription(found: object) -> _Subscription:
    if not isinstance(found, dict):
        raise _Refused
    name, kind = found.get("topic"), found.get("type")
    if not isinstance(name, str) or not isinstance(kind, str):
        raise _Refused
    if name in _SILENT_TOPICS:
        return _Subscription(name, None, frozenset())
    try:
        topic = Topic(name)
    except ValueError:
        raise _Refused from None
    if kind not in ("update", "*"):
        raise _Refused
    return _Subscription(name, topic, _names(found.get("filters")))


def _names(filters: object) -> frozenset[str]:
    """A text: names with commas between, or an object with a `symbol` written as JSON. Objects are not understood."""
    if filters is None or filters == "":
        return frozenset()
    if not isinstance(filters, str):
        raise _Refused
    if (plain := read_object(filters)) is not None:
        symbol = plain.get("symbol")
        if not isinstance(symbol, str):
            raise _Refused
        return frozenset((symbol.lower(),))
    return frozenset(each.strip().lower() for each in filters.split(","))
