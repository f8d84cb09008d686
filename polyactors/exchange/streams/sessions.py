"""What the server does at a client's word: one session a connection. No I/O: what is to be sent goes to the outbox."""

import hmac
from collections.abc import Callable

from polyactors.exchange.clob.api_keys import ApiKeys
from polyactors.exchange.streams.market_hub import MarketHub, MarketSubscriber
from polyactors.exchange.streams.outbox import NORMAL_CLOSURE, Outbox
from polyactors.exchange.streams.requests import (
    INVALID_OPERATION,
    PING,
    PONG,
    Login,
    MarketRequest,
    Nonsense,
    UserRequest,
    read_market_request,
    read_user_request,
)
from polyactors.exchange.streams.settings import StreamSettings
from polyactors.exchange.streams.user_hub import UserHub, UserSubscriber
from polyactors.exchange.words import ApiKey


class MarketSession:
    """A first request and later operations are taken in any order, as the venue does."""

    def __init__(self, hub: MarketHub, settings: StreamSettings, now_ns: Callable[[], int]) -> None:
        self._hub = hub
        self._settings = settings
        self._now_ns = now_ns
        self.outbox = Outbox(settings.most_waiting, self._left)
        self._subscriber = MarketSubscriber(self.outbox)
        hub.enter(self._subscriber)

    def hear(self, text: str) -> None:
        """Never raises: what is no request is answered so, and changes nothing."""
        if self._hub.breaks(self._now_ns()):
            return
        if text == PING:
            self.outbox.put(PONG)
            return
        try:
            self._carry_out(read_market_request(text))
        except Nonsense:
            self.outbox.put(INVALID_OPERATION)

    def _carry_out(self, request: MarketRequest) -> None:
        subscriber, settings = self._subscriber, self._settings
        if not request.subscribes:
            self._hub.unsubscribe(subscriber, request.tokens)
            return
        if len(subscriber.tokens) + len(request.tokens) > settings.most_assets:
            raise Nonsense
        if request.wants_custom is not None:
            subscriber.wants_custom = request.wants_custom
        new = self._hub.subscribe(subscriber, request.tokens)
        if request.wants_dump and (new or not request.tokens) and len(subscriber.tokens) <= settings.most_assets_dumped:
            self.outbox.put(self._hub.dump(new))

    def _left(self) -> None:
        self._hub.leave(self._subscriber)


class UserSession:
    """The first request has to prove who it is; the connection of one who cannot is closed without a word."""

    def __init__(self, hub: UserHub, keys: ApiKeys, settings: StreamSettings, now_ns: Callable[[], int]) -> None:
        self._hub = hub
        self._keys = keys
        self._settings = settings
        self._now_ns = now_ns
        self.outbox = Outbox(settings.most_waiting, self._left)
        self._subscriber: UserSubscriber | None = None

    def hear(self, text: str) -> None:
        """Never raises: what is no request is answered so, and changes nothing."""
        if self._hub.breaks(self._now_ns()):
            return
        if text == PING:
            self.outbox.put(PONG)
            return
        try:
            self._carry_out(read_user_request(text))
        except Nonsense:
            self.outbox.put(INVALID_OPERATION)

    def _carry_out(self, request: UserRequest) -> None:
        subscriber = self._subscriber
        if subscriber is None:
            owner = self._owner(request.login)
            if owner is None:
                self.outbox.close(NORMAL_CLOSURE)
                return
            subscriber = UserSubscriber(self.outbox, owner)
        if not request.subscribes:
            for market in request.markets:
                subscriber.markets.pop(market, None)
        elif len(subscriber.markets) + len(request.markets) > self._settings.most_assets:
            raise Nonsense
        else:
            subscriber.markets.update(dict.fromkeys(request.markets))
        if self._subscriber is None:
            self._subscriber = subscriber
            self._hub.enter(subscriber)

    def _owner(self, login: Login | None) -> ApiKey | None:
        """Whose credentials these are, None for nobody's."""
        if login is None or (known := self._keys.find(login.key)) is None:
            return None
        is_known = _same(login.secret, known.secret) and _same(login.passphrase, known.passphrase)
        return known.key if is_known else None

    def _left(self) -> None:
        if self._subscriber is not None:
            self._hub.leave(self._subscriber)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())
