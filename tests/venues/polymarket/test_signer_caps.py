"""The signer's caps: nothing beyond any of them is signed, whatever is asked for in whatever order."""

from collections.abc import Sequence

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.identity import Side, TokenId
from messages.units import Cash
from polyactors.venues.polymarket.signer.caps import MINUTE_NS, Allowance, AnyAsset, BadCaps, Cap, Caps
from polyactors.venues.polymarket.signer.conversation import Conversation
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey
from polyactors.venues.polymarket.signer.wire import Reason, Refused, Signed, SignOrder, Start, encode
from polyactors.venues.polymarket.signing.addresses import EXCHANGE_V2, EXCHANGE_V3, Address
from polyactors.venues.polymarket.signing.keys import recover
from polyactors.venues.polymarket.signing.orders import LegacyTerms, SignedOrder, order_digest
from tests.venues.polymarket.signers import EVERY_CONTRACT, KEY, SECRET, TOKEN, WIDE, order_giving

OTHER = TokenId("123")
CAPS = Caps(Cash(100), Cash(250), frozenset({EXCHANGE_V2, EXCHANGE_V3}), frozenset({TOKEN}))

Asked = tuple[int, SignedOrder, ExchangeKind]

ASKED = st.tuples(
    st.sampled_from([0, 0, 0, 1, MINUTE_NS // 3, MINUTE_NS - 1, MINUTE_NS]),
    st.builds(
        order_giving,
        st.sampled_from([1, 49, 50, 51, 51, 99, 100, 100, 100, 101, 2**256 - 1]),
        st.sampled_from(Side),
        st.sampled_from([*[TOKEN] * 9, OTHER]),
    ),
    st.sampled_from([*[ExchangeKind.V2] * 9, ExchangeKind.V3, ExchangeKind.V2_NEG_RISK, ExchangeKind.V1]),
)


def expected(order: SignedOrder, exchange: ExchangeKind, signed: Sequence[tuple[int, int]], now_ns: int) -> set[Cap]:
    """The rules once more, by going through all that was signed."""
    within_a_minute = sum(amount for at_ns, amount in signed if now_ns - at_ns < MINUTE_NS)
    rules = {
        Cap.ORDER_NOTIONAL: order.maker_amount > CAPS.order_notional,
        Cap.MINUTE_NOTIONAL: within_a_minute + order.maker_amount > CAPS.minute_notional,
        Cap.EXCHANGE: exchange not in (ExchangeKind.V2, ExchangeKind.V3),
        Cap.ASSET: order.token_id != TOKEN,
    }
    return {cap for cap, is_exceeded in rules.items() if is_exceeded}


@settings(deadline=None)
@given(st.lists(ASKED | ASKED | st.binary(max_size=20), max_size=30))
def test_nothing_beyond_a_cap_is_signed_and_all_caps_in_the_way_are_named(asked: list[Asked | bytes]) -> None:
    now_ns, signed = 0, list[tuple[int, int]]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGNER_TEST", SECRET)
        conversation = Conversation(lambda: now_ns)
        conversation.answer(encode(Start(1, EnvironmentKey("SIGNER_TEST"), CAPS)))
    for number, each in enumerate(asked, start=2):
        if isinstance(each, bytes):
            assert isinstance(conversation.answer(each), Refused)
            continue
        passed_ns, order, exchange = each
        now_ns += passed_ns
        order = evolve(order, legacy=LegacyTerms() if exchange.is_legacy else None)
        caps = expected(order, exchange, signed, now_ns)
        answer = conversation.answer(encode(SignOrder(number, exchange, order)))
        if caps:
            assert isinstance(answer, Refused)
            assert answer.reason is Reason.OVER_CAP
            assert {exceeded.cap for exceeded in answer.exceeded} == caps
            assert len(answer.exceeded) == len(caps)
        else:
            assert isinstance(answer, Signed)
            assert recover(order_digest(order, exchange.domain), answer.signature) == KEY.address
            signed.append((now_ns, order.maker_amount))
    for at_ns, _ in signed:
        assert sum(amount for when_ns, amount in signed if 0 <= when_ns - at_ns < MINUTE_NS) <= CAPS.minute_notional


def test_every_cap_at_once_is_named_at_once() -> None:
    allowance = Allowance(CAPS)
    found = allowance.exceeded(order_giving(10**9, Side.SELL, OTHER), ExchangeKind.V2_NEG_RISK, 0)
    assert [each.cap for each in found] == [cap for cap in Cap if cap is not Cap.FURTHER_ASSETS]


def test_the_minute_slides_and_frees_what_is_a_minute_old_to_the_nanosecond() -> None:
    allowance = Allowance(CAPS)
    for at_ns in (0, 10, 20):
        assert not allowance.exceeded(order_giving(80), ExchangeKind.V2, at_ns)
        allowance.count(order_giving(80), at_ns)

    def caps(now_ns: int, amount: int) -> list[Cap]:
        return [each.cap for each in allowance.exceeded(order_giving(amount), ExchangeKind.V2, now_ns)]

    assert caps(MINUTE_NS - 1, 11) == [Cap.MINUTE_NOTIONAL]
    assert caps(MINUTE_NS - 1, 10) == []
    assert caps(MINUTE_NS, 90) == []
    assert caps(MINUTE_NS, 91) == [Cap.MINUTE_NOTIONAL]
    assert caps(MINUTE_NS + 20, 100) == []


def test_a_clock_that_goes_back_frees_nothing() -> None:
    allowance = Allowance(CAPS)
    allowance.count(order_giving(100), 5 * MINUTE_NS)
    allowance.count(order_giving(100), 0)
    assert allowance.exceeded(order_giving(51), ExchangeKind.V2, 1)
    assert allowance.exceeded(order_giving(51), ExchangeKind.V2, 6 * MINUTE_NS - 1)
    assert not allowance.exceeded(order_giving(51), ExchangeKind.V2, 6 * MINUTE_NS)


def test_giving_shares_away_for_nothing_is_no_small_order() -> None:
    order = evolve(order_giving(101, Side.SELL), taker_amount=1)
    assert [each.cap for each in Allowance(CAPS).exceeded(order, ExchangeKind.V2, 0)] == [Cap.ORDER_NOTIONAL]


def test_a_token_written_another_way_is_another_token() -> None:
    order = order_giving(1, token=TokenId("0" + TOKEN))
    assert [each.cap for each in Allowance(CAPS).exceeded(order, ExchangeKind.V2, 0)] == [Cap.ASSET]


@pytest.mark.parametrize(
    "make",
    [
        lambda: evolve(WIDE, order_notional=Cash(0)),
        lambda: evolve(WIDE, minute_notional=Cash(-1)),
        lambda: evolve(WIDE, exchanges=frozenset()),
        lambda: evolve(WIDE, exchanges=EVERY_CONTRACT | {Address("0x" + "12" * 20)}),
        lambda: evolve(WIDE, assets=frozenset()),
        lambda: evolve(WIDE, assets=frozenset({TokenId("any")})),
        lambda: evolve(WIDE, assets=frozenset({TokenId("0123")})),
    ],
)
def test_caps_that_cannot_be_meant_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(BadCaps):
        make()


def test_any_asset_has_to_be_said() -> None:
    assert WIDE.assets is AnyAsset.ANY
    assert not Allowance(WIDE).exceeded(order_giving(1, token=OTHER), ExchangeKind.V3, 0)
