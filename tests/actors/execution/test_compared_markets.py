"""Of which markets the account is compared while they come and go: never too early, and while something is held."""

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.live.compared_markets import ComparedMarkets
from actors.execution.live.reconciliation import Baseline
from messages.control import AccountOpened
from messages.fills import Fill
from messages.identity import MarketId, Outcome
from messages.portfolio import SettledAccount
from messages.sessions import MarketJoined, MarketLeft
from messages.units import Cash, Shares
from tests.actors.samples import GAME, dollars, fill_of, market, order_of, place, shares

COMING = tuple(market(MarketId("0x" + letter * 64)) for letter in "cd")
C, D = (each.market for each in COMING)


def account(*held: MarketId, unsettled: tuple[Fill, ...] = ()) -> SettledAccount:
    sizes = tuple((each, Outcome.YES, shares(5)) for each in held)
    return SettledAccount(1, dollars(1), (*sizes, (GAME, Outcome.NO, Shares(0))), unsettled)


def opened(name: MarketId, yes: int = 0) -> AccountOpened:
    return AccountOpened("0x", Cash(0), ((name, Outcome.YES, shares(yes)), (name, Outcome.NO, Shares(0))), 1)


def compared() -> ComparedMarkets:
    return ComparedMarkets([market()], Baseline())


def test_one_that_joined_is_compared_once_it_is_known_what_was_there_before() -> None:
    """Else what the owner bought by hand would be a difference, and halt everything."""
    markets = compared()
    markets.hear(MarketJoined(COMING[0], 1))
    assert markets.wanted(account()) == (GAME,)
    markets.hear(opened(C, yes=3))
    assert markets.wanted(account()) == (GAME, C)
    assert markets.baseline.shares[C, Outcome.YES] == shares(3)


def test_one_that_left_is_compared_once_more_and_then_while_something_is_held_of_it() -> None:
    markets = compared()
    for news in (MarketJoined(COMING[0], 1), opened(C), MarketLeft(C, 2)):
        markets.hear(news)
    assert markets.wanted(account()) == (GAME, C)
    assert markets.wanted(account()) == (GAME, C), "that comparison did not agree"
    markets.agreed()
    assert markets.wanted(account()) == (GAME,)
    assert markets.wanted(account(C)) == (GAME, C)
    fill = fill_of(order_of(place(where=C)))
    assert markets.wanted(account(unsettled=(fill,))) == (GAME, C)
    assert markets.wanted(account()) == (GAME,)


def test_one_that_leaves_during_a_comparison_is_in_the_next() -> None:
    markets = compared()
    for news in (MarketJoined(COMING[0], 1), opened(C)):
        markets.hear(news)
    markets.wanted(account())
    markets.hear(MarketLeft(C, 2))
    markets.agreed()
    assert markets.wanted(account()) == (GAME, C)


def test_the_markets_of_the_beginning_are_always_compared() -> None:
    markets = compared()
    markets.hear(MarketLeft(GAME, 1))
    markets.agreed()
    assert markets.wanted(account()) == (GAME,)


NEWS = st.one_of(
    st.builds(MarketJoined, st.sampled_from(COMING), st.just(1)),
    st.builds(MarketLeft, st.sampled_from([C, D, GAME]), st.just(2)),
    st.builds(opened, st.sampled_from([C, D])),
)


@settings(deadline=None)
@given(st.lists(NEWS, max_size=14), st.lists(st.sampled_from([C, D]), max_size=2, unique=True))
def test_whoever_begins_anew_from_the_journal_compares_the_same(news: list[object], held: list[MarketId]) -> None:
    """But for one thing: what has left is not compared once more where nothing is held of it."""
    living, reborn = compared(), compared()
    for each in news:
        living.hear(each)
        living.wanted(account())
        living.agreed()
    reborn.recover(news)
    assert sorted(reborn.wanted(account(*held))) == sorted(living.wanted(account(*held)))
    assert reborn.baseline == living.baseline
    wanted = living.wanted(account(*held))
    assert len(wanted) == len(set(wanted))
