"""How much may be at risk, and how much is."""

from collections.abc import Collection

from attrs import frozen

from actors.risk.reservations import PendingReservations
from messages.identity import MarketId
from messages.portfolio import MarketPortfolio, PortfolioView
from messages.units import Cash


@frozen
class RiskLimits:
    """Amounts in micro-pUSD. Exposure is what open positions cost plus what orders may still spend."""

    market_exposure: Cash
    total_exposure: Cash
    open_orders: int
    """The most open orders in a market."""
    order_notional: Cash


def cost_of(portfolio: MarketPortfolio) -> Cash:
    """The money that went into the market's open positions and has not come back: nothing where no shares are held.

    Losses already taken while shares are still held count as cost; gains reduce it, to zero at the least.
    """
    if not portfolio.yes and not portfolio.no:
        return Cash(0)
    return Cash(max(0, -sum(position.cash for position in portfolio.positions)))


def market_exposure(view: PortfolioView, pending: PendingReservations, market: MarketId) -> Cash:
    """At cost, reserved and pending, in micro-pUSD."""
    portfolio = view.market(market)
    in_ledger = 0 if portfolio is None else cost_of(portfolio) + portfolio.reserved_cash
    return Cash(in_ledger + pending.of(market).cash)


def total_exposure(view: PortfolioView, pending: PendingReservations, over: Collection[MarketId] = ()) -> Cash:
    """The same over all markets, but for the positions in those that are `over`: what they pay is decided, and the
    money that is lost there is not at risk any more."""
    at_cost = sum(cost_of(each) for each in view.markets if each.market not in over)
    return Cash(at_cost + view.wallet.reserved + pending.cash)


def open_orders(view: PortfolioView, pending: PendingReservations, market: MarketId) -> int:
    portfolio = view.market(market)
    return (0 if portfolio is None else len(portfolio.open_orders)) + pending.of(market).orders


def free_cash(view: PortfolioView, pending: PendingReservations) -> Cash:
    """What a new order may reserve; below zero is a shortfall."""
    return Cash(view.wallet.free - pending.cash)
