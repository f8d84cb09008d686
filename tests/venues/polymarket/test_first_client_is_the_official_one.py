"""What goes out is what py-clob-client sends when it has the key itself, byte for byte; and nothing else does, nor
anything too late."""

# The client ships no types.
# mypy: disable-error-code="import-untyped,no-untyped-call"

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from attrs import evolve, frozen

from messages.identity import OrderId, Side
from messages.intents import TimeInForce
from messages.units import Price, Shares
from polyactors.venues.polymarket.first_client.installed import INSTALL
from polyactors.venues.polymarket.first_client.official_client import (
    FirstClient,
    NotInstalled,
    SignerElsewhere,
    Unable,
)
from polyactors.venues.polymarket.first_client.recording_transport import (
    LARGEST_ANSWER,
    RecordingTransport,
    SentAlready,
)
from polyactors.venues.polymarket.first_client.wire import Answered, NotSent, Post, Unanswered
from polyactors.venues.polymarket.rest.posting import OrderToPost
from polyactors.venues.polymarket.signing.l2_auth import is_request_signed
from polyactors.venues.polymarket.signing.orders import SignatureType
from tests.venues.polymarket.first_client_orders import CREDENTIALS, FEE_RATE_BPS, HOST, first_order
from tests.venues.polymarket.signers import SECRET, TOKEN
from tests.venues.polymarket.test_live_account_making import ORDER

helpers = pytest.importorskip("py_clob_client.http_helpers.helpers")

MINUTE_NS = 60 * 10**9
KINDS = [kind for kind in SignatureType if kind is not SignatureType.DEPOSIT_WALLET]
EACH = evolve(ORDER, price=Price(5_600), size=Shares(21_040_000))


def accepted(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"success": True})


@frozen
class Network(httpx.BaseTransport):
    """Says as the real one does that a request is on its way, keeps it, and answers as it is told."""

    seen: list[httpx.Request]
    answer: Callable[[httpx.Request], httpx.Response] = accepted
    reaches: bool = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self.reaches:
            raise httpx.ConnectError("nobody is there")
        if "trace" in request.extensions:
            request.extensions["trace"]("http11.send_request_headers.started", {})
        request.read()
        self.seen.append(request)
        return self.answer(request)


@pytest.fixture(autouse=True)
def clients_own_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test puts below the client is gone after it."""
    with httpx.Client() as before:
        monkeypatch.setattr(helpers, "_http_client", before)
        yield


def ours(network: Network) -> FirstClient:
    return FirstClient(HOST, CREDENTIALS, over=network)


def soon(*orders: OrderToPost, is_batch: bool = False) -> Post:
    return Post(1, orders, is_batch, time.monotonic_ns() + MINUTE_NS)


def with_the_key(network: Network, kind: SignatureType = SignatureType.EOA, funder: str | None = None) -> Any:
    from py_clob_client.client import ClobClient
    from py_clob_client.clob_types import ApiCreds

    helpers._http_client = httpx.Client(transport=network)
    creds = ApiCreds(CREDENTIALS.key, CREDENTIALS.secret, CREDENTIALS.passphrase)
    return ClobClient(HOST, chain_id=137, key=SECRET, creds=creds, signature_type=int(kind), funder=funder)


def built_with_the_key(client: Any, order: OrderToPost, *, neg_risk: bool = False, price: float, size: float) -> Any:
    """A limit order with a salt of the client's own."""
    from py_clob_client.clob_types import CreateOrderOptions, OrderArgs

    args = OrderArgs(
        token_id=TOKEN,
        price=price,
        size=size,
        side=order.signed.side.value,
        fee_rate_bps=FEE_RATE_BPS,
        expiration=order.expiration_s,
    )
    return client.builder.create_order(args, CreateOrderOptions("0.01", neg_risk))


@pytest.mark.parametrize("neg_risk", [False, True])
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("time_in_force", [TimeInForce.GTC, TimeInForce.GTD])
def test_an_order_is_what_the_client_sends_that_has_the_key(
    time_in_force: TimeInForce, kind: SignatureType, side: Side, neg_risk: bool
) -> None:
    order = evolve(EACH, side=side, time_in_force=time_in_force, post_only=neg_risk)
    expected, found = Network([]), Network([])
    like_it = first_order(order, kind, neg_risk=neg_risk)
    client = with_the_key(expected, kind, like_it.signed.maker)
    built = built_with_the_key(client, like_it, neg_risk=neg_risk, price=0.56, size=21.04)
    client.post_order(built, order.time_in_force.value, order.post_only)
    ended = ours(found).post(soon(first_order(order, kind, neg_risk=neg_risk, salt=built.order["salt"])))
    assert isinstance(ended, Answered), ended
    assert (ended.status, ended.body) == (200, b'{"success":true}')
    (request,), (theirs,) = found.seen, expected.seen
    assert (request.method, request.url, request.content) == (theirs.method, theirs.url, theirs.content)
    assert request.headers.keys() == theirs.headers.keys()
    told = request.headers
    assert (told["poly_address"], told["poly_api_key"]) == (CREDENTIALS.address, CREDENTIALS.key)
    assert is_request_signed(
        told["poly_signature"], CREDENTIALS.secret, told["poly_timestamp"], "POST", "/order", request.content
    )


