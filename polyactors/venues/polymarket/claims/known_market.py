"""What claiming has to know of a market, as the venue's catalogue tells it."""

from attrs import frozen

from messages.identity import MarketId, TokenId
from messages.units import Price
from polyactors.venues.polymarket.signing.addresses import (
    CONDITIONAL_TOKENS,
    NEG_RISK_ADAPTER,
    POSITION_MANAGER,
    Address,
)


@frozen
class KnownMarket:
    """`listed_yes_payout` is what the catalogue says of a market that it calls resolved."""

    market: MarketId
    question: str
    yes_token: TokenId
    no_token: TokenId
    is_neg_risk: bool
    is_protocol_two: bool
    listed_yes_payout: Price | None

    @property
    def shares_contract(self) -> Address:
        """Which one tells the balances of its tokens."""
        if self.is_protocol_two:
            return POSITION_MANAGER
        return NEG_RISK_ADAPTER if self.is_neg_risk else CONDITIONAL_TOKENS
