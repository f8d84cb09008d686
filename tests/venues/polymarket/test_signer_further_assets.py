"""Tokens that the signer is asked to allow later: never more than its caps say, and nothing else gets wider."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.identity import Side, TokenId
from messages.units import Cash
from polyactors.venues.polymarket.live_account.signer_keeper import keeping_signer
from polyactors.venues.polymarket.signer.caps import HOUR_NS, BadCaps, Cap, Caps
from polyactors.venues.polymarket.signer.conversation import Conversation
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeyFile, KeySource
from polyactors.venues.polymarket.signer.port import SignerGone, SignerPort, SignerRefused
from polyactors.venues.polymarket.signer.wire import (
    AllowAssets,
    Allowed,
    Answer,
    Reason,
    Refused,
    Request,
    Signed,
    SignOrder,
    Start,
    WithdrawAssets,
    decode_request,
    encode,
)
from polyactors.venues.polymarket.signing.addresses import EXCHANGE_V2
from supervision.log import LogEvent
from tests.venues.polymarket.signers import KEY, SECRET, TOKEN, order_giving
from tests.venues.polymarket.signers_in_process import SignerHere

MOST = 4
CAPS = Caps(Cash(100), Cash(10**9), frozenset({EXCHANGE_V2}), frozenset({TOKEN}), MOST)
TOKENS = tuple(TokenId(str(number)) for number in range(101, 113))


def started(now_ns: list[int], caps: Caps = CAPS) -> Conversation:
    conversation = Conversation(lambda: now_ns[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGNER_TEST", SECRET)
        conversation.answer(encode(Start(1, EnvironmentKey("SIGNER_TEST"), caps)))
    return conversation


def said(conversation: Conversation, request: Request) -> Answer:
    assert decode_request(encode(request)) == request
    return conversation.answer(encode(request))


def signs(conversation: Conversation, token: TokenId) -> bool:
    return isinstance(
        said(conversation, SignOrder(2, ExchangeKind.V2, order_giving(10, Side.BUY, token), False)), Signed
    )


steps = st.one_of(
    st.tuples(st.just("allow"), st.lists(st.sampled_from([*TOKENS, TOKEN]), min_size=1, max_size=5)),
    st.tuples(st.just("withdraw"), st.lists(st.sampled_from([*TOKENS, TOKEN]), min_size=1, max_size=5)),
    st.tuples(st.just("wait"), st.sampled_from([1, HOUR_NS // 3, HOUR_NS - 1, HOUR_NS])),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(steps, max_size=25))
def test_exactly_what_was_allowed_is_signed_and_never_more_at_a_time_or_in_an_hour(
    wanted: list[tuple[str, list[TokenId] | int]],
) -> None:
    now_ns = [0]
    conversation = started(now_ns)
    allowed: set[TokenId] = set()
    times: list[int] = []
    for what, which in wanted:
        if isinstance(which, int):
            now_ns[0] += which
        elif what == "withdraw":
            allowed -= set(which)
            assert said(conversation, WithdrawAssets(2, tuple(which))) == Allowed(2, len(allowed))
        else:
            new = set(which) - allowed - {TOKEN}
            recent = [at_ns for at_ns in times if now_ns[0] - at_ns < HOUR_NS]
            fits = not new or (len(allowed) + len(new) <= MOST and len(recent) + len(new) <= MOST)
            answer = said(conversation, AllowAssets(2, tuple(which)))
            if fits:
                allowed |= new
                times += [now_ns[0]] * len(new)
                assert answer == Allowed(2, len(allowed))
            else:
                assert isinstance(answer, Refused)
                assert answer.reason is Reason.OVER_CAP
                assert [each.cap for each in answer.exceeded] == [Cap.FURTHER_ASSETS]
        for token in (*TOKENS, TOKEN):
            assert signs(conversation, token) == (token in allowed or token == TOKEN)
    assert all(sum(0 <= after - before < HOUR_NS for after in times) <= MOST for before in times)


def test_the_other_caps_hold_for_further_tokens_too() -> None:
    conversation = started([0])
    said(conversation, AllowAssets(2, TOKENS[:1]))
    too_much = said(conversation, SignOrder(3, ExchangeKind.V2, order_giving(101, Side.BUY, TOKENS[0]), False))
    elsewhere = said(conversation, SignOrder(4, ExchangeKind.V3, order_giving(10, Side.BUY, TOKENS[0]), False))
    assert isinstance(too_much, Refused)
    assert [each.cap for each in too_much.exceeded] == [Cap.ORDER_NOTIONAL]
    assert isinstance(elsewhere, Refused)
    assert [each.cap for each in elsewhere.exceeded] == [Cap.EXCHANGE]


def test_without_leave_in_the_caps_there_is_none_later() -> None:
    conversation = started([0], Caps(Cash(100), Cash(200), frozenset({EXCHANGE_V2}), frozenset({TOKEN})))
    answer = said(conversation, AllowAssets(2, TOKENS[:1]))
    assert isinstance(answer, Refused)
    assert answer.reason is Reason.OVER_CAP


@pytest.mark.parametrize("text", ["", "0x12", "12a", "012", "٣", "-1"])
def test_what_is_no_token_is_not_allowed_and_nothing_of_the_request_is(text: str) -> None:
    conversation = started([0])
    answer = said(conversation, AllowAssets(2, (TOKENS[0], TokenId(text))))
    assert isinstance(answer, Refused)
    assert answer.reason is Reason.BAD_ASSET
    assert not signs(conversation, TOKENS[0])


def test_caps_of_further_tokens_alone_can_be_meant_and_those_of_none_cannot() -> None:
    Caps(Cash(1), Cash(1), frozenset({EXCHANGE_V2}), frozenset(), 2)
    with pytest.raises(BadCaps):
        Caps(Cash(1), Cash(1), frozenset({EXCHANGE_V2}), frozenset(), 0)
    with pytest.raises(BadCaps):
        Caps(Cash(1), Cash(1), frozenset({EXCHANGE_V2}), frozenset({TOKEN}), -1)


async def test_another_signer_is_asked_for_what_is_still_traded_and_for_nothing_else(
    autojump_clock: trio.testing.MockClock,
) -> None:
    opened: list[SignerHere] = []
    log: list[LogEvent] = []

    @asynccontextmanager
    async def open_one(key: KeySource, caps: Caps) -> AsyncIterator[SignerPort]:
        opened.append(SignerHere(KEY, caps))
        yield opened[-1]

    async def can_sign(signer: SignerPort, tokens: Collection[TokenId]) -> list[TokenId]:
        found = []
        for token in tokens:
            try:
                await signer.sign_order(order_giving(10, Side.BUY, token), ExchangeKind.V2)
            except SignerRefused:
                continue
            found.append(token)
        return found

    async with keeping_signer(KeyFile("/nowhere"), CAPS, lambda: 0, log.append, open_one) as keeper:
        await keeper.allow_assets(TOKENS[:4])
        await keeper.withdraw_assets(TOKENS[:2])
        opened[0].is_gone = True
        with pytest.raises(SignerGone):
            await keeper.allow_assets(TOKENS[4:6])
        with trio.fail_after(60):
            while len(opened) < 2 or not keeper.is_here:  # noqa: ASYNC110 - it says nothing when it is here again
                await trio.sleep(0.01)
        assert await can_sign(keeper, (*TOKENS[:6], TOKEN)) == [*TOKENS[2:4], TOKEN]
    allowances = [each for each in log if each.event == "further tokens may be signed for"]
    assert [each.fields["reason"] for each in allowances] == [", ".join(TOKENS[:4])], "each allowance is logged"
