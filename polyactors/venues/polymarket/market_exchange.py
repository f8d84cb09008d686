"""Which exchange contract a market's orders are signed for, and which contract keeps its shares."""

from collections.abc import Iterable

from messages.identity import TokenId
from messages.markets import Market
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind

_RESERVED_BITS = ((1 << 64) - 1) << 40
"""Zero in position ids, which the tokens of protocol two are (polymarket_wire.md 5.3)."""


def is_position_id(token: TokenId) -> bool:
    return token.isascii() and token.isdecimal() and int(token) & _RESERVED_BITS == 0


class NoExchange(ValueError):
    """There is no contract of that version for the market's tokens."""


def orderable(markets: Iterable[Market], version: OrderVersion) -> tuple[Market, ...]:
    """Those for which there is a contract: the first version knows none for markets of protocol two."""
    return tuple(each for each in markets if version is OrderVersion.V2 or not is_position_id(each.yes_token))


def exchange_of(market: Market, version: OrderVersion = OrderVersion.V2) -> ExchangeKind:
    """Raises `NoExchange` where the first version is spoken and the market is one of protocol two."""
    is_two = is_position_id(market.yes_token)
    if version is OrderVersion.V1:
        if is_two:
            raise NoExchange(f"{market.slug}: orders of the first version do not know tokens of protocol two")
        return ExchangeKind.V1_NEG_RISK if market.neg_risk else ExchangeKind.V1
    if is_two:
        return ExchangeKind.V3
    return ExchangeKind.V2_NEG_RISK if market.neg_risk else ExchangeKind.V2
