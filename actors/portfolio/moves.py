"""What comes and goes without a trade: what it may look like, and how it is shared out among those who hold shares."""

from collections.abc import Iterator, Mapping

from attrs import frozen

from messages.identity import Outcome, StrategyName
from messages.portfolio import ACCOUNT, AccountMoved, MoveCause, Position
from messages.units import ONE, PRICE_SCALE, Price, format_cash, format_shares

_HALF = Price(PRICE_SCALE // 2)


@frozen
class Leg:
    """A part of a move: shares of one token that came to a strategy (positive) or went, and the cash that came."""

    strategy: StrategyName
    outcome: Outcome
    came: int
    cash: int


def is_sound(moved: AccountMoved) -> bool:
    """Whether the amounts are such as its cause can move. One that is not is kept aside: nothing of it is guessed."""
    cash, yes, no = moved.cash, moved.yes, moved.no
    if moved.cause in (MoveCause.REDEMPTION, MoveCause.SPLIT, MoveCause.MERGE):
        return moved.market is not None and _moves_shares(moved)
    if yes or no:
        return False
    return cash < 0 if moved.cause is MoveCause.WITHDRAWAL else cash > 0


def is_same_move(one: AccountMoved, other: AccountMoved) -> bool:
    """Whether two of one id say the same; the time may differ by where it was heard."""
    told = (other.cause, other.strategy, other.market, other.cash, other.yes, other.no)
    return (one.cause, one.strategy, one.market, one.cash, one.yes, one.no) == told


def legs(moved: AccountMoved, positions: Mapping[StrategyName, Position]) -> Iterator[Leg]:
    """Who gets and gives what; the legs sum to the move exactly. Where no strategy is named, what goes is taken from
    those who hold it, in the order of their names, and the rest is the account's own."""
    cash_of_yes, cash_of_no = _cash_of_tokens(moved)
    for outcome, came, cash in ((Outcome.YES, moved.yes, cash_of_yes), (Outcome.NO, moved.no, cash_of_no)):
        given = 0
        for strategy, part in _parts(moved.strategy, outcome, came, positions):
            # Each gets what is left of the whole after the ones before, so that nothing is lost to rounding.
            until = given + part
            yield Leg(strategy, outcome, part, cash * until // came - cash * given // came)
            given = until


def text_of_move(moved: AccountMoved) -> str:
    amounts = f"{format_cash(moved.cash)} pUSD, {format_shares(moved.yes)} YES, {format_shares(moved.no)} NO"
    return f"{moved.cause.value} {moved.move} of {amounts}, {moved.strategy or 'no strategy'} in {moved.market or '-'}"


def _moves_shares(moved: AccountMoved) -> bool:
    cash, yes, no = moved.cash, moved.yes, moved.no
    match moved.cause:
        case MoveCause.SPLIT:
            return yes == no == -cash > 0
        case MoveCause.MERGE:
            return yes == no == -cash < 0
        case _:
            goes = yes <= 0 and no <= 0 and yes + no < 0
            return goes and 0 <= cash <= max(-yes, -no) and _is_paid_so(moved, moved.yes_pays)


def _is_paid_so(moved: AccountMoved, pays: Price | None) -> bool:
    """To a unit for each token: each is rounded by itself."""
    if pays is None:
        return True
    owed = -moved.yes * pays - moved.no * (ONE - pays)
    return 0 <= pays <= ONE and abs(moved.cash * PRICE_SCALE - owed) < 2 * PRICE_SCALE


def _cash_of_tokens(moved: AccountMoved) -> tuple[int, int]:
    """How much of the cash belongs to the YES, and how much to the NO. Of a set, each is half."""
    if not moved.no:
        return moved.cash, 0
    if not moved.yes:
        return 0, moved.cash
    of_yes = -moved.yes * _yes_pays(moved) // PRICE_SCALE
    return of_yes, moved.cash - of_yes


def _yes_pays(moved: AccountMoved) -> Price:
    if moved.cause is not MoveCause.REDEMPTION:
        return _HALF
    if moved.yes_pays is not None:
        return moved.yes_pays
    # cash = yes * p + no * (1 - p) has one answer unless both are as many.
    yes, no = -moved.yes, -moved.no
    if yes == no:
        return _HALF
    return Price(min(max((moved.cash - no) * PRICE_SCALE // (yes - no), 0), ONE))


def _parts(
    strategy: StrategyName | None, outcome: Outcome, came: int, positions: Mapping[StrategyName, Position]
) -> Iterator[tuple[StrategyName, int]]:
    if not came:
        return
    if strategy is None and came < 0:
        for name in sorted(positions):
            part = min(-came, max(positions[name].shares(outcome), 0))
            if part:
                yield name, -part
                came += part
    if came:
        yield strategy or ACCOUNT, came
