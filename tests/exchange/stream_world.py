"""The small exchange of `trading_floor`, heard by its streams without sockets, and a book made of what was heard."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from messages.identity import Outcome
from messages.market_data import BadInput, BookDelta, Level, MarketData, WholeBook
from messages.markets import Market
from messages.units import Price, Shares
from polyactors.exchange.books import BookTimes, token_book
from polyactors.exchange.clob.api_keys import ApiKeys, Credentials
from polyactors.exchange.streams.sessions import MarketSession, UserSession
from polyactors.exchange.streams.settings import StreamSettings
from polyactors.exchange.streams.stream_faults import NoFaults, StreamFaults
from polyactors.exchange.streams.stream_routes import Streams, streams
from polyactors.exchange.words import Wallet
from polyactors.venues.polymarket.market_channel import MarketChannel
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.polymarket.user_channel import UserChannel, UserEvent
from tests.exchange.trading_floor import PLAIN, START_NS, Floor


def subscription(tokens: Sequence[str], **more: object) -> str:
    """As the venue's own client writes its first frame."""
    return json.dumps({"type": "market", "assets_ids": list(tokens), **more})


def operation(name: str, **fields: object) -> str:
    return json.dumps({"operation": name, **fields})


def both_tokens(market: Market = PLAIN) -> list[str]:
    return [market.yes_token, market.no_token]


class StreamWorld:
    """Orders are given on `floor`; the keys of the stream are the names of the floor's wallets' owners."""

    def __init__(self, faults: StreamFaults | None = None, settings: StreamSettings | None = None) -> None:
        self.floor = Floor()
        self.exchange = self.floor.exchange
        self.times = BookTimes(self.exchange, START_NS)
        self.streams: Streams = streams(self.exchange, self.times, faults or NoFaults())
        self.settings = settings or StreamSettings()
        self.keys = ApiKeys(0)

    def now_ns(self) -> int:
        return self.floor.now_ns

    def market_client(self, *said: str) -> MarketSession:
        session = MarketSession(self.streams.market, self.settings, self.now_ns)
        for text in said:
            session.hear(text)
        return session

    def user_client(self, *said: str) -> UserSession:
        session = UserSession(self.streams.user, self.keys, self.settings, self.now_ns)
        for text in said:
            session.hear(text)
        return session

    def hash(self, outcome: Outcome, market: Market = PLAIN) -> str:
        listing = self.exchange.listings[market.market]
        return token_book(self.exchange, listing, outcome, self.times.changed_ms(market.market)).hash

    def levels(self, market: Market = PLAIN) -> dict[tuple[Outcome, Price], Shares]:
        return {
            (outcome, price): size for outcome in Outcome for price, size in self.exchange.bids(market.market, outcome)
        }

    def credentials(self, number: int) -> Credentials:
        return self.keys.create(Address(f"0x{number:040x}"), 0)


def login(credentials: Credentials, *markets: str, **changes: str) -> str:
    auth = {"apiKey": credentials.key, "secret": credentials.secret, "passphrase": credentials.passphrase, **changes}
    return json.dumps({"type": "user", "auth": auth, **({"markets": list(markets)} if markets else {})})


def owner(credentials: Credentials) -> Wallet:
    """On the floor an order's owner has the name of its wallet."""
    return Wallet(credentials.key)


def taken(session: MarketSession | UserSession) -> list[str]:
    """The texts that were to be sent since the last call."""
    texts = []
    while (text := session.outbox.take()) is not None:
        texts.append(text)
    return texts


def frames(texts: Iterable[str]) -> list[dict[str, Any]]:
    """One after the other, whether they came alone or in an array."""
    found: list[dict[str, Any]] = []
    for text in texts:
        plain = json.loads(text)
        found += plain if isinstance(plain, list) else [plain]
    return found


def kinds(texts: Iterable[str]) -> list[str]:
    return [frame["event_type"] for frame in frames(texts)]


def decoded(texts: Iterable[str], *markets: Market) -> list[MarketData]:
    """By the service's own parser, which has to take everything."""
    bad: list[BadInput] = []
    channel = MarketChannel(markets or (PLAIN,), bad.append)
    found = [each for text in texts for each in channel.decode(text, 0, "test")]
    assert bad == []
    return found


def decoded_for_user(texts: Iterable[str]) -> list[UserEvent]:
    bad: list[BadInput] = []
    channel = UserChannel(bad.append)
    found = [each for text in texts for each in channel.decode(text, "test")]
    assert bad == []
    return found


class Replica:
    """A client's book: whole books replace it, changes change it. `hashes` are those that the venue said last."""

    def __init__(self) -> None:
        self.levels: dict[tuple[Outcome, Price], Shares] = {}
        self.hashes: dict[Outcome, str | None] = {}

    def apply(self, heard: Iterable[MarketData]) -> None:
        for each in heard:
            match each:
                case WholeBook():
                    self.levels = {}
                    self._set(each.levels)
                    self.hashes[each.outcome] = each.hash
                case BookDelta():
                    self._set(each.levels)
                    self.hashes = {Outcome.YES: each.yes_hash, Outcome.NO: each.no_hash}

    def _set(self, levels: Iterable[Level]) -> None:
        for outcome, price, size in levels:
            self.levels[outcome, price] = size
        self.levels = {place: size for place, size in self.levels.items() if size}
