"""What an order would take, and whether that is enough for its type and not too much for its wallet."""

from messages.identity import Side
from messages.units import LOT, Price, Shares, notional
from polyactors.exchange import admission
from polyactors.exchange.accounts.account import Account
from polyactors.exchange.market_state import MarketState
from polyactors.exchange.matching.book import Meeting
from polyactors.exchange.matching.resting import OpenOrder
from polyactors.exchange.words import OrderType, Refused


def by_price(meetings: list[Meeting]) -> dict[Price, list[Meeting]]:
    levels: dict[Price, list[Meeting]] = {}
    for meeting in meetings:
        levels.setdefault(meeting.price, []).append(meeting)
    return levels


def total(meetings: list[Meeting]) -> Shares:
    return Shares(sum(meeting.size for meeting in meetings))


def refused_by_outcome(taker: OpenOrder, meetings: list[Meeting]) -> Refused | None:
    """Whether what it would take is too little for its type."""
    match taker.order.order_type:
        case OrderType.FOK:
            return None if _is_filled(taker, meetings) else admission.FOK_NOT_FILLED
        case OrderType.FAK:
            return None if meetings else admission.FAK_NOT_FILLED
        case _:
            return None


def refused_by_balance(
    state: MarketState, account: Account, taker: OpenOrder, meetings: list[Meeting]
) -> Refused | None:
    """A wallet has to have all that its order offers, and what it would cost at once with the fees."""
    order = taker.order
    if order.side is Side.SELL:
        free, wanted = int(account.free_shares(order.market, order.outcome)), int(taker.remaining)
    else:
        offered = notional(order.price, taker.remaining) if order.budget is None else order.budget
        rest = Shares(taker.remaining - total(meetings)) if order.order_type.rests else Shares(0)
        cost = _cost(state, meetings) + notional(order.price, rest)
        free, wanted = int(account.free_cash(order.market)), max(offered, cost)
    return None if wanted <= free else admission.not_enough(free, wanted)


def _is_filled(taker: OpenOrder, meetings: list[Meeting]) -> bool:
    """Less than a lot may be missing: of the shares, or of what the budget would buy of them."""
    if not meetings:
        return False
    if taker.remaining - total(meetings) < LOT:
        return True
    budget = taker.order.budget
    if budget is None:
        return False
    spent = sum(notional(meeting.price, meeting.size) for meeting in meetings)
    return budget - spent < notional(taker.order.price, LOT)


def _cost(state: MarketState, meetings: list[Meeting]) -> int:
    fees = state.listing.market.fees
    levels = [(price, total(group)) for price, group in by_price(meetings).items()]
    return sum(notional(price, size) + fees.taker_fee(price, size) for price, size in levels)
