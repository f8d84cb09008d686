"""The faults that change the exchange itself rather than what is told of it."""

from messages.identity import MarketId
from messages.units import BadDecimal, TickSize, parse_price
from polyactors.exchange.core import Exchange
from polyactors.exchange.faults.kinds import ChangeTick, FailTrades, Fault, RestrictedMode
from polyactors.exchange.words import Refused, TradingMode

TICK_SIZES = (1000, 100, 50, 25, 10, 1)
"""In price units (polymarket.md 3.2)."""


def act(fault: Fault, exchange: Exchange, now_ns: int) -> Refused | None:
    """What happens when the fault is armed. Refused, with nothing changed, where it cannot be."""
    match fault:
        case RestrictedMode(mode):
            exchange.set_mode(mode, now_ns)
        case FailTrades(trades):
            exchange.fail_next_trades(trades)
        case ChangeTick(name, text):
            market, tick_size = market_called(exchange, name), _tick_size(text)
            if market is None:
                return Refused(404, f"there is no market {name!r}: give its slug or its condition id")
            if tick_size is None:
                return Refused(400, f"{text!r} is no tick size: 0.1, 0.01, 0.005, 0.0025, 0.001 or 0.0001")
            exchange.change_tick_size(market, tick_size, now_ns)
    return None


def undo(fault: Fault, exchange: Exchange, now_ns: int) -> None:
    """What happens when it is over. A mode that somebody has changed since is left as it is."""
    if isinstance(fault, RestrictedMode) and exchange.mode is fault.mode:
        exchange.set_mode(TradingMode.NORMAL, now_ns)


def market_called(exchange: Exchange, name: str) -> MarketId | None:
    """The market with this condition id or slug."""
    if name in exchange.listings:
        return MarketId(name)
    return next((market for market, listing in exchange.listings.items() if listing.market.slug == name), None)


def _tick_size(text: str) -> TickSize | None:
    try:
        tick_size = parse_price(text)
    except BadDecimal:
        return None
    return TickSize(tick_size) if tick_size in TICK_SIZES else None
