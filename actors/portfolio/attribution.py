"""Where profit came from: spread, fees, inventory; by strategy and market, summing to the account's profit exactly."""

from collections.abc import Iterable, Mapping

from attrs import frozen

from messages.identity import MarketId, StrategyName
from messages.portfolio import Position
from messages.units import Cash, Price


class NoMiddle(KeyError):
    """Shares are held in a market whose middle was not given."""


@frozen
class ProfitLine:
    """The profit of one strategy in one market, in micro-pUSD; `fees` is negative where fees were paid.

    `spread` is what its fills were better than the middle of their moment, `inventory` what the shares have gained
    since: their value now less their value at fill. spread + fees + inventory == total.
    """

    market: MarketId
    strategy: StrategyName
    spread: Cash
    fees: Cash
    inventory: Cash

    @property
    def total(self) -> Cash:
        return Cash(self.spread + self.fees + self.inventory)


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
    def total(self) -> Cash:
        return Cash(sum(line.total for line in self.lines))


def attribute(positions: Iterable[Position], middles: Mapping[MarketId, Price]) -> Profit:
    """The profit of each position at the middles given in YES terms, in the order of the positions.

    Rounding: a position is worth `Position.value`, rounded down to whole units once; an account is worth its cash and
    the sum of those. The edge of a fill was rounded when it was booked. Inventory is what lies between, to the unit.

    Raises `NoMiddle` where shares are held in a market without a middle.
    """
    return Profit(tuple(_line(position, _value(position, middles)) for position in positions))


def _line(position: Position, value: Cash) -> ProfitLine:
    value_at_fill = position.edge_at_fill - position.cash
    return ProfitLine(
        position.market,
        position.strategy,
        spread=position.edge_at_fill,
        fees=Cash(-position.fees),
        inventory=Cash(value - value_at_fill),
    )


def _value(position: Position, middles: Mapping[MarketId, Price]) -> Cash:
    if not position.yes and not position.no:
        return Cash(0)
    if position.market not in middles:
        raise NoMiddle(position.market)
    return position.value(middles[position.market])
