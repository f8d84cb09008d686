"""The journal's witness when markets join and leave: no false alarm, and it counts with the fees of those that came."""

from attrs import AttrsInstance
from hypothesis import given
from hypothesis import strategies as st

from actors.records.invariants import InvariantCheck
from actors.records.journal_store import Record
from actors.records.record_kinds import row_of
from messages.identity import Lease, MarketId, Side, Tier
from messages.orders import OrderState
from messages.ownership import LeaseChanged
from messages.risk import BookDirty, ModeChanged, RiskMode
from messages.sessions import MarketJoined, MarketLeft
from tests.actors.samples import (
    GAME,
    MAKER,
    TAKER_FEES,
    authorised,
    dollars,
    fill_of,
    market,
    moved,
    order_of,
    place,
    shares,
)

COMING = market(MarketId("0x" + "c" * 64), TAKER_FEES)
JOINED, LEFT = MarketJoined(COMING, 1), MarketLeft(COMING.market, 2)


def lease(where: MarketId = COMING.market, fencing: int = 1) -> LeaseChanged:
    return LeaseChanged(where, Lease(where, MAKER, Tier.MARKET_MAKING, fencing), "claimed", 0)


def numbers(*records: AttrsInstance, deposit: int = 100) -> list[int]:
    check = InvariantCheck.start(dollars(deposit), [market()])
    return [
        each.number for seq, record in enumerate(records, 1) for each in check.see(Record(seq, *row_of(record, seq)))
    ]


def bought_and_sold(where: MarketId, name: str, fencing: int = 1) -> list[AttrsInstance]:
    buy = place(f"b{name}", where=where, fencing=fencing)
    bought = order_of(buy, f"ob{name}")
    sell = place(f"s{name}", Side.SELL, price=6000, where=where, fencing=fencing)
    sold = order_of(sell, f"os{name}")
    return [
        lease(where, fencing), authorised(buy), bought, moved(bought, OrderState.LIVE), fill_of(bought, f"tb{name}"),
        authorised(sell), sold, fill_of(sold, f"ts{name}"),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=6))
def test_whoever_comes_and_goes_meanwhile_a_clean_history_has_no_violation(news: list[tuple[int, bool]]) -> None:
    history = bought_and_sold(GAME, "1")
    for where, joins in news:
        history.insert(min(where, len(history)), JOINED if joins else LEFT)
    assert numbers(*history) == []


def test_what_an_order_may_pay_in_fees_is_reserved_in_a_market_that_joined() -> None:
    """40 pUSD buy 100 at 0.40, and nothing is left for the fee."""
    wish = place(where=COMING.market, post_only=False)
    order = order_of(wish)
    assert numbers(JOINED, lease(), authorised(wish), order, deposit=40) == [1]
    assert numbers(JOINED, lease(), authorised(wish), order, deposit=43) == []


def test_its_fees_are_those_of_its_first_coming_as_in_the_ledger() -> None:
    wish = place(where=COMING.market, post_only=False)
    free = MarketJoined(market(COMING.market), 3)
    assert numbers(JOINED, LEFT, free, lease(), authorised(wish), order_of(wish), deposit=40) == [1]


def test_one_that_comes_again_begins_anew_and_is_not_held_to_its_end() -> None:
    """Its book was dirty, everything was halted there, and its leases are counted from the beginning."""
    first: list[AttrsInstance] = [JOINED, *bought_and_sold(COMING.market, "1", fencing=7)]
    end: list[AttrsInstance] = [
        BookDirty(COMING.market, "its end", 5),
        ModeChanged(COMING.market, RiskMode.HALT, ("its end",), 5),
    ]
    again = bought_and_sold(COMING.market, "2", fencing=1)
    assert numbers(*first, *end, LEFT, JOINED, *again) == []
    assert {2, 3} <= set(numbers(*first, *end, *again)), "without having left it would be held to all of it"


def test_what_is_owned_of_a_market_that_left_still_counts_against_the_venue() -> None:
    check = InvariantCheck.start(dollars(100), [market()])
    wish = place(where=COMING.market)
    order = order_of(wish)
    history: list[AttrsInstance] = [JOINED, lease(), authorised(wish), order, fill_of(order), LEFT]
    for seq, record in enumerate(history, 1):
        assert check.see(Record(seq, *row_of(record, seq))) == []
    held = {(COMING.market, wish.outcome): shares(100)}
    assert check.agrees_with_venue(dollars(60), held, ()) == []
    assert len(check.agrees_with_venue(dollars(60), {}, ())) == 1
