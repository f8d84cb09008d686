"""A whole served exchange without a socket, on a clock that is moved by hand, and requests for it that make no sense.

Everything about a request follows from a `random.Random`: routes that exist and others, any method, known and unknown
parameters, headers that are signed, forged or junk, and bodies that were valid before something happened to them.
"""

import json
import random
from collections.abc import Iterator, Sequence

from attrs import evolve, frozen
from starlette.routing import BaseRoute, Mount, Route

from messages.identity import Outcome, Side
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.api_keys import Credentials
from polyactors.exchange.clob.rate_limits import RateSettings
from polyactors.exchange.faults.kinds import KINDS
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.server.served import ServedWorld
from polyactors.exchange.server.settings import ServerSettings
from polyactors.exchange.server.venue_time import SteadyClock
from polyactors.exchange.words import Listing, TradingMode, Wallet
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.l2_auth import request_signature
from polyactors.venues.polymarket.signing.orders import SignatureType, SignedOrder
from polyactors.venues.polymarket.signing.sign_order import sign_order
from tests.exchange.order_counter import domain_of, wire_order
from tests.venues.polymarket.signed_orders import wallet_of

START_NS = 1_800_000_000 * NANOSECONDS_PER_SECOND
KEYS = tuple(SigningKey.from_secret(bytes(31) + bytes((number,))) for number in (11, 12))
EVERY_KIND = ListingPlan(
    binary_markets=3,
    neg_risk_outcomes=(3,),
    fifteen_minute_symbols=("btcusd",),
    five_minutes_ahead=1,
    fifteen_minutes_ahead=0,
    hours_ahead=0,
)
"""Not more than that: all of it is looked at after each request."""
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW")

NUMBERS = (0, 1, -1, 5, 10**6, 2**31, 2**53 + 1, 2**63, 2**256, 10**40, 0.5, -0.0, 1e308, 1.5e-7)
TEXTS = (
    "", "0", "-1", "1e9", "NaN", "Infinity", "null", "true", "0x", "0xzz", "0x" + "00" * 32, "0x" + "ff" * 20, "1.5",
    " 1", "1_000", "٣", "💥", "\x00", "a" * 300, "../..", "%00", "'; --", "MA==", "LTE=", "9" * 80, "BUY", "SELL",
    "GTC", "FOK", "Yes", "latest", "yes", "normal", "\ud800", "1/0", "0.5", "2026-11-21T00:00:00Z", "[]", "{}",
)  # fmt: skip
NAMES = (
    "market", "asset_id", "token_id", "side", "next_cursor", "limit", "offset", "id", "before", "after", "maker",
    "maker_address", "interval", "startTs", "endTs", "fidelity", "order_id", "slug", "tag_id", "tag_slug", "closed",
    "active", "archived", "order", "ascending", "condition_ids", "clob_token_ids", "condition_id", "q", "address",
    "date", "signature_type", "asset_type", "nonce", "key", "page", "page_size", "limit_per_type", "end_date_min",
    "start_date_max", "volume_num_min", "liquidity_num_max", "builder", "builder_code", "type", "wallet", "sponsored",
    "user", "sizeThreshold", "sortBy", "sortDirection", "eventId", "takerOnly", "start", "end", "redeemable", "title",
    "order_by", "position", "tag_match", "related_tags", "ids", "owner", "series_id", "exclude_tag_id", "username",
)  # fmt: skip


OFTEN = {
    "/exchange/faults": 3,
    "/order": 20,
    "/orders": 10,
    "/rpc": 4,
    "/relayer/submit": 4,
    "/cancel-market-orders": 3,
}
"""What is worth asking more than once in a hundred times."""


@frozen
class Asked:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[bytes, bytes]]
    body: bytes


