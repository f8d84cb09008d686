"""What is seen of a run that nobody knows the length of: quotes, fills, profit and loss, once a second."""

import trio
from rich.console import Console

from actors.portfolio.attribution import Profit, attribute
from messages.portfolio import PortfolioView
from messages.units import Cash
from polyactors.logs import readable_time
from polyactors.service import Service
from polyactors.summary.tables import dollars

EVERY_S = 1.0


async def show_status(service: Service, console: Console) -> None:
    """A line a second until cancelled."""
    await service.is_up.wait()
    while True:
        view = await service.portfolio_now()
        if view is not None:
            console.print(status_line(service, view), highlight=False, soft_wrap=True)
        await trio.sleep(EVERY_S)


def status_line(service: Service, view: PortfolioView) -> str:
    """The service as it is now, with its account as it was in `view`."""
    profit = _profit(service, view)
    quotes = sum(len(market.open_orders) for market in view.markets)
    parts = f"spread {_signed(profit.spread)}, fees {_signed(profit.fees)}, inventory {_signed(profit.inventory)}"
    return (
        f"{readable_time(service.now_ns)[11:19]}  {quotes:,} quotes resting, {service.submitted:,} orders sent, "
        f"{service.fill_count:,} fills  profit {_signed(profit.total)} ({parts})  "
        f"cash {dollars(view.wallet.cash)}"
    )


def _profit(service: Service, view: PortfolioView) -> Profit:
    """At the middles of the last closed books; markets that had none yet have no fills either."""
    health = service.health.markets
    middles = {market: each.last_middle for market, each in health.items() if each.last_middle is not None}
    positions = (position for market in view.markets for position in market.positions)
    return attribute((position for position in positions if position.market in middles), middles)


def _signed(amount: Cash) -> str:
    return f"{'+' if amount > 0 else ''}{dollars(amount)}"
