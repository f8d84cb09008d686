"""How each venue spells what is `btcusd` here."""

from collections.abc import Callable, Iterable

from attrs import frozen


def binance(symbol: str) -> str:
    """BTCUSDT; streams are named in lower case."""
    return f"{_coin(symbol)}USDT"


def binance_lower(symbol: str) -> str:
    """btcusdt, in names of streams and in the old feed of Polymarket."""
    return binance(symbol).lower()


def coinbase(symbol: str) -> str:
    return f"{_coin(symbol)}-USD"


def kraken(symbol: str) -> str:
    return f"{_coin(symbol)}/USD"


def chainlink(symbol: str) -> str:
    """btc/usd, as the old feed of Polymarket has it."""
    return kraken(symbol).lower()


def plain(symbol: str) -> str:
    """btcusd, as the newer feed of Polymarket has it."""
    return symbol


@frozen
class Spelling:
    """One venue's names of all symbols, both ways."""

    spell: Callable[[str], str]
    symbols: dict[str, str]

    @classmethod
    def of(cls, symbols: Iterable[str], spell: Callable[[str], str]) -> "Spelling":
        return cls(spell, {spell(symbol): symbol for symbol in symbols})

    def symbol(self, name: str) -> str | None:
        return self.symbols.get(name)


def _coin(symbol: str) -> str:
    return symbol.removesuffix("usd").upper()
