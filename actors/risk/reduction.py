"""Which orders reduce what is held, and by how much at most."""

from actors.risk.reservations import PendingSums
from messages.identity import Outcome, Side
from messages.intents import Place
from messages.portfolio import MarketPortfolio
from messages.units import Shares


def held(portfolio: MarketPortfolio, outcome: Outcome) -> Shares:
    return portfolio.yes if outcome is Outcome.YES else portfolio.no


def free_to_sell(portfolio: MarketPortfolio, pending: PendingSums, outcome: Outcome) -> Shares:
    """Shares held and settled that no order, written or authorised, is to sell; in micro-shares."""
    reserved = portfolio.reserved_yes if outcome is Outcome.YES else portfolio.reserved_no
    settled = held(portfolio, outcome) - portfolio.provisional(outcome)
    return Shares(settled - reserved - pending.shares(outcome))


def reducible(portfolio: MarketPortfolio, pending: PendingSums, place: Place) -> Shares:
    """The most that an order like `place` may amount to and only reduce, in micro-shares.

    SELL -> the shares that are free to sell
    BUY  -> the shares of the other token that are free, so far as neither this token nor open BUYs of it cover them:
            both tokens together are worth 1 whatever happens
    """
    if place.side is Side.SELL:
        return Shares(max(0, free_to_sell(portfolio, pending, place.outcome)))
    covered = held(portfolio, place.outcome) + _to_be_bought(portfolio, place.outcome) + pending.bought(place.outcome)
    return Shares(max(0, free_to_sell(portfolio, pending, place.outcome.other) - covered))


def _to_be_bought(portfolio: MarketPortfolio, outcome: Outcome) -> Shares:
    orders = (each for each in portfolio.open_orders if each.order.side is Side.BUY and each.order.outcome is outcome)
    return Shares(sum(each.remaining for each in orders))
