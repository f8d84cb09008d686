"""A whole session on the exchange in process: in step, traded, wound down, flattened, over; nothing is left behind."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from attrs import evolve

from actors.strategies.divergence import DIVERGENCE
from actors.strategies.fair_taker import FAIR_TAKER
from actors.strategies.hourly_quoter import HOURLY_QUOTER
from messages.fills import Fill
from messages.identity import Outcome, Side, StrategyName
from messages.intents import TimeInForce
from messages.orders import Order
from messages.ownership import LeaseChanged
from messages.risk import ModeChanged, RiskMode
from messages.sessions import SessionIs, SessionState
from messages.units import Price
from polyactors.config import Configuration
from polyactors.exchange.ports.execution import OWN_KEY
from polyactors.session_settings import SessionStrategies
from supervision.faults.plan import AtMessage, Fault, FaultPlan, Kill
from tests.end_to_end.program import check_agrees, check_sound, records
from tests.end_to_end.session_runs import MILLISECOND_NS, SECOND_NS, START_NS, SessionRun, run_session

QUOTES = SessionStrategies()
TAKES = SessionStrategies(hourly_quoter=False, fair_taker=True)
RETURNS = SessionStrategies(hourly_quoter=False, divergence=True)
BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE = SessionState


def hardly_winds_down(configuration: Configuration) -> Configuration:
    """So that there is something left for FLATTEN."""
    sessions = configuration.sessions
    times = evolve(sessions.times.five_minutes, wind_down_ns=27 * SECOND_NS)
    return evolve(configuration, sessions=evolve(sessions, times=evolve(sessions.times, five_minutes=times)))


def eager(configuration: Configuration) -> Configuration:
    """Takers that are content with little."""
    sessions = configuration.sessions
    taker = evolve(sessions.fair_taker, minimum_edge=Price(50))
    return evolve(configuration, sessions=evolve(sessions, fair_taker=taker))


def rarely(configuration: Configuration) -> Configuration:
    """A taker that leaves something to the other."""
    sessions = configuration.sessions
    taker = evolve(sessions.fair_taker, minimum_edge=Price(300))
    divergence = evolve(sessions.divergence, threshold=Price(250), hold_ns=SECOND_NS)
    return evolve(configuration, sessions=evolve(sessions, fair_taker=taker, divergence=divergence))


@pytest.fixture(scope="module")
def patch() -> Iterable[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patched:
        yield patched


@pytest.fixture(scope="module")
def quoted(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> SessionRun:
    return run_session(tmp_path_factory.mktemp("quoted"), patch, QUOTES, change=hardly_winds_down)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> SessionRun:
    return run_session(tmp_path_factory.mktemp("taken"), patch, TAKES, change=eager)


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> SessionRun:
    return run_session(tmp_path_factory.mktemp("returned"), patch, RETURNS)


@pytest.fixture(scope="module", params=["quoted", "taken", "returned"])
def ran(request: pytest.FixtureRequest) -> SessionRun:
    run: SessionRun = request.getfixturevalue(request.param)
    return run


def words(kept: list[object]) -> list[SessionIs]:
    return [each for each in kept if isinstance(each, SessionIs)]


def at_risk(kept: list[object]) -> int:
    held: Counter[Outcome] = Counter()
    for each in kept:
        if isinstance(each, Fill):
            held[each.outcome] += each.size if each.side is Side.BUY else -each.size
    return abs(held[Outcome.YES] - held[Outcome.NO])


def test_the_journal_tells_the_states_in_their_order_at_their_instants(ran: SessionRun) -> None:
    said = words(ran.kept)
    assert [each.state for each in said] == [BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE]
    assert ran.market.end_ms is not None
    left_s = [ran.market.end_ms / 1000 - each.at_ns / SECOND_NS for each in said]
    assert left_s[1] > 285
    assert left_s[3:] == [25, 3]


def test_each_strategy_trades_and_nobody_else(quoted: SessionRun, taken: SessionRun, returned: SessionRun) -> None:
    assert {each.strategy for each in quoted.kept if isinstance(each, Fill)} == {HOURLY_QUOTER}
    assert {each.strategy for each in taken.kept if isinstance(each, Fill)} == {FAIR_TAKER}
    assert {each.strategy for each in returned.kept if isinstance(each, Fill)} == {DIVERGENCE}


def test_a_quoter_makes_both_sides_and_takes_only_to_get_out(quoted: SessionRun) -> None:
    orders = [each for each in quoted.kept if isinstance(each, Order)]
    assert {(each.side, each.outcome) for each in orders} >= {(Side.BUY, Outcome.YES), (Side.BUY, Outcome.NO)}
    (flatten,) = (each.at_ns for each in words(quoted.kept) if each.state is FLATTEN)
    takes = [each for each in orders if each.time_in_force is TimeInForce.FAK]
    assert all(each.written_ns >= flatten and each.side is Side.SELL for each in takes)


def test_no_order_outlives_the_end_and_none_rests_at_it(ran: SessionRun) -> None:
    assert ran.market.end_ms is not None
    orders = [each for each in ran.kept if isinstance(each, Order)]
    assert len(orders) > 5
    assert all(each.expires_ns <= ran.market.end_ms * MILLISECOND_NS for each in orders)
    assert ran.world.exchange.open_orders(OWN_KEY) == ()


def test_from_flatten_on_nothing_is_bought_and_from_done_on_nothing_is_done(ran: SessionRun) -> None:
    state, seen = BOOT, Counter[SessionState]()
    for each in ran.kept:
        if isinstance(each, SessionIs):
            state = each.state
        elif isinstance(each, Order):
            seen[state] += 1
            assert state not in (BOOT, DONE)
            assert state is not FLATTEN or each.side is Side.SELL
    assert seen[ACTIVE] > 0


def test_something_was_left_for_flatten_and_nothing_that_can_be_sold_is_left_by_it(quoted: SessionRun) -> None:
    kept = quoted.kept
    (flatten,) = (number for number, each in enumerate(kept) if isinstance(each, SessionIs) and each.state is FLATTEN)
    assert at_risk(kept[:flatten]) >= quoted.market.minimum_size
    assert at_risk(kept) < quoted.market.minimum_size


def test_what_a_taker_took_is_let_go(taken: SessionRun) -> None:
    assert any(isinstance(each, Fill) and each.side is Side.BUY for each in taken.kept)
    assert at_risk(taken.kept) < taken.market.minimum_size


def test_the_market_ends_in_halt_and_the_sums_are_right(ran: SessionRun) -> None:
    modes = [each.mode for each in ran.kept if isinstance(each, ModeChanged) and each.market == ran.market.market]
    assert modes[-2:] == [RiskMode.FLATTEN, RiskMode.HALT]
    summary = json.loads(ran.document)
    check_sound(summary)
    check_agrees(summary, records(ran.service.journal_path))


def test_those_that_take_share_a_market_one_at_a_time(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    both = SessionStrategies(hourly_quoter=False, fair_taker=True, divergence=True)
    ran = run_session(tmp_path, patch, both, seconds=150, change=rarely)
    owner, orders = None, Counter[StrategyName]()
    for each in ran.kept:
        if isinstance(each, LeaseChanged):
            owner = None if each.lease is None else each.lease.strategy
        elif isinstance(each, Order):
            orders[each.strategy] += 1
            assert each.strategy == owner
    assert set(orders) == {FAIR_TAKER, DIVERGENCE}


def test_deaths_in_the_midst_of_it_leave_nothing_behind(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    faults = tuple(
        Fault(f"markets/*/*/{who}", Kill(), AtMessage(after))
        for who, after in (("session", 60), ("hourly-quoter", 300), ("market", 700))
    )
    ran = run_session(tmp_path, patch, QUOTES, faults=FaultPlan(faults))
    assert ran.summary.restarts >= len(faults)
    states = [each.state for each in words(ran.kept)]
    order = list(SessionState)
    assert len(states) > len(order)
    assert [order.index(each) for each in states] == sorted(order.index(each) for each in states)
    assert states[-1] is DONE
    assert ran.world.exchange.open_orders(OWN_KEY) == ()
    check_sound(json.loads(ran.document))


def test_prices_that_fall_silent_mean_reductions_until_they_are_back(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    silent = range(START_NS + 60 * SECOND_NS, START_NS + 120 * SECOND_NS)
    ran = run_session(tmp_path, patch, QUOTES, seconds=150, is_silent_at=lambda now_ns: now_ns in silent)
    grace_ns = 3 * SECOND_NS
    sides = Counter[tuple[bool, Side]]()
    for each in ran.kept:
        if isinstance(each, Order):
            sides[silent.start + grace_ns <= each.written_ns < silent.stop, each.side] += 1
    assert sides[True, Side.BUY] == 0
    assert sides[False, Side.BUY] > 0
    assert any(isinstance(each, Order) and each.written_ns >= silent.stop for each in ran.kept)


def test_without_any_prices_nothing_is_ever_placed(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    ran = run_session(tmp_path, patch, QUOTES, seconds=30, is_silent_at=lambda now_ns: True)
    assert ACTIVE in [each.state for each in words(ran.kept)]
    assert not any(isinstance(each, Order) for each in ran.kept)


def test_the_same_seed_makes_the_same_decisions(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    hashes = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        ran = run_session(tmp_path / name, patch, QUOTES, seconds=60)
        assert ran.summary.decisions > 50
        hashes.append(ran.summary.decision_hash)
    assert hashes[0] == hashes[1]
