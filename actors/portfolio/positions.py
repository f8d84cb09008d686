"""What one fill, or one move without a trade, does to cash and to positions, and how that is rounded."""

from collections.abc import Mapping

from attrs import evolve

from actors.portfolio.average_cost import cost_after
from actors.portfolio.moves import legs
from messages.fills import Fill, Liquidity
from messages.identity import MarketId, Outcome, Side, StrategyName
from messages.portfolio import ACCOUNT, AccountMoved, MoveCause, Position
from messages.units import Cash, Price, Shares, complement, notional, proceeds


def middle_of_token(fill: Fill) -> Price:
    """The middle at the time of the fill, in the terms of the token that was traded."""
    return fill.middle if fill.outcome is Outcome.YES else complement(fill.middle)


def cash_flow(fill: Fill) -> Cash:
    """What the fill brought (positive) or cost, in micro-pUSD, without its fee; parts of a unit are against us."""
    if fill.side is Side.BUY:
        return Cash(-notional(fill.price, fill.size))
    return proceeds(fill.price, fill.size)


def shares_moved(fill: Fill) -> int:
    """Micro-shares of the fill's token that came (positive) or went."""
    return fill.size if fill.side is Side.BUY else -fill.size


def edge_at_fill(fill: Fill) -> Cash:
    """What the fill was better than the middle of its moment, in micro-pUSD.

    It is the cash flow plus the value of the shares that moved, each rounded to whole units against us. So cash and
    edge of a position always differ by a whole value at fill, and the causes of profit sum exactly whatever the sizes.
    Exact for whole lots: (middle - price) x size for a BUY, (price - middle) x size for a SELL.
    """
    middle = middle_of_token(fill)
    moved = proceeds(middle, fill.size) if fill.side is Side.BUY else -notional(middle, fill.size)
    return Cash(cash_flow(fill) + moved)


def after_fill(position: Position, fill: Fill) -> Position:
    """The position after the fill. It may go below zero: a strategy may sell what another one bought."""
    flow = cash_flow(fill)
    after = _traded(position, fill.outcome, shares_moved(fill), flow)
    buy, made = fill.side is Side.BUY, fill.liquidity is Liquidity.MAKER
    return evolve(
        after,
        fees=Cash(position.fees + fill.fee),
        edge_at_fill=Cash(position.edge_at_fill + edge_at_fill(fill)),
        bought=Shares(position.bought + fill.size) if buy else position.bought,
        sold=position.sold if buy else Shares(position.sold + fill.size),
        fills=position.fills + 1,
        maker_fills=position.maker_fills + made,
        maker_volume=Cash(position.maker_volume + abs(flow)) if made else position.maker_volume,
        taker_volume=position.taker_volume if made else Cash(position.taker_volume + abs(flow)),
    )


def after_move(
    market: MarketId, positions: Mapping[StrategyName, Position], moved: AccountMoved
) -> dict[StrategyName, Position]:
    """Those of the positions in `market` that the move changes, as they are after it. It is a sound one."""
    if moved.cause in (MoveCause.MAKER_REBATE, MoveCause.REWARD):
        owner = moved.strategy or ACCOUNT
        return {owner: _paid(_of(market, positions, owner), moved)}
    changed: dict[StrategyName, Position] = {}
    for leg in legs(moved, positions):
        before = changed.get(leg.strategy) or _of(market, positions, leg.strategy)
        changed[leg.strategy] = _traded(before, leg.outcome, leg.came, leg.cash)
    return changed


def _of(market: MarketId, positions: Mapping[StrategyName, Position], strategy: StrategyName) -> Position:
    return positions.get(strategy) or Position(market, strategy)


def _paid(position: Position, moved: AccountMoved) -> Position:
    if moved.cause is MoveCause.MAKER_REBATE:
        return evolve(position, rebates=Cash(position.rebates + moved.cash))
    return evolve(position, rewards=Cash(position.rewards + moved.cash))


def _traded(position: Position, outcome: Outcome, came: int, flow: int) -> Position:
    cash = Cash(position.cash + flow)
    if outcome is Outcome.YES:
        cost = Cash(cost_after(position.yes, position.cost_yes, came, -flow))
        return evolve(position, cash=cash, yes=Shares(position.yes + came), cost_yes=cost)
    cost = Cash(cost_after(position.no, position.cost_no, came, -flow))
    return evolve(position, cash=cash, no=Shares(position.no + came), cost_no=cost)
