"""The CLOB's private endpoints over a small exchange, asked over HTTP without a network, with orders that are signed as
the venue's clients sign them.

Alice, Bob and Carol trade with keys of their own. Markets: an ordinary one, a negRisk one, one of protocol two, one
that delays takers, and one that pays for liquidity.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx
from attrs import define, evolve, field
from starlette.applications import Starlette

from messages.identity import EventId, MarketId, Outcome, Side, TokenId
from messages.markets import Market
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, SHARE_SCALE, Cash, Price, Shares, TickSize
from polyactors.exchange.clob import (
    builder_routes,
    cancel_routes,
    heartbeat_routes,
    order_routes,
    own_data_routes,
    scoring_routes,
)
from polyactors.exchange.clob.api_keys import ApiKeys, Credentials
from polyactors.exchange.clob.heartbeats import Heartbeats
from polyactors.exchange.clob.known_listings import KnownListings
from polyactors.exchange.clob.order_entry import EntryRules, OrderEntry
from polyactors.exchange.clob.signed_in import signed_in
from polyactors.exchange.core import Exchange
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.signatures import HasSession, no_sessions
from polyactors.exchange.words import EventListing, Kind, Listing, RewardTerms, Wallet
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.l2_auth import request_signature
from polyactors.venues.polymarket.signing.orders import (
    LegacyTerms,
    OrderDomain,
    SignatureType,
    SignedOrder,
    order_digest,
    order_domain,
    order_id,
)
from polyactors.venues.polymarket.signing.sign_order import sign_order
from tests.venues.polymarket.signed_orders import wallet_of

START_NS = 1_795_219_900 * NANOSECONDS_PER_SECOND
START_S = START_NS // NANOSECONDS_PER_SECOND
YES, NO, BUY, SELL = Outcome.YES, Outcome.NO, Side.BUY, Side.SELL
ALICE, BOB, CAROL = (SigningKey.from_secret(bytes(31) + bytes((number,))) for number in (1, 2, 3))

Json = Any


def _listing(number: int, market: str, kind: Kind = Kind.BINARY, tick_size: int = 100, **more: Any) -> Listing:
    first = int(market + "00", 16) if more.get("is_protocol_two") else 2**250 + 2 * number
    return Listing(
        Market(
            MarketId(market),
            EventId("race" if kind is Kind.NEG_RISK else f"event-{number}"),
            f"market-{number}",
            "Will it?",
            TokenId(str(first)),
            TokenId(str(first + 1)),
            TickSize(tick_size),
            neg_risk=kind is Kind.NEG_RISK,
        ),
        number,
        kind,
        ("Up", "Down"),
        "0x" + "77" * 32,
        "",
        "",
        0,
        0,
        **more,
    )


PLAIN = _listing(1, "0x" + "a1" * 32)
NEG_RISK = _listing(2, "0x" + "a2" * 32, Kind.NEG_RISK)
PROTOCOL_TWO = _listing(3, "0x01" + "cd" * 18 + "00" * 12, is_protocol_two=True)
DELAYED = _listing(4, "0x" + "a4" * 32, taker_delay_ns=NANOSECONDS_PER_SECOND)
REWARDED = _listing(5, "0x" + "a5" * 32, rewards=RewardTerms(Shares(50 * SHARE_SCALE), Price(300), Cash(CASH_SCALE)))
FINE = _listing(6, "0x" + "a6" * 32, tick_size=10)
LISTINGS = (PLAIN, NEG_RISK, PROTOCOL_TWO, DELAYED, REWARDED, FINE)


@define
class Counter:
    """Asks as `ALICE` unless told otherwise. Time goes on when it is told to."""

    rules: EntryRules = field(factory=EntryRules)
    has_session: HasSession = no_sessions
    listings: Sequence[Listing] = LISTINGS
    now_ns: int = START_NS
    rows_a_page: int = 500
    keys: ApiKeys = field(factory=lambda: ApiKeys(1))
    exchange: Exchange = field(init=False)
    entry: OrderEntry = field(init=False)
    heartbeats: Heartbeats = field(init=False)
    client: httpx.AsyncClient = field(init=False)
    _salts: "count[int]" = field(factory=lambda: count(1), init=False)

    def __attrs_post_init__(self) -> None:
        self.exchange = Exchange(ExchangeSettings(), 1, self.now_ns)
        known = KnownListings(self.exchange)
        self.exchange.list_event(EventListing(EventId("race"), 1, "Race", "", "", 0, 0, neg_risk=True), self.now_ns)
        for listing in self.listings:
            self.exchange.list_market(listing, self.now_ns)
        for key in (ALICE, BOB, CAROL):
            self.keys.create(key.address, 0)
        self.entry = OrderEntry(self.exchange, self.rules, self.has_session)
        self.heartbeats = Heartbeats(self.exchange.cancel_all)

        def now_ns() -> int:
            return self.now_ns

        who = signed_in(self.keys, now_ns)
        routes = [
            *order_routes.routes(self.entry, who, now_ns),
            *cancel_routes.routes(self.exchange, who, now_ns),
            *heartbeat_routes.routes(self.heartbeats, who, now_ns),
            *own_data_routes.routes(self.exchange, known, who, now_ns, self.rows_a_page),
            *builder_routes.routes(self.exchange, known, self.entry.builders),
            *scoring_routes.routes(self.exchange, who, now_ns),
        ]
        transport = httpx.ASGITransport(app=Starlette(routes=routes))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://exchange")

    def wait(self, seconds: float) -> None:
        self.now_ns += round(seconds * NANOSECONDS_PER_SECOND)
        self.exchange.advance(self.now_ns)
        self.heartbeats.advance(self.now_ns)

    def credentials(self, key: SigningKey = ALICE) -> Credentials:
        found = self.keys.derive(key.address, 0)
        assert found is not None
        return found

    async def ask(
        self, method: str, path: str, plain: object = None, *, key: SigningKey = ALICE, body: bytes | None = None
    ) -> httpx.Response:
        """`body` is sent as it is; otherwise `plain` as compact JSON, or nothing."""
        if body is None:
            body = b"" if plain is None else json.dumps(plain, separators=(",", ":")).encode()
        who, timestamp = self.credentials(key), str(self.now_ns // NANOSECONDS_PER_SECOND)
        headers = {
            "POLY_ADDRESS": who.address,
            "POLY_API_KEY": who.key,
            "POLY_PASSPHRASE": who.passphrase,
            "POLY_TIMESTAMP": timestamp,
            "POLY_SIGNATURE": request_signature(who.secret, timestamp, method, path.split("?", maxsplit=1)[0], body),
        }
        return await self.client.request(method, path, headers=headers, content=body)

    def order(
        self,
        side: Side,
        price: str,
        size: str,
        *,
        key: SigningKey = ALICE,
        on: Listing = PLAIN,
        outcome: Outcome = YES,
        signature_type: SignatureType = SignatureType.EOA,
    ) -> SignedOrder:
        """A limit order, not signed yet."""
        units, shares = round(float(price) * 10_000), round(float(size) * SHARE_SCALE)
        cash = units * shares // 10_000
        maker = wallet_of(key, signature_type)
        return SignedOrder(
            salt=next(self._salts),
            maker=maker,
            signer=maker if signature_type is SignatureType.DEPOSIT_WALLET else key.address,
            token_id=on.market.token(outcome),
            maker_amount=cash if side is BUY else shares,
            taker_amount=shares if side is BUY else cash,
            side=side,
            signature_type=signature_type,
            timestamp_ms=self.now_ns // 1_000_000,
        )

    def body(
        self,
        order: SignedOrder,
        order_type: str = "GTC",
        *,
        key: SigningKey = ALICE,
        on: Listing = PLAIN,
        expiration_s: int = 0,
        as_session: bool = False,
        **more: object,
    ) -> Json:
        """`order` signed by `key` for the exchange of the market that it is on, as JSON; `more` of the envelope."""
        signed = sign_order(order, domain_of(on, order), key, as_session=as_session)
        plain = wire_order(signed, expiration_s)
        return {"order": plain, "owner": self.credentials(key).key, "orderType": order_type, **more}

    async def give(
        self, side: Side, price: str, size: str, order_type: str = "GTC", *, key: SigningKey = ALICE, **more: Any
    ) -> Json:
        """Sends a limit order that has to be taken; the answer's JSON."""
        on, outcome = more.pop("on", PLAIN), more.pop("outcome", YES)
        order = self.order(side, price, size, key=key, on=on, outcome=outcome)
        order = evolve(order, builder=more.pop("builder", order.builder))
        answer = await self.ask("POST", "/order", self.body(order, order_type, key=key, on=on, **more), key=key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, plain: object, *, key: SigningKey = ALICE, status: int = 400) -> str:
        """Sends an order that has to be refused, and to leave the exchange as it was; the text."""
        before = self.exchange.open_orders()
        answer = await self.ask("POST", "/order", plain, key=key)
        assert answer.status_code == status, answer.text
        assert self.exchange.open_orders() == before
        assert set(answer.json()) == {"error"}
        return str(answer.json()["error"])

    def supply(self, key: SigningKey, shares: int, on: Listing = PLAIN) -> None:
        """Whole sets for the key's own address."""
        wallet = Wallet(key.address)
        assert self.exchange.split(wallet, on.market.market, Shares(shares * SHARE_SCALE), self.now_ns) is None


