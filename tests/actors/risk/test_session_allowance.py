"""What a session lets pass, by the word of its keeper, and what the judge makes of it."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.risk.governor_rules import Veto, judge
from actors.risk.limits import RiskLimits
from actors.risk.reservations import PendingReservations
from actors.risk.session_allowance import OVERDUE_NS, Allowed, SessionAllowance, SessionBoard, allowance
from messages.identity import Outcome, Side
from messages.intents import Place, Refusal
from messages.portfolio import MarketPortfolio, PortfolioView, Position, Wallet
from messages.risk import Reservation, RiskMode
from messages.sessions import SessionState
from messages.units import Cash, Shares
from supervision.specs import SECOND
from supervision.testing import ORIGIN_NS
from tests.actors.actor_world import BUY, NO, SELL, YES
from tests.actors.samples import GAME, MAKER, dollars, market, place, shares
from tests.actors.session_world import period_market, told

BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE = SessionState
LIMITS = RiskLimits(dollars(100), dollars(1000), 6, dollars(100))
MARKET = period_market()


def view(yes: int = 0, no: int = 0, cost: int = 0) -> PortfolioView:
    position = Position(GAME, MAKER, shares(yes), shares(no), cash=Cash(-dollars(cost)))
    portfolio = MarketPortfolio(GAME, 1, (position,), (), Cash(0), Shares(0), Shares(0))
    return PortfolioView(1, Wallet(dollars(1000), dollars(1000), Cash(0)), (portfolio,), 1)


def verdict(wish: Place, account: PortfolioView, session: SessionAllowance) -> Reservation | Veto:
    return judge(wish, account, PendingReservations(), RiskMode.NORMAL, LIMITS, MARKET, (), session)


def passes(wish: Place, account: PortfolioView, session: SessionAllowance) -> bool:
    """Raises `AssertionError` where it is refused for another reason than the session."""
    found = verdict(wish, account, session)
    assert isinstance(found, Reservation) or found.refusal is Refusal.SESSION, found
    return isinstance(found, Reservation)


def test_each_state_allows_what_it_says() -> None:
    allowed = {state: allowance(told(state), ORIGIN_NS).allowed for state in SessionState}
    assert allowed == {
        BOOT: Allowed.NOTHING,
        ACTIVE: Allowed.EVERYTHING,
        WIND_DOWN: Allowed.UP_TO_A_SHARE,
        FLATTEN: Allowed.REDUCTIONS,
        DONE: Allowed.NOTHING,
    }


def test_a_session_that_is_not_known_allows_nothing_new() -> None:
    assert allowance(None, ORIGIN_NS).allowed is Allowed.REDUCTIONS
    assert SessionBoard().allowance(MARKET, ORIGIN_NS).allowed is Allowed.REDUCTIONS
    assert SessionBoard().allowance(market(), ORIGIN_NS).allowed is Allowed.EVERYTHING


def test_a_state_that_nobody_ended_in_time_allows_nothing_new() -> None:
    """Its keeper hangs, so that nobody says when to get out."""
    for state in (ACTIVE, WIND_DOWN, FLATTEN):
        word = told(state)
        assert word.until_ns is not None
        on_time = allowance(word, word.until_ns + OVERDUE_NS - 1)
        assert on_time.allowed is allowance(word, ORIGIN_NS).allowed
        late = allowance(word, word.until_ns + OVERDUE_NS)
        assert late.allowed is (Allowed.NOTHING if state is FLATTEN else Allowed.REDUCTIONS)


@given(st.lists(st.integers(0, 120), min_size=2))
def test_the_share_only_falls_and_ends_at_nothing(seconds: list[int]) -> None:
    word = told(WIND_DOWN, 0.0)
    shares_left = [allowance(word, ORIGIN_NS + each * SECOND).share for each in sorted(seconds)]
    assert shares_left == sorted(shares_left, reverse=True)
    assert allowance(word, ORIGIN_NS + 60 * SECOND).share == 0.0
    assert allowance(word, ORIGIN_NS).share == 1.0


@given(st.lists(st.sampled_from(SessionState), max_size=12))
def test_the_board_never_goes_back(states: list[SessionState]) -> None:
    board, order = SessionBoard(), list(SessionState)
    furthest = -1
    for state in states:
        is_new = board.hear(told(state))
        assert is_new == (order.index(state) > furthest)
        furthest = max(furthest, order.index(state))
        assert board.state(GAME) is order[furthest]


def test_a_keeper_that_died_leaves_a_session_that_is_not_known_until_the_next_word() -> None:
    board = SessionBoard()
    board.hear(told(ACTIVE))
    board.keeper_down(GAME)
    assert board.allowance(MARKET, ORIGIN_NS).allowed is Allowed.REDUCTIONS
    board.hear(told(BOOT))
    assert board.allowance(MARKET, ORIGIN_NS).allowed is Allowed.REDUCTIONS, "a step back is no word"
    board.hear(told(ACTIVE))
    assert board.allowance(MARKET, ORIGIN_NS).allowed is Allowed.EVERYTHING
    board.hear(told(DONE))
    board.keeper_down(GAME)
    assert board.allowance(MARKET, ORIGIN_NS).allowed is Allowed.NOTHING


def test_what_left_and_joined_again_begins_anew() -> None:
    board = SessionBoard()
    board.hear(told(DONE))
    board.forget(GAME)
    assert board.hear(told(BOOT))


class TestTheJudge:
    def test_lets_nothing_pass_before_and_after(self) -> None:
        for state in (BOOT, DONE):
            session = allowance(told(state), ORIGIN_NS)
            assert not passes(place(), view(), session)
            assert not passes(place(side=SELL, size=shares(10)), view(yes=10), session)

    def test_lets_only_reductions_pass_in_flatten_and_where_nobody_keeps_the_session(self) -> None:
        for session in (allowance(told(FLATTEN), ORIGIN_NS), allowance(None, ORIGIN_NS)):
            assert not passes(place(), view(), session)
            assert passes(place(side=SELL, size=shares(10)), view(yes=10), session)
            assert passes(place(outcome=NO, size=shares(10)), view(yes=10), session)
            assert not passes(place(outcome=NO, size=shares(11)), view(yes=10), session)

    def test_holds_what_is_new_to_the_share_of_the_limit_that_is_left(self) -> None:
        for held, wound_down, is_fine in ((50, 0.0, True), (50, 0.09, True), (50, 0.11, False), (0, 0.55, True)):
            session = allowance(told(WIND_DOWN, wound_down), ORIGIN_NS)
            account = view(yes=100 if held else 0, cost=held)
            assert passes(place(), account, session) is is_fine, (held, wound_down)

    def test_lets_reductions_pass_whatever_is_left(self) -> None:
        session = allowance(told(WIND_DOWN, 1.0), ORIGIN_NS)
        assert passes(place(side=SELL, size=shares(100)), view(yes=100, cost=90), session)
        assert passes(place(outcome=NO, size=shares(100)), view(yes=100, cost=50), session)
        assert not passes(place(), view(), session)


@given(
    st.sampled_from(Outcome),
    st.sampled_from(Side),
    st.integers(1, 200),
    st.integers(0, 150),
    st.integers(0, 150),
    st.sampled_from([BOOT, FLATTEN, DONE]),
)
def test_no_order_that_adds_risk_passes_on_the_way_out(
    outcome: Outcome, side: Side, size: int, yes: int, no: int, state: SessionState
) -> None:
    """For any account: what it has at risk is no more after the order than before."""
    wish = place(side=side, outcome=outcome, size=shares(size), price=100)
    found = verdict(wish, view(yes, no), allowance(told(state), ORIGIN_NS))
    if isinstance(found, Reservation):
        assert state is FLATTEN
        sign = 1 if side is BUY else -1
        after = (yes + sign * size, no) if outcome is YES else (yes, no + sign * size)
        assert min(after) >= 0
        if side is BUY:
            assert abs(after[0] - after[1]) <= abs(yes - no)


def test_the_session_is_asked_before_the_mode() -> None:
    session = allowance(told(DONE), ORIGIN_NS)
    found = judge(place(), view(), PendingReservations(), RiskMode.HALT, LIMITS, MARKET, (), session)
    assert isinstance(found, Veto)
    assert found.refusal is Refusal.SESSION
    assert judge(place(), view(), PendingReservations(), RiskMode.NORMAL, LIMITS, evolve(MARKET, about=None))