class FuzzedWorld:
    """Two clients have keys, cash and resting orders; whatever is asked is asked at a time that stands still."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.clock_ns = START_NS
        settings = ServerSettings(listings=EVERY_KIND, limits=RateSettings(limits_addresses=False))
        clock = SteadyClock(lambda: self.clock_ns, lambda: self.clock_ns)
        self.served = ServedWorld(settings, 7, clock)
        routes = list(routes_in(self.served.app.routes))
        self.routes = [route for route in routes for _ in range(OFTEN.get(route[0], 1))]
        self.who = [self.served.keys.create(key.address, 0) for key in KEYS]
        for key in KEYS:
            for kind in SignatureType:
                self.served.world.exchange.cash(Wallet(wallet_of(key, kind)), START_NS)
        self.wait(2.0)

    def wait(self, seconds: float) -> None:
        until_ns = self.clock_ns + round(seconds * NANOSECONDS_PER_SECOND)
        while self.clock_ns < until_ns:
            self.clock_ns = min(until_ns, self.clock_ns + NANOSECONDS_PER_SECOND // 20)
            self.served.time.now_ns()

    def calm(self) -> None:
        """Nothing that was armed is armed any more, and everybody may trade."""
        exchange, faults = self.served.world.exchange, self.served.faults
        for armed in faults.armed():
            assert faults.disarm(armed.name, self.clock_ns)
        if exchange.mode is not TradingMode.NORMAL:
            exchange.set_mode(TradingMode.DISABLED, self.clock_ns)
            exchange.set_mode(TradingMode.NORMAL, self.clock_ns)

    # what a request is made of

    def asked(self) -> Asked:
        chance = self.chance
        pattern, methods = chance.choice(self.routes)
        path = self.path(pattern)
        method = chance.choice(sorted(methods) if chance.randrange(4) else METHODS)
        body = b"" if method in ("GET", "HEAD") and chance.randrange(5) else self.body(method, pattern)
        headers = self.headers(method, path, body)
        query = [(chance.choice(NAMES), self.word()) for _ in range(chance.choice((0, 0, 1, 2, 3, 6)))]
        return Asked(method, path, query, headers, body)

    def path(self, pattern: str) -> str:
        parts = [self.word() if part.startswith("{") else part for part in pattern.split("/")]
        if self.chance.randrange(12) == 0:
            parts.insert(self.chance.randrange(len(parts) + 1), self.word())
        return "/".join(parts) or "/"

    def word(self) -> str:
        """Something that exists, or junk."""
        listing = self.listing()
        market = listing.market
        known = (market.market, market.yes_token, market.no_token, market.slug, market.event, str(listing.number))
        if self.chance.randrange(3) == 0:
            return self.chance.choice((*known, self.chance.choice(self.who).key, KEYS[0].address))
        if self.chance.randrange(3) == 0:
            orders = self.served.world.exchange.open_orders(market=market.market)
            return self.chance.choice(orders).order.order if orders else "0x"
        return self.chance.choice((*TEXTS, *(str(number) for number in NUMBERS)))

    def listing(self) -> Listing:
        return self.chance.choice(list(self.served.world.exchange.listings.values()))

    def headers(self, method: str, path: str, body: bytes) -> list[tuple[bytes, bytes]]:
        chance = self.chance
        self.who = [self.served.keys.create(key.address, 0) for key in KEYS]
        who = next((who for who in self.who if who.key.encode() in body), chance.choice(self.who))
        found = signed_headers(who, method, path, body, self.clock_ns) if chance.randrange(5) else {}
        if found and chance.randrange(6) == 0:
            found[chance.choice(sorted(found))] = self.word()
        if chance.randrange(6) == 0:
            found[chance.choice(("POLY_NONCE", "Content-Type", "POLY_BUILDER_API_KEY", "Accept"))] = self.word()
        return [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in found.items()]

    def body(self, method: str, pattern: str) -> bytes:
        chance = self.chance
        kind = chance.randrange(12)
        if kind == 0:
            return chance.randbytes(chance.randrange(40))
        if kind == 1:
            return chance.choice(
                (b"", b"[" * 50_000, b'{"a":' * 2_000, b"\xff\xfe{}", b"1" * 5_000, b"nul", b'"\\ud800"')
            )
        plain = self.junk(3) if kind == 2 else self.sensible(method, pattern)
        for _ in range(0 if kind > 7 else chance.choice((1, 1, 2, 4))):
            plain = self.spoiled(plain)
        text = json.dumps(plain)
        if kind == 3:
            cut = chance.randrange(len(text) + 1)
            text = text[:cut] + chance.choice(TEXTS) + text[cut + chance.randrange(3) :]
        return text.encode("utf-8", "surrogatepass")

    def sensible(self, method: str, pattern: str) -> object:
        """What that endpoint might want, as far as is known here."""
        chance = self.chance
        if pattern == "/order":
            return self.order() if method == "POST" else {"orderID": self.word()}
        if pattern == "/orders":
            return [self.order() if method == "POST" else self.word() for _ in range(chance.randrange(4))]
        if pattern == "/rpc":
            method = chance.choice(
                ("eth_call", "eth_getBalance", "eth_sendRawTransaction", "eth_getTransactionReceipt")
            )
            call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": [{"to": self.word(), "data": self.word()}]}
            return call if chance.randrange(3) else [call, call]
        if pattern == "/exchange/mode":
            return {"mode": chance.choice(("normal", "post_only", "disabled"))}
        if pattern == "/exchange/resolve":
            return {"market": self.word(), "ruling": chance.choice(("yes", "no", "half"))}
        if pattern == "/exchange/faults":
            table: dict[str, object] = {"kind": chance.choice(sorted(KINDS)), "name": self.word(), "for_s": 1}
            return table | {chance.choice(("one_in", "times", "path", "stream", "delay_ms")): self.junk(0)}
        if pattern == "/exchange/deposit":
            return {"wallet": KEYS[0].address, "cash": chance.choice(NUMBERS)}
        if pattern == "/relayer/submit":
            names = ("type", "from", "to", "data", "nonce", "signature", "signatureParams", "proxyWallet", "metadata")
            return {name: self.word() for name in names}
        token = {"token_id": self.word(), "side": chance.choice(("BUY", "SELL"))}
        return chance.choice(([token], [token, token], {"market": self.word(), "asset_id": self.word()}, [self.word()]))

    def order(self) -> object:
        """Well signed; what it says may still be nonsense."""
        chance = self.chance
        key, listing = chance.choice(KEYS), self.listing()
        kind, side = chance.choice(list(SignatureType)), chance.choice(list(Side))
        shares = chance.choice((5, 10, 100, 20_000)) * CASH_SCALE
        cash = shares * chance.choice((1, 30, 50, 51, 99)) // 100
        maker = wallet_of(key, kind)
        order = SignedOrder(
            salt=chance.getrandbits(50),
            maker=maker,
            signer=maker if kind is SignatureType.DEPOSIT_WALLET else key.address,
            token_id=listing.market.token(chance.choice(list(Outcome))),
            maker_amount=cash if side is Side.BUY else shares,
            taker_amount=shares if side is Side.BUY else cash,
            side=side,
            signature_type=kind,
            timestamp_ms=self.clock_ns // 1_000_000,
        )
        if chance.randrange(6) == 0:
            order = evolve(order, maker_amount=chance.choice((0, 1, 2**255, 10**30)))
        signed = sign_order(order, domain_of(listing, order), key)
        order_type = chance.choice(("GTC", "GTC", "GTD", "FOK", "FAK"))
        expiration_s = (
            self.clock_ns // NANOSECONDS_PER_SECOND + chance.choice((0, 61, 90)) if order_type == "GTD" else 0
        )
        who = self.who[KEYS.index(key)]
        body: dict[str, object] = {"order": wire_order(signed, expiration_s), "owner": who.key, "orderType": order_type}
        return body | ({"postOnly": True} if chance.randrange(5) == 0 else {})

    def junk(self, depth: int) -> object:
        chance = self.chance
        match chance.randrange(7 if depth else 5):
            case 0:
                return chance.choice(NUMBERS)
            case 1 | 2:
                return self.word()
            case 3:
                return chance.choice((None, True, False))
            case 4:
                return chance.choice(([], {}, [[]], [{}], ""))
            case 5:
                return [self.junk(depth - 1) for _ in range(chance.randrange(4))]
            case _:
                return {chance.choice(NAMES): self.junk(depth - 1) for _ in range(chance.randrange(4))}

    def spoiled(self, plain: object) -> object:
        """One thing somewhere in it is different, missing or too much."""
        chance = self.chance
        if isinstance(plain, dict) and plain and chance.randrange(6):
            name = chance.choice(sorted(plain))
            found = dict(plain)
            match chance.randrange(5):
                case 0:
                    del found[name]
                case 1:
                    found[self.word()] = self.junk(1)
                case _:
                    found[name] = self.spoiled(found[name])
            return found
        if isinstance(plain, list) and plain and chance.randrange(6):
            number = chance.randrange(len(plain))
            return [*plain[:number], self.spoiled(plain[number]), *plain[number + 1 :]]
        if isinstance(plain, str) and plain and chance.randrange(2):
            number = chance.randrange(len(plain))
            return plain[:number] + chance.choice("0a-. \x00é") + plain[number + 1 :]
        return self.junk(2)


def signed_headers(who: Credentials, method: str, path: str, body: bytes, now_ns: int) -> dict[str, str]:
    timestamp, path = str(now_ns // NANOSECONDS_PER_SECOND), path.encode("utf-8", "replace").decode()
    return {
        "POLY_ADDRESS": who.address,
        "POLY_API_KEY": who.key,
        "POLY_PASSPHRASE": who.passphrase,
        "POLY_TIMESTAMP": timestamp,
        "POLY_SIGNATURE": request_signature(who.secret, timestamp, method, path, body),
    }


def routes_in(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every HTTP route with its whole path."""
    for route in routes:
        if isinstance(route, Mount):
            yield from routes_in(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            yield prefix + route.path, route.methods or set()
