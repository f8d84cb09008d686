"""Signing and verifying belong together, and nothing that was changed on the way verifies."""

import base64

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.identity import Side, TokenId
from polyactors.exchange.signatures import BadSignature, SignatureFault, verify
from polyactors.venues.polymarket.signing.addresses import BadAddress, address_bytes, checksummed
from polyactors.venues.polymarket.signing.keys import BadKey, SigningKey, recover
from polyactors.venues.polymarket.signing.l1_auth import is_clob_auth_signed, sign_clob_auth
from polyactors.venues.polymarket.signing.l2_auth import BadSecret, is_request_signed, request_signature
from polyactors.venues.polymarket.signing.orders import OrderDomain, SignatureType, SignedOrder, order_domain
from polyactors.venues.polymarket.signing.sign_order import sign_order
from tests.venues.polymarket.signed_orders import KEYS, unsigned_orders

unhurried = settings(deadline=None)
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def domain_of(order: SignedOrder, neg_risk: bool, is_protocol_two: bool) -> OrderDomain:
    return order_domain(neg_risk=neg_risk, is_protocol_two=is_protocol_two, is_legacy=order.legacy is not None)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


@unhurried
@given(st.data(), KEYS, st.booleans(), st.booleans())
def test_what_was_signed_verifies_and_its_id_depends_on_every_field(
    data: st.DataObject, key: SigningKey, neg_risk: bool, is_protocol_two: bool
) -> None:
    order = data.draw(unsigned_orders(key))
    signed = sign_order(order, domain_of(order, neg_risk, is_protocol_two), key)
    outcome = verify(signed, key.address, neg_risk, is_protocol_two)
    assert isinstance(outcome, str)
    other = data.draw(unsigned_orders(key, legacy=order.legacy is not None))
    again = sign_order(other, domain_of(other, neg_risk, is_protocol_two), key)
    assert (verify(again, key.address, neg_risk, is_protocol_two) == outcome) == (order == other)


@unhurried
@given(st.data(), KEYS, st.integers(0, 8 * 600))
def test_no_bit_of_a_signature_can_be_flipped(data: st.DataObject, key: SigningKey, bit: int) -> None:
    order = data.draw(unsigned_orders(key))
    as_session = order.signature_type is SignatureType.DEPOSIT_WALLET and data.draw(st.booleans())
    signed = sign_order(order, domain_of(order, False, False), key, as_session=as_session)

    def outcome(signature: bytes) -> object:
        changed = evolve(signed, signature=signature)
        return verify(changed, key.address, False, False, has_session=lambda wallet, session_key: True)

    assert not isinstance(outcome(signed.signature), BadSignature)
    assert isinstance(outcome(flipped(signed.signature, bit)), BadSignature)
    assert isinstance(outcome(signed.signature[:-1]), BadSignature)
    assert isinstance(outcome(signed.signature + b"\0"), BadSignature)


@unhurried
@given(st.data(), KEYS, st.sampled_from(["salt", "token_id", "maker_amount", "taker_amount", "side", "timestamp_ms"]))
def test_no_field_of_an_order_can_be_changed(data: st.DataObject, key: SigningKey, name: str) -> None:
    order = data.draw(unsigned_orders(key, legacy=False))
    signed = sign_order(order, domain_of(order, False, False), key)
    match name:
        case "side":
            changed = evolve(signed, side=signed.side.opposite)
        case "token_id":
            changed = evolve(signed, token_id=TokenId(str(int(signed.token_id) ^ 1)))
        case _:
            changed = evolve(signed, **{name: getattr(signed, name) ^ 1})
    fault = SignatureFault.WRONG_SIGNER
    if signed.signature_type is SignatureType.DEPOSIT_WALLET:
        fault = SignatureFault.WRONG_WRAPPER
    assert verify(changed, key.address, False, False) == BadSignature(fault)


@unhurried
@given(st.data(), KEYS, st.booleans(), st.booleans())
def test_an_order_for_one_exchange_is_none_for_another(
    data: st.DataObject, key: SigningKey, neg_risk: bool, is_protocol_two: bool
) -> None:
    order = data.draw(unsigned_orders(key))
    domain = domain_of(order, neg_risk, is_protocol_two)
    signed = sign_order(order, domain, key)
    for other_neg_risk in (False, True):
        for other_two in (False, True):
            outcome = verify(signed, key.address, other_neg_risk, other_two)
            same = domain_of(order, other_neg_risk, other_two) == domain
            assert isinstance(outcome, BadSignature) != same


@unhurried
@given(st.data(), KEYS, KEYS)
def test_nobody_signs_for_another(data: st.DataObject, key: SigningKey, thief: SigningKey) -> None:
    order = data.draw(unsigned_orders(key))
    stolen = sign_order(order, domain_of(order, False, False), thief)
    if thief.address != key.address:
        assert isinstance(verify(stolen, key.address, False, False), BadSignature)
        assert isinstance(verify(stolen, thief.address, False, False), BadSignature)
        signed = sign_order(order, domain_of(order, False, False), key)
        assert isinstance(verify(signed, thief.address, False, False), BadSignature)


