"""A negRisk event's shares are covered whoever wins, whatever was split and converted before (polymarket.md 8)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messages.identity import EventId, MarketId, Outcome
from messages.units import Price, Shares
from polyactors.exchange.core import Exchange
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import EventListing, Refused, Wallet
from tests.exchange.audit import Auditor
from tests.exchange.trading_floor import ALICE, BOB, GROUP, PLAIN, START_NS, Floor, listing, market

NAMES = [each.market for each in GROUP]
EVENT = GROUP[0].event

moves = st.tuples(
    st.sampled_from(("split", "merge", "convert", "list")),
    st.sampled_from(("alice", "bob")),
    st.lists(st.integers(0, 4), min_size=1, max_size=4),
    st.sampled_from((1, 2_500_000, 10_000_000)),
)


class Event:
    """A negRisk event to which outcomes may be added."""

    def __init__(self, outcomes: int) -> None:
        self.exchange = Exchange(ExchangeSettings(), 0, START_NS)
        self.auditor = Auditor(self.exchange)
        self.exchange.list_event(EventListing(EventId("group"), 1, "", "", "", 0, 0, neg_risk=True), START_NS)
        self.markets: list[MarketId] = []
        for _ in range(outcomes):
            self.add_outcome()

    def add_outcome(self) -> None:
        number = 20 + len(self.markets)
        each = market(number, "group", neg_risk=True)
        self.exchange.list_market(listing(each, number), START_NS)
        self.markets.append(each.market)

    def move(self, what: str, wallet: Wallet, numbers: list[int], size: Shares) -> None:
        chosen = [self.markets[number % len(self.markets)] for number in numbers]
        match what:
            case "split":
                for each in chosen:
                    self.exchange.split(wallet, each, size, START_NS)
            case "merge":
                self.exchange.merge(wallet, chosen[0], size, START_NS)
            case "convert":
                self.exchange.convert(wallet, EVENT, chosen, size, START_NS)
            case _:
                if len(self.markets) < 5:
                    self.add_outcome()

    def settle(self, winner: int) -> None:
        for number, each in enumerate(self.markets):
            self.exchange.resolve(each, Price(10_000 if number == winner else 0), START_NS)
            for wallet in (ALICE, BOB):
                self.exchange.redeem(wallet, each, START_NS)
            self.auditor.check()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(outcomes=st.integers(2, 4), done=st.lists(moves, max_size=25), winner=st.integers(0, 4))
def test_all_shares_of_an_event_are_paid_and_nothing_stays_locked(
    outcomes: int, done: list[tuple[str, str, list[int], int]], winner: int
) -> None:
    event = Event(outcomes)
    for what, wallet, numbers, size in done:
        if what != "list":
            event.move(what, Wallet(wallet), numbers, Shares(size))
        event.auditor.check()
    event.settle(winner % len(event.markets))
    totals = event.exchange.totals()
    assert (totals.locked, totals.in_accounts) == (0, totals.deposited)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(outcomes=st.integers(1, 3), done=st.lists(moves, max_size=25), winner=st.integers(-1, 4))
def test_outcomes_that_join_an_event_later_leave_its_shares_covered(
    outcomes: int, done: list[tuple[str, str, list[int], int]], winner: int
) -> None:
    """A set that was converted before gets nothing of the newcomer, so that there may be more cash than is owed."""
    event = Event(outcomes)
    for what, wallet, numbers, size in done:
        event.move(what, Wallet(wallet), numbers, Shares(size))
    for number, each in enumerate(event.markets):
        event.exchange.resolve(each, Price(10_000 if number == winner else 0), START_NS)
    for each in event.markets:
        for who in (ALICE, BOB):
            assert not isinstance(event.exchange.redeem(who, each, START_NS), Refused)
    totals = event.exchange.totals()
    assert totals.locked >= 0 and totals.in_accounts + totals.locked == totals.deposited


def test_an_event_has_one_winner() -> None:
    floor = Floor()
    floor.split(ALICE, 10, GROUP[0])
    floor.split(ALICE, 10, GROUP[1])
    floor.exchange.convert(ALICE, EVENT, NAMES[:2], Shares(10_000_000), floor.now_ns)
    floor.exchange.resolve(NAMES[0], Price(10_000), floor.now_ns)
    with pytest.raises(ValueError, match="more than"):
        floor.exchange.resolve(NAMES[1], Price(10_000), floor.now_ns)
    with pytest.raises(ValueError, match="more than"):
        floor.exchange.resolve(NAMES[1], Price(5_000), floor.now_ns)
    assert floor.exchange.resolution(NAMES[1]) is None and floor.exchange.is_accepting(NAMES[1], floor.now_ns)
    floor.exchange.resolve(NAMES[1], Price(0), floor.now_ns)


def test_two_outcomes_may_share_the_win() -> None:
    floor = Floor()
    for each in GROUP[:2]:
        floor.split(ALICE, 10, each)
    floor.exchange.convert(ALICE, EVENT, NAMES[:2], Shares(10_000_000), floor.now_ns)
    for name, payout in zip(NAMES, (5_000, 5_000, 0), strict=True):
        floor.exchange.resolve(name, Price(payout), floor.now_ns)
        floor.exchange.redeem(ALICE, name, floor.now_ns)
    assert floor.cash(ALICE) == 10_000 and floor.exchange.totals().locked == 0


def test_a_winner_is_remembered_when_its_market_is_forgotten() -> None:
    floor = Floor()
    floor.exchange.resolve(NAMES[0], Price(10_000), floor.now_ns)
    assert floor.exchange.forget_market(NAMES[0])
    with pytest.raises(ValueError, match="more than"):
        floor.exchange.resolve(NAMES[1], Price(10_000), floor.now_ns)


@pytest.mark.parametrize(
    ("event", "given_markets", "size"),
    [
        (EVENT, [], 1),
        (EVENT, NAMES[:1], 0),
        (EVENT, NAMES[:1], -1),
        (EVENT, [PLAIN.market], 1),
        (PLAIN.event, [PLAIN.market], 1),
        (EventId("none such"), NAMES[:1], 1),
        (EVENT, [MarketId("none such")], 1),
        (EVENT, [*NAMES, PLAIN.market], 1),
        (EVENT, NAMES[:1], 10_000_001),
    ],
)
def test_what_cannot_be_converted_is_refused_and_changes_nothing(
    event: EventId, given_markets: list[MarketId], size: int
) -> None:
    floor = Floor()
    floor.split(ALICE, 10, GROUP[0])
    floor.split(ALICE, 10, PLAIN)
    before = floor.exchange.totals(), floor.exchange.holdings(ALICE)
    assert isinstance(floor.exchange.convert(ALICE, event, given_markets, Shares(size), floor.now_ns), Refused)
    assert (floor.exchange.totals(), floor.exchange.holdings(ALICE)) == before


def test_a_market_named_twice_is_converted_once() -> None:
    floor = Floor()
    floor.split(ALICE, 10, GROUP[0])
    assert floor.exchange.convert(ALICE, EVENT, [NAMES[0], NAMES[0]], Shares(10_000_000), floor.now_ns) is None
    assert floor.cash(ALICE) == 9_990
    assert [floor.shares(ALICE, Outcome.YES, each) for each in GROUP] == [10, 10, 10]
