"""The relayer: wallets that are contracts call others when, and only when, their owner signed that."""

import json
from pathlib import Path

import pytest
from attrs import evolve

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.chain.chain import ChainSettings
from polyactors.exchange.chain.relayed import RelayRequest, deposit_wallet_request, proxy_request, safe_request
from polyactors.exchange.words import Wallet
from polyactors.venues.polymarket.signing.addresses import (
    COLLATERAL,
    COLLATERAL_ADAPTER,
    DEPOSIT_WALLET_FACTORY,
    Address,
)
from polyactors.venues.polymarket.signing.keccak import selector
from polyactors.venues.polymarket.signing.typed_data import address_word, number_word
from polyactors.venues.polymarket.signing.wallet_calls import (
    WalletCall,
    batch_digest,
)
from polyactors.venues.polymarket.signing.wallets import WalletKind, beacon_deposit_wallet, proxy_wallet, safe_wallet
from tests.exchange.chain_world import (
    KEY,
    ORDINARY,
    OTHER_KEY,
    SETS,
    START_NS,
    ChainWorld,
    binary_call,
    chain_world,
    plain_call,
)
from tests.exchange.relay_bodies import MERGE, SPLIT, Body, Signer, deposit_body, proxy_body, safe_body

WALLETS = pytest.mark.parametrize(
    "kind, wallet, signed",
    [
        (WalletKind.DEPOSIT_WALLET, beacon_deposit_wallet(KEY.address), deposit_body),
        (WalletKind.SAFE, safe_wallet(KEY.address), safe_body),
        (WalletKind.PROXY, proxy_wallet(KEY.address), proxy_body),
    ],
)


async def state_of(world: ChainWorld, transaction: str) -> dict[str, str | None]:
    row: dict[str, str | None] = (await world.client.get(f"/relayer/v1/account/transactions/{transaction}")).json()
    return row


async def carried_out(world: ChainWorld, body: Body) -> dict[str, str | None]:
    """How the transaction ended that the relayer made of `body`."""
    answer = await world.submit(body)
    assert answer.status_code == 200, answer.text
    submitted = answer.json()
    assert submitted["state"] == "STATE_NEW"
    assert (await state_of(world, submitted["transactionID"]))["transaction_hash"] is None
    world.wait(4)
    return await state_of(world, submitted["transactionID"])


@WALLETS
async def test_a_wallets_calls_are_carried_out_in_their_order(kind: WalletKind, wallet: str, signed: Signer) -> None:
    async with chain_world() as world:
        path = "/relayer/relay-payload" if kind is WalletKind.PROXY else "/relayer/v1/account/transactions/params"
        nonces = []
        for calls in ([SPLIT], [SPLIT, MERGE]):
            parameters = await world.client.get(path, params={"address": KEY.address, "type": kind.value})
            nonces.append(int(parameters.json()["nonce"]))
            ended = await carried_out(world, signed(KEY, calls, nonces[-1]))
            assert ended["state"] == "STATE_CONFIRMED" and ended["transaction_hash"]
        assert nonces == [0, 1]
        assert world.shares(wallet, ORDINARY) == (2 * SETS - 1, 2 * SETS - 1)


@WALLETS
async def test_one_signature_is_good_for_one_nonce(kind: WalletKind, wallet: str, signed: Signer) -> None:
    async with chain_world() as world:
        body = signed(KEY, [SPLIT], 0)
        await carried_out(world, body)
        again = await world.submit(body)
        assert again.status_code == 400
        assert again.json() == {"error": "batch nonce 0 does not match on-chain nonce 1"}
        assert (await world.submit(signed(KEY, [SPLIT], 2))).status_code == 400
        assert (await world.submit(body | {"nonce": "1"})).json() == {"error": "invalid signature"}
        assert world.shares(wallet, ORDINARY) == (SETS, SETS)


@WALLETS
async def test_nobody_moves_the_wallet_of_another(kind: WalletKind, wallet: str, signed: Signer) -> None:
    async with chain_world() as world:
        theirs = signed(OTHER_KEY, [SPLIT], 0)
        assert (await world.submit(theirs | {"from": KEY.address})).json() == {"error": "invalid signature"}
        assert (await world.submit(theirs | {"signature": "0x" + "00" * 65})).status_code == 400
        parameters = theirs.get("depositWalletParams")
        if isinstance(parameters, dict):
            stolen = theirs | {"depositWalletParams": parameters | {"depositWallet": wallet}}
        else:
            stolen = theirs | {"proxyWallet": wallet}
        assert (await world.submit(stolen)).status_code == 400
        assert world.exchange.holdings(Wallet(wallet)) == ()


async def test_a_made_up_wallet_can_be_moved_only_where_wallets_are_not_strict() -> None:
    made_up = Address("0x" + "12" * 20)
    digest = batch_digest(made_up, 0, START_NS, [SPLIT])
    body = deposit_body(KEY, [SPLIT], 0)
    parameters = body["depositWalletParams"]
    assert isinstance(parameters, dict)
    body["depositWalletParams"] = parameters | {"depositWallet": made_up, "deadline": str(START_NS)}
    body["signature"] = "0x" + KEY.sign(digest).hex()
    async with chain_world() as world:
        assert (await world.submit(body)).json() == {"error": "the wallet is not the signer's"}
    async with chain_world(evolve(ChainSettings(), strict_wallets=False)) as world:
        assert (await carried_out(world, body))["state"] == "STATE_CONFIRMED"
        assert world.shares(made_up, ORDINARY) == (SETS, SETS)


