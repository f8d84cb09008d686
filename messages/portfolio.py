"""What is owned, what it cost, and what is promised: the ledger's immutable view."""

from enum import Enum

from attrs import frozen

from messages.fills import Fill
from messages.identity import MarketId, Outcome, StrategyName
from messages.orders import OrderChanged
from messages.units import PRICE_SCALE, SHARE_SCALE, Cash, Price, Shares


@frozen
class Position:
    """Shares of one market that one strategy holds, and what they cost it; fees are kept apart.

    `cash` is what went in (negative) and came out by trading, without fees, and by splits, merges and redemptions.
    `edge_at_fill` is what its fills were better than the middle of that moment, `fees` what they paid. Both as money of
    the account: positive is good for `edge_at_fill` and bad for `fees`. `rebates` and `rewards` are what the venue paid
    for its making. Of the shares, `provisional_yes` and `provisional_no` cannot be sold yet.

    `cost_yes` and `cost_no` are what the shares held have cost by average cost, without fees; below zero for shares
    that are owed. Volumes are in micro-pUSD: price times size.
    """

    market: MarketId
    strategy: StrategyName
    yes: Shares = Shares(0)
    no: Shares = Shares(0)
    cash: Cash = Cash(0)
    fees: Cash = Cash(0)
    edge_at_fill: Cash = Cash(0)
    bought: Shares = Shares(0)
    sold: Shares = Shares(0)
    fills: int = 0
    provisional_yes: Shares = Shares(0)
    provisional_no: Shares = Shares(0)
    cost_yes: Cash = Cash(0)
    cost_no: Cash = Cash(0)
    rebates: Cash = Cash(0)
    rewards: Cash = Cash(0)
    maker_fills: int = 0
    maker_volume: Cash = Cash(0)
    taker_volume: Cash = Cash(0)

    @property
    def taker_fills(self) -> int:
        return self.fills - self.maker_fills

    @property
    def realised(self) -> Cash:
        """What is earned whatever becomes of the shares: sales less the average cost of what was sold, less fees, and
        what the venue paid."""
        gained = self.cash + self.cost_yes + self.cost_no
        return Cash(gained - self.fees + self.rebates + self.rewards)

    def unrealised(self, middle: Price) -> Cash:
        """What the shares are worth at `middle` of YES more than they cost. With `realised` it is the whole profit."""
        return Cash(self.value(middle) - self.cost_yes - self.cost_no)

    def cost(self, outcome: Outcome) -> Cash:
        return self.cost_yes if outcome is Outcome.YES else self.cost_no

    def average_cost(self, outcome: Outcome) -> Cash | None:
        """Micro-pUSD for a whole share, rounded down; None where none is held."""
        held = self.shares(outcome)
        return Cash(self.cost(outcome) * SHARE_SCALE // held) if held else None

    def settled(self, outcome: Outcome) -> Shares:
        """Shares that can be sold."""
        if outcome is Outcome.YES:
            return Shares(self.yes - self.provisional_yes)
        return Shares(self.no - self.provisional_no)

    def shares(self, outcome: Outcome) -> Shares:
        return self.yes if outcome is Outcome.YES else self.no

    def value(self, middle: Price) -> Cash:
        """What the shares are worth at `middle` of YES. Exact for whole lots."""
        return Cash((self.yes * middle + self.no * (PRICE_SCALE - middle)) // PRICE_SCALE)


ACCOUNT = StrategyName("account")
"""Whose is what came or went without a trade and belongs to no strategy."""


@frozen
class AccountIncome:
    """What the venue paid that belongs to no market: to a strategy, or to `ACCOUNT`."""

    strategy: StrategyName
    rebates: Cash = Cash(0)
    rewards: Cash = Cash(0)


@frozen
class MarketPortfolio:
    """One market in the ledger: each strategy's position, and its open orders. `version` grows with each change."""

    market: MarketId
    version: int
    positions: tuple[Position, ...]
    open_orders: tuple[OrderChanged, ...]
    reserved_cash: Cash
    reserved_yes: Shares
    reserved_no: Shares

    @property
    def yes(self) -> Shares:
        return Shares(sum(position.yes for position in self.positions))

    @property
    def no(self) -> Shares:
        return Shares(sum(position.no for position in self.positions))

    def provisional(self, outcome: Outcome) -> Shares:
        """Shares that were bought and may still turn out not to have been."""
        if outcome is Outcome.YES:
            return Shares(sum(position.provisional_yes for position in self.positions))
        return Shares(sum(position.provisional_no for position in self.positions))

    def position_of(self, strategy: StrategyName) -> Position:
        for position in self.positions:
            if position.strategy == strategy:
                return position
        return Position(self.market, strategy)


@frozen
class Wallet:
    """Collateral: what was put in less what was taken out, what there is, how much of it open orders may still spend,
    and how much of it came from sales that are not settled."""

    deposited: Cash
    cash: Cash
    reserved: Cash
    provisional: Cash = Cash(0)

    @property
    def free(self) -> Cash:
        return Cash(self.cash - self.provisional - self.reserved)


@frozen
class PortfolioView:
    """The whole account after change number `version`."""

    version: int
    wallet: Wallet
    markets: tuple[MarketPortfolio, ...]
    at_ns: int
    incomes: tuple[AccountIncome, ...] = ()

    def market(self, market: MarketId) -> MarketPortfolio | None:
        for portfolio in self.markets:
            if portfolio.market == market:
                return portfolio
        return None


@frozen
class PortfolioChanged:
    """One market of the account changed: what those need who watch that market."""

    portfolio: MarketPortfolio
    wallet: Wallet


class MoveCause(Enum):
    """What moves cash or shares without a trade."""

    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    MAKER_REBATE = "MAKER_REBATE"
    REWARD = "REWARD"
    REDEMPTION = "REDEMPTION"
    SPLIT = "SPLIT"
    MERGE = "MERGE"


@frozen
class AccountMoved:
    """Cash or shares came or went without a trade; negative is what went. `move` is unique: heard twice it is one.

    `strategy` and `market` are whose it is: None for what belongs to the account as a whole, such as a deposit. Shares
    that go without a strategy are taken from who holds them. `yes_pays` is what a YES paid at a redemption, where it is
    known: it says whose the cash is when both tokens went at once.
    """

    move: str
    cause: MoveCause
    strategy: StrategyName | None
    market: MarketId | None
    cash: Cash
    yes: Shares
    no: Shares
    at_ns: int
    yes_pays: Price | None = None


@frozen
class SettledAccount:
    """What the chain has of ours once everything but the `unsettled` fills has moved what it moves: cash, and the
    shares of each token that was ever held."""

    version: int
    cash: Cash
    shares: tuple[tuple[MarketId, Outcome, Shares], ...]
    unsettled: tuple[Fill, ...]
