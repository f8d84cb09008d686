"""The exchange contracts that orders can be signed for."""

from enum import Enum

from polyactors.venues.polymarket.signing.orders import (
    V1_DOMAIN,
    V1_NEG_RISK_DOMAIN,
    V2_DOMAIN,
    V2_NEG_RISK_DOMAIN,
    V3_DOMAIN,
    OrderDomain,
)


class ExchangeKind(Enum):
    """A contract by the version of its orders, and whether its markets are of negative risk."""

    V1 = "v1"
    V1_NEG_RISK = "v1_neg_risk"
    V2 = "v2"
    V2_NEG_RISK = "v2_neg_risk"
    V3 = "v3"

    @property
    def domain(self) -> OrderDomain:
        return _DOMAINS[self]

    @property
    def is_legacy(self) -> bool:
        """Whether its orders have legacy terms."""
        return self in (ExchangeKind.V1, ExchangeKind.V1_NEG_RISK)


_DOMAINS = {
    ExchangeKind.V1: V1_DOMAIN,
    ExchangeKind.V1_NEG_RISK: V1_NEG_RISK_DOMAIN,
    ExchangeKind.V2: V2_DOMAIN,
    ExchangeKind.V2_NEG_RISK: V2_NEG_RISK_DOMAIN,
    ExchangeKind.V3: V3_DOMAIN,
}
