"""Who asks too often waits, is warned or is refused, with the venue's headers (polymarket.md 9)."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.api_keys import ApiKeys
from polyactors.exchange.clob.rate_limits import AddressLimits, RateSettings, SignerMeters, TooMany, Wait
from polyactors.exchange.clob.rate_meter import Meter, Rate
from polyactors.exchange.clob.rate_middleware import RateLimited
from polyactors.exchange.clob.rate_rules import CLOB_RULES, DATA_RULES, GAMMA_RULES, TIERS, SignerLimits, rules_of
from tests.exchange.clob_world import KEY

SECOND_NS = NANOSECONDS_PER_SECOND
START_NS = 1_800_000_000 * SECOND_NS
OPEN = RateSettings(limits_addresses=False, signers=SignerLimits.OFF)
WARNING = evolve(OPEN, signers=SignerLimits.WARN)
STRICT = evolve(OPEN, signers=SignerLimits.ENFORCE)
WINDOWS = evolve(OPEN, limits_addresses=True)


class Venue:
    """Something to ask, behind the limits. `waited` are the seconds that requests were held back."""

    def __init__(self, settings: RateSettings) -> None:
        self.now_ns = START_NS
        self.waited: list[float] = []
        self.bodies: list[bytes] = []
        self.credentials = (keys := ApiKeys(1)).create(KEY.address, 0)
        inner = Starlette(
            routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "DELETE"])],
        )
        self.app = RateLimited(inner, settings, keys, lambda: self.now_ns, self._pause)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://exchange")

    async def _pause(self, seconds: float) -> None:
        self.waited.append(seconds)

    async def _answer(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        if request.url.path == "/cancel-all":
            return JSONResponse({"canceled": ["0x1"] * 100, "not_canceled": {}})
        return JSONResponse("OK")

    async def ask(self, method: str, path: str, body: object = None, *, key: str | None = None) -> httpx.Response:
        headers = {"POLY_API_KEY": self.credentials.key if key is None else key}
        content = None if body is None else json.dumps(body).encode()
        return await self.client.request(method, path, headers=headers, content=content)


@asynccontextmanager
async def venue(settings: RateSettings) -> AsyncIterator[Venue]:
    asked = Venue(settings)
    async with asked.client:
        yield asked


RATES = st.builds(Rate, st.integers(1, 100), st.just(SECOND_NS), st.integers(1, 50))
STEPS = st.lists(st.tuples(st.integers(0, SECOND_NS // 5), st.integers(1, 10)), max_size=60)


@given(RATES, STEPS)
def test_nobody_gets_more_than_a_burst_and_the_rate(rate: Rate, steps: list[tuple[int, int]]) -> None:
    meter, now_ns, taken = Meter(rate), START_NS, 0
    for pause_ns, cost in steps:
        now_ns += pause_ns
        if cost <= rate.burst and meter.wait_ns("a", cost, now_ns) == 0:
            meter.take("a", cost, now_ns)
            taken += cost
    # The refilling of each taking is rounded down to a nanosecond.
    assert taken <= rate.burst + (now_ns - START_NS + len(steps)) * rate.number / SECOND_NS + 1e-6


@given(RATES, st.integers(1, 10), st.integers(0, 10**9))
def test_whoever_waits_as_told_is_let_in(rate: Rate, cost: int, pause_ns: int) -> None:
    meter = Meter(rate)
    for _ in range(20):
        meter.take("a", cost, START_NS)
    wait_ns = meter.wait_ns("a", cost, START_NS + pause_ns)
    assert meter.wait_ns("a", cost, START_NS + pause_ns + wait_ns) == 0
    assert wait_ns == 0 or meter.wait_ns("a", cost, START_NS + pause_ns + wait_ns - 1) > 0


def test_idleness_earns_no_more_than_a_burst() -> None:
    meter = Meter(Rate(10, SECOND_NS, 5))
    meter.take("a", 1, START_NS)
    later_ns = START_NS + 3600 * SECOND_NS
    for _ in range(5):
        assert meter.wait_ns("a", 1, later_ns) == 0
        meter.take("a", 1, later_ns)
    assert meter.wait_ns("a", 1, later_ns) == SECOND_NS // 10


def test_an_idle_bucket_is_full_and_forgotten_when_there_are_many() -> None:
    meter = Meter(Rate(1, SECOND_NS, 5))
    for number in range(25_000):
        meter.take(str(number), 1, START_NS + number * SECOND_NS)
    assert len(meter._full_ns) < 10_001
    assert meter.remaining("0", START_NS + 10**15) == 5


@pytest.mark.parametrize(
    "method, path, names",
    [
        ("GET", "/book", {"general", "CLOB", "book"}),
        ("POST", "/order", {"general", "CLOB", "POST order"}),
        ("DELETE", "/orders", {"general", "CLOB", "DELETE orders"}),
        ("GET", "/data/orders", {"general", "CLOB", "ledger", "data orders"}),
        ("GET", "/data/order/0x12", {"general", "CLOB", "ledger"}),
        ("GET", "/data/v2/trades", {"general", "Data", "Data trades"}),
        ("GET", "/data/positions", {"general", "Data"}),
        ("GET", "/gamma/events/keyset", {"general", "Gamma", "Gamma events"}),
        ("POST", "/relayer/submit", {"general", "relayer submit"}),
        ("GET", "/auth/api-keys", {"general", "CLOB", "keys"}),
        ("GET", "/balance-allowance/update", {"general", "CLOB", "balance update"}),
        ("GET", "/exchange/status", set()),
        ("GET", "/ws/market", set()),
    ],
)
def test_a_request_counts_for_its_groups(method: str, path: str, names: set[str]) -> None:
    assert {rule.name for rule in rules_of(method, path)} == names


def test_the_groups_have_the_venues_numbers() -> None:
    numbers = {rule.name: [rate.number for rate in rule.rates] for rule in (*CLOB_RULES, *GAMMA_RULES, *DATA_RULES)}
    assert numbers["POST order"] == [5_000, 120_000] and numbers["cancel-all"] == [250, 6_000]
    assert numbers["CLOB"] == [9_000] and numbers["books"] == [500] and numbers["balance update"] == [50]
    assert numbers["Gamma"] == [4_000] and numbers["Data"] == [800]
    assert [(tier.orders.number, tier.cancels.burst, tier.may_owe) for tier in (TIERS[0], TIERS[-1])] == [
        (40, 120, True),
        (600, 1800, False),
    ]


def test_a_busy_address_is_held_back_and_then_refused_and_others_are_not() -> None:
    limits = AddressLimits(WINDOWS)
    for _ in range(50):
        assert limits.admit("a", "GET", "/balance-allowance/update", START_NS) == Wait(0)
    waits = [limits.admit("a", "GET", "/balance-allowance/update", START_NS) for _ in range(6)]
    # Fifty in ten seconds: one every fifth of a second.
    assert waits[:5] == [Wait(each * SECOND_NS // 5) for each in range(1, 6)]
    assert waits[5] == TooMany(2)
    assert limits.admit("b", "GET", "/balance-allowance/update", START_NS) == Wait(0)
    assert limits.admit("a", "GET", "/book", START_NS) == Wait(0)
    assert limits.admit("a", "GET", "/balance-allowance/update", START_NS + 11 * SECOND_NS) == Wait(0)


async def test_an_address_that_asks_too_often_gets_429_and_when_to_come_back() -> None:
    async with venue(evolve(WINDOWS, longest_wait_ns=0)) as asked:
        for _ in range(100):
            assert (await asked.ask("GET", "/ok")).status_code == 200
        answer = await asked.ask("GET", "/ok")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        assert answer.json() == {"error": "Too Many Requests", "retry_after_seconds": 1}
        assert len(asked.bodies) == 100
        asked.now_ns += SECOND_NS // 10
        assert (await asked.ask("GET", "/ok")).status_code == 200


async def test_requests_are_held_back_for_as_long_as_it_takes() -> None:
    async with venue(WINDOWS) as asked:
        for _ in range(102):
            assert (await asked.ask("GET", "/ok")).status_code == 200
        assert asked.waited == [0.1, 0.2]


async def test_orders_of_a_signer_are_told_how_many_more_there_may_be() -> None:
    async with venue(WARNING) as asked:
        answer = await asked.ask("POST", "/order", {})
        assert answer.headers["poly-ratelimit-remaining"] == "59.00"
        assert answer.headers["poly-ratelimit-reset"] == "1800000001"
        assert answer.headers["poly-ratelimit-tier"] == "Standard"
        assert "poly-ratelimit-warning" not in answer.headers
        assert "poly-ratelimit-tier" not in (await asked.ask("GET", "/book")).headers
        assert "poly-ratelimit-tier" not in (await asked.ask("POST", "/order", {}, key="somebody")).headers


async def test_a_batch_costs_its_orders_and_arrives_whole() -> None:
    async with venue(STRICT) as asked:
        answer = await asked.ask("POST", "/orders", [{"order": number} for number in range(15)])
        assert answer.headers["poly-ratelimit-remaining"] == "45.00"
        assert json.loads(asked.bodies[0])[14] == {"order": 14}
        assert (await asked.ask("DELETE", "/orders", ["0x1"] * 20)).headers["poly-ratelimit-remaining"] == "100.00"
        assert (await asked.ask("POST", "/orders", "no list")).headers["poly-ratelimit-remaining"] == "44.00"


async def test_a_signer_over_its_rate_is_only_warned_until_the_venue_enforces_it() -> None:
    for settings, status in ((WARNING, 200), (STRICT, 429)):
        async with venue(settings) as asked:
            for _ in range(4):
                assert (await asked.ask("POST", "/orders", [1] * 15)).status_code == 200
            answer = await asked.ask("POST", "/orders", [1] * 15)
            assert answer.status_code == status
            if status == 200:
                assert answer.headers["poly-ratelimit-warning"] == "true"
                assert answer.headers["poly-ratelimit-remaining"] == "-15.00"
            else:
                assert (answer.headers["retry-after"], answer.headers["poly-ratelimit-remaining"]) == ("1", "0.00")
                assert len(asked.bodies) == 4
                asked.now_ns += SECOND_NS
                assert (await asked.ask("POST", "/orders", [1] * 15)).status_code == 200


async def test_cancels_have_a_budget_of_their_own_and_may_owe() -> None:
    async with venue(STRICT) as asked:
        for _ in range(60):
            await asked.ask("POST", "/order", {})
        assert (await asked.ask("POST", "/order", {})).status_code == 429
        assert (await asked.ask("DELETE", "/orders", ["0x1"] * 20)).headers["poly-ratelimit-remaining"] == "100.00"
        assert (await asked.ask("DELETE", "/orders", ["0x1"] * 480)).headers["poly-ratelimit-remaining"] == "-380.00"
        refused = await asked.ask("DELETE", "/order", {})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")


async def test_the_highest_tiers_owe_nothing() -> None:
    async with venue(evolve(STRICT, tier=TIERS[-1])) as asked:
        assert (await asked.ask("DELETE", "/orders", ["0x1"] * 1000)).status_code == 200
        assert (await asked.ask("DELETE", "/orders", ["0x1"] * 1000)).status_code == 429


async def test_cancelling_everything_costs_what_it_cancelled() -> None:
    async with venue(STRICT) as asked:
        answer = await asked.ask("DELETE", "/cancel-all")
        assert answer.headers["poly-ratelimit-remaining"] == "19.00"
        assert len(answer.json()["canceled"]) == 100
        assert (await asked.ask("DELETE", "/cancel-market-orders")).headers["poly-ratelimit-remaining"] == "18.00"


async def test_limits_that_are_off_leave_everything_as_it_is() -> None:
    async with venue(OPEN) as asked:
        answers = [await asked.ask("POST", "/order", {}) for _ in range(200)]
        assert {answer.status_code for answer in answers} == {200}
        assert not any(re.match("poly-", name) for name in answers[-1].headers)


async def test_a_batch_in_pieces_is_put_together_again() -> None:
    asked = Venue(STRICT)
    pieces = [b"[1,", b"2,3", b"]"]
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": place < 2} for place, piece in enumerate(pieces)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"poly_api_key", asked.credentials.key.encode())]
    scope = {"type": "http", "method": "POST", "path": "/orders", "headers": headers, "query_string": b""}
    await asked.app(scope, receive, send)
    assert asked.bodies == [b"[1,2,3]"]
    assert (b"poly-ratelimit-remaining", b"57.00") in sent[0]["headers"]


@pytest.mark.parametrize("body", [b"", b"[", b"\xff", b"[" * 100_000, b"1" * 5000, b"null"])
async def test_a_batch_that_is_no_list_goes_on_as_it_is(body: bytes) -> None:
    async with venue(STRICT) as asked:
        headers = {"POLY_API_KEY": asked.credentials.key}
        answer = await asked.client.post("/orders", content=body, headers=headers)
        assert answer.headers["poly-ratelimit-remaining"] == "59.00"
        assert asked.bodies == [body]


def test_a_stranger_cannot_use_up_the_bucket_of_another() -> None:
    meters = SignerMeters(STRICT)
    spend: Callable[[str], bool] = lambda name: meters.order(name, 15, START_NS).too_many is None  # noqa: E731
    assert [spend("a") for _ in range(5)] == [True] * 4 + [False]
    assert spend("b")
