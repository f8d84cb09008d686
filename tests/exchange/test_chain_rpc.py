"""JSON-RPC as the venue's client uses it: an EOA's own transactions move its cash and shares."""

import pytest

from messages.identity import MarketId, OrderId, Outcome, Side
from messages.units import Price, Shares
from polyactors.exchange.chain.approvals import OPERATORS, SPENDERS, UNLIMITED, Approvals, approvals_document
from polyactors.exchange.chain.transactions import sign_transaction
from polyactors.exchange.words import ApiKey, NewOrder, OrderStatus, OrderType, Placed, Wallet
from polyactors.venues.polymarket.signing.addresses import (
    COLLATERAL,
    COLLATERAL_ADAPTER,
    CONDITIONAL_TOKENS,
    NEG_RISK_ADAPTER,
    NEG_RISK_COLLATERAL_ADAPTER,
    POSITION_MANAGER,
    PROTOCOL_TWO_ROUTER,
    Address,
)
from polyactors.venues.polymarket.signing.keccak import selector
from polyactors.venues.polymarket.signing.typed_data import address_word, number_word
from polyactors.venues.polymarket.signing.wallet_calls import WalletCall
from tests.exchange.chain_world import (
    KEY,
    NEG_RISK,
    NEG_RISK_ID,
    ORDINARY,
    OTHER_KEY,
    PROTOCOL_TWO,
    SETS,
    ChainWorld,
    binary_call,
    chain_world,
    plain_call,
    router_call,
)

ME, FRIEND = KEY.address, OTHER_KEY.address


def _transfer(recipient: str, amount: int, token: Address = COLLATERAL) -> WalletCall:
    return plain_call(token, "transfer(address,uint256)", [address_word(Address(recipient)), number_word(amount)])


async def send(world: ChainWorld, call: WalletCall) -> str:
    """Sends the call as `KEY`'s owner and returns the status of its receipt."""
    nonce = int(await world.rpc("eth_getTransactionCount", ME, "pending"), 16)
    price = int(await world.rpc("eth_gasPrice"), 16)
    raw = sign_transaction(KEY, call, nonce, price, 200_000)
    transaction = await world.rpc("eth_sendRawTransaction", "0x" + raw.hex())
    assert await world.rpc("eth_getTransactionReceipt", transaction) is None
    world.wait(2)
    receipt = await world.rpc("eth_getTransactionReceipt", transaction)
    assert receipt["transactionHash"] == transaction
    status: str = receipt["status"]
    return status


async def test_cash_becomes_sets_and_sets_become_cash() -> None:
    async with chain_world() as world:
        before = world.cash(ME)
        assert await send(world, binary_call("splitPosition", COLLATERAL_ADAPTER, ORDINARY, SETS)) == "0x1"
        assert world.shares(ME, ORDINARY) == (SETS, SETS)
        assert await send(world, binary_call("mergePositions", COLLATERAL_ADAPTER, ORDINARY, SETS - 1)) == "0x1"
        assert world.shares(ME, ORDINARY) == (1, 1)
        assert world.cash(ME) == before - 1
        assert await send(world, binary_call("redeemPositions", COLLATERAL_ADAPTER, ORDINARY)) == "0x0"
        world.resolve(ORDINARY)
        assert await send(world, binary_call("redeemPositions", COLLATERAL_ADAPTER, ORDINARY)) == "0x1"
        assert (world.cash(ME), world.shares(ME, ORDINARY)) == (before, (0, 0))


async def test_the_second_outcome_of_protocol_two_finds_nothing_left_to_redeem_and_that_is_no_failure() -> None:
    async with chain_world() as world:
        before = world.cash(ME)
        assert await send(world, router_call("split", PROTOCOL_TWO_ROUTER, PROTOCOL_TWO, SETS)) == "0x1"
        assert await send(world, router_call("merge", PROTOCOL_TWO_ROUTER, PROTOCOL_TWO, 1)) == "0x1"
        world.resolve(PROTOCOL_TWO)
        for outcome in (0, 1):
            call = router_call("redeem", PROTOCOL_TWO_ROUTER, PROTOCOL_TWO, outcome, SETS - 1)
            assert await send(world, call) == "0x1"
        assert (world.cash(ME), world.shares(ME, PROTOCOL_TWO)) == (before, (0, 0))


