"""Whether our settings fit the markets that would be traded: their ticks, and their smallest orders."""

from collections import Counter
from collections.abc import Iterable

import trio

from messages.markets import Market
from messages.units import Price, Shares, format_cash, format_price, format_shares
from polyactors.config import Configuration
from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, failed, ok, warning
from polyactors.venues.polymarket.live_paper.market_choice import NoMarkets, chosen_markets
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.clob_markets import ClobMarket
from polyactors.venues.polymarket.rest.failures import Failure

MOST_NAMED = 3
"""So many markets are named in a finding; the others are counted."""


async def markets_of(configuration: Configuration, budgets: Budgets, now_ns: int) -> tuple[Market, ...] | Finding:
    """What a run would trade now, or why there is nothing."""
    try:
        return await chosen_markets(configuration.polymarket, budgets, now_ns)
    except NoMarkets as error:
        advice = "if Gamma answers: name open markets in section [polymarket], or none for the most traded ones"
        return failed(Check.MARKETS, "; ".join(error.reasons), advice)


async def markets_finding(configuration: Configuration, markets: tuple[Market, ...], clob: Clob) -> Finding:
    terms: dict[Market, ClobMarket | Failure] = {}

    async def ask(market: Market) -> None:
        terms[market] = await clob.markets.market(market.market)

    async with trio.open_nursery() as nursery:
        for market in markets:
            nursery.start_soon(ask, market)
    found: list[tuple[Market, ClobMarket]] = []
    for market in markets:
        term = terms[market]
        if isinstance(term, Failure):
            return failed_call(Check.MARKETS, f"the terms of {market.slug}", term)
        found.append((market, term))
    return judged(configuration, found)


def judged(configuration: Configuration, found: Iterable[tuple[Market, ClobMarket]]) -> Finding:
    """What the CLOB says of each market, beside what the catalogue says and our settings want."""
    rows, live = tuple(found), configuration.live
    sizes = sorted(term.minimum_size for _, term in rows)
    ticks = sorted(Counter(term.tick_size for _, term in rows).items())
    seen = (
        f"{len(rows)} markets; ticks {', '.join(f'{format_price(Price(tick))} ({number})' for tick, number in ticks)}; "
        f"smallest orders {_range(sizes)} shares"
    )
    quote = configuration.maker.quote_size
    if configuration.strategies.maker:
        small = [market.slug for market, term in rows if quote < term.minimum_size]
        if small:
            what = f"maker.quote_size {format_shares(quote)} is below the smallest order of {_names(small)}"
            return failed(
                Check.MARKETS, f"{what}; {seen}", f"set maker.quote_size to {format_shares(sizes[-1])} or more"
            )
    if live.order_notional and sizes[-1] > live.order_notional:
        what = f"live.order_notional {format_cash(live.order_notional)} does not allow the smallest order"
        advice = f"set it to {format_shares(sizes[-1])} or more: the signer counts a sale as one dollar a share"
        return failed(Check.MARKETS, f"{what}; {seen}", advice)
    if configuration.strategies.maker and live.order_notional and quote > live.order_notional:
        what = f"sales of maker.quote_size {format_shares(quote)} exceed live.order_notional"
        advice = f"set live.order_notional to {format_shares(quote)} or more: a sale counts as one dollar a share"
        return warning(Check.MARKETS, f"{what}; {seen}", advice)
    closed = [market.slug for market, term in rows if term.accepts_orders is False]
    if closed:
        return warning(Check.MARKETS, f"no orders are taken in {_names(closed)}; {seen}", "leave them out")
    differing = [market.slug for market, term in rows if _differ(market, term)]
    if differing:
        advice = "ask again in some minutes: the catalogue lags behind, and the CLOB is right"
        return warning(
            Check.MARKETS, f"the catalogue has other terms than the CLOB of {_names(differing)}; {seen}", advice
        )
    return ok(Check.MARKETS, seen)


def _differ(market: Market, term: ClobMarket) -> bool:
    return (market.tick_size, market.minimum_size, market.neg_risk, market.yes_token, market.no_token) != (
        term.tick_size,
        term.minimum_size,
        term.neg_risk,
        term.yes_token,
        term.no_token,
    )


def _range(sizes: list[Shares]) -> str:
    least, most = format_shares(sizes[0]), format_shares(sizes[-1])
    return least if least == most else f"{least} to {most}"


def _names(slugs: list[str]) -> str:
    more = f" and {len(slugs) - MOST_NAMED} more" if len(slugs) > MOST_NAMED else ""
    return ", ".join(slugs[:MOST_NAMED]) + more
