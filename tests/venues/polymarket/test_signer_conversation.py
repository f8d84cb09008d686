"""What the signer answers to each request, in process; and that no line at all ends it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.identity import Side, TokenId
from polyactors.exchange.signatures import BadSignature, verify
from polyactors.venues.polymarket.signer.conversation import Conversation
from polyactors.venues.polymarket.signer.desk import SigningDesk
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import KeyFile
from polyactors.venues.polymarket.signer.wire import (
    Answer,
    Reason,
    Refused,
    SignAuth,
    Signed,
    SignOrder,
    Start,
    Started,
    decode_request,
    encode,
)
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.orders import LegacyTerms, SignatureType, SignedOrder
from tests.venues.polymarket.signed_orders import KEYS, unsigned_orders
from tests.venues.polymarket.signers import KEY, ORDER, SECRET, TOKEN, WIDE, key_file

ELSEWHERE = "0x" + "12" * 20


@pytest.fixture
def conversation(tmp_path: Path) -> Conversation:
    conversation = Conversation(lambda: 0)
    assert conversation.answer(encode(Start(1, key_file(tmp_path), WIDE))) == Started(1, KEY.address)
    return conversation


def reason(answer: Answer) -> Reason:
    assert isinstance(answer, Refused)
    assert SECRET not in repr(answer)
    return answer.reason


def kinds_of(order: SignedOrder) -> list[ExchangeKind]:
    return [kind for kind in ExchangeKind if kind.is_legacy is (order.legacy is not None)]


@settings(deadline=None)
@given(st.data(), KEYS)
def test_every_kind_of_order_is_signed_for_every_exchange_as_the_exchange_verifies_it(
    data: st.DataObject, key: SigningKey
) -> None:
    order = data.draw(unsigned_orders(key))
    small = evolve(order, maker_amount=order.maker_amount % 10**9 + 1, taker_amount=order.taker_amount + 1)
    if small.taker_amount >> 256:
        small = evolve(small, taker_amount=1)
    kind = data.draw(st.sampled_from(kinds_of(small)))
    as_session = small.signature_type is SignatureType.DEPOSIT_WALLET and data.draw(st.booleans())
    request = SignOrder(7, kind, small, as_session)
    assert decode_request(encode(request)) == request
    answer = SigningDesk(key, WIDE, lambda: 0).sign_order(request)
    assert isinstance(answer, Signed)
    neg_risk = kind in (ExchangeKind.V1_NEG_RISK, ExchangeKind.V2_NEG_RISK)
    signed = evolve(small, signature=answer.signature)
    outcome = verify(signed, key.address, neg_risk, kind is ExchangeKind.V3, has_session=lambda wallet, session: True)
    assert not isinstance(outcome, BadSignature)


@pytest.mark.parametrize(
    ("order", "exchange", "as_session", "why"),
    [
        (evolve(ORDER, maker_amount=0), ExchangeKind.V2, False, Reason.BAD_ORDER),
        (evolve(ORDER, taker_amount=0), ExchangeKind.V2, False, Reason.BAD_ORDER),
        (evolve(ORDER, maker_amount=-5), ExchangeKind.V2, False, Reason.BAD_ORDER),
        (evolve(ORDER, taker_amount=2**256), ExchangeKind.V2, False, Reason.BAD_ORDER),
        (evolve(ORDER, salt=-1), ExchangeKind.V2, False, Reason.BAD_ORDER),
        (evolve(ORDER, maker="nobody"), ExchangeKind.V2, False, Reason.BAD_ORDER),
        (evolve(ORDER, token_id=TokenId("1e5")), ExchangeKind.V2, False, Reason.BAD_ORDER),
        (evolve(ORDER, metadata=b"short"), ExchangeKind.V2, False, Reason.BAD_ORDER),
        (evolve(ORDER, legacy=LegacyTerms()), ExchangeKind.V2, False, Reason.BAD_ORDER),
        (ORDER, ExchangeKind.V1, False, Reason.BAD_ORDER),
        (ORDER, ExchangeKind.V2, True, Reason.BAD_ORDER),
        (evolve(ORDER, maker=ELSEWHERE), ExchangeKind.V2, False, Reason.NOT_OUR_KEY),
        (evolve(ORDER, signer=ELSEWHERE), ExchangeKind.V2, False, Reason.NOT_OUR_KEY),
        (
            evolve(ORDER, signer=ELSEWHERE, signature_type=SignatureType.PROXY),
            ExchangeKind.V2,
            False,
            Reason.NOT_OUR_KEY,
        ),
        (
            evolve(ORDER, maker=ELSEWHERE, signature_type=SignatureType.DEPOSIT_WALLET),
            ExchangeKind.V2,
            False,
            Reason.NOT_OUR_KEY,
        ),
        (
            evolve(ORDER, legacy=LegacyTerms(), signature_type=SignatureType.DEPOSIT_WALLET),
            ExchangeKind.V1,
            False,
            Reason.BAD_ORDER,
        ),
    ],
)
def test_orders_that_cannot_be_right_are_not_signed_and_do_not_count(
    conversation: Conversation, order: SignedOrder, exchange: ExchangeKind, as_session: bool, why: Reason
) -> None:
    answer = conversation.answer(encode(SignOrder(2, exchange, order, as_session)))
    assert reason(answer) is why
    assert answer.number == 2
    assert isinstance(conversation.answer(encode(SignOrder(3, ExchangeKind.V2, ORDER))), Signed)


def test_nothing_is_signed_before_the_start(tmp_path: Path) -> None:
    conversation = Conversation(lambda: 0)
    for request in (SignOrder(1, ExchangeKind.V2, ORDER), SignAuth(2, 1795132800)):
        assert reason(conversation.answer(encode(request))) is Reason.NOT_STARTED
    assert reason(conversation.answer(encode(Start(3, KeyFile(str(tmp_path / "none")), WIDE)))) is Reason.NO_KEY
    assert isinstance(conversation.answer(encode(Start(4, key_file(tmp_path), WIDE))), Started)


def test_caps_cannot_be_changed_later(conversation: Conversation, tmp_path: Path) -> None:
    again = conversation.answer(encode(Start(2, key_file(tmp_path), WIDE)))
    assert reason(again) is Reason.ALREADY_STARTED


def test_a_request_for_an_api_key_has_to_fit_its_types(conversation: Conversation) -> None:
    for request in (SignAuth(2, -1), SignAuth(3, 1795132800, -1), SignAuth(4, 1795132800, 0, 2**256)):
        assert reason(conversation.answer(encode(request))) is Reason.BAD_ORDER


def _mutations(line: bytes) -> Iterator[bytes]:
    """One field at a time is missing, one too many, or of another type."""
    plain = json.loads(line)
    for name in plain:
        yield json.dumps(plain | {name: [plain[name]]}).encode()
        if name != "as_session":
            yield json.dumps({other: value for other, value in plain.items() if other != name}).encode()
    yield json.dumps(plain | {"more": 1}).encode()
    for wrong in (0, -1, True, 1.5, "1", None):
        yield json.dumps(plain | {"number": wrong}).encode()
    for name, wrong in (("maker_amount", "5"), ("maker_amount", 5.0), ("side", "buy"), ("signature_type", 4)):
        yield json.dumps(plain | {"order": plain["order"] | {name: wrong}}).encode()


def test_a_request_with_a_field_wrong_is_refused_and_the_next_is_taken(conversation: Conversation) -> None:
    right = encode(SignOrder(2, ExchangeKind.V2, ORDER))
    for line in _mutations(right):
        answer = conversation.answer(line)
        assert reason(answer) is Reason.MALFORMED
        assert answer.number == 0
        assert isinstance(conversation.answer(right), Signed)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_line_ends_the_signer(line: bytes) -> None:
    assert reason(Conversation(lambda: 0).answer(line)) is Reason.MALFORMED


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"type":' * 50_000, b'{"type":"SignOrder","number":' + b"9" * 10_000]
)
def test_deep_and_absurd_json_is_refused(line: bytes) -> None:
    assert reason(Conversation(lambda: 0).answer(line)) is Reason.MALFORMED


def test_an_unforeseen_error_is_answered_by_its_kind_alone(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: SigningDesk, request: SignOrder) -> Signed:
        raise RuntimeError(f"in the text: {SECRET}")

    monkeypatch.setattr(SigningDesk, "sign_order", fail)
    answer = conversation.answer(encode(SignOrder(2, ExchangeKind.V2, ORDER)))
    assert answer == Refused(2, Reason.INTERNAL, "RuntimeError")


def test_the_desk_and_its_key_show_the_address_alone() -> None:
    shown = repr(SigningDesk(KEY, WIDE, lambda: 0)) + repr(KEY) + str(vars(SigningDesk(KEY, WIDE, lambda: 0)))
    assert KEY.address in shown
    assert SECRET not in shown.lower()


def test_sides_and_tokens_are_those_of_the_request() -> None:
    line = encode(SignOrder(2, ExchangeKind.V3, evolve(ORDER, side=Side.SELL)))
    request = decode_request(line)
    assert isinstance(request, SignOrder)
    assert (request.order.side, request.order.token_id, request.exchange) == (Side.SELL, TOKEN, ExchangeKind.V3)
