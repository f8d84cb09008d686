"""Raw transactions and RLP: one way to write each, and the sender is who signed."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyactors.exchange.chain import rlp
from polyactors.exchange.chain.calls import Redeem, decode_call
from polyactors.exchange.chain.transactions import BadTransaction, decode_transaction, sign_transaction
from polyactors.venues.polymarket.signing.addresses import COLLATERAL_ADAPTER, from_bytes
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.wallet_calls import WalletCall
from tests.venues.polymarket.signed_orders import KEYS

ITEMS: st.SearchStrategy[rlp.Item] = st.recursive(
    st.binary(max_size=70), lambda items: st.lists(items, max_size=5), max_leaves=20
)
NUMBERS = st.integers(0, 2**64)
CALLS = st.builds(WalletCall, st.binary(min_size=20, max_size=20).map(from_bytes), st.binary(max_size=300), NUMBERS)
unhurried = settings(deadline=None)


def depth(item: rlp.Item) -> int:
    return 1 if isinstance(item, bytes) else 1 + max(map(depth, item), default=0)


@unhurried
@given(ITEMS)
def test_an_item_comes_back_unless_it_is_nested_too_deeply(item: rlp.Item) -> None:
    if depth(item) <= 8:
        assert rlp.decode(rlp.encode(item)) == item
    else:
        with pytest.raises(rlp.BadRlp):
            rlp.decode(rlp.encode(item))


@unhurried
@given(st.binary(max_size=100))
def test_bytes_are_refused_or_are_the_only_encoding_of_what_they_say(data: bytes) -> None:
    try:
        item = rlp.decode(data)
    except rlp.BadRlp:
        return
    assert rlp.encode(item) == data


@pytest.mark.parametrize("data", ["", "8100", "817f", "b800", "c180c0", "b90001ff", "83aabb", "c3aa", "bf" + "ff" * 8])
def test_longer_shorter_and_broken_forms_are_refused(data: str) -> None:
    with pytest.raises(rlp.BadRlp):
        rlp.decode(bytes.fromhex(data))


@pytest.mark.parametrize("nested", [b"\xc1" * 5000 + b"\xc0", bytes([0xC8]) * 9])
def test_deep_nesting_is_refused(nested: bytes) -> None:
    with pytest.raises(rlp.BadRlp):
        rlp.decode(nested)


@unhurried
@given(KEYS, CALLS, NUMBERS, NUMBERS, NUMBERS)
def test_a_transaction_says_who_sent_what(
    key: SigningKey, call: WalletCall, nonce: int, gas_price: int, gas: int
) -> None:
    decoded = decode_transaction(sign_transaction(key, call, nonce, gas_price, gas))
    assert (decoded.sender, decoded.call) == (key.address, call)
    assert (decoded.nonce, decoded.gas_price, decoded.gas) == (nonce, gas_price, gas)


@unhurried
@given(KEYS, CALLS, st.integers(0, 10_000))
def test_a_transaction_that_was_changed_is_not_its_senders(key: SigningKey, call: WalletCall, bit: int) -> None:
    raw = bytearray(sign_transaction(key, call, 1, 1, 1))
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    try:
        decoded = decode_transaction(bytes(raw))
    except BadTransaction:
        return
    assert decoded.sender != key.address


@unhurried
@given(st.binary(max_size=200))
def test_garbage_is_no_transaction(raw: bytes) -> None:
    with pytest.raises(BadTransaction):
        decode_transaction(raw)


def test_the_recorded_transactions_of_the_client_redeem_for_its_address(shared: Path) -> None:
    lines = (shared / "reference/wire_vectors/requests.jsonl").read_text().splitlines()
    bodies = [row["body"] for line in lines if (row := json.loads(line)).get("path") == "/rpc"]
    requests = [json.loads(body) for body in bodies]
    sent = [request["params"][0] for request in requests if request["method"] == "eth_sendRawTransaction"]
    counted = [request["params"][0] for request in requests if request["method"] == "eth_getTransactionCount"]
    assert len(sent) == len(counted) > 0
    for text, address in zip(sent, counted, strict=True):
        decoded = decode_transaction(bytes.fromhex(text[2:]))
        assert decoded.sender == address
        assert decode_call(decoded.call) == Redeem(COLLATERAL_ADAPTER, "0x" + "ab" * 32)
