"""Which exchange contract a market's orders are signed for, and which contract keeps its shares."""

from messages.identity import TokenId
from messages.markets import Market
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind

_RESERVED_BITS = ((1 << 64) - 1) << 40
"""Zero in position ids, which the tokens of protocol two are (polymarket_wire.md 5.3)."""


def is_position_id(token: TokenId) -> bool:
    return token.isascii() and token.isdecimal() and int(token) & _RESERVED_BITS == 0


def exchange_of(market: Market) -> ExchangeKind:
    if is_position_id(market.yes_token):
        return ExchangeKind.V3
    return ExchangeKind.V2_NEG_RISK if market.neg_risk else ExchangeKind.V2
