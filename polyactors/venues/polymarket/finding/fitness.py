"""Whether an object of Gamma's is the market of a period, and one that can be traded."""

import re
from collections.abc import Mapping

from attrs import frozen

from actors.feeds.market_finder import NotListed, Unfit
from messages.identity import MarketId
from messages.markets import Market
from messages.periods import Period
from messages.serial import BadDocument
from polyactors.venues.polymarket.finding.up_or_down import NotUnderstood, read_about
from polyactors.venues.polymarket.gamma import read_markets

_CONDITION = re.compile(r"0x[0-9a-fA-F]{64}")
_LONGEST_REASON = 300


@frozen
class OtherPeriod:
    """It is about another period, whose name is the same: last year's, or the other hour of the autumn night."""

    unfit: Unfit


Fitness = Market | NotListed | Unfit | OtherPeriod


def fitness(plain: Mapping[str, object], period: Period) -> Fitness:
    """`NotListed` for a market that does not take orders yet. Raises nothing, whatever is in the object."""
    about = read_about(plain)
    if about is None:
        return _unfit(plain, "it is no up-or-down market")
    if isinstance(about, NotUnderstood):
        return _unfit(plain, about.reason)
    if about.period != period:
        return OtherPeriod(_unfit(plain, f"it is about {about.period.name}, and asked for was {period.name}"))
    try:
        (market,) = read_markets([dict(plain)])
    except BadDocument as bad:
        return _unfit(plain, "; ".join(bad.mistakes))
    if not _CONDITION.fullmatch(market.market):
        return _unfit(plain, f"its condition id is {market.market[:80]!r}")
    if plain.get("closed") is True or plain.get("archived") is True:
        return _unfit(plain, "it is closed")
    if plain.get("enableOrderBook") is False or plain.get("active") is False:
        return _unfit(plain, "it has no order book")
    if market.minimum_size <= 0:
        return _unfit(plain, "its least size of an order is 0")
    if not market.accepting_orders:
        return NotListed(f"{market.slug} is listed, and takes no orders")
    return market


def _unfit(plain: Mapping[str, object], reason: str) -> Unfit:
    market, slug = plain.get("conditionId"), plain.get("slug")
    name = f"{slug[:100]}: " if isinstance(slug, str) else ""
    return Unfit(MarketId(market[:100]) if isinstance(market, str) else None, f"{name}{reason}"[:_LONGEST_REASON])
