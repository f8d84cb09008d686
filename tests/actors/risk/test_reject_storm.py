"""Rejects pause a market, longer each time, until one order alone shows that the venue takes orders again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.risk.reject_storm import NO_TURN, RejectStorms, RejectStormSettings, Turn, is_reject
from messages.identity import IntentId, MarketId
from messages.orders import OrderChanged, OrderState
from messages.units import Shares
from supervision.specs import SECOND
from tests.actors.samples import GAME, OTHER_GAME, order_of, place

SETTINGS = RejectStormSettings(
    rejects_in_market=5,
    window_ns=60 * SECOND,
    first_pause_ns=5 * SECOND,
    longest_pause_ns=40 * SECOND,
    rejects_at_venue=15,
    markets_at_venue=3,
)
CROSSES = "invalid post-only order: order crosses book"
OVER = 5 * SECOND
MARKETS = [MarketId(f"0x{number:064x}") for number in range(8)]


def news(
    state: OrderState, intent: str = "i", where: MarketId = GAME, reason: str = CROSSES, filled: int = 0
) -> OrderChanged:
    return OrderChanged(order_of(place(intent, where=where)), state, Shares(filled), reason, 1)


def rejected(storms: RejectStorms, number: int, now_ns: int = 0, where: MarketId = GAME, reason: str = CROSSES) -> Turn:
    """The last turn of so many rejects."""
    turn = NO_TURN
    for each in range(number):
        turn = storms.heard(news(OrderState.REJECTED, f"r{each}", where, reason), now_ns)
    return turn


def paused() -> RejectStorms:
    storms = RejectStorms(SETTINGS)
    assert rejected(storms, 5) == Turn(paused=(GAME,))
    return storms


def probing() -> RejectStorms:
    storms = paused()
    storms.placed(GAME, IntentId("probe"), OVER)
    return storms


class TestAMarket:
    def test_is_paused_by_five_rejects_within_the_window_and_not_by_four(self) -> None:
        storms = RejectStorms(SETTINGS)
        assert rejected(storms, 4) == NO_TURN
        assert storms.refusal(GAME, 0) is None
        assert rejected(storms, 1) == Turn(paused=(GAME,))
        assert storms.refusal(GAME, 0) is not None
        assert storms.refusal(OTHER_GAME, 0) is None

    def test_is_not_paused_by_rejects_that_are_far_apart(self) -> None:
        storms = RejectStorms(SETTINGS)
        for each in range(20):
            assert rejected(storms, 1, each * 15 * SECOND) == NO_TURN

    @pytest.mark.parametrize(
        "reason",
        [
            "matching engine restarting",
            "post-only mode: only post-only orders and cancels are allowed",
            "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
            "Trading is currently disabled. Check polymarket.com for updates",
            "Too Many Requests",
            "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
            "order couldn't be fully filled. FOK orders are fully filled or killed.",
        ],
    )
    def test_is_not_paused_by_restricted_modes_rate_limits_and_takers_that_came_too_late(self, reason: str) -> None:
        assert not is_reject(reason)
        storms = RejectStorms(SETTINGS)
        assert rejected(storms, 50, reason=reason) == NO_TURN
        assert storms.refusal(GAME, 0) is None

    @pytest.mark.parametrize("reason", [CROSSES, "not enough balance / allowance", "", "something new"])
    def test_is_paused_by_whatever_else_the_venue_says(self, reason: str) -> None:
        storms = RejectStorms(SETTINGS)
        assert rejected(storms, 5, reason=reason) == Turn(paused=(GAME,))

    def test_is_shut_for_the_pause_and_then_due(self) -> None:
        storms = paused()
        assert storms.refusal(GAME, OVER - 1) is not None
        assert storms.refusal(GAME, OVER) is None
        assert storms.shown(OVER - 1) == ((GAME, "pause 1, 0.0 s more"),)
        assert storms.shown(OVER) == ((GAME, "due for a probe"),)

    def test_lets_one_order_through_as_a_probe_and_no_second(self) -> None:
        storms = probing()
        assert "probe" in (storms.refusal(GAME, 1000 * SECOND) or "")

    @pytest.mark.parametrize("heard", [OrderState.LIVE, OrderState.FILLED])
    def test_is_open_again_with_everything_forgotten_when_the_probe_is_taken(self, heard: OrderState) -> None:
        storms = probing()
        assert storms.heard(news(heard, "probe"), OVER) == Turn(resumed=GAME)
        assert storms.shown(OVER) == ()
        assert rejected(storms, 4, OVER) == NO_TURN
        rejected(storms, 1, OVER)
        assert storms.refusal(GAME, 2 * OVER) is None

    def test_is_paused_twice_as_long_after_each_probe_that_is_rejected_up_to_the_longest(self) -> None:
        storms, now_ns = paused(), OVER
        for seconds in (10, 20, 40, 40, 40):
            storms.placed(GAME, IntentId("probe"), now_ns)
            assert storms.heard(news(OrderState.REJECTED, "probe"), now_ns) == Turn(paused=(GAME,))
            assert storms.refusal(GAME, now_ns + seconds * SECOND - 1) is not None
            now_ns += seconds * SECOND
            assert storms.refusal(GAME, now_ns) is None

    @pytest.mark.parametrize("heard", [OrderState.CANCELLED, OrderState.EXPIRED])
    def test_needs_another_probe_when_the_first_ends_unanswered(self, heard: OrderState) -> None:
        storms = probing()
        assert storms.heard(news(heard, "probe"), OVER) == NO_TURN
        assert storms.shown(OVER) == ((GAME, "due for a probe"),)

    def test_needs_another_probe_when_the_venue_was_in_a_restricted_mode(self) -> None:
        storms = probing()
        storms.heard(news(OrderState.REJECTED, "probe", reason="matching engine restarting"), OVER)
        assert storms.shown(OVER) == ((GAME, "due for a probe"),)

    def test_needs_another_probe_when_the_first_never_became_an_order(self) -> None:
        storms = probing()
        storms.undecided(IntentId("probe"), OVER)
        assert storms.refusal(GAME, OVER) is None

    @pytest.mark.parametrize("state", [OrderState.WRITTEN, OrderState.SENT, OrderState.UNKNOWN, OrderState.CANCELLING])
    def test_waits_for_a_probe_of_which_the_venue_said_nothing(self, state: OrderState) -> None:
        storms = probing()
        assert storms.heard(news(state, "probe"), OVER) == NO_TURN
        assert storms.refusal(GAME, OVER) is not None

    def test_is_not_opened_by_an_order_that_was_under_way_before_nor_paused_longer_by_one(self) -> None:
        storms = paused()
        assert storms.heard(news(OrderState.LIVE, "before"), 1) == NO_TURN
        assert rejected(storms, 4, 1) == NO_TURN
        assert storms.refusal(GAME, 1) is not None
        assert storms.refusal(GAME, OVER) is None


class TestTheVenue:
    def test_is_in_a_storm_when_many_markets_reject_much(self) -> None:
        storms = RejectStorms(SETTINGS)
        for _ in range(4):
            for market in MARKETS[:3]:
                assert rejected(storms, 1, 0, market) == NO_TURN
        assert rejected(storms, 2, 0, MARKETS[3]) == NO_TURN
        turn = rejected(storms, 1, 0, MARKETS[3])
        assert turn == Turn(paused=tuple(MARKETS[:4]), venue_until_ns=OVER)
        assert not storms.is_storm_over(OVER - 1)
        assert storms.is_storm_over(OVER)
        assert [market for market, _ in storms.shown(OVER)] == MARKETS[:4]

    def test_is_in_none_when_one_or_two_markets_do(self) -> None:
        storms = RejectStorms(SETTINGS)
        for market in MARKETS[:2]:
            rejected(storms, 100, 0, market)
        assert storms.is_storm_over(0)

    def test_pauses_longer_when_the_next_storm_comes_soon(self) -> None:
        storms = RejectStorms(SETTINGS)
        untils = []
        for now_ns in (0, 10 * SECOND, 300 * SECOND):
            turns = [rejected(storms, 1, now_ns, MARKETS[number % 5]) for number in range(15)]
            untils += [each.venue_until_ns for each in turns if each.venue_until_ns is not None]
        assert untils == [5 * SECOND, 20 * SECOND, 305 * SECOND]

    def test_and_every_market_are_open_when_an_operator_says_so(self) -> None:
        storms = paused()
        storms.forget()
        assert storms.refusal(GAME, 0) is None
        assert storms.shown(0) == ()


@settings(max_examples=200)
@given(data=st.data())
def test_a_market_that_is_not_open_lets_one_order_through_at_a_time(data: st.DataObject) -> None:
    storms, now_ns = RejectStorms(SETTINGS), 0
    probes: dict[MarketId, str] = {}
    under_way: list[tuple[MarketId, str]] = []
    for step in range(data.draw(st.integers(1, 80))):
        now_ns += data.draw(st.integers(0, 3)) * SECOND
        market = data.draw(st.sampled_from(MARKETS[:3]))
        if data.draw(st.booleans()) or not under_way:
            if storms.refusal(market, now_ns) is not None:
                continue
            intent = f"i{step}"
            if storms.is_stormy(market):
                assert market not in probes
                probes[market] = intent
            storms.placed(market, IntentId(intent), now_ns)
            under_way.append((market, intent))
            continue
        market, intent = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
        state = data.draw(st.sampled_from([OrderState.LIVE, OrderState.REJECTED, OrderState.CANCELLED]))
        turn = storms.heard(news(state, intent, market), now_ns)
        was_probe = probes.get(market) == intent
        assert (turn.resumed is not None) == (was_probe and state is OrderState.LIVE)
        if was_probe:
            del probes[market]
            assert storms.is_stormy(market) == (state is not OrderState.LIVE)
