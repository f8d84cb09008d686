"""Balances and payouts out of what contracts answer; whatever cannot be understood is no balance of nothing."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.identity import MarketId, TokenId
from messages.units import Price
from polyactors.venues.polymarket.claims.chain_reading import NotRead, read_balances, read_yes_payout
from polyactors.venues.polymarket.claims.json_rpc import JsonRpc
from polyactors.venues.polymarket.claims.known_market import KnownMarket
from polyactors.venues.polymarket.signing.addresses import (
    CONDITIONAL_TOKENS,
    NEG_RISK_ADAPTER,
    POSITION_MANAGER,
    Address,
    checksummed,
)
from polyactors.venues.polymarket.signing.typed_data import number_word

MARKET = MarketId("0x" + "ab" * 32)
WALLET = checksummed("0x" + "12" * 20)


def known(number: int, *, is_neg_risk: bool = False, is_protocol_two: bool = False) -> KnownMarket:
    yes, no = TokenId(str(number)), TokenId(str(number + 1))
    return KnownMarket(MarketId(f"0x{number:064x}"), "?", yes, no, is_neg_risk, is_protocol_two, None)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=5))
def test_each_token_is_asked_for_at_the_contract_that_keeps_it(kinds: list[tuple[bool, bool]]) -> None:
    markets = [known(10 * n + 2, is_neg_risk=a, is_protocol_two=b) for n, (a, b) in enumerate(kinds)]

    def call(contract: Address, data: bytes) -> bytes:
        words = [data[at : at + 32] for at in range(4, len(data), 32)]
        count = int.from_bytes(words[2], "big")
        ids = [int.from_bytes(word, "big") for word in words[4 + count :]]
        assert len(ids) == count and words[3] == bytes(12) + bytes.fromhex(WALLET[2:])
        # What each contract says of a token depends on the contract.
        offset = {CONDITIONAL_TOKENS: 1000, NEG_RISK_ADAPTER: 2000, POSITION_MANAGER: 3000}[contract]
        return b"".join(number_word(each) for each in (32, count, *(offset + each for each in ids)))

    found = read_balances(call, WALLET, markets)
    for market, (is_neg_risk, is_two) in zip(markets, kinds, strict=True):
        offset = 3000 if is_two else 2000 if is_neg_risk else 1000
        assert found[market.yes_token] == offset + int(market.yes_token)
        assert found[market.no_token] == offset + int(market.no_token)
    assert len(found) == 2 * len(markets)


@pytest.mark.parametrize(
    "answer", [b"", bytes(31), bytes(64), number_word(32) + number_word(1) + number_word(5), bytes(32 * 5)]
)
def test_an_answer_that_is_no_list_of_two_balances_is_no_answer(answer: bytes) -> None:
    with pytest.raises(NotRead):
        read_balances(lambda contract, data: answer, WALLET, [known(2)])


@pytest.mark.parametrize(
    ("numbers", "payout"),
    [((0, 0, 0), None), ((1, 1, 0), 10_000), ((1, 0, 1), 0), ((2, 1, 1), 5_000), ((10**6, 250_000, 750_000), 2_500)],
)
def test_payouts_are_read_exactly(numbers: tuple[int, int, int], payout: int | None) -> None:
    answers = iter(map(number_word, numbers))
    assert read_yes_payout(lambda contract, data: next(answers), MARKET) == (None if payout is None else Price(payout))


@pytest.mark.parametrize("numbers", [(3, 1, 2), (2, 1, 0), (2, 2, 2)])
def test_payouts_that_are_no_whole_price_are_not_guessed(numbers: tuple[int, int, int]) -> None:
    answers = iter(map(number_word, numbers))
    with pytest.raises(NotRead):
        read_yes_payout(lambda contract, data: next(answers), MARKET)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (200, b""),
        (200, b"[]"),
        (200, b'{"id":2,"result":"0x00"}'),
        (200, b'{"id":1,"result":null}'),
        (200, b'{"id":1,"result":"zz"}'),
        (200, b'{"id":1,"result":"0xzz"}'),
        (200, b'{"id":1,"error":{"code":3,"message":"execution reverted"}}'),
    ],
)
def test_a_node_that_answers_something_else_has_not_answered(status: int, body: bytes) -> None:
    rpc = JsonRpc("http://127.0.0.1:9", httpx.MockTransport(lambda request: httpx.Response(status, content=body)))
    with pytest.raises(NotRead):
        rpc.call(CONDITIONAL_TOKENS, b"")
    rpc.close()


def test_a_node_that_is_not_there_has_not_answered() -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(NotRead):
        JsonRpc("http://127.0.0.1:9", httpx.MockTransport(gone)).call(CONDITIONAL_TOKENS, b"")


def test_what_a_node_says_is_what_the_function_returned() -> None:
    answer = httpx.Response(200, content=b'{"jsonrpc":"2.0","id":1,"result":"0x0a0b"}')
    rpc = JsonRpc("http://127.0.0.1:9", httpx.MockTransport(lambda request: answer))
    assert rpc.call(CONDITIONAL_TOKENS, b"\1\2") == b"\x0a\x0b"