def test_an_order_that_takes_at_once_is_what_the_client_sends_that_has_the_key() -> None:
    from py_clob_client.clob_types import CreateOrderOptions, MarketOrderArgs

    order = evolve(EACH, price=Price(4_000), size=Shares(20_000_000), time_in_force=TimeInForce.FOK)
    expected, found = Network([]), Network([])
    client = with_the_key(expected)
    args = MarketOrderArgs(token_id=TOKEN, amount=8, side="BUY", price=0.4, fee_rate_bps=FEE_RATE_BPS)
    built = client.builder.create_market_order(args, CreateOrderOptions("0.01", False))
    client.post_order(built, "FOK")
    ours(found).post(soon(first_order(order, salt=built.order["salt"])))
    assert [each.content for each in found.seen] == [each.content for each in expected.seen] != []


def test_a_batch_is_what_the_client_sends_that_has_the_key() -> None:
    from py_clob_client.clob_types import PostOrdersArgs

    expected, found = Network([]), Network([])
    client = with_the_key(expected)
    orders = [evolve(EACH, side=side, post_only=side is Side.SELL) for side in Side]
    built = [built_with_the_key(client, first_order(each), price=0.56, size=21.04) for each in orders]
    client.post_orders(
        [PostOrdersArgs(each, "GTC", order.post_only) for each, order in zip(built, orders, strict=True)]
    )
    mine = [first_order(order, salt=each.order["salt"]) for each, order in zip(built, orders, strict=True)]
    ours(found).post(soon(*mine, is_batch=True))
    assert [each.content for each in found.seen] == [each.content for each in expected.seen] != []
    assert found.seen[0].url.path == "/orders"


@pytest.mark.parametrize(
    "changed",
    [
        lambda order: evolve(order, signed=evolve(order.signed, maker_amount=order.signed.maker_amount + 1)),
        lambda order: evolve(order, signed=evolve(order.signed, maker="0x" + "11" * 20)),
        lambda order: evolve(order, signed=evolve(order.signed, token_id="nonsense")),
        lambda order: evolve(order, signed=evolve(order.signed, legacy=None)),
        lambda order: evolve(order, signed=evolve(order.signed, legacy=evolve(order.signed.legacy, nonce=1))),
        lambda order: evolve(order, order=OrderId("0x" + "00" * 32)),
    ],
)
@pytest.mark.parametrize("is_batch", [False, True])
def test_an_order_that_is_not_what_was_signed_goes_nowhere(
    changed: Callable[[OrderToPost], OrderToPost], is_batch: bool
) -> None:
    network = Network([])
    ended = ours(network).post(soon(changed(first_order(EACH)), is_batch=is_batch))
    assert isinstance(ended, NotSent), ended
    assert network.seen == []


def test_the_first_client_can_sign_nothing() -> None:
    signer = SignerElsewhere(CREDENTIALS.address)
    assert (signer.address(), signer.get_chain_id()) == (CREDENTIALS.address, 137)
    with pytest.raises(Unable):
        signer.sign("0x" + "00" * 32)


def test_after_its_deadline_nothing_is_sent() -> None:
    network = Network([])
    ended = ours(network).post(Post(1, (first_order(EACH),), False, time.monotonic_ns() - 1))
    assert isinstance(ended, NotSent), ended
    assert "over" in ended.reason
    assert network.seen == []


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("cut")


def strange(request: httpx.Request) -> httpx.Response:
    raise ZeroDivisionError(SECRET)


def packed_wrongly(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))


@pytest.mark.parametrize("answer", [broken, strange, packed_wrongly])
def test_what_was_sent_and_not_answered_is_in_doubt(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    ended = ours(Network([], answer)).post(soon(first_order(EACH)))
    assert isinstance(ended, Unanswered), ended
    assert SECRET not in repr(ended)


def test_what_reached_nobody_was_not_sent() -> None:
    ended = ours(Network([], reaches=False)).post(soon(first_order(EACH)))
    assert ended == NotSent(1, "ConnectError: nobody is there")


@pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 403, 425, 429, 500, 503])
@pytest.mark.parametrize("body", [b"", b"no document", b'{"error":"no"}', b"[1"])
def test_an_answer_is_told_as_it_came_whatever_it_is(status: int, body: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"Retry-After": "7"}, content=body)

    ended = ours(Network([], answer)).post(soon(first_order(EACH)))
    assert isinstance(ended, Answered), ended
    assert (ended.status, ended.body, ended.is_cut) == (status, body, False)
    assert ("retry-after", "7") in ended.headers


def test_an_answer_without_end_is_cut() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"x" * (LARGEST_ANSWER + 1))

    ended = ours(Network([], answer)).post(soon(first_order(EACH)))
    assert isinstance(ended, Answered), ended
    assert ended.is_cut


def test_one_call_sends_one_request() -> None:
    transport = RecordingTransport(Network([]))
    with transport.recording(time.monotonic_ns() + MINUTE_NS), httpx.Client(transport=transport) as client:
        assert client.post(HOST).status_code == 200
        with pytest.raises(SentAlready):
            client.post(HOST)


@pytest.mark.parametrize("package", ["py_clob_client", "py_order_utils"])
def test_without_the_extra_it_is_said_what_to_install(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotInstalled, match=r"polyactors\[v1\]"):
        FirstClient(HOST, CREDENTIALS)
    assert "py-clob-client" in INSTALL
