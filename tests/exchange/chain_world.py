"""A chain over a small exchange, asked over HTTP without a network: an ordinary market, one of protocol two, and the
three of a negRisk event."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from attrs import define, field
from starlette.applications import Starlette

from messages.identity import EventId, MarketId, Outcome, TokenId
from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND, ONE, SHARE_SCALE, Price, Shares, TickSize
from polyactors.exchange.chain import relayer, rpc
from polyactors.exchange.chain.approvals import Approvals
from polyactors.exchange.chain.chain import Chain, ChainSettings
from polyactors.exchange.core import Exchange
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import EventListing, Kind, Listing, Wallet
from polyactors.venues.polymarket.signing.addresses import COLLATERAL, Address
from polyactors.venues.polymarket.signing.keccak import selector
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.typed_data import address_word, number_word
from polyactors.venues.polymarket.signing.wallet_calls import WalletCall

SETS = 5 * SHARE_SCALE
NEG_RISK_ID = "0x" + "a5" * 31 + "00"
ORDINARY = MarketId("0x" + "ab" * 32)
PROTOCOL_TWO = MarketId("0x01" + "cd" * 18 + "00" * 12)
NEG_RISK = tuple(MarketId("0x" + f"{number:02x}" * 32) for number in (0x31, 0x12, 0x23))
"""In the order of their questions, which is neither that of their ids nor that of their listing."""

START_NS = 1_795_000_000 * NANOSECONDS_PER_SECOND


def _listing(market: MarketId, number: int, question_id: str, kind: Kind, is_protocol_two: bool = False) -> Listing:
    first = int(market[2:] + "00", 16) if is_protocol_two else 2**250 + 2 * number
    neg_risk = kind is Kind.NEG_RISK
    return Listing(
        Market(
            market,
            EventId("race" if neg_risk else f"event-{number}"),
            f"market-{number}",
            "Will it?",
            TokenId(str(first)),
            TokenId(str(first + 1)),
            TickSize(100),
            neg_risk=neg_risk,
        ),
        number,
        kind,
        ("Yes", "No"),
        question_id,
        "",
        "",
        0,
        0,
        is_protocol_two=is_protocol_two,
    )


def _listings() -> tuple[Listing, ...]:
    third, first, second = (
        _listing(NEG_RISK[place], number, f"{NEG_RISK_ID[:-2]}{place:02x}", Kind.NEG_RISK)
        for number, place in ((3, 2), (4, 0), (5, 1))
    )
    ordinary = _listing(ORDINARY, 1, "0x" + "77" * 32, Kind.BINARY)
    return ordinary, _listing(PROTOCOL_TWO, 2, PROTOCOL_TWO + "00", Kind.BINARY, True), third, first, second


@define
class ChainWorld:
    """The exchange, its chain, and a client of both endpoints. Time goes on when it is told to."""

    settings: ChainSettings = field(factory=ChainSettings)
    starts_approved: bool = True
    now_ns: int = START_NS
    exchange: Exchange = field(init=False)
    chain: Chain = field(init=False)
    client: httpx.AsyncClient = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.exchange = Exchange(ExchangeSettings(), 1, self.now_ns)
        race = EventListing(EventId("race"), 1, "Race", "", "", 0, 0, neg_risk=True, neg_risk_id=NEG_RISK_ID)
        self.exchange.list_event(race, self.now_ns)
        for listing in _listings():
            self.exchange.list_market(listing, self.now_ns)
        self.chain = Chain(self.exchange, self.settings, Approvals(self.starts_approved))

    def wait(self, seconds: float) -> None:
        self.now_ns += int(seconds * NANOSECONDS_PER_SECOND)

    def shares(self, wallet: str, market: MarketId) -> tuple[int, int]:
        yes, no = (self.exchange.shares(Wallet(wallet), market, outcome) for outcome in Outcome)
        return yes, no

    def cash(self, wallet: str) -> int:
        return self.exchange.cash(Wallet(wallet), self.now_ns)

    def split(self, wallet: str, market: MarketId, shares: int = SETS) -> None:
        assert self.exchange.split(Wallet(wallet), market, Shares(shares), self.now_ns) is None

    def resolve(self, market: MarketId, yes_payout: Price = ONE) -> None:
        self.exchange.resolve(market, yes_payout, self.now_ns)

    async def rpc(self, method: str, *parameters: object) -> Any:
        """The result; raises `AssertionError` with the error for a call that failed."""
        body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(parameters)}
        answer = (await self.client.post("/rpc", json=body)).json()
        assert answer["id"] == 7
        assert "error" not in answer, answer["error"]
        return answer["result"]

    async def view(self, target: Address, data: bytes) -> bytes:
        return bytes.fromhex((await self.rpc("eth_call", {"to": target, "data": "0x" + data.hex()}, "latest"))[2:])

    async def submit(self, body: dict[str, object]) -> httpx.Response:
        headers = {"RELAYER_API_KEY": "key", "RELAYER_API_KEY_ADDRESS": "0x" + "12" * 20}
        return await self.client.post("/relayer/submit", content=json.dumps(body), headers=headers)


@asynccontextmanager
async def chain_world(
    settings: ChainSettings = ChainSettings(),  # noqa: B008 - a frozen value
    *,
    starts_approved: bool = True,
) -> AsyncIterator[ChainWorld]:
    world = ChainWorld(settings, starts_approved)
    routes = [*rpc.routes(world.chain, lambda: world.now_ns), *relayer.routes(world.chain, lambda: world.now_ns)]
    transport = httpx.ASGITransport(app=Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
        world.client = client
        yield world


KEY = SigningKey.from_secret(bytes(31) + b"\7")
OTHER_KEY = SigningKey.from_secret(bytes(31) + b"\x08")


def binary_call(name: str, target: Address, market: str, amount: int | None = None) -> WalletCall:
    """splitPosition, mergePositions or redeemPositions, as the venue's client writes them."""
    tail = [] if amount is None else [amount]
    types = "address,bytes32,bytes32,uint256[]" + ",uint256" * len(tail)
    head = [address_word(COLLATERAL), bytes(32), bytes.fromhex(market[2:]), number_word(32 * (4 + len(tail)))]
    head += [number_word(number) for number in (*tail, 2, 1, 2)]
    return WalletCall(target, selector(f"{name}({types})") + b"".join(head))


def router_call(name: str, target: Address, market: str, *numbers: int) -> WalletCall:
    """split, merge or redeem of protocol two."""
    signature = f"{name}(bytes31" + ",uint256" * len(numbers) + ")"
    words = b"".join(number_word(number) for number in numbers)
    return WalletCall(target, selector(signature) + bytes.fromhex(market[2:]).ljust(32, b"\0") + words)


def plain_call(target: Address, signature: str, words: Sequence[bytes]) -> WalletCall:
    return WalletCall(target, selector(signature) + b"".join(words))