async def test_a_batch_that_reverts_says_why() -> None:
    async with chain_world() as world:
        ended = await carried_out(
            world, deposit_body(KEY, [binary_call("redeemPositions", COLLATERAL_ADAPTER, ORDINARY)], 0)
        )
        assert ended["state"] == "STATE_FAILED"
        assert ended["error_msg"] == "execution reverted: result for condition not received yet"


async def test_no_call_is_carried_out_when_one_of_them_is_not_understood() -> None:
    async with chain_world() as world:
        unknown = WalletCall(COLLATERAL, selector("mint(uint256)") + number_word(1))
        assert (await carried_out(world, deposit_body(KEY, [SPLIT, unknown], 0)))["state"] == "STATE_FAILED"
        assert world.shares(beacon_deposit_wallet(KEY.address), ORDINARY) == (0, 0)


async def test_a_batch_is_not_carried_out_after_its_deadline() -> None:
    async with chain_world() as world:
        body = deposit_body(KEY, [SPLIT], 0)
        world.wait(601)
        assert (await world.submit(body)).json() == {"error": "the batch's deadline has passed"}


async def test_a_session_key_signs_batches_from_when_the_wallet_says_so_until_then() -> None:
    wallet = beacon_deposit_wallet(KEY.address)
    async with chain_world() as world:
        until_s = world.now_ns // NANOSECONDS_PER_SECOND + 100
        by_session = deposit_body(KEY, [SPLIT], 0, session=OTHER_KEY)
        assert (await world.submit(by_session)).status_code == 400
        words = [address_word(OTHER_KEY.address), number_word(until_s)]
        leave = plain_call(wallet, "authorizeSessionSigner(address,uint256)", words)
        assert (await carried_out(world, deposit_body(KEY, [leave], 0)))["state"] == "STATE_CONFIRMED"
        assert (await carried_out(world, by_session))["state"] == "STATE_CONFIRMED"
        assert world.shares(wallet, ORDINARY) == (SETS, SETS)
        world.wait(100)
        assert (await world.submit(deposit_body(KEY, [SPLIT], 1, session=OTHER_KEY))).status_code == 400


async def test_a_deposit_wallet_is_there_once_it_was_created() -> None:
    wallet = beacon_deposit_wallet(KEY.address)
    async with chain_world(evolve(ChainSettings(), deposit_wallets_exist=False)) as world:

        async def is_deployed(address: str, kind: WalletKind) -> bool:
            answer = await world.client.get("/relayer/deployed", params={"address": address, "type": kind.value})
            deployed = answer.json()["deployed"]
            assert isinstance(deployed, bool)
            return deployed

        assert not await is_deployed(wallet, WalletKind.DEPOSIT_WALLET)
        assert await is_deployed(safe_wallet(KEY.address), WalletKind.SAFE)
        assert (await world.submit(deposit_body(KEY, [SPLIT], 0))).json() == {"error": "the wallet is not deployed"}
        create: Body = {"type": "WALLET-CREATE", "from": KEY.address, "to": DEPOSIT_WALLET_FACTORY, "metadata": ""}
        assert (await carried_out(world, create))["state"] == "STATE_CONFIRMED"
        assert await is_deployed(wallet.lower(), WalletKind.DEPOSIT_WALLET)
        assert (await carried_out(world, deposit_body(KEY, [SPLIT], 0)))["state"] == "STATE_CONFIRMED"


async def test_who_has_no_key_of_the_relayer_submits_nothing() -> None:
    async with chain_world() as world:
        answer = await world.client.post("/relayer/submit", json=deposit_body(KEY, [SPLIT], 0))
        assert answer.status_code == 401
        builder = {"POLY_BUILDER_API_KEY": "key", "POLY_BUILDER_SIGNATURE": "signature"}
        answer = await world.client.post("/relayer/submit", json=deposit_body(KEY, [SPLIT], 0), headers=builder)
        assert answer.status_code == 200


async def test_questions_that_make_no_sense_are_answered_with_an_error() -> None:
    async with chain_world() as world:
        for path in ("deployed", "deployed?address=0x12", "relay-payload?type=PROXY", "v1/account/transactions/params"):
            answer = await world.client.get(f"/relayer/{path}")
            assert answer.status_code == 400 and "error" in answer.json()
        unknown = await world.client.get(f"/relayer/deployed?address={KEY.address}&type=CAR")
        assert unknown.status_code == 400
        assert (await world.client.get("/relayer/v1/account/transactions/0x12")).status_code == 404


def test_recorded_submissions_of_the_client_are_signed_by_their_owners(shared: Path) -> None:
    lines = (shared / "reference/wire_vectors/requests.jsonl").read_text().splitlines()
    rows = [row for line in lines if (row := json.loads(line)).get("path") == "/relayer/submit"]
    seen = set()
    for row in rows:
        body: Body = json.loads(row["body"])
        request = understood(body)
        if request is not None:
            assert request.signed_by == request.owner == body["from"]
            assert request.calls and not request.is_session
            seen.add(request.kind)
    assert seen == {WalletKind.DEPOSIT_WALLET, WalletKind.SAFE, WalletKind.PROXY}


def understood(body: Body) -> RelayRequest | None:
    match body["type"]:
        case "WALLET":
            return deposit_wallet_request(body)
        case "SAFE":
            return safe_request(body)
        case "PROXY":
            parameters = body["signatureParams"]
            assert isinstance(parameters, dict)
            return proxy_request(body, parameters["relay"])
    return None
