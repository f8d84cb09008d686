"""What was authorised counts until the ledger counts it."""

from hypothesis import given
from hypothesis import strategies as st

from actors.risk.reservations import NOTHING_PENDING, PendingReservations, PendingSums
from messages.identity import IntentId, MarketId, Outcome, Side
from messages.portfolio import MarketPortfolio
from messages.units import Cash, Shares
from tests.actors.samples import GAME, OTHER_GAME, authorised, changed, dollars, order_of, place, shares


def pending_of(*intents: str) -> PendingReservations:
    pending = PendingReservations()
    for intent in intents:
        wish = place(intent)
        pending.add(wish, authorised(wish).reservation)
    return pending


def test_it_counts_from_the_authorisation_on() -> None:
    pending = pending_of("i1", "i2")
    assert pending.cash == dollars(80)
    assert pending.of(GAME) == PendingSums(cash=dollars(80), yes_bought=shares(200), orders=2)


def test_it_counts_no_longer_once_the_ledger_shows_the_order() -> None:
    pending = pending_of("i1")
    assert pending.seen(changed(order_of(place("i1"))))
    assert not pending.seen(changed(order_of(place("i1"))))
    assert pending == PendingReservations()


def test_a_whole_market_may_be_shown_at_once() -> None:
    pending = pending_of("i1", "i2", "i3")
    orders = tuple(changed(order_of(place(intent), f"o{intent}")) for intent in ("i1", "i3"))
    pending.seen_in(MarketPortfolio(GAME, 1, (), orders, dollars(80), Shares(0), Shares(0)))
    assert pending.intents() == ("i2",)


def test_authorised_twice_it_counts_once() -> None:
    assert pending_of("i1", "i1").cash == dollars(40)


acts = st.tuples(
    st.integers(0, 5),
    st.sampled_from(Side),
    st.sampled_from(Outcome),
    st.sampled_from([GAME, OTHER_GAME]),
    st.booleans(),
)


@given(st.lists(acts, max_size=30))
def test_the_sums_are_those_of_what_is_pending(history: list[tuple[int, Side, Outcome, MarketId, bool]]) -> None:
    pending, kept = PendingReservations(), {}
    for number, side, outcome, game, adds in history:
        wish = place(f"i{number}", side, outcome, where=game)
        if adds:
            kept[wish.intent] = wish
            pending.add(wish, authorised(wish).reservation)
        else:
            assert pending.release(wish.intent) == (kept.pop(wish.intent, None) is not None)
    assert set(pending.intents()) == set(kept)
    assert pending.cash == sum(authorised(each).reservation.cash for each in kept.values())
    for game in (GAME, OTHER_GAME):
        mine = [authorised(each).reservation for each in kept.values() if each.market == game]
        sums = pending.of(game)
        assert sums.orders == len(mine)
        assert sums.yes_shares == sum(each.yes_shares for each in mine)
        assert sums.no_shares == sum(each.no_shares for each in mine)
    for intent in list(kept):
        pending.release(IntentId(intent))
    assert pending.cash == Cash(0)
    assert pending.of(GAME) == pending.of(OTHER_GAME) == NOTHING_PENDING