@pytest.mark.parametrize("given", [(0,), (1, 2), (0, 1, 2)])
async def test_no_shares_of_a_neg_risk_event_become_yes_shares_of_its_other_markets(given: tuple[int, ...]) -> None:
    async with chain_world() as world:
        for market in NEG_RISK:
            world.split(ME, market)
        before = world.cash(ME)
        index_set = sum(1 << place for place in given)
        words = [bytes.fromhex(NEG_RISK_ID[2:]), number_word(index_set), number_word(SETS)]
        call = plain_call(NEG_RISK_COLLATERAL_ADAPTER, "convertPositions(bytes32,uint256,uint256)", words)
        assert await send(world, call) == "0x1"
        for place, market in enumerate(NEG_RISK):
            assert world.shares(ME, market) == ((SETS, 0) if place in given else (2 * SETS, SETS))
        assert world.cash(ME) == before + (len(given) - 1) * SETS


@pytest.mark.parametrize(
    "call",
    [
        binary_call("splitPosition", NEG_RISK_COLLATERAL_ADAPTER, ORDINARY, SETS),
        binary_call("splitPosition", COLLATERAL_ADAPTER, NEG_RISK[0], SETS),
        binary_call("splitPosition", CONDITIONAL_TOKENS, ORDINARY, SETS),
        binary_call("splitPosition", COLLATERAL_ADAPTER, "0x" + "99" * 32, SETS),
        binary_call("splitPosition", COLLATERAL_ADAPTER, ORDINARY, 10**12),
        binary_call("splitPosition", COLLATERAL_ADAPTER, ORDINARY, 2**256 - 1),
        binary_call("splitPosition", COLLATERAL_ADAPTER, ORDINARY, 0),
        binary_call("mergePositions", COLLATERAL_ADAPTER, ORDINARY, SETS),
        router_call("split", COLLATERAL_ADAPTER, PROTOCOL_TWO, SETS),
        router_call("redeem", PROTOCOL_TWO_ROUTER, PROTOCOL_TWO, 2, SETS),
        WalletCall(COLLATERAL_ADAPTER, binary_call("splitPosition", COLLATERAL_ADAPTER, ORDINARY, SETS).data[:-1]),
        WalletCall(COLLATERAL_ADAPTER, binary_call("splitPosition", COLLATERAL_ADAPTER, ORDINARY, SETS).data, 1),
        WalletCall(COLLATERAL_ADAPTER, b""),
        plain_call(COLLATERAL_ADAPTER, "approve(address,uint256)", [address_word(ME), number_word(1)]),
    ],
)
async def test_what_a_contract_refuses_reverts_and_changes_nothing(call: WalletCall) -> None:
    async with chain_world() as world:
        before = world.cash(ME)
        assert await send(world, call) == "0x0"
        assert (world.cash(ME), world.exchange.holdings(Wallet(ME))) == (before, ())
        assert int(await world.rpc("eth_getTransactionCount", ME, "pending"), 16) == 1


async def test_collateral_is_sent_to_another_wallet_and_orders_that_it_backed_end() -> None:
    """`transfer_erc20` of the newest client reverted: there was no such function."""
    async with chain_world() as world:
        before, friends = world.cash(ME), world.cash(FRIEND)
        totals = world.exchange.totals()
        price, shares = Price(5_000), Shares(2 * before)
        order = NewOrder(
            OrderId("0x01"), Wallet(ME), ApiKey("me"), ORDINARY, Outcome.YES, Side.BUY, price, shares, OrderType.GTC
        )
        assert isinstance(world.exchange.submit(order, world.now_ns), Placed)
        assert await send(world, _transfer(FRIEND, 30_000_000)) == "0x1"
        assert (world.cash(ME), world.cash(FRIEND)) == (before - 30_000_000, friends + 30_000_000)
        assert world.exchange.totals() == totals
        view = world.exchange.order(order.order)
        assert view is not None and view.status is OrderStatus.CANCELED_NOT_ENOUGH_BALANCE
        for refused in (
            _transfer(FRIEND, before),
            _transfer(FRIEND, 2**256 - 1),
            _transfer("0x" + "00" * 20, 1),
            _transfer(FRIEND, 1, CONDITIONAL_TOKENS),
        ):
            assert await send(world, refused) == "0x0"
        assert (world.cash(ME), world.cash(FRIEND)) == (before - 30_000_000, friends + 30_000_000)


