"""A connection to Polymarket's newer price feed: who it is first, then what it wants to hear."""

from collections import Counter
from collections.abc import Callable

from attrs import frozen

from polyactors.exchange.reference_feeds import live_frames as frames
from polyactors.exchange.reference_feeds.history import last_seconds, value
from polyactors.exchange.reference_feeds.hub import Feed, Session
from polyactors.exchange.reference_feeds.live_frames import TWAP_WINDOW_S, Channel
from polyactors.exchange.reference_feeds.requests import Pace, read_object
from polyactors.exchange.reference_feeds.tape import Print
from polyactors.exchange.reference_feeds.writing import SECOND_NS, frame
from polyactors.exchange.streams.requests import Login

_MOST_FILTERS = 64
_MOST_REQUESTS_A_SECOND = 20
_MOST_LOGINS = 8
_LONGEST_FRAME = 64_000
_LONGEST_ID = 100
_TOO_BIG = 1009
_FATAL = 4001
_PROVIDERS = ("pyth", "chainlink", "binance")


class _Refused(Exception):
    def __init__(self, code: str, message: str, channel: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.channel = channel


@frozen
class _Filter:
    channel: Channel
    symbol: str
    provider: str | None

    @property
    def source(self) -> str:
        """A provider is a wish: averages are Chainlink's, whatever was asked for."""
        usual = self.channel.usual_source
        return self.provider or usual if self.channel is Channel.SPOT else usual


class LiveSession(Session):
    """Prices once a second, each filter for itself. `is_login` says whether credentials are somebody's."""

    def __init__(self, feed: Feed, is_login: Callable[[Login], bool]) -> None:
        super().__init__(feed)
        self._is_login = is_login
        self._failed_logins = 0
        self._is_known = False
        self._filters: dict[_Filter, None] = {}
        self._sequences: Counter[Channel] = Counter()
        self._pace = Pace(_MOST_REQUESTS_A_SECOND)

    def hear(self, text: str) -> None:
        if len(text) > _LONGEST_FRAME:
            self.outbox.close(_TOO_BIG)
            return
        fields = read_object(text)
        request = None if fields is None else _request(fields)
        try:
            if fields is None:
                raise _Refused("bad_op", "not an object")
            self._carry_out(fields, request)
        except _Refused as refused:
            self._refuse(refused, request)

    def tell(self, told: Print) -> None:
        if not self._filters or not told.begins(SECOND_NS, self.feed.tape.step_ns):
            return
        prices, sent_ns = self.feed.tape.prices, self.feed.now_ns()
        at_ns = told.at_ns - told.at_ns % SECOND_NS
        for each in self._filters:
            if each.symbol == told.symbol:
                found = value(prices, told.symbol, told.at_ns, each.channel.window_s)
                count = self._next(each.channel)
                self._say(frames.update(each.channel, each.symbol, each.source, found, at_ns, count, sent_ns))

    def _carry_out(self, fields: dict[str, object], request: str | None) -> None:
        match fields.get("op"):
            case "ping":
                self._say(frames.done("pong", request))
            case "auth":
                self._log_in(fields.get("auth"), request)
            case "subscribe":
                for found in self._subscriptions(fields):
                    self._each(found, self._subscribe, request)
            case "unsubscribe":
                for found in self._subscriptions(fields):
                    self._each(found, self._unsubscribe, request)
            case _:
                raise _Refused("bad_op", "unknown op")

    def _log_in(self, auth: object, request: str | None) -> None:
        """The eighth vain attempt is the last that is answered."""
        login = _login(auth)
        if login is not None and self._is_login(login):
            self._is_known = True
            self._say(frames.done("authed", request))
            return
        self._failed_logins += 1
        if self._failed_logins > _MOST_LOGINS:
            self.outbox.close(_FATAL)
            return
        is_last = self._failed_logins == _MOST_LOGINS
        raise _Refused("auth_attempts" if is_last else "auth_invalid", "invalid credentials")

    def _subscriptions(self, fields: dict[str, object]) -> list[object]:
        if not self._is_known:
            raise _Refused("auth_required", "authenticate first")
        if not self._pace.allows(self.feed.now_ns()):
            raise _Refused("rate_limited", "too many requests")
        found = fields.get("subscriptions")
        if not isinstance(found, list) or not found:
            raise _Refused("bad_op", "subscriptions are missing")
        return found

    def _each(self, found: object, act: Callable[[_Filter, str | None], None], request: str | None) -> None:
        """Every subscription of a request is answered on its own, in their order."""
        try:
            act(self._filter(found), request)
        except _Refused as refused:
            self._refuse(refused, request)

    def _subscribe(self, wanted: _Filter, request: str | None) -> None:
        if wanted not in self._filters and len(self._filters) >= _MOST_FILTERS:
            raise _Refused("sub_limit", "too many subscriptions", wanted.channel.value)
        self._filters[wanted] = None
        self._say(frames.done("subscribed", request, wanted.channel.value))
        if self.feed.is_stalled:
            return
        tape = self.feed.tape
        points = last_seconds(tape.prices, wanted.symbol, tape.last(wanted.symbol).at_ns, wanted.channel.window_s)
        count, now_ns = self._next(wanted.channel), self.feed.now_ns()
        self._say(frames.snapshot(wanted.channel, wanted.symbol, wanted.source, points, count, now_ns))

    def _unsubscribe(self, unwanted: _Filter, request: str | None) -> None:
        self._filters.pop(unwanted, None)
        self._say(frames.done("unsubscribed", request, unwanted.channel.value))

    def _filter(self, found: object) -> _Filter:
        """Raises `_Refused`."""
        if not isinstance(found, dict):
            raise _Refused("bad_op", "a subscription is an object")
        name = found.get("channel")
        try:
            channel = Channel(name)
        except ValueError:
            raise _Refused("bad_channel", "unknown channel", name[:50] if isinstance(name, str) else None) from None
        wanted = found.get("filter")
        if not isinstance(wanted, dict):
            raise _Refused("bad_filter", "a filter is needed", channel.value)
        symbol, provider = wanted.get("symbol"), wanted.get("provider")
        if not isinstance(symbol, str) or symbol.lower() not in self._symbols(channel):
            raise _Refused("bad_filter", "unknown symbol", channel.value)
        if provider is not None and provider not in _PROVIDERS:
            raise _Refused("bad_filter", "unknown provider", channel.value)
        window = wanted.get("window_seconds")
        if channel.window_s is not None and (isinstance(window, bool) or window != TWAP_WINDOW_S):
            raise _Refused("bad_filter", "window_seconds has to be 60", channel.value)
        return _Filter(channel, symbol.lower(), provider)

    def _symbols(self, channel: Channel) -> tuple[str, ...]:
        """There are no equities."""
        return self.feed.tape.prices.symbols if channel in (Channel.SPOT, Channel.TWAP) else ()

    def _next(self, channel: Channel) -> int:
        self._sequences[channel] += 1
        return self._sequences[channel]

    def _refuse(self, refused: _Refused, request: str | None) -> None:
        self._say(frames.refusal(refused.code, refused.message, request, refused.channel))

    def _say(self, content: dict[str, object]) -> None:
        self.outbox.put(frame(content))


def _request(fields: dict[str, object]) -> str | None:
    found = fields.get("rid")
    return found if isinstance(found, str) and len(found) <= _LONGEST_ID else None


def _login(auth: object) -> Login | None:
    if not isinstance(auth, dict):
        return None
    key, secret, passphrase = (auth.get(name) for name in ("apiKey", "secret", "passphrase"))
    if isinstance(key, str) and isinstance(secret, str) and isinstance(passphrase, str):
        return Login(key, secret, passphrase)
    return None
