"""What other venues say of the price of a coin: trades, quotes, averages; and that something of it is missing.

Reference prices are counted in hundred-millionths of a dollar, sizes in hundred-millionths of a coin.
"""

from enum import Enum
from typing import NewType

from attrs import frozen

from messages.identity import Side

Symbol = NewType("Symbol", str)
"""What is priced in dollars: "btcusd"."""

ReferencePrice = NewType("ReferencePrice", int)
"""1/100,000,000 of a dollar."""

CoinSize = NewType("CoinSize", int)
"""1/100,000,000 of a coin."""

REFERENCE_SCALE = 100_000_000


class ReferenceVenue(Enum):
    """Whose price it is. CHAINLINK and PYTH come by way of Polymarket's own streams."""

    BINANCE = "binance"
    COINBASE = "coinbase"
    KRAKEN = "kraken"
    CHAINLINK = "chainlink"
    PYTH = "pyth"


@frozen
class ReferenceTick:
    """A trade, or what an oracle calls the price of the moment; an oracle has neither a size (0) nor an aggressor.

    `number` is the venue's own count of trades of the symbol, None where it has none. `exchange_ns` is the venue's
    clock, `received_ns` ours.
    """

    venue: ReferenceVenue
    symbol: Symbol
    price: ReferencePrice
    size: CoinSize
    aggressor: Side | None
    number: int | None
    exchange_ns: int
    received_ns: int


@frozen
class ReferenceQuote:
    """The best bid and ask. Spot quotes of Binance have no time of the exchange."""

    venue: ReferenceVenue
    symbol: Symbol
    bid: ReferencePrice
    bid_size: CoinSize
    ask: ReferencePrice
    ask_size: CoinSize
    exchange_ns: int | None
    received_ns: int


@frozen
class ReferenceAverage:
    """The mean price of the `window_s` seconds that end at `exchange_ns`, as an oracle reckons it."""

    venue: ReferenceVenue
    symbol: Symbol
    price: ReferencePrice
    window_s: int
    exchange_ns: int
    received_ns: int


@frozen
class ReferenceMissed:
    """Ticks of a venue were lost, or may be lost, or do not come any more: of one symbol, or of all (None)."""

    venue: ReferenceVenue
    symbol: Symbol | None
    reason: str
    at_ns: int


ReferenceData = ReferenceTick | ReferenceQuote | ReferenceAverage | ReferenceMissed