@unhurried
@given(st.data(), KEYS, KEYS)
def test_a_session_key_signs_for_the_wallets_that_know_it(
    data: st.DataObject, owner: SigningKey, session: SigningKey
) -> None:
    order = data.draw(unsigned_orders(owner, legacy=False))
    if order.signature_type is not SignatureType.DEPOSIT_WALLET:
        return
    signed = sign_order(order, domain_of(order, False, False), session, as_session=True)
    known = verify(
        signed, session.address, False, False, has_session=lambda *pair: pair == (order.maker, session.address)
    )
    assert not isinstance(known, BadSignature)
    assert verify(signed, session.address, False, False) == BadSignature(SignatureFault.NO_SESSION)
    assert verify(signed, session.address, False, False, strict_wallets=False) == known


@unhurried
@given(st.data(), KEYS)
def test_a_made_up_wallet_is_for_those_who_are_not_strict(data: st.DataObject, key: SigningKey) -> None:
    order = data.draw(unsigned_orders(key, legacy=False))
    made_up = checksummed("0x" + data.draw(st.binary(min_size=20, max_size=20)).hex())
    signer = made_up if order.signature_type is SignatureType.DEPOSIT_WALLET else key.address
    order = evolve(order, maker=made_up, signer=signer)
    signed = sign_order(order, domain_of(order, False, False), key)
    assert verify(signed, key.address, False, False) == BadSignature(SignatureFault.WRONG_MAKER)
    lenient = verify(signed, key.address, False, False, strict_wallets=False)
    assert isinstance(lenient, BadSignature) == (order.signature_type is SignatureType.EOA)


@unhurried
@given(st.integers(), st.text(max_size=90), st.text(max_size=50), st.binary(max_size=200))
def test_whatever_a_stranger_writes_is_judged_without_raising(
    number: int, token: str, address: str, signature: bytes
) -> None:
    for kind in SignatureType:
        order = SignedOrder(
            number, address, address, TokenId(token), number, number, Side.BUY, kind, number, signature, signature,
            signature,
        )  # fmt: skip
        assert isinstance(verify(order, address, False, False, strict_wallets=False), BadSignature)


@unhurried
@given(KEYS, st.binary(min_size=32, max_size=32))
def test_a_signature_has_one_form(key: SigningKey, digest: bytes) -> None:
    signature = key.sign(digest)
    assert recover(digest, signature) == key.address
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    mirrored = signature[:32] + s.to_bytes(32, "big") + bytes((55 - signature[-1],))
    assert recover(digest, mirrored) is None
    assert recover(digest, signature[:-1] + bytes((signature[-1] - 27,))) is None


@unhurried
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64), st.sampled_from([27, 28]))
def test_any_65_bytes_are_somebodys_signature_or_nobodys(digest: bytes, numbers: bytes, v: int) -> None:
    signer = recover(digest, numbers + bytes((v,)))
    assert signer is None or checksummed(signer) == signer


@unhurried
@given(KEYS, st.integers(0, 2**40), st.integers(0, 2**64), st.integers(0, 8 * 65 - 1))
def test_requests_for_api_keys(key: SigningKey, timestamp_s: int, nonce: int, bit: int) -> None:
    signature = sign_clob_auth(key, timestamp_s, nonce)
    assert is_clob_auth_signed(key.address, str(timestamp_s), nonce, signature)
    assert not is_clob_auth_signed(key.address, str(timestamp_s), nonce + 1, signature)
    assert not is_clob_auth_signed(key.address, str(timestamp_s), nonce, flipped(signature, bit))
    assert not is_clob_auth_signed("nobody", str(timestamp_s), -1, signature)


@unhurried
@given(st.binary(min_size=1, max_size=64), st.binary(max_size=100), st.integers(0, 799))
def test_the_body_of_a_request_cannot_be_changed(secret: bytes, body: bytes, bit: int) -> None:
    text = base64.urlsafe_b64encode(secret).decode()
    signature = request_signature(text, "1795132800", "POST", "/order", body)
    assert is_request_signed(signature, text, "1795132800", "POST", "/order", body)
    changed = flipped(body, bit) if body else b"{}"
    assert not is_request_signed(signature, text, "1795132800", "POST", "/order", changed)


@unhurried
@given(st.text(max_size=70))
def test_keys_and_addresses_of_strangers(text: str) -> None:
    for parse, refusal in ((SigningKey.from_hex, BadKey), (checksummed, BadAddress), (address_bytes, BadAddress)):
        with pytest.raises(refusal):
            parse("0x!" + text)
    with pytest.raises(BadSecret):
        request_signature("!" + text, "1", "GET", "/")


def test_a_key_outside_of_the_curves_order_is_refused_and_not_shown() -> None:
    for secret in (bytes(32), CURVE_ORDER.to_bytes(32, "big"), b"\1"):
        with pytest.raises(BadKey):
            SigningKey.from_secret(secret)
    key = SigningKey.from_secret((12345).to_bytes(32, "big"))
    assert key.address in repr(key)
    assert "12345" not in repr(key) and "3039" not in repr(key)
