"""What is armed strikes when it should, as often as it should, and is over when it should be."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.identity import TokenId, TradeId
from messages.units import NANOSECONDS_PER_SECOND, SHARE_SCALE, Shares, TickSize
from polyactors.exchange.faults.armed import Armed, Arming
from polyactors.exchange.faults.desk import FaultDesk
from polyactors.exchange.faults.kinds import (
    KINDS,
    ChangeTick,
    ClockSkew,
    DropConnections,
    DropFrames,
    DuplicateFrames,
    FailTrades,
    LateAnswer,
    RateLimited,
    ReorderFrames,
    RestrictedMode,
    Silence,
    StalledFeed,
    WrongHashes,
)
from polyactors.exchange.faults.plan import BadPlan, FaultPlan, RandomFaults, read_plan
from polyactors.exchange.faults.written import BadFault, arming_of, fields_of, table_of
from polyactors.exchange.streams.stream_faults import DropFrame, DuplicateFrame, HoldFrame, StreamKind, WrongHash
from polyactors.exchange.words import Refused, TradeStatus, TradingMode
from tests.exchange.trading_floor import ALICE, BOB, BUY, PLAIN, SELL, START_NS, YES, Floor

SECOND_NS = NANOSECONDS_PER_SECOND
MARKET, USER = StreamKind.MARKET, StreamKind.USER


@pytest.fixture
def floor() -> Floor:
    return Floor()


@pytest.fixture
def desk(floor: Floor) -> FaultDesk:
    return FaultDesk(floor.exchange)


def armed(desk: FaultDesk, arming: Arming) -> Armed:
    outcome = desk.arm(arming, START_NS)
    assert isinstance(outcome, Armed)
    return outcome


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 40))
def test_one_in_n_strikes_on_every_nth_occasion_until_its_times_are_used_up(
    one_in: int, times: int, occasions: int
) -> None:
    desk = FaultDesk(Floor().exchange)
    armed(desk, Arming(RateLimited(one_in=one_in), times=times))
    struck = [desk.for_request("GET", "/time") is not None for _ in range(occasions)]
    assert struck == [number % one_in == 0 and number // one_in <= times for number in range(1, occasions + 1)]


def test_a_request_fault_concerns_its_path_and_method_alone(desk: FaultDesk) -> None:
    armed(desk, Arming(LateAnswer(path="/order", method="POST")))
    assert desk.for_request("GET", "/order") is None
    assert desk.for_request("POST", "/book") is None
    assert desk.for_request("POST", "/orders") == LateAnswer(path="/order", method="POST")


def test_a_fault_is_over_when_its_time_is(desk: FaultDesk) -> None:
    armed(desk, Arming(Silence(), for_ns=5 * SECOND_NS))
    assert desk.next_due_ns() == START_NS + 5 * SECOND_NS
    desk.advance(START_NS + 5 * SECOND_NS - 1)
    assert desk.is_silent(MARKET, None)
    desk.advance(START_NS + 5 * SECOND_NS)
    assert not desk.is_silent(MARKET, None)
    assert (desk.armed(), desk.next_due_ns(), desk.ended) == ((), None, 1)


def test_silence_of_one_asset_is_not_that_of_the_stream(desk: FaultDesk) -> None:
    armed(desk, Arming(Silence("market", TokenId("7"))))
    assert desk.is_silent(MARKET, TokenId("7"))
    assert not desk.is_silent(MARKET, TokenId("8"))
    assert not desk.is_silent(USER, TokenId("7"))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (DropFrames(), DropFrame()),
        (DuplicateFrames(), DuplicateFrame()),
        (ReorderFrames(one_in=1, delay_ms=30), HoldFrame(30_000_000)),
        (WrongHashes(), WrongHash()),
    ],
)
def test_each_fault_of_frames_is_what_the_streams_understand(
    desk: FaultDesk, fault: DropFrames | WrongHashes, expected: object
) -> None:
    armed(desk, Arming(fault))
    assert desk.for_frame(MARKET, None, START_NS) == expected


def test_hashes_are_wrong_on_the_market_stream_alone(desk: FaultDesk) -> None:
    armed(desk, Arming(WrongHashes()))
    assert desk.for_frame(USER, None, START_NS) is None


def test_connections_break_once_unless_told_otherwise(desk: FaultDesk) -> None:
    armed(desk, Arming(DropConnections("market")))
    assert [desk.drops_connection(USER, 0), desk.drops_connection(MARKET, 0), desk.drops_connection(MARKET, 0)] == [
        False,
        True,
        False,
    ]
    assert desk.armed() == ()
    armed(desk, Arming(DropConnections(), for_ns=SECOND_NS))
    assert [desk.drops_connection(MARKET, 0) for _ in range(3)] == [True] * 3


def test_skews_add_up_and_a_stalled_feed_is_the_named_one(desk: FaultDesk) -> None:
    armed(desk, Arming(ClockSkew(-1_500)))
    armed(desk, Arming(ClockSkew(500)))
    armed(desk, Arming(StalledFeed("kraken")))
    assert desk.clock_skew_ns == -SECOND_NS
    assert (desk.is_stalled("kraken"), desk.is_stalled("binance")) == (True, False)


def test_a_mode_ends_with_its_fault_but_not_one_that_somebody_set_since(floor: Floor, desk: FaultDesk) -> None:
    modes = []
    armed(desk, Arming(RestrictedMode(TradingMode.CANCEL_ONLY), name="mode"))
    modes.append(floor.exchange.mode)
    desk.disarm("mode", START_NS)
    modes.append(floor.exchange.mode)
    assert modes == [TradingMode.CANCEL_ONLY, TradingMode.NORMAL]
    armed(desk, Arming(RestrictedMode(TradingMode.CANCEL_ONLY), name="mode"))
    floor.exchange.set_mode(TradingMode.DISABLED, START_NS)
    desk.disarm("mode", START_NS)
    assert floor.exchange.mode is TradingMode.DISABLED


def test_the_next_trade_fails_and_the_one_after_it_does_not(floor: Floor, desk: FaultDesk) -> None:
    armed(desk, Arming(FailTrades(1)))
    assert desk.armed() == ()
    floor.exchange.split(ALICE, PLAIN.market, Shares(100 * SHARE_SCALE), floor.now_ns)
    trades: list[TradeId] = []
    for _ in range(2):
        floor.placed(ALICE, SELL, YES, 0.5, 10)
        trades += floor.placed(BOB, BUY, YES, 0.5, 10).trades
    floor.wait(60)
    statuses = [trade.status for each in trades if (trade := floor.exchange.trade(each)) is not None]
    assert statuses == [TradeStatus.FAILED, TradeStatus.CONFIRMED]


def test_a_tick_changes_for_a_market_by_slug_or_id_and_for_no_other_text(floor: Floor, desk: FaultDesk) -> None:
    assert isinstance(desk.arm(Arming(ChangeTick(PLAIN.slug, "0.001")), START_NS), Armed)
    assert floor.exchange.tick_size(PLAIN.market) == 10
    assert isinstance(desk.arm(Arming(ChangeTick(PLAIN.market, "0.1")), START_NS), Armed)
    assert floor.exchange.tick_size(PLAIN.market) == 1000
    for market, tick in (("nobody", "0.01"), (PLAIN.slug, "0.02"), (PLAIN.slug, "one")):
        assert isinstance(desk.arm(Arming(ChangeTick(market, tick)), START_NS), Refused)
    assert floor.exchange.tick_size(PLAIN.market) == TickSize(1000)


def test_a_name_is_armed_once_and_what_is_not_armed_cannot_be_disarmed(desk: FaultDesk) -> None:
    armed(desk, Arming(Silence(), name="quiet"))
    assert isinstance(desk.arm(Arming(Silence(), name="quiet"), START_NS), Refused)
    assert [desk.disarm("quiet", START_NS), desk.disarm("quiet", START_NS)] == [True, False]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_written_as_it_is_read(name: str) -> None:
    needed = {"skew_ms": -7, "mode": "cancel_only", "market": "a-slug", "tick_size": "0.01"}
    own = {key: needed[key] for key, default in fields_of(KINDS[name]).items() if default is None}
    arming = arming_of({"kind": name, "name": "it", "for_s": 1.5, "times": 3, **own})
    assert (arming.name, arming.for_ns, arming.times) == ("it", 1_500_000_000, 3)
    assert type(arming.fault) is KINDS[name]
    assert arming_of(json.loads(json.dumps(table_of(arming.fault)))).fault == arming.fault


def test_all_mistakes_of_a_fault_are_told_at_once() -> None:
    with pytest.raises(BadFault) as caught:
        arming_of({"kind": "late-answer", "for_s": -1, "times": 0.5, "name": 7, "delay_ms": "long", "colour": "red"})
    told = "\n".join(caught.value.mistakes)
    assert all(word in told for word in ("for_s", "times", "name", "delay_ms", "colour"))
    with pytest.raises(BadFault) as caught:
        arming_of({"kind": "late-anser"})
    assert "did you mean late-answer?" in caught.value.mistakes[0]


def test_a_plan_is_armed_at_its_times(tmp_path: Path, floor: Floor, desk: FaultDesk) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(
        '[[fault]]\nat_s = 5\nkind = "clock-skew"\nskew_ms = 700\nfor_s = 2\n[[fault]]\nkind = "silence"\nname = "s"\n'
        '[[fault]]\nat_s = 6\nkind = "change-tick"\nmarket = "nobody"\ntick_size = "0.1"\n'
    )
    told: list[str] = []
    (planned,) = FaultPlan(read_plan(path)).timed(desk, 1, START_NS, told.append)
    planned.advance(START_NS)
    assert [each.name for each in desk.armed()] == ["s"]
    assert planned.next_due_ns() == START_NS + 5 * SECOND_NS
    planned.advance(START_NS + 6 * SECOND_NS)
    assert (desk.clock_skew_ns, planned.next_due_ns()) == (700_000_000, None)
    assert len(told) == 1
    assert "nobody" in told[0]
    desk.advance(START_NS + 7 * SECOND_NS)
    assert desk.clock_skew_ns == 0


def test_all_mistakes_of_a_plan_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text('colour = 1\n[[fault]]\nkind = "silence"\nat_s = -1\n[[fault]]\nkind = "noise"\n')
    with pytest.raises(BadPlan) as caught:
        read_plan(path)
    assert [mistake.split(":")[0] for mistake in caught.value.mistakes] == ["colour", "fault 1", "fault 2"]
    with pytest.raises(BadPlan, match="cannot be read"):
        read_plan(tmp_path / "none.toml")
    path.write_bytes(b"\xff")
    with pytest.raises(BadPlan, match="no TOML"):
        read_plan(path)


@given(st.integers(0, 2**32), st.lists(st.integers(1, 120), max_size=5))
def test_random_faults_follow_from_the_seed_and_end_by_themselves(seed: int, stops: list[int]) -> None:
    class Watched(FaultDesk):
        def __init__(self) -> None:
            super().__init__(Floor().exchange)
            self.seen: list[tuple[int, Arming]] = []

        def arm(self, arming: Arming, now_ns: int) -> Armed | Refused:
            self.seen.append((now_ns, arming))
            return super().arm(arming, now_ns)

    def run(steps: list[int]) -> list[tuple[int, Arming]]:
        desk = Watched()
        faults = RandomFaults(desk, 10, seed, START_NS)
        for step in steps:
            faults.advance(START_NS + step * SECOND_NS)
        desk.advance(START_NS + 1_000 * SECOND_NS)
        assert desk.armed() == ()
        return desk.seen

    whole = run([120])
    assert run([*sorted(stops), 120]) == whole
    assert all(START_NS < at_ns <= START_NS + 120 * SECOND_NS for at_ns, _ in whole)
