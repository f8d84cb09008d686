"""What a strategy still has of what it bought, when others may sell the account's shares.

A fill is booked to the strategy whose order it was. So when the unwinder sells what the maker bought, the unwinder's
own position goes below zero and the maker's stays: the sum is the account's, and neither by itself is there.
"""

from attrs import evolve, frozen

from actors.order_management.desired import Funds
from messages.identity import Outcome, StrategyName
from messages.portfolio import MarketPortfolio, PortfolioChanged, Position
from messages.units import Shares


def holding_of(portfolio: MarketPortfolio, strategy: StrategyName) -> Position:
    """The position of `strategy` without those of its shares that others sold, and never below zero.

    What others sold is taken from the holders in the order of their names. Nothing is changed where nobody sold more
    than it had.
    """
    position = portfolio.position_of(strategy)
    yes, no = _left(portfolio, strategy, Outcome.YES), _left(portfolio, strategy, Outcome.NO)
    if (yes, no) == (position.yes, position.no):
        return position
    return evolve(
        position,
        yes=yes,
        no=no,
        provisional_yes=Shares(min(position.provisional_yes, yes)),
        provisional_no=Shares(min(position.provisional_no, no)),
    )


def funds_of(changed: PortfolioChanged, strategy: StrategyName) -> Funds:
    """What `strategy` may use: all the cash that is free, and of its settled shares those that no order is to sell and
    the account has."""
    portfolio = changed.portfolio
    holding = holding_of(portfolio, strategy)
    free = free_shares(portfolio)
    return Funds(
        changed.wallet.free,
        Shares(max(0, min(holding.settled(Outcome.YES), free.yes))),
        Shares(max(0, min(holding.settled(Outcome.NO), free.no))),
    )


@frozen
class Pair:
    """Shares of both tokens of a market."""

    yes: Shares
    no: Shares

    def of(self, outcome: Outcome) -> Shares:
        return self.yes if outcome is Outcome.YES else self.no


def free_shares(portfolio: MarketPortfolio) -> Pair:
    """Of the whole account: settled, and no order is to sell them. Below zero is a shortfall."""
    yes = portfolio.yes - portfolio.provisional(Outcome.YES) - portfolio.reserved_yes
    no = portfolio.no - portfolio.provisional(Outcome.NO) - portfolio.reserved_no
    return Pair(Shares(yes), Shares(no))


def _left(portfolio: MarketPortfolio, strategy: StrategyName, outcome: Outcome) -> Shares:
    sold = -sum(min(0, each.shares(outcome)) for each in portfolio.positions)
    if not sold:
        return portfolio.position_of(strategy).shares(outcome)
    for each in sorted(portfolio.positions, key=_name):
        has = max(0, each.shares(outcome))
        if each.strategy == strategy:
            return Shares(max(0, has - sold))
        sold = max(0, sold - has)
    return Shares(0)


def _name(position: Position) -> str:
    return position.strategy
