"""Which of the venue's markets are traded: those that are named, or the most traded ones."""

from collections.abc import Iterable

from messages.identity import MarketId
from messages.markets import Market
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.venues.polymarket.live_paper.settings import MOST_MARKETS, PolymarketSettings
from polyactors.venues.polymarket.rest import endpoints
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import Call
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.polymarket.rest.gamma_pages import CatalogueRow, Gamma, SkippedMarket, read_market_page
from polyactors.venues.polymarket.rest.transport import Pairs

LOOKED_AT = 100
"""Of the most traded, at a time: some of them are about to end, or take no orders."""
MOST_PAGES = 30

_MOST_TRADED: Pairs = (("order", "volume24hr"), ("ascending", "false"), ("closed", "false"), ("limit", str(LOOKED_AT)))


class NoMarkets(Exception):
    """There is nothing to trade. `reasons` has one line each."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


async def chosen_markets(settings: PolymarketSettings, budgets: Budgets, now_ns: int) -> tuple[Market, ...]:
    """Raises `NoMarkets`, also where the venue does not answer."""
    if not settings.markets and not settings.most_markets:
        return ()
    async with Gamma.opened(budgets, base_url=settings.gamma_url) as gamma:
        if settings.markets:
            return _named(settings.markets, await gamma.markets_called(settings.markets))
        ends_after_ms = now_ns // NANOSECONDS_PER_MILLISECOND + settings.least_left_s * 1000
        return await _most_traded(gamma, settings.most_markets, ends_after_ms)


async def _most_traded(gamma: Gamma, wanted: int, ends_after_ms: int) -> tuple[Market, ...]:
    """As many pages as it takes: the catalogue has many thousands."""
    found: dict[MarketId, Market] = {}
    after: Pairs = ()
    for _ in range(MOST_PAGES):
        page = await gamma.caller.ask(Call(endpoints.GAMMA_MARKETS, query=(*_MOST_TRADED, *after)), read_market_page)
        if isinstance(page, Failure):
            raise NoMarkets([_why(page)])
        found |= {row.market: row for row in page.rows if isinstance(row, Market) and _goes_on(row, ends_after_ms)}
        if len(found) >= wanted or page.cursor is None:
            break
        after = (("after_cursor", page.cursor),)
    if not found:
        raise NoMarkets(["the catalogue has no market that takes orders and goes on long enough"])
    return tuple(found.values())[:wanted]


def _named(slugs: tuple[str, ...], rows: tuple[CatalogueRow, ...] | Failure) -> tuple[Market, ...]:
    if isinstance(rows, Failure):
        raise NoMarkets([_why(rows)])
    if len(slugs) > MOST_MARKETS:
        raise NoMarkets([f"{len(slugs)} markets are named: {MOST_MARKETS} at most"])
    found = {row.slug: row for row in rows if isinstance(row, Market)}
    mistakes = [f"{slug}: there is no open market of this name" for slug in slugs if slug not in found]
    mistakes += [f"market {row.number}: {'; '.join(row.mistakes)}" for row in rows if isinstance(row, SkippedMarket)]
    mistakes += [f"{slug}: takes no orders" for slug in slugs if slug in found and not found[slug].accepting_orders]
    if mistakes:
        raise NoMarkets(mistakes)
    return tuple(found[slug] for slug in dict.fromkeys(slugs))


def _goes_on(market: Market, ends_after_ms: int) -> bool:
    return market.accepting_orders and (market.end_ms is None or market.end_ms > ends_after_ms)


def _why(failure: Failure) -> str:
    reason = getattr(failure, "reason", "")
    return f"the catalogue was not read ({type(failure).__name__}{': ' if reason else ''}{reason})"
