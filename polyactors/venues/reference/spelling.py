"""How each venue spells what is `btcusd` here."""

import re
from collections.abc import Callable, Iterable, Mapping

from messages.reference import Symbol

DOLLAR = "usd"
_SYMBOL = re.compile(r"[a-z0-9]{2,12}usd")


def is_symbol(text: str) -> bool:
    """A coin and its price in dollars, in small letters: "btcusd"."""
    return _SYMBOL.fullmatch(text) is not None


def binance(symbol: Symbol) -> str:
    """BTCUSDT: the dollar of Binance is the one of Tether. Streams have it in small letters."""
    return f"{_coin(symbol)}USDT"


def coinbase(symbol: Symbol) -> str:
    return f"{_coin(symbol)}-USD"


def kraken(symbol: Symbol) -> str:
    """BTC/USD; the second version does not say XBT any more."""
    return f"{_coin(symbol)}/USD"


def chainlink(symbol: Symbol) -> str:
    """btc/usd, in the old feed of Polymarket."""
    return kraken(symbol).lower()


def by_name(symbols: Iterable[Symbol], spell: Callable[[Symbol], str]) -> Mapping[str, Symbol]:
    """What a venue's names mean. Raises `ValueError` for what is no symbol in dollars."""
    found: dict[str, Symbol] = {}
    for symbol in symbols:
        if not is_symbol(symbol):
            raise ValueError(f"{symbol!r} is no symbol: write a coin and usd, as btcusd")
        found[spell(symbol)] = symbol
    return found


def _coin(symbol: Symbol) -> str:
    return symbol.removesuffix(DOLLAR).upper()
