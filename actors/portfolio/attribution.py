"""Where profit came from: spread, fees, inventory, rebates, rewards; by strategy and market, summing to the account's
profit exactly."""

from collections.abc import Iterable, Mapping

from attrs import frozen

from messages.identity import MarketId, StrategyName
from messages.portfolio import AccountIncome, Position
from messages.units import Cash, Price


class NoMiddle(KeyError):
    """Shares are held in a market whose middle was not given."""


@frozen
class ProfitLine:
    """The profit of one strategy in one market, in micro-pUSD; `fees` is negative where fees were paid.

    `spread` is what its fills were better than the middle of their moment, `inventory` what the shares have gained
    since: their value now, or what they were redeemed for, less their value at fill. `rebates` and `rewards` are what
    the venue paid; for no market, where `market` is None. spread + fees + inventory + rebates + rewards == total.

    Of the same total, `unrealised` is what the shares held are worth more than their average cost.
    """

    market: MarketId | None
    strategy: StrategyName
    spread: Cash
    fees: Cash
    inventory: Cash
    rebates: Cash = Cash(0)
    rewards: Cash = Cash(0)
    unrealised: Cash = Cash(0)

    @property
    def total(self) -> Cash:
        return Cash(self.spread + self.fees + self.inventory + self.rebates + self.rewards)

    @property
    def realised(self) -> Cash:
        """After fees, with what the venue paid."""
        return Cash(self.total - self.unrealised)


@frozen
class Profit:
    """All lines; each sum is that of its column, and `total` the profit of the account (invariant 9)."""

    lines: tuple[ProfitLine, ...]

    @property
    def spread(self) -> Cash:
        return Cash(sum(line.spread for line in self.lines))

    @property
    def fees(self) -> Cash:
        return Cash(sum(line.fees for line in self.lines))

    @property
    def inventory(self) -> Cash:
        return Cash(sum(line.inventory for line in self.lines))

    @property
    def rebates(self) -> Cash:
        return Cash(sum(line.rebates for line in self.lines))

    @property
    def rewards(self) -> Cash:
        return Cash(sum(line.rewards for line in self.lines))

    @property
    def realised(self) -> Cash:
        return Cash(sum(line.realised for line in self.lines))

    @property
    def unrealised(self) -> Cash:
        return Cash(sum(line.unrealised for line in self.lines))

    @property
    def total(self) -> Cash:
        return Cash(sum(line.total for line in self.lines))


def attribute(
    positions: Iterable[Position], middles: Mapping[MarketId, Price], incomes: Iterable[AccountIncome] = ()
) -> Profit:
    """The profit of each position at the middles given in YES terms, in the order of the positions, and of what came
    without a market.

    Rounding: a position is worth `Position.value`, rounded down to whole units once; an account is worth its cash and
    the sum of those. The edge of a fill was rounded when it was booked. Inventory is what lies between, to the unit.

    Raises `NoMiddle` where shares are held in a market without a middle.
    """
    lines = [_line(position, _value(position, middles)) for position in positions]
    return Profit((*lines, *map(_line_of_income, incomes)))


def _line(position: Position, value: Cash) -> ProfitLine:
    value_at_fill = position.edge_at_fill - position.cash
    return ProfitLine(
        position.market,
        position.strategy,
        spread=position.edge_at_fill,
        fees=Cash(-position.fees),
        inventory=Cash(value - value_at_fill),
        rebates=position.rebates,
        rewards=position.rewards,
        unrealised=Cash(value - position.cost_yes - position.cost_no),
    )


def _line_of_income(income: AccountIncome) -> ProfitLine:
    return ProfitLine(None, income.strategy, Cash(0), Cash(0), Cash(0), rebates=income.rebates, rewards=income.rewards)


def _value(position: Position, middles: Mapping[MarketId, Price]) -> Cash:
    if not position.yes and not position.no:
        return Cash(0)
    if position.market not in middles:
        raise NoMiddle(position.market)
    return position.value(middles[position.market])
