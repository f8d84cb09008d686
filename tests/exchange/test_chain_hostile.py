"""What strangers send to the chain's endpoints: it is answered with an error and changes nothing."""

import json

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from polyactors.exchange.chain.json_bodies import LARGEST_BODY, BadBody, read_json
from polyactors.exchange.words import Wallet
from polyactors.venues.polymarket.signing.addresses import (
    COLLATERAL,
    CONDITIONAL_TOKENS,
)
from polyactors.venues.polymarket.signing.keccak import selector
from tests.exchange.chain_world import (
    KEY,
    chain_world,
)
from tests.exchange.relay_bodies import MERGE, SPLIT, Signer, deposit_body, proxy_body, safe_body

ME = KEY.address

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
METHODS = st.sampled_from(
    ["eth_call", "eth_estimateGas", "eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getBlockByNumber",
     "eth_getTransactionCount", "eth_getBalance", "eth_chainId", "eth_unheardOf"]
)  # fmt: skip
ADDRESSES = st.sampled_from([COLLATERAL, CONDITIONAL_TOKENS, ME, "0x12", ""])
DATA = st.sampled_from(
    ["balanceOf(address)", "balanceOfBatch(address[],uint256[])", "payoutNumerators(bytes32,uint256)"]
)
PARAMETERS = st.lists(
    JSON
    | st.builds(
        lambda to, name, tail: {"to": to, "data": "0x" + (selector(name) + tail).hex()},
        ADDRESSES, DATA, st.binary(max_size=200),
    ),
    max_size=2,
)  # fmt: skip
REQUESTS = JSON | st.fixed_dictionaries({"id": JSON, "method": METHODS, "params": PARAMETERS})


@settings(deadline=None)
@given(
    st.binary(max_size=50) | (REQUESTS | st.lists(REQUESTS, max_size=3)).map(lambda plain: json.dumps(plain).encode())
)
def test_every_request_gets_an_answer_in_json(body: bytes) -> None:
    async def ask() -> None:
        async with chain_world() as world:
            answer = await world.client.post("/rpc", content=body)
            assert answer.status_code == 200
            plain = answer.json()
            for one in plain if isinstance(plain, list) else [plain]:
                assert one["jsonrpc"] == "2.0" and ("result" in one) != ("error" in one)
            assert world.exchange.holdings(Wallet(ME)) == ()

    trio.run(ask)


async def test_what_is_too_long_or_too_deep_is_refused() -> None:
    async with chain_world() as world:
        for body in (b"[" * 100_000, b'{"id":' + b"9" * 5000 + b"}", b"[]", b"[1]" * 2):
            answer = (await world.client.post("/rpc", content=body)).json()
            assert answer["error"]["code"] in (-32700, -32600)
        many = [{"id": place, "method": "eth_chainId"} for place in range(1001)]
        assert "error" in (await world.client.post("/rpc", json=many)).json()


async def test_an_endless_body_is_read_no_further_than_a_body_may_be_long() -> None:
    sent = 0

    async def receive() -> dict[str, object]:
        nonlocal sent
        sent += 65_536
        return {"type": "http.request", "body": bytes(65_536), "more_body": True}

    with pytest.raises(BadBody):
        await read_json(Request({"type": "http"}, receive))
    assert sent <= LARGEST_BODY + 65_536


FIELDS = st.none() | st.integers() | st.text(max_size=20) | st.binary(max_size=99).map(lambda data: "0x" + data.hex())


@settings(deadline=None)
@given(st.data(), st.sampled_from([deposit_body, safe_body, proxy_body]))
def test_a_submission_with_anything_changed_moves_nothing(data: st.DataObject, signed: Signer) -> None:
    body = signed(KEY, [SPLIT, MERGE], 0)
    name = data.draw(st.sampled_from([name for name in body if name != "metadata"]))
    value = body[name]
    if isinstance(value, dict):
        inner = data.draw(st.sampled_from(sorted(value)))
        changed = body | {name: value | {inner: data.draw(FIELDS.filter(lambda one: one != value[inner]))}}
    elif isinstance(value, str) and value.startswith("0x"):
        at = data.draw(st.integers(2, len(value) - 1))
        digit = data.draw(st.sampled_from("0123456789abcdef").filter(lambda one: one != value[at].lower()))
        changed = body | {name: value[:at] + digit + value[at + 1 :]}
    else:
        changed = body | {name: data.draw(FIELDS.filter(lambda one: one != value))}

    async def ask() -> None:
        async with chain_world() as world:
            answer = await world.submit(changed)
            assert answer.status_code == 400 and set(answer.json()) == {"error"}
            assert not world.exchange.vault.accounts

    trio.run(ask)


@settings(deadline=None)
@given(st.binary(max_size=50) | st.recursive(FIELDS, st.lists).map(lambda one: json.dumps(one).encode()))
def test_garbage_is_answered_with_an_error(body: bytes) -> None:
    async def ask() -> None:
        async with chain_world() as world:
            headers = {"RELAYER_API_KEY": "key", "RELAYER_API_KEY_ADDRESS": "0x12"}
            answer = await world.client.post("/relayer/submit", content=body, headers=headers)
            assert answer.status_code == 400 and set(answer.json()) == {"error"}

    trio.run(ask)