@asynccontextmanager
async def counter(**more: Any) -> AsyncIterator[Counter]:
    world = Counter(**more)
    async with world.client:
        yield world


def domain_of(on: Listing, order: SignedOrder) -> OrderDomain:
    return order_domain(
        neg_risk=on.market.neg_risk, is_protocol_two=on.is_protocol_two, is_legacy=order.legacy is not None
    )


def id_of(order: SignedOrder, on: Listing = PLAIN) -> str:
    return order_id(order_digest(order, domain_of(on, order)))


def as_v1(order: SignedOrder) -> SignedOrder:
    return evolve(order, timestamp_ms=0, legacy=LegacyTerms(fee_rate_bps=1000))


def wire_order(order: SignedOrder, expiration_s: int = 0) -> dict[str, object]:
    """As the clients write it."""
    plain: dict[str, object] = {
        "salt": order.salt,
        "maker": order.maker,
        "signer": order.signer,
        "tokenId": order.token_id,
        "makerAmount": str(order.maker_amount),
        "takerAmount": str(order.taker_amount),
        "side": order.side.value,
        "expiration": str(expiration_s),
        "signatureType": int(order.signature_type),
        "signature": "0x" + order.signature.hex(),
    }
    if order.legacy is not None:
        legacy = order.legacy
        return plain | {"taker": legacy.taker, "nonce": str(legacy.nonce), "feeRateBps": str(legacy.fee_rate_bps)}
    return plain | {
        "timestamp": str(order.timestamp_ms),
        "metadata": "0x" + order.metadata.hex(),
        "builder": "0x" + order.builder.hex(),
    }