async def test_what_was_not_approved_cannot_be_moved() -> None:
    async with chain_world(starts_approved=False) as world:
        split = binary_call("splitPosition", COLLATERAL_ADAPTER, ORDINARY, SETS)
        approve = [address_word(COLLATERAL_ADAPTER), number_word(SETS)]
        assert await send(world, split) == "0x0"
        assert await send(world, plain_call(COLLATERAL, "approve(address,uint256)", approve)) == "0x1"
        assert await send(world, split) == "0x1"
        merge = binary_call("mergePositions", COLLATERAL_ADAPTER, ORDINARY, SETS)
        assert await send(world, merge) == "0x0"
        operator = [address_word(COLLATERAL_ADAPTER), number_word(1)]
        approval = plain_call(CONDITIONAL_TOKENS, "setApprovalForAll(address,bool)", operator)
        assert await send(world, approval) == "0x1"
        assert await send(world, merge) == "0x1"
        revoked = [address_word(COLLATERAL_ADAPTER), number_word(0)]
        assert await send(world, plain_call(COLLATERAL, "approve(address,uint256)", revoked)) == "0x1"
        assert await send(world, split) == "0x0"


@pytest.mark.parametrize("starts_approved", [False, True])
async def test_a_batch_of_calls_and_the_data_apis_document_say_the_same_of_approvals(starts_approved: bool) -> None:
    async with chain_world(starts_approved=starts_approved) as world:
        document = approvals_document(world.chain.approvals, Wallet(ME))
        rows = document["contracts"]
        assert isinstance(rows, list) and len(rows) == len(SPENDERS) + len(OPERATORS)
        calls = []
        for row in rows:
            name = "allowance" if row["standard"] == "ERC20" else "isApprovedForAll"
            call = plain_call(
                Address(row["token"]), f"{name}(address,address)", [address_word(ME), address_word(row["spender"])]
            )
            calls.append({"to": call.target, "data": "0x" + call.data.hex()})
        batch = [
            {"jsonrpc": "2.0", "id": place, "method": "eth_call", "params": [call, "latest"]}
            for place, call in enumerate(calls)
        ]
        answers = {
            answer["id"]: int(answer["result"], 16) for answer in (await world.client.post("/rpc", json=batch)).json()
        }
        for place, row in enumerate(rows):
            assert row["approved"] is starts_approved
            assert answers[place] == ((UNLIMITED if row["standard"] == "ERC20" else 1) if starts_approved else 0)
            assert row.get("amount", "") == ({"ERC20": "max" if starts_approved else "0"}.get(row["standard"], ""))


async def test_balances_can_be_read_where_the_client_asks_for_them() -> None:
    async with chain_world() as world:
        world.split(ME, ORDINARY)
        world.split(ME, NEG_RISK[0], 2 * SETS)
        world.split(ME, PROTOCOL_TWO, 3 * SETS)

        async def balances(target: Address, market: MarketId) -> list[int]:
            tokens = [int(world.exchange.listings[market].market.token(outcome)) for outcome in Outcome]
            words = [number_word(word) for word in (64, 160, 2, int(ME, 16), int(ME, 16), 2, *tokens)]
            call = plain_call(target, "balanceOfBatch(address[],uint256[])", words)
            answer = await world.view(call.target, call.data)
            values = [int.from_bytes(answer[at : at + 32], "big") for at in range(0, len(answer), 32)]
            assert values[:2] == [32, 2]
            single = plain_call(target, "balanceOf(address,uint256)", [address_word(ME), number_word(tokens[0])])
            assert int.from_bytes(await world.view(target, single.data), "big") == values[2]
            return values[2:]

        assert await balances(CONDITIONAL_TOKENS, ORDINARY) == [SETS, SETS]
        assert await balances(NEG_RISK_ADAPTER, NEG_RISK[0]) == [2 * SETS, 2 * SETS]
        assert await balances(POSITION_MANAGER, PROTOCOL_TWO) == [3 * SETS, 3 * SETS]
        assert await balances(POSITION_MANAGER, ORDINARY) == [0, 0]
        assert await balances(NEG_RISK_ADAPTER, ORDINARY) == [0, 0]
        cash = await world.view(COLLATERAL, selector("balanceOf(address)") + address_word(ME))
        assert int.from_bytes(cash, "big") == world.cash(ME)


