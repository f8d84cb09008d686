"""What the venue's own clients signed: the golden vectors, and every request that was recorded from them."""

import json
from pathlib import Path
from typing import Any

import pytest

from polyactors.exchange.signatures import BadSignature, SignatureFault, verify
from polyactors.venues.polymarket.signing.addresses import checksummed
from polyactors.venues.polymarket.signing.deposit_wallet import unwrap_session
from polyactors.venues.polymarket.signing.keccak import keccak
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.l1_auth import clob_auth_digest, is_clob_auth_signed, l1_headers
from polyactors.venues.polymarket.signing.l2_auth import is_request_signed, request_signature
from polyactors.venues.polymarket.signing.orders import (
    ORDER_TYPE,
    OrderVersion,
    SignatureType,
    order_digest,
    order_domain,
)
from polyactors.venues.polymarket.signing.sign_order import sign_order
from tests.venues.polymarket.signed_orders import order_from_wire

GOLDEN = "reference/golden/signing_vectors.json"
RECORDED = "reference/wire_vectors/requests.jsonl"
RECORDED_SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

Plain = dict[str, Any]


@pytest.fixture(scope="module")
def golden(shared: Path) -> Plain:
    document: Plain = json.loads((shared / GOLDEN).read_text())
    return document


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[Plain]:
    return [row for line in (shared / RECORDED).read_text().splitlines() if (row := json.loads(line))["kind"] == "http"]


def test_every_golden_order_is_signed_byte_for_byte_as_the_client_did(golden: Plain) -> None:
    key = SigningKey.from_hex(golden["private_key"])
    assert key.address == golden["address"]
    assert "0x" + keccak(ORDER_TYPE.encode()).hex() == golden["order_typehash"]
    for vector in golden["orders"]:
        neg_risk, is_protocol_two = "neg_risk" in vector["exchange"], vector["domain_version"] == "3"
        domain = order_domain(neg_risk=neg_risk, is_protocol_two=is_protocol_two)
        assert domain.contract == vector["verifyingContract"]
        assert "0x" + domain.separator.hex() == vector["domain_separator"]
        signed = sign_order(order_from_wire(vector["order"]), domain, key)
        assert "0x" + order_digest(signed, domain).hex() == vector["order_hash"]
        assert "0x" + signed.signature.hex() == vector["signature"]
        assert verify(signed, key.address, neg_risk, is_protocol_two, strict_wallets=False) == vector["order_hash"]


def test_golden_orders_for_a_wallet_that_is_not_the_signers_are_refused_when_wallets_are_strict(golden: Plain) -> None:
    strangers = 0
    for vector in golden["orders"]:
        order = order_from_wire(vector["order"] | {"signature": vector["signature"]})
        outcome = verify(order, golden["address"], "neg_risk" in vector["exchange"], vector["domain_version"] == "3")
        if order.signature_type is SignatureType.EOA:
            assert outcome == vector["order_hash"]
        else:
            assert outcome == BadSignature(SignatureFault.WRONG_MAKER)
            strangers += 1
    assert strangers


def test_golden_requests_for_api_keys(golden: Plain) -> None:
    key = SigningKey.from_hex(golden["private_key"])
    for vector in golden["l1"]:
        timestamp_s, nonce, chain_id = vector["timestamp"], vector["nonce"], vector["chain_id"]
        digest = clob_auth_digest(key.address, str(timestamp_s), nonce, chain_id)
        assert "0x" + key.sign(digest).hex() == vector["signature"]
        assert l1_headers(key, timestamp_s, nonce, chain_id)["POLY_SIGNATURE"] == vector["signature"]


def test_golden_request_signatures(golden: Plain) -> None:
    for vector in golden["l2_hmac"]:
        body = (vector["body"] or "").encode()
        signature = request_signature(
            vector["secret"], str(vector["timestamp"]), vector["method"], vector["path"], body
        )
        assert signature == vector["signature"]


def test_every_recorded_order_of_the_three_clients_verifies(recorded: list[Plain]) -> None:
    seen = set()
    for row in recorded:
        checks = row["checks"].get("orders", [])
        posted = json.loads(row["body"]) if checks else []
        for check, envelope in zip(checks, posted if isinstance(posted, list) else [posted], strict=True):
            order = order_from_wire(envelope["order"])
            is_protocol_two = check["version"] == OrderVersion.V3.value
            session = unwrap_session(order.signature)
            owner = row["headers"]["poly_address"]
            outcome = verify(order, owner, False, is_protocol_two, has_session=lambda wallet, key: True)
            assert outcome == check["hash"]
            seen.add((check["version"], order.signature_type, session is not None))
    assert {version for version, _, _ in seen} == {"1", "2", "3"}
    assert {kind for _, kind, _ in seen} == set(SignatureType)
    assert any(by_session for _, _, by_session in seen)


def test_a_recorded_order_of_a_session_key_needs_the_wallets_leave(recorded: list[Plain]) -> None:
    rows = [row for row in recorded if row["path"] == "/order" and row["body"].count("64926492")]
    assert rows
    for row in rows:
        order, owner = order_from_wire(json.loads(row["body"])["order"]), row["headers"]["poly_address"]
        assert verify(order, owner, False, False) == BadSignature(SignatureFault.NO_SESSION)
        assert not isinstance(verify(order, owner, False, False, strict_wallets=False), BadSignature)


def test_every_recorded_request_for_an_api_key_is_signed_by_its_address(recorded: list[Plain]) -> None:
    rows = [row["headers"] for row in recorded if row["path"] == "/auth/api-key" and row["method"] == "POST"]
    assert rows
    for headers in rows:
        address, timestamp = headers["poly_address"], headers["poly_timestamp"]
        signature = bytes.fromhex(headers["poly_signature"][2:])
        assert is_clob_auth_signed(address.lower(), timestamp, int(headers["poly_nonce"]), signature)
        assert not is_clob_auth_signed(address, timestamp + "0", int(headers["poly_nonce"]), signature)
        assert not is_clob_auth_signed(checksummed("0x" + "12" * 20), timestamp, 0, signature)


def test_every_recorded_private_request_has_the_signature_of_its_path_and_body(recorded: list[Plain]) -> None:
    rows = [row for row in recorded if row["checks"].get("L2")]
    assert rows
    for row in rows:
        headers, body = row["headers"], row["body"].encode()
        signed = (RECORDED_SECRET, headers["poly_timestamp"], row["method"], row["path"])
        assert is_request_signed(headers["poly_signature"], *signed, body)
        assert not is_request_signed(headers["poly_signature"], *signed, body + b" ")
