"""What the account has depends neither on the order in which it was heard, nor on what turned out not to have been."""

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.portfolio.booking import Booked
from actors.portfolio.history import CHECKPOINT_EVERY
from actors.portfolio.ledger import Ledger
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import Outcome, Side, StrategyName
from messages.portfolio import AccountMoved, MoveCause, Position
from messages.units import LOT, PRICE_SCALE, Cash, Price, Shares
from tests.actors.portfolio.naive_account import Heard
from tests.actors.samples import ARBITRAGE, GAME, MAKER, dollars, fill_of, market, order_of, place

DEPOSIT = dollars(1_000_000)
MIDDLES = {GAME: Price(4321)}

prices = st.integers(1, PRICE_SCALE - 1)
lots = st.integers(1, 500)
moments = st.integers(1, 30)
whose = st.sampled_from([MAKER, ARBITRAGE])


@st.composite
def fills(draw: st.DrawFn, name: str) -> Fill:
    side, outcome = draw(st.sampled_from(Side)), draw(st.sampled_from(Outcome))
    order = order_of(place(name, side, outcome, draw(prices), Shares(draw(lots) * LOT), strategy=draw(whose)), name)
    return evolve(fill_of(order, name, middle=draw(prices), at_ns=draw(moments)), provisional=True)


@st.composite
def moves(draw: st.DrawFn, name: str) -> AccountMoved:
    cause = draw(st.sampled_from([each for each in MoveCause if each is not MoveCause.WITHDRAWAL]))
    size, who = draw(lots) * LOT, draw(st.none() | whose)
    cash, yes, no = {
        MoveCause.SPLIT: (-size, size, size),
        MoveCause.MERGE: (size, -size, -size),
        MoveCause.REDEMPTION: (size, -size, -draw(lots) * LOT),
    }.get(cause, (size, 0, 0))
    return AccountMoved(name, cause, who, GAME, Cash(cash), Shares(yes), Shares(no), draw(moments))


@st.composite
def events(draw: st.DrawFn, most: int) -> list[Fill | AccountMoved]:
    """In the order in which they happened, more of them than lie between two checkpoints."""
    count = draw(st.integers(1, most))
    found = [draw(st.one_of(fills(f"t{number}"), moves(f"m{number}"))) for number in range(count)]
    return sorted(found, key=lambda each: each.at_ns)


def heard_by(messages: list[Heard]) -> Ledger:
    ledger = Ledger(DEPOSIT, [market()])
    for message in messages:
        tell(ledger, message)
    return ledger


def tell(ledger: Ledger, message: Heard) -> Booked | None:
    match message:
        case Fill():
            return ledger.fill(message)
        case FillSettled():
            return ledger.settle(message)
        case FillReversed():
            return ledger.reverse(message)
        case AccountMoved():
            return ledger.transfer(message)


def account(ledger: Ledger) -> tuple[object, ...]:
    """All that it has; not which news it heard last, nor who once had something that had never been."""
    positions: dict[StrategyName, Position] = {
        position.strategy: position
        for portfolio in ledger.view().markets
        for position in portfolio.positions
        if position != Position(GAME, position.strategy)
    }
    settled = ledger.settled()
    held = {(market, outcome): size for market, outcome, size in settled.shares if size}
    unsettled = {fill.trade for fill in settled.unsettled}
    return positions, ledger.wallet(), settled.cash, held, unsettled, ledger.profit(MIDDLES).total


def ends_of(happened: list[Fill | AccountMoved], fates: dict[str, str]) -> list[Heard]:
    return [
        (FillReversed if fates[fill.trade] == "failed" else FillSettled)(fill.trade, fill.order, fill.market, 99)
        for fill in happened
        if isinstance(fill, Fill) and fates[fill.trade] != "open"
    ]


def fates_of(draw: st.DataObject, happened: list[Fill | AccountMoved]) -> dict[str, str]:
    fate = st.sampled_from(["open", "settled", "failed"])
    return {fill.trade: draw.draw(fate) for fill in happened if isinstance(fill, Fill)}


@settings(deadline=None)
@given(happened=events(4 * CHECKPOINT_EVERY), data=st.data())
def test_the_account_is_the_same_whatever_the_order_and_however_often(
    happened: list[Fill | AccountMoved], data: st.DataObject
) -> None:
    messages: list[Heard] = [*happened, *ends_of(happened, fates_of(data, happened))]
    again = data.draw(st.lists(st.sampled_from(messages), max_size=5))
    shuffled = data.draw(st.permutations(messages + again))
    assert account(heard_by(shuffled)) == account(heard_by(messages))


@settings(deadline=None)
@given(happened=events(4 * CHECKPOINT_EVERY), data=st.data())
def test_a_fill_that_failed_has_never_been_whatever_came_in_between(
    happened: list[Fill | AccountMoved], data: st.DataObject
) -> None:
    fates = fates_of(data, happened)
    ends = ends_of(happened, fates)
    reversals = [end for end in ends if isinstance(end, FillReversed)]
    failed = {end.trade for end in reversals}
    never: list[Heard] = [each for each in happened if not isinstance(each, Fill) or each.trade not in failed]
    kept = [end for end in ends if end not in reversals]
    assert account(heard_by([*happened, *kept, *reversals])) == account(heard_by([*never, *kept]))


@given(happened=events(6), data=st.data())
def test_each_reversal_takes_back_just_its_fill(happened: list[Fill | AccountMoved], data: st.DataObject) -> None:
    """Heard, reversed, and then the others: as if the others alone had been heard, at every step."""
    extra = data.draw(fills("extra"))
    ledger, other = Ledger(DEPOSIT, [market()]), Ledger(DEPOSIT, [market()])
    where = data.draw(st.integers(0, len(happened)))
    for number, message in enumerate([*happened, None]):
        if number == where:
            ledger.fill(extra)
            tell(ledger, FillReversed(extra.trade, extra.order, extra.market, 99))
        assert account(ledger) == account(other)
        if message is not None:
            tell(ledger, message)
            tell(other, message)