async def test_how_a_market_was_resolved_can_be_read() -> None:
    async with chain_world() as world:
        condition = bytes.fromhex(ORDINARY[2:])
        denominator = selector("payoutDenominator(bytes32)") + condition

        async def read(data: bytes) -> int:
            return int.from_bytes(await world.view(CONDITIONAL_TOKENS, data), "big")

        assert await read(denominator) == 0
        world.resolve(ORDINARY)
        parts = [selector("payoutNumerators(bytes32,uint256)") + condition + number_word(index) for index in (0, 1)]
        assert [await read(part) for part in parts] == [await read(denominator), 0]


async def test_a_transaction_is_taken_once_and_in_its_turn() -> None:
    async with chain_world() as world:
        call = binary_call("splitPosition", COLLATERAL_ADAPTER, ORDINARY, SETS)

        async def attempt(nonce: int) -> str:
            raw = sign_transaction(KEY, call, nonce, 1, 1)
            body = {"id": 1, "method": "eth_sendRawTransaction", "params": ["0x" + raw.hex()]}
            answer = (await world.client.post("/rpc", json=body)).json()
            error: dict[str, str] = answer.get("error", {"message": "taken"})
            return error["message"]

        assert "nonce too high" in await attempt(1)
        assert await attempt(0) == "taken"
        assert await attempt(0) == "already known"
        assert world.shares(ME, ORDINARY) == (SETS, SETS)
        other = sign_transaction(KEY, call, 0, 2, 1)
        body = {"id": 1, "method": "eth_sendRawTransaction", "params": ["0x" + other.hex()]}
        assert "nonce too low" in (await world.client.post("/rpc", json=body)).json()["error"]["message"]
        assert int(await world.rpc("eth_getTransactionCount", OTHER_KEY.address, "pending"), 16) == 0


async def test_blocks_have_the_chains_time() -> None:
    async with chain_world() as world:
        newest = await world.rpc("eth_getBlockByNumber", "latest", False)
        assert int(newest["timestamp"], 16) == world.now_ns // 10**9
        assert newest["number"] == await world.rpc("eth_blockNumber")
        number = int(newest["number"], 16)
        earlier = await world.rpc("eth_getBlockByNumber", hex(number - 1), False)
        assert earlier["hash"] == newest["parentHash"]
        assert await world.rpc("eth_getBlockByNumber", hex(number + 1), False) is None
        assert await world.rpc("eth_chainId") == hex(137)


def test_approvals_of_one_wallet_are_nothing_to_another() -> None:
    approvals = Approvals(starts_approved=False)
    approvals.allow(Wallet(ME), COLLATERAL_ADAPTER, 5)
    approvals.set_operator(Wallet(ME), CONDITIONAL_TOKENS, COLLATERAL_ADAPTER, True)
    assert approvals.allowance(Wallet(ME), COLLATERAL_ADAPTER) == 5
    assert approvals.allowance(Wallet(OTHER_KEY.address), COLLATERAL_ADAPTER) == 0
    assert not approvals.is_operator(Wallet(OTHER_KEY.address), CONDITIONAL_TOKENS, COLLATERAL_ADAPTER)
    row = approvals_document(approvals, Wallet(ME))["contracts"]
    assert isinstance(row, list) and {one.get("amount") for one in row if one["approved"]} == {"5", None}
